import select
import os

started = 0
for _ in range(600):
    try:
        if os.fork() == 0:
            select.select([], [], [], 60)
            os._exit(0)
        started += 1
    except OSError:
        select.select([], [], [], 0.02)
    if started == 300:
        break
print(started)
select.select([], [], [], 60)
