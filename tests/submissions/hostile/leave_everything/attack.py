# include: access_list
# include: daemon
import site

NAME = "residue-@TOKEN@"
EVIL = f"import os; os.environ['EVIL'] = {NAME!r}; print({NAME!r})\n"
MOST = 20_000


def folders():
    """All that can be listed or guessed, those of the run at last, since they may be shut afterwards."""
    guessed = ["/", "/etc", "/etc/ipython", "/etc/jupyter", "/dev", "/dev/pts", "/dev/shm", "/sys", "/root", "/var/tmp"]
    guessed += ["/var", "/run", "/home", "/usr", "/opt", "/mnt", "/proc", "/proc/self", "/sys/fs", "/sys/devices/system/cpu",
                 "@HOME@", "@HOME@/course", "@WORLD@"]
    guessed += [*site.getsitepackages(), *(f"{one}/grader" for one in site.getsitepackages()), *sys.path]
    yield from guessed
    count = 0
    for top, inner, _ in os.walk("/"):
        inner[:] = [one for one in inner if os.path.join(top, one) not in ("/proc", "/sys", RUN)]
        count += 1
        if count > MOST:
            break
        yield top
    for top in ("/tmp", f"{RUN}/given", f"{RUN}/bin", RUN, os.getcwd(), f"{RUN}/box", HOME, f"{RUN}/out"):
        yield top


def write(path, text=NAME):
    with open(path, "w") as file:
        file.write(text)


def listen(path):
    handle = socket.socket(socket.AF_UNIX)
    handle.bind(path)
    handle.listen()


LEAVE = (
    lambda place: write(f"{place}/{NAME}"),
    lambda place: write(f"{place}/ipython_kernel_config.py", EVIL),
    lambda place: write(f"{place}/sitecustomize.py", EVIL),
    lambda place: write(f"{place}/{NAME}.pth", EVIL),
    lambda place: os.mkdir(f"{place}/{NAME}.folder"),
    lambda place: os.symlink(NAME, f"{place}/{NAME}.link"),
    lambda place: os.link(os.__file__, f"{place}/{NAME}.second"),
    lambda place: os.mkfifo(f"{place}/{NAME}.fifo"),
    lambda place: listen(f"{place}/{NAME}.sock"),
)


def tried(act, *arguments):
    try:
        act(*arguments)
    except (OSError, ValueError):
        pass


def leave_everywhere():
    for place in dict.fromkeys(folders()):
        for leave in LEAVE:
            tried(leave, place)


LIST = access_list(5, 0, 0)
SET = (
    lambda path: os.setxattr(path, f"user.{NAME}", b"1"),
    lambda path: os.setxattr(path, "system.posix_acl_access", LIST),
    lambda path: os.setxattr(path, "system.posix_acl_default", LIST),
    lambda path: libc.syscall(463, -100, path.encode(), 0, f"user.{NAME}".encode(), LIST, 16),
    lambda path: os.utime(path, (0, 0)),
    lambda path: os.chown(path, os.getuid(), os.getgid()),
    lambda path: os.chmod(path, 0o500),
)


def hold(path):
    """Lock it, lease it, and set its flags, with a descriptor that stays on its way to nobody."""
    handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    for act in (
        lambda: fcntl.ioctl(handle, 0x40086602, struct.pack("l", 0xC0)),
        lambda: fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB),
        lambda: fcntl.lockf(handle, fcntl.LOCK_SH | fcntl.LOCK_NB),
        lambda: fcntl.fcntl(handle, fcntl.F_SETLEASE, fcntl.F_RDLCK),
        lambda: socket.send_fds(near, [b"."], [handle]),
    ):
        tried(act)


def daemon():
    """Somebody who stays, holds what can be held, and listens."""
    if not stays():
        return
    tried(listen, f"\0{NAME}")
    for path in (os.path.realpath("/proc/self/exe"), os.__file__, socket.__file__, f"{RUN}/job.json", RUN, "/", "/usr"):
        tried(hold, path)
    signal.pause()


near, far = socket.socketpair()
daemon()
leave_everywhere()
for path in (os.__file__, f"{RUN}/bin/pip", f"{RUN}/passwd", f"{RUN}/job.json", "/dev/null", "/dev/ptmx", sys.executable):
    tried(hold, path)
    for change in SET:
        tried(change, path)
for place in ("@HOME@", "@HOME@/course", *list(dict.fromkeys(folders()))[-8:]):
    for change in SET:
        tried(change, place)
print("left what could be left")
os._exit(0)
