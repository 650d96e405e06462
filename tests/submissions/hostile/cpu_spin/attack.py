for _ in range(2):
    if os.fork() == 0:
        break
while True:
    pass
