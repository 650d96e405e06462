for pid in (@VICTIM_PID@, os.getppid()):
    attempt(os.setpriority, os.PRIO_PROCESS, pid, 19)
    attempt(lambda: os.setpriority(os.PRIO_PGRP, os.getpgid(pid), 19))
    attempt(os.sched_setaffinity, pid, {min(os.sched_getaffinity(0))})
    libc.syscall(251, 1, pid, 3 << 13)
