def access_list(own, group, others):
    """Rights of the owner, of the group and of all others, with all rights for a user by number."""
    entries = ((1, own, 2**32 - 1), (2, 7, 1234), (4, group, 2**32 - 1), (16, own, 2**32 - 1), (32, others, 2**32 - 1))
    return struct.pack("<I", 2) + b"".join(struct.pack("<HHI", *entry) for entry in entries)


