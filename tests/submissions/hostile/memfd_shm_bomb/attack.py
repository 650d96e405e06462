kept, chunk = [], b"x" * (16 << 20)


def fill(handle, most):
    kept.append(handle)
    written = 0
    while written < most:
        written += os.write(handle, chunk)


for number in range(60):
    if not attempt(lambda: fill(os.memfd_create(f"bomb{number}"), 32 << 20)):
        break
for place in ("/dev/shm", "/tmp", "."):
    for number in range(20):
        if not attempt(lambda: fill(os.open(f"{place}/bomb{number}", os.O_CREAT | os.O_RDWR), 31 << 20)):
            break
wait(2)
