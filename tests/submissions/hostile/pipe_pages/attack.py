# include: children
chunk = b"x" * 65_536


def fill(number, pipes):
    for _ in range(500):
        try:
            pipes.append(os.pipe())
            os.set_blocking(pipes[-1][1], False)
            fcntl.fcntl(pipes[-1][1], fcntl.F_SETPIPE_SZ, 1 << 20)
        except OSError:
            pass
        until_refused(os.write, pipes[-1][1], chunk)


children(300, fill)
wait(20)
