# include: fill_files
near, far = socket.socketpair()


def send_away(handle):
    socket.send_fds(near, [b"."], [handle])
    os.close(handle)


fill(keep=send_away)
