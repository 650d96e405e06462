import ctypes
import os
import threading

EXIT = {"x86_64": 60, "aarch64": 93}[os.uname().machine]


def go_on(work, threads=1):
    """In threads of this process, whose first one ends."""
    for _ in range(threads):
        threading.Thread(target=work, daemon=True).start()
    ctypes.CDLL(None).syscall(ctypes.c_long(EXIT), ctypes.c_long(0))


