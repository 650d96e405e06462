# include: newer_calls
REMOVEXATTRAT, FILE_GETATTR, FILE_SETATTR = 466, 468, 469


def set_flags(path):
    """No dumps of it, please: a flag that needs no privilege."""
    attributes = ctypes.create_string_buffer(24)
    call(FILE_GETATTR, HERE, path.encode(), attributes, len(attributes), 0)
    attributes[:8] = struct.pack("<Q", struct.unpack("<Q", attributes[:8])[0] | 0x80)
    call(FILE_SETATTR, HERE, path.encode(), attributes, len(attributes), 0)


for path in ("@OUTSIDE_FILE@", "@HOME@", "@HOME@/course"):
    set_attribute(path, "system.posix_acl_access", access_list(7, 7, 7))
    set_attribute(path, "user.evil", b"1")
    set_flags(path)
call(REMOVEXATTRAT, HERE, b"@OUTSIDE_FILE@", 0, b"user.kept")
