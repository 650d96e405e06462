import ctypes
import os
import time

libc = ctypes.CDLL(None, use_errno=True)
for _ in range(3):
    if os.fork() == 0:
        libc.prctl(4, ctypes.c_ulong(0), 0, 0, 0)
        held = []
        for _ in range(45):  # as fast as whoever looks ten times a second can see
            held.append(b"x" * (20 << 20))
            time.sleep(0.04)
        time.sleep(20)
        os._exit(0)
time.sleep(8)
