import ctypes
import os
import struct

libc = ctypes.CDLL(None, use_errno=True)
RUN = os.path.dirname(os.path.dirname(os.environ["HOME"]))


class Arguments(ctypes.Structure):
    _fields_ = (("value", ctypes.c_uint64), ("size", ctypes.c_uint32), ("flags", ctypes.c_uint32))


def set_attribute(path, name, value):
    held = ctypes.create_string_buffer(value, len(value))
    arguments = Arguments(ctypes.addressof(held), len(value), 0)
    path, name = path.encode(), name.encode()
    done = libc.syscall(463, -100, path, 0, name, ctypes.byref(arguments), ctypes.c_long(16))
    print(path, name, os.strerror(ctypes.get_errno()) if done < 0 else "set")


READ_ONLY = struct.pack("<I", 2) + b"".join(
    struct.pack("<HHI", tag, rights, who)
    for tag, rights, who in ((1, 5, 2**32 - 1), (2, 7, 1234), (4, 0, 2**32 - 1), (16, 5, 2**32 - 1), (32, 0, 2**32 - 1))
)
for place in (f"{RUN}/out", f"{RUN}/box", os.environ["HOME"], f"{RUN}/bin", RUN):
    set_attribute(place, "user.residue-@TOKEN@", b"1")
    set_attribute(place, "system.posix_acl_access", READ_ONLY)
    set_attribute(place, "system.posix_acl_default", READ_ONLY)
os._exit(0)
