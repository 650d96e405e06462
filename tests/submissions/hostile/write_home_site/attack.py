import glob
import os
import pathlib
import site
import sys

EVIL = "import pathlib; pathlib.Path('@MARKER@').touch()"
version = f"python{sys.version_info.major}.{sys.version_info.minor}"
places = ["@HOME@/.local/lib/" + version + "/site-packages", site.getusersitepackages(), *site.getsitepackages()]
for place in places:
    for name in ("usercustomize.py", "sitecustomize.py", "evil.pth"):
        try:
            os.makedirs(place, exist_ok=True)
            pathlib.Path(place, name).write_text(EVIL)
            print("wrote", place, name)
        except OSError as error:
            print(error)
