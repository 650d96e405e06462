import fcntl
import os

for handle in range(64):
    for attempt in (
        lambda: os.set_blocking(handle, False),
        lambda: fcntl.fcntl(handle, 1031, 4096),
        lambda: os.ftruncate(handle, 0),
        lambda: os.lseek(handle, 1 << 40, 0),
        lambda: os.write(handle, b"0"),
        lambda: fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB),
    ):
        try:
            attempt()
        except (OSError, ValueError):
            pass
open(os.path.expanduser("~/residue-@TOKEN@"), "w").write("x")
open("/tmp/residue-@TOKEN@", "w").write("x")
