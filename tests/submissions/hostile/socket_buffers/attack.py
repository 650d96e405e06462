# include: children
chunk = b"x" * 60_000


def fill(number, pairs):
    for _ in range(480):
        pairs.append(socket.socketpair())
        for one in pairs[-1]:
            one.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1 << 24)
            one.setblocking(False)
            until_refused(one.send, chunk)


children(30, fill)
wait(20)
