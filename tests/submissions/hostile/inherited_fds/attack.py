for number in range(3, 1024):
    attempt(lambda: print(number, os.readlink(f"/proc/self/fd/{number}"), os.pread(number, 4096, 0)))
