# include: hunt
for pid in (@VICTIM_PID@, os.getppid()):
    try:
        hunt(pid)
    except OSError as error:
        print(pid, error)
