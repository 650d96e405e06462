import os
import site
import sys

NAME = "residue-@TOKEN@"


def places():
    yield from ("/", "/etc", "/etc/ipython", "/dev", "/dev/pts", "/dev/shm", "/sys", "/root", "/var", "/var/tmp", "/tmp")
    yield from ("/run", "/home", "/usr", "/opt", "/mnt", "/proc", "/proc/self", "/sys/fs", "/sys/devices/system/cpu")
    for packages in (*site.getsitepackages(), *sys.path):
        yield packages
        yield f"{packages}/grader"
    run = os.path.dirname(os.path.dirname(os.environ["HOME"]))
    yield from (run, f"{run}/out", f"{run}/box", f"{run}/bin", f"{run}/given", os.environ["HOME"], ".")
    for top, folders, _ in os.walk("/"):
        if top.startswith(("/proc", "/sys/")):
            folders.clear()
        if top.count("/") < 6:
            yield top


def write(path):
    with open(path, "w") as file:
        file.write(NAME)


WAYS = (
    write,
    lambda path: os.mkdir(path + ".folder"),
    lambda path: os.symlink("/etc/passwd", path + ".link"),
    lambda path: os.link(os.__file__, path + ".hard"),
    lambda path: os.mkfifo(path + ".fifo"),
    lambda path: os.rename(os.path.dirname(path) or "/", path),
)
for place in dict.fromkeys(places()):
    for way in WAYS:
        try:
            way(f"{place.rstrip('/')}/{NAME}")
            print("left something in", place)
        except OSError:
            pass
