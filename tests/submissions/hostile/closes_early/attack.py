import os
import time

for _ in range(2):
    if os.fork() == 0:
        os.setsid()
        break
os.closerange(0, 65_536)
while True:
    time.sleep(1)
