chunk = b"x" * 4096
places = [".", "/tmp", HOME, "/dev/shm", "/var/tmp"]
problem = None
for place in places:
    for number in range(15_000):
        try:
            with open(f"{place}/file{number}", "wb") as file:
                file.write(chunk)
        except OSError as error:
            problem = problem or (error if error.errno == 28 else None)
            break
wait(1)
if problem:
    raise problem
