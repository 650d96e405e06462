box = f"{RUN}/box"
for name in ("work", "home", "tmp", "ipython", "jupyter", "keras", "../out", "../given", "../box", "../bin", "../job.json"):
    path = os.path.normpath(f"{box}/{name}")
    for target in ("@WORLD@/home/course", "/etc"):
        attempt(os.rename, path, f"{box}/residue-@TOKEN@-{os.path.basename(path)}")
        if attempt(os.symlink, target, path):
            break
os._exit(0)
