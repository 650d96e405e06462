import mmap

block = mmap.mmap(-1, 2 * 1024**3)
for start in range(0, len(block), 4096):
    block[start] = 1
