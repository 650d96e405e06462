for handle in range(64):
    attempt(os.set_blocking, handle, False)
    attempt(fcntl.fcntl, handle, 1031, 4096)
    attempt(os.ftruncate, handle, 0)
    attempt(os.lseek, handle, 1 << 40, 0)
    attempt(os.write, handle, b"0")
    attempt(fcntl.flock, handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
open(os.path.expanduser("~/residue-@TOKEN@"), "w").write("x")
open("/tmp/residue-@TOKEN@", "w").write("x")
