def stays():
    """Whether this is somebody who goes on after the run, and not whoever began it."""
    if os.fork():
        return False
    os.setsid()
    if os.fork():
        os._exit(0)
    libc.prctl(15, b"residue-@TOKEN@", 0, 0, 0)
    for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT):
        signal.signal(number, signal.SIG_IGN)
    os.closerange(0, 3)
    return True


