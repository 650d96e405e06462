# include: children
soft, most = resource.getrlimit(resource.RLIMIT_NOFILE)
resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


def send(number, pairs):
    pairs += [socket.socketpair() for _ in range(200)]
    null = os.open(os.devnull, os.O_RDONLY)
    for near, _ in pairs:
        near.setblocking(False)
        until_refused(socket.send_fds, near, [b"."], [null] * 200)


children(40, send, 5)
wait(5)
