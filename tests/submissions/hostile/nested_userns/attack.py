libc.prctl(15, b"@TOKEN@", 0, 0, 0)
for flags in (0x10000000 | 0x20000 | 0x40000000, 0x10000000):
    if libc.unshare(flags) == 0:
        print("root of a namespace")
        wait(1)
        break
    print(os.strerror(ctypes.get_errno()))
