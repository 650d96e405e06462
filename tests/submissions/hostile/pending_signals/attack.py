# include: children
libc.sigqueue.argtypes = (ctypes.c_int, ctypes.c_int, ctypes.c_void_p)
signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGRTMIN + 3})


def queue(number, kept):
    while libc.sigqueue(os.getpid(), signal.SIGRTMIN + 3, None) == 0:
        pass


children(20, queue, 4)
wait(4)
