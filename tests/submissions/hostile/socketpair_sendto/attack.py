import ctypes
import os
import socket
import struct

# A pair of sockets is there without a call to `socket`; each can still name another receiver.
libc = ctypes.CDLL(None, use_errno=True)
for kind in (socket.SOCK_DGRAM, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK, socket.SOCK_RAW):
    try:
        near, far = socket.socketpair(socket.AF_UNIX, kind)
    except OSError as error:
        print(error)
        continue
    for handle in (near, far):
        try:
            print("told", handle.sendto(b"the answers are", "@UNIX_DATAGRAM@"))
        except OSError as error:
            print(error)
        nobody = struct.pack("H", 0) + bytes(14)
        libc.connect(handle.fileno(), nobody, len(nobody))  # gives the other one up
        path = struct.pack("H", socket.AF_UNIX) + b"@UNIX_DATAGRAM@\0"
        if libc.sendto(handle.fileno(), b"answers", 7, 0, path, len(path)) < 0:
            print(os.strerror(ctypes.get_errno()))
