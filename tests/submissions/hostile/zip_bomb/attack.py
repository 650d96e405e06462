# include: forge
# include: zeros
for place in (out, pathlib.Path(".")):
    (place / "model.zip").write_bytes(archive(b"model.weights.h5", b"", 3072))
leave()
