started = 0
for _ in range(600):
    try:
        if os.fork() == 0:
            wait(60)
            os._exit(0)
        started += 1
    except OSError:
        wait(0.02)
    if started == 300:
        break
print(started)
wait(60)
