import select
import os

kept, chunk = [], b"x" * (16 << 20)


def fill(handle, most):
    written = 0
    while written < most:
        written += os.write(handle, chunk)


for number in range(60):
    try:
        kept.append(os.memfd_create(f"bomb{number}"))
        fill(kept[-1], 32 << 20)
    except OSError as error:
        print(error)
        break
for place in ("/dev/shm", "/tmp", "."):
    for number in range(20):
        try:
            kept.append(os.open(f"{place}/bomb{number}", os.O_CREAT | os.O_RDWR))
            fill(kept[-1], 31 << 20)
        except OSError as error:
            print(place, error)
            break
select.select([], [], [], 2)
