# include: mmap
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
        wait(60)
        os._exit(0)
wait(20)
