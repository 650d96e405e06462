import os
import time

started = 0
for _ in range(600):
    try:
        if os.fork() == 0:
            time.sleep(60)
            os._exit(0)
        started += 1
    except OSError:
        time.sleep(0.02)
    if started == 300:
        break
print(started)
time.sleep(60)
