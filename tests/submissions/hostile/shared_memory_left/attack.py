NAME = "residue-@TOKEN@"
for act in (
    lambda: os.close(os.open(f"/dev/shm/{NAME}", os.O_CREAT | os.O_RDWR)),
    lambda: libc.shmget(0x1234, 1 << 20, 0o1666),
    lambda: libc.msgget(0x1234, 0o1666),
    lambda: libc.semget(0x1234, 4, 0o1666),
    lambda: libc.mq_open(f"/{NAME}".encode(), 0o102, 0o666, None),
    lambda: libc.add_key(b"user", NAME.encode(), b"x", 1, -4),
    lambda: os.mkfifo(f"/tmp/{NAME}"),
    lambda: os.symlink(sys.executable, f"/dev/pts/{NAME}"),
    lambda: os.posix_openpt(os.O_RDWR) if hasattr(os, "posix_openpt") else os.openpty(),
):
    attempt(act)
