# include: forge
import zipfile

with zipfile.ZipFile(out / "model.keras.zip", "w") as archive:
    for name in ("@MARKER@", *("../" * up + "marker" for up in range(1, 8))):
        archive.writestr(zipfile.ZipInfo(name), "ran")

leave()
