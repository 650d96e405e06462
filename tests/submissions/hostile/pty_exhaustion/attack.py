import os
import select

for _ in range(8):
    if os.fork() == 0:
        held = []
        try:
            while True:
                held.append(os.open("/dev/ptmx", os.O_RDWR | os.O_NOCTTY))
        except OSError as error:
            print(len(held), error)
        select.select([], [], [], 5)
        os._exit(0)
select.select([], [], [], 6)
