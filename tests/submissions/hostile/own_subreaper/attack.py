PR_SET_CHILD_SUBREAPER = 36
for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT):
    signal.signal(number, signal.SIG_IGN)
for _ in range(4):
    if os.fork() == 0:
        os.setsid()
        os.closerange(0, 64)
        for _ in range(12):
            libc.prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
            if os.fork():
                wait(60)
                os._exit(0)
            if os.fork() == 0:
                if os.fork():
                    os._exit(0)
                wait(60)
                os._exit(0)
        wait(60)
        os._exit(0)
wait(1)
