import os

for number in range(3, 1024):
    try:
        print(number, os.readlink(f"/proc/self/fd/{number}"), os.pread(number, 4096, 0))
    except OSError:
        pass
