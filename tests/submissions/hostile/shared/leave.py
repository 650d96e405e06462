import os
import site
import socket
import sys

NAME = "residue-@TOKEN@"
RUN = os.path.dirname(os.path.dirname(os.environ["HOME"]))
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
    for top in ("/tmp", f"{RUN}/given", f"{RUN}/bin", RUN, os.getcwd(), f"{RUN}/box", os.environ["HOME"], f"{RUN}/out"):
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


def tried(attempt, *arguments):
    try:
        attempt(*arguments)
    except (OSError, ValueError):
        pass


def leave_everywhere():
    for place in dict.fromkeys(folders()):
        for leave in LEAVE:
            tried(leave, place)


