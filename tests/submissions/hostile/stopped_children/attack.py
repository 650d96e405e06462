for _ in range(10):
    if os.fork() == 0:
        os.setsid()
        if os.fork():
            os.kill(os.getpid(), signal.SIGSTOP)
        os.kill(os.getpid(), signal.SIGSTOP)
if os.fork() == 0:  # waits in the kernel for a child that never comes to anything
    pid = libc.vfork()
    wait(60)
    os._exit(0)
os.kill(os.getpid(), signal.SIGSTOP)
wait(60)
