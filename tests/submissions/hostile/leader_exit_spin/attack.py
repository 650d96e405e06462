EXIT = {"x86_64": 60, "aarch64": 93}[os.uname().machine]


def spin():
    while True:
        pass


def begin():
    """In a child, whose first thread is this one."""
    for _ in range(2):
        threading.Thread(target=spin, daemon=True).start()
    libc.syscall(ctypes.c_long(EXIT), ctypes.c_long(0))


if os.fork() == 0:
    begin()
begin()
