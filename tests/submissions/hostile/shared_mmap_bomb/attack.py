import mmap

block = mmap.mmap(-1, 2000 << 20)
page = b"x" * (1 << 20)
for start in range(0, len(block), len(page)):
    block[start : start + len(page)] = page
wait(20)
