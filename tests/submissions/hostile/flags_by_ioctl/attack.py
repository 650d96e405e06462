GET, SET = 0x80086601, 0x40086602
GET_MORE, SET_MORE = 0x801C581F, 0x401C5820
NO_DUMP = 0x40
places = [RUN, f"{RUN}/bin", f"{RUN}/bin/pip", f"{RUN}/passwd", f"{RUN}/out", f"{RUN}/box", "@OUTSIDE_FILE@", "@HOME@"]


def set_flags(path):
    handle = os.open(path, os.O_RDONLY)
    flags = struct.unpack("l", fcntl.ioctl(handle, GET, bytes(8)))[0]
    fcntl.ioctl(handle, SET, struct.pack("l", flags | NO_DUMP))


def set_more(path):
    handle = os.open(path, os.O_RDONLY)
    more = bytearray(fcntl.ioctl(handle, GET_MORE, bytes(28)))
    more[0] |= 0x80
    fcntl.ioctl(handle, SET_MORE, bytes(more))


for path in [*places, "/usr", "/", os.__file__]:
    attempt(set_flags, path)
    attempt(set_more, path)
