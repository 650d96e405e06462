for _ in range(2):
    if os.fork() == 0:
        os.setsid()
        break
os.closerange(0, 65_536)
while True:
    wait(1)
