# include: forge
os.mkfifo(out / "recording.json")
os._exit(0)
