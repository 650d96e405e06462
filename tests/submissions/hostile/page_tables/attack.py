import ctypes
import mmap
import os
import time

libc = ctypes.CDLL(None, use_errno=True)
libc.mmap.restype = ctypes.c_void_p
libc.mmap.argtypes = (ctypes.c_void_p, ctypes.c_size_t, *(ctypes.c_int,) * 3, ctypes.c_long)
libc.madvise.argtypes = (ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int)
GIGABYTES, STEP, NO_HUGE_PAGES = 40, 2 << 20, 15

for _ in range(30):
    if os.fork() == 0:
        size = GIGABYTES << 30
        start = libc.mmap(None, size, mmap.PROT_READ, 0x4022, -1, 0)  # private, nobody's, not reserved
        if start is None or start == ctypes.c_void_p(-1).value:
            os._exit(1)
        libc.madvise(start, size, NO_HUGE_PAGES)
        for place in range(start, start + size, STEP):
            ctypes.c_char.from_address(place).value
        time.sleep(60)
        os._exit(0)
time.sleep(20)
