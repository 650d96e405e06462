for pid in (@VICTIM_PID@, os.getppid()):
    attempt(os.kill, pid, signal.SIGKILL)
