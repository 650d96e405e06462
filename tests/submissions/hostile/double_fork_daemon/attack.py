import select
import os
import signal

if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT):
            signal.signal(number, signal.SIG_IGN)
        for number in range(3):
            os.close(number)
        select.select([], [], [], 60)
    os._exit(0)
print("the parent is done")
