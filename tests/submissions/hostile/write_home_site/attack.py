import site

EVIL = "import pathlib; pathlib.Path('@MARKER@').touch()"
version = f"python{sys.version_info.major}.{sys.version_info.minor}"
places = ["@HOME@/.local/lib/" + version + "/site-packages", site.getusersitepackages(), *site.getsitepackages()]
for place in places:
    attempt(os.makedirs, place, 0o777, True)
    for name in ("usercustomize.py", "sitecustomize.py", "evil.pth"):
        attempt(pathlib.Path(place, name).write_text, EVIL)
