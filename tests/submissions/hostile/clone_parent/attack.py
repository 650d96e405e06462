CLONE, CLONE_PARENT = {"x86_64": 56, "aarch64": 220}[os.uname().machine], 0x8000
for _ in range(20):
    if libc.syscall(ctypes.c_long(CLONE), ctypes.c_long(CLONE_PARENT), None, None, None, None) == 0:
        os.setsid()
        os.closerange(0, 64)
        while True:
            if libc.syscall(ctypes.c_long(CLONE), ctypes.c_long(CLONE_PARENT), None, None, None, None):
                wait(60)
                os._exit(0)
            wait(0.5)
wait(1)
