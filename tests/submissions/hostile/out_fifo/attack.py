# include: forge
os.mkfifo(out / "models.json")
leave()
