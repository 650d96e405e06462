import os
import socket

# By its path, by a link to it, and by a path from a folder beside it.
os.symlink("@UNIX_STREAM@", "near.sock")
for kind in (socket.SOCK_STREAM, socket.SOCK_SEQPACKET):
    for path in ("@UNIX_STREAM@", "near.sock", os.path.relpath("@UNIX_STREAM@")):
        try:
            with socket.socket(socket.AF_UNIX, kind) as handle:
                handle.settimeout(1)
                handle.connect(path)
                handle.sendall(b"the answers are")
                print("told", path)
        except OSError as error:
            print(error)
