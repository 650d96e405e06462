import select
import os

for _ in range(2):
    if os.fork() == 0:
        os.setsid()
        break
os.closerange(0, 65_536)
while True:
    select.select([], [], [], 1)
