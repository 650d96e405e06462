import ctypes
import os
import signal
import time

libc = ctypes.CDLL(None, use_errno=True)
libc.sigqueue.argtypes = (ctypes.c_int, ctypes.c_int, ctypes.c_void_p)
signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGRTMIN + 3})
for _ in range(20):
    if os.fork() == 0:
        while libc.sigqueue(os.getpid(), signal.SIGRTMIN + 3, None) == 0:
            pass
        time.sleep(4)
        os._exit(0)
time.sleep(4)
