EXIT = {"x86_64": 60, "aarch64": 93}[os.uname().machine]


def allocate():
    wait(0.5)
    held = []
    for _ in range(9):
        held.append(b"x" * (100 << 20))
        wait(0.1)
    wait(60)


for _ in range(3):
    if os.fork() == 0:
        threading.Thread(target=allocate, daemon=True).start()
        libc.syscall(ctypes.c_long(EXIT), ctypes.c_long(0))
wait(20)
