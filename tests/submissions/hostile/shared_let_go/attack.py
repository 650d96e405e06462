# include: mmap
# Each block stays where it was put down, though this process has none of its pages any more.
SHARED_AND_NOBODYS, SHARED, SIZE = 0x21, 0x01, 50 << 20
descriptors = [(-1, SHARED_AND_NOBODYS)] * 60


def open_once(path):
    handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    if path != "/dev/zero":
        os.ftruncate(handle, SIZE)
        os.unlink(path)
    descriptors.extend([(handle, SHARED)] * 60)


for path in ("/dev/zero", "/dev/shm/residue-@TOKEN@", "residue-@TOKEN@"):
    attempt(open_once, path)
attempt(lambda: descriptors.extend([(os.memfd_create("residue"), SHARED) for _ in range(60)]))
for handle, flags in descriptors:
    if flags == SHARED:
        attempt(os.ftruncate, handle, SIZE)
    start = libc.mmap(None, SIZE, mmap.PROT_READ | mmap.PROT_WRITE, flags, handle, 0)
    if start is None or start == ctypes.c_void_p(-1).value:
        print(os.strerror(ctypes.get_errno()))
        continue
    ctypes.memset(start, 1, SIZE)
    libc.madvise(start, SIZE, 4)
wait(2)
