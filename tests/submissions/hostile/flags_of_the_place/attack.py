# Also with names that the next one can see, where there are no flags.


def set_flag(path, flag):
    handle = os.open(path, os.O_RDONLY)
    flags = struct.unpack("l", fcntl.ioctl(handle, 0x80086601, bytes(8)))[0]
    fcntl.ioctl(handle, 0x40086602, struct.pack("l", flags | flag))


for path in (RUN, f"{RUN}/bin", f"{RUN}/bin/pip", f"{RUN}/bin/sudo", f"{RUN}/passwd", f"{RUN}/out", f"{RUN}/job.json"):
    for flag in (0x40, 0x20, 0x10, 0x80):
        attempt(set_flag, path, flag)
for path in (RUN, f"{RUN}/bin", f"{RUN}/out"):
    attempt(os.mkdir, f"{path}/residue-@TOKEN@")
