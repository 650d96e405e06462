import pathlib

theirs = pathlib.Path("@WORLD@", "theirs")
theirs.mkdir()
secret = pathlib.Path("@CANARY_FILE@").read_text()
(theirs / "solution.py").write_text(f"print({secret!r})\nraise ValueError({secret!r})\n")
(place.parent / "eve").symlink_to(theirs)
(place.parent / "oscar.py").symlink_to(theirs / "solution.py")
