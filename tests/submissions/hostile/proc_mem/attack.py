# include: hunt
for pid in (@VICTIM_PID@, os.getppid()):
    attempt(hunt, pid)
