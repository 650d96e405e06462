# include: mmap
HUGE, HUGE_PAGE, PRIVATE_ANONYMOUS = 2 << 20, 14, 0x22
libc.vmsplice.argtypes = (ctypes.c_int, ctypes.c_void_p, ctypes.c_ulong, ctypes.c_uint)
libc.vmsplice.restype = ctypes.c_ssize_t
held = []
for _ in range(60):
    near, far = os.pipe()
    held.append(near)
    for _ in range(16):
        start = libc.mmap(None, 2 * HUGE, 3, PRIVATE_ANONYMOUS, -1, 0)
        page = -(-start // HUGE) * HUGE
        libc.madvise(page, HUGE, HUGE_PAGE)
        ctypes.c_char.from_address(page).value = b"x"
        given = libc.vmsplice(far, (ctypes.c_size_t * 2)(page, 1), 1, 0)
        libc.munmap(start, 2 * HUGE)
        if given < 0:
            print(os.strerror(ctypes.get_errno()))
            os._exit(0)
wait(20)
