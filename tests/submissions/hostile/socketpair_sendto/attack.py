# A pair of sockets is there without a call to `socket`; each can still name another receiver.
for kind in (socket.SOCK_DGRAM, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK, socket.SOCK_RAW):
    try:
        near, far = socket.socketpair(socket.AF_UNIX, kind)
    except OSError as error:
        print(error)
        continue
    for handle in (near, far):
        attempt(handle.sendto, b"the answers are", "@UNIX_DATAGRAM@")
        nobody = struct.pack("H", 0) + bytes(14)
        libc.connect(handle.fileno(), nobody, len(nobody))  # gives the other one up
        path = struct.pack("H", socket.AF_UNIX) + b"@UNIX_DATAGRAM@\0"
        tell_error(libc.sendto(handle.fileno(), b"answers", 7, 0, path, len(path)))
