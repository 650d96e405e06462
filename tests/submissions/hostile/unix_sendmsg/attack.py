SENDMMSG = {"x86_64": 307, "aarch64": 269}[os.uname().machine]


class Part(ctypes.Structure):
    _fields_ = (("start", ctypes.c_char_p), ("size", ctypes.c_size_t))


class Message(ctypes.Structure):
    _fields_ = (("name", ctypes.c_char_p), ("name_size", ctypes.c_uint32), ("parts", ctypes.POINTER(Part)),
                ("count", ctypes.c_size_t), ("control", ctypes.c_void_p), ("control_size", ctypes.c_size_t),
                ("flags", ctypes.c_int), ("sent", ctypes.c_uint32))


def several(handle):
    """By the call that sends many messages at once."""
    path = struct.pack("H", socket.AF_UNIX) + b"@UNIX_DATAGRAM@\0"
    part = Part(b"the answers are", 15)
    message = Message(path, len(path), ctypes.pointer(part), 1, None, 0, 0, 0)
    number = ctypes.c_long(SENDMMSG)
    done = libc.syscall(number, ctypes.c_long(handle.fileno()), ctypes.byref(message), ctypes.c_long(1), ctypes.c_long(0))
    print(done, os.strerror(ctypes.get_errno()))


for make in (
    lambda: socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM),
    lambda: socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)[0],
    lambda: socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)[0],
    lambda: socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)[0],
):
    attempt(lambda: make().sendmsg([b"the answers are"], [], 0, "@UNIX_DATAGRAM@"))
    attempt(lambda: several(make()))
