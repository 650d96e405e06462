READ, WRITE = fcntl.F_RDLCK, fcntl.F_WRLCK
python = os.path.dirname(os.__file__)
own = os.path.join(HOME, "own")
open(own, "w").close()
files = [*glob.glob(f"{python}/*.py"), *glob.glob(f"{python}/json/*.py"), *glob.glob("/usr/bin/*")[:200], own]
files += ["@OUTSIDE_FILE@", "@CANARY_FILE@", "@HOME@/.bashrc"]
held = []
for path in files:
    for kind in (WRITE, READ):
        try:
            held.append(os.open(path, os.O_RDONLY))
            fcntl.fcntl(held[-1], fcntl.F_SETLEASE, kind)
            print("leased", path)
            break
        except OSError:
            pass
wait(3)
