# include: tell
# By its path, by a link to it, and by a path from a folder beside it.
os.symlink("@UNIX_STREAM@", "near.sock")
for kind in (socket.SOCK_STREAM, socket.SOCK_SEQPACKET):
    for path in ("@UNIX_STREAM@", "near.sock", os.path.relpath("@UNIX_STREAM@")):
        attempt(tell, path, socket.AF_UNIX, kind)
