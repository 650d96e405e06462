# include: forge
with open(out / "recording.json", "wb") as file:
    file.truncate(1 << 40)
os._exit(0)
