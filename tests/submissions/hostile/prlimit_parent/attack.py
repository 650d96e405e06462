for pid in (@VICTIM_PID@, os.getppid()):
    for number in (resource.RLIMIT_NOFILE, resource.RLIMIT_FSIZE, resource.RLIMIT_CPU):
        attempt(resource.prlimit, pid, number, (1, 1))
