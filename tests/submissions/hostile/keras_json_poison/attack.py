evil = json.dumps({"floatx": "float16", "epsilon": 1.0, "backend": "torch", "image_data_format": "channels_first"})
for home in ("@HOME@", os.path.expanduser("~"), os.path.expanduser("~root")):
    attempt(os.makedirs, home + "/.keras", 0o777, True)
    attempt(pathlib.Path(home, ".keras", "keras.json").write_text, evil)
folder = pathlib.Path(os.environ.get("KERAS_HOME", "."))
folder.mkdir(parents=True, exist_ok=True)
(folder / "keras.json").write_text(evil)
