import ctypes
import mmap
import os
import time

chunk = b"x" * (1 << 20)
kept, problem = [], None
for number in range(64):
    name = f"{os.environ['HOME']}/file{number}"
    handle = os.open(name, os.O_RDWR | os.O_CREAT)
    os.unlink(name)
    try:
        for _ in range(30):
            os.write(handle, chunk)
    except OSError as error:
        problem = error
        break
    # A page of the end keeps the whole file.
    libc = ctypes.CDLL(None)
    libc.mmap.argtypes = (ctypes.c_void_p, ctypes.c_size_t, *(ctypes.c_int,) * 3, ctypes.c_long)
    kept.append(libc.mmap(None, 4096, mmap.PROT_READ, mmap.MAP_SHARED, handle, (30 << 20) - 4096))
    os.close(handle)
time.sleep(3)
if problem:
    raise problem
