# include: access_list
HERE = -100


class Arguments(ctypes.Structure):
    _fields_ = (("value", ctypes.c_uint64), ("size", ctypes.c_uint32), ("flags", ctypes.c_uint32))


def call(number, *values):
    plain = [ctypes.c_long(value) if isinstance(value, int) else value for value in values]
    done = libc.syscall(ctypes.c_long(number), *plain)
    print(number, done, os.strerror(ctypes.get_errno()) if done < 0 else "done")


def set_attribute(path, name, value):
    """By setxattrat."""
    held = ctypes.create_string_buffer(value, len(value))
    arguments = Arguments(ctypes.addressof(held), len(value), 0)
    call(463, HERE, path.encode(), 0, name.encode(), ctypes.byref(arguments), ctypes.sizeof(arguments))


