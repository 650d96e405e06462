import ctypes
import os
import time

libc = ctypes.CDLL(None, use_errno=True)
for _ in range(3):
    if os.fork() == 0:
        libc.prctl(4, ctypes.c_ulong(0), 0, 0, 0)
        held = [b"x" * (100 << 20) for _ in range(9)]
        time.sleep(20)
        os._exit(0)
time.sleep(8)
