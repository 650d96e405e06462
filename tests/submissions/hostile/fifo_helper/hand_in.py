for name in ("helper.py", "helper.txt", "data.csv", "run.json", "overrides.toml", "notes.ipynb"):
    os.mkfifo(place / name)
(place.parent / "eve").mkdir()
os.mkfifo(place.parent / "eve" / "main.py")
os.mkfifo(place.parent / "trent.ipynb")
