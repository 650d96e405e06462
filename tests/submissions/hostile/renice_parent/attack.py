import ctypes
import os

libc = ctypes.CDLL(None, use_errno=True)
for pid in (@VICTIM_PID@, os.getppid()):
    for attempt in (
        lambda: os.setpriority(os.PRIO_PROCESS, pid, 19),
        lambda: os.setpriority(os.PRIO_PGRP, os.getpgid(pid), 19),
        lambda: os.sched_setaffinity(pid, {min(os.sched_getaffinity(0))}),
        lambda: libc.syscall(251, 1, pid, 3 << 13),
    ):
        try:
            attempt()
            print("done", pid)
        except OSError as error:
            print(pid, error)
