import ctypes
import os
import struct

libc = ctypes.CDLL(None, use_errno=True)
SETXATTRAT, REMOVEXATTRAT, FILE_GETATTR, FILE_SETATTR = 463, 466, 468, 469
HERE = -100


class Arguments(ctypes.Structure):
    _fields_ = (("value", ctypes.c_uint64), ("size", ctypes.c_uint32), ("flags", ctypes.c_uint32))


def call(number, *values):
    plain = [ctypes.c_long(value) if isinstance(value, int) else value for value in values]
    done = libc.syscall(ctypes.c_long(number), *plain)
    print(number, done, os.strerror(ctypes.get_errno()) if done < 0 else "done")


def set_attribute(path, name, value):
    held = ctypes.create_string_buffer(value, len(value))
    arguments = Arguments(ctypes.addressof(held), len(value), 0)
    call(SETXATTRAT, HERE, path.encode(), 0, name.encode(), ctypes.byref(arguments), ctypes.sizeof(arguments))


def set_flags(path):
    """No dumps of it, please: a flag that needs no privilege."""
    attributes = ctypes.create_string_buffer(24)
    call(FILE_GETATTR, HERE, path.encode(), attributes, len(attributes), 0)
    attributes[:8] = struct.pack("<Q", struct.unpack("<Q", attributes[:8])[0] | 0x80)
    call(FILE_SETATTR, HERE, path.encode(), attributes, len(attributes), 0)


LIST = struct.pack("<I", 2) + b"".join(
    struct.pack("<HHI", tag, rights, who)
    for tag, rights, who in ((1, 7, 2**32 - 1), (2, 7, 1234), (4, 7, 2**32 - 1), (16, 7, 2**32 - 1), (32, 7, 2**32 - 1))
)
for path in ("@OUTSIDE_FILE@", "@HOME@", "@HOME@/course"):
    set_attribute(path, "system.posix_acl_access", LIST)
    set_attribute(path, "user.evil", b"1")
    set_flags(path)
call(REMOVEXATTRAT, HERE, b"@OUTSIDE_FILE@", 0, b"user.kept")
