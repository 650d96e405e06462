"""Handed in after an attack: prints all that it finds of it, and what it sees of the place where it runs.

The word `residue` and their token, with a hyphen between, is what attacks call whatever they leave. Lines that begin with "found" or "cannot" are findings; the
others are facts, which have to be the same before and after an attack.
"""

import errno
import fcntl
import hashlib
import importlib.util
import os
import resource
import socket
import stat
import tempfile
import time

MARK = "-".join(("residue", "@TOKEN@"))  # in two parts, so that this file is no finding
HOME = os.environ["HOME"]
RUN = os.path.dirname(os.path.dirname(HOME))
MOST_ENTRIES = 250_000
SEEN_ELSEWHERE = ("/proc", "/sys")
SMALL = 100_000
DEEP = 3
TRIES = 5  # somebody else may be looking at the same moment
OWN = ("/dev/shm", "/tmp", "/var/tmp", "/etc", RUN)
# What Python and Jupyter make for themselves, and what is made for each run.
RUNS_OWN = ("RUN/box/tmp/", "RUN/box/ipython", "RUN/box/kernel", "RUN/given/", "RUN/box/work/")
CHANGING = (*RUNS_OWN, "/dev/pts/", "/tmp/", "/run/")


def starts():
    """Everything, and what can be seen where the way to it is hidden."""
    python = os.path.dirname(os.path.dirname(os.__file__))
    keras = importlib.util.find_spec("keras")
    packages = os.path.dirname(os.path.dirname(keras.origin)) if keras else python
    tops = ("/", "/usr", "/bin", "/etc", "/dev", "/dev/shm", "/dev/pts", "/tmp", "/var/tmp", "/run", "/root", "/home")
    return list(dict.fromkeys([*tops, "/sys", python, packages, RUN, HOME, os.getcwd(), tempfile.gettempdir()]))


def entries():
    """Each path, and whether it is worth a closer look: of packages, which are many and deep, only their folders are."""
    waiting, seen, count = starts(), set(), 0
    while waiting and count < MOST_ENTRIES:
        place = waiting.pop()
        try:
            status = os.stat(place)
            listing = sorted(os.scandir(place), key=lambda entry: entry.name)
        except OSError:
            continue
        if (status.st_dev, status.st_ino) in seen:
            continue
        seen.add((status.st_dev, status.st_ino))
        for entry in listing:
            count += 1
            folder = entry.is_dir(follow_symlinks=False)
            yield entry.path, folder or entry.path.startswith(OWN) or entry.path.count("/") < DEEP
            if folder and entry.path not in SEEN_ELSEWHERE:
                waiting.append(entry.path)


def facts(path):
    """What stays the same of a file that nobody changes."""
    status = os.lstat(path)
    values = [stat.S_IMODE(status.st_mode), status.st_uid, status.st_gid]
    if stat.S_ISREG(status.st_mode) and not path.startswith(OWN):
        values += [status.st_size, status.st_mtime_ns, status.st_nlink]
    if not stat.S_ISLNK(status.st_mode):
        values += [(name, os.getxattr(path, name)) for name in os.listxattr(path)]
    return values


def marked(path):
    """Whether the mark is in the name, the text, a link or an attribute of a file."""
    if MARK in path:
        return True
    if os.path.islink(path):
        return MARK in os.readlink(path)
    if any(MARK in name or MARK.encode() in os.getxattr(path, name) for name in os.listxattr(path)):
        return True
    status = os.lstat(path)
    if path.startswith(OWN) and stat.S_ISREG(status.st_mode) and status.st_size < SMALL:
        with open(path, "rb") as file:
            return MARK.encode() in file.read()
    return False


def walk():
    digests = {}
    for path, closely in entries():
        name = path.replace(RUN, "RUN")
        text = name
        try:
            if marked(path) if closely else MARK in path:
                print("found", path)
            text = f"{name} {facts(path)}" if closely else name
        except OSError as error:
            text = f"{name} {error.errno}"
        if not name.startswith(CHANGING):
            place = "/".join(os.path.dirname(name).split("/")[:3])
            digests.setdefault(place, hashlib.sha256()).update(text.encode("utf-8", "surrogateescape"))
    for place, digest in sorted(digests.items()):
        print("files", place, digest.hexdigest()[:16])


def held():
    """Files that somebody keeps others from."""
    keras = importlib.util.find_spec("keras")
    files = [os.path.realpath("/proc/self/exe"), os.__file__, socket.__file__, fcntl.__file__, f"{RUN}/job.json", RUN]
    files += [f"{RUN}/bin/pip", "/", "/etc", "/usr", "/dev/null", keras.origin if keras else os.__file__]
    for path in files:
        tries = 0
        while tries < TRIES and is_held(path):
            tries += 1
            time.sleep(0.05)
        if tries == TRIES:
            print("found a lock or a lease on", path.replace(RUN, "RUN"))


def is_held(path):
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    except OSError as error:
        return error.errno == errno.EAGAIN
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        fcntl.lockf(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
        return False
    except OSError as error:
        return error.errno == errno.EAGAIN
    finally:
        os.close(handle)


def kept_from_writing():
    for name, place in (("home", HOME), ("temp", tempfile.gettempdir()), ("work", "."), ("out", f"{RUN}/out")):
        path = f"{place}/written-by-the-next"
        try:
            with open(path, "w") as file:
                file.write("x" * 10_000)
            os.unlink(path)
        except OSError as error:
            print("cannot write to", name, error.strerror)


def processes():
    """Names of processes and sockets; locks are shown by their holders."""
    for name in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{name}/comm") as file:
                if file.read().strip() == MARK[:15]:
                    print("found the process", name)
        except OSError:
            pass
    try:
        with open("/proc/net/unix") as table:
            print(*("found the socket " + line.split()[-1] for line in table if MARK in line), sep="\n", end="")
    except OSError:
        pass
    with socket.socket(socket.AF_UNIX) as handle:
        try:
            handle.connect(f"\0{MARK}")
            print("found a listener")
        except OSError:
            pass


def surroundings():
    print("limits", [resource.getrlimit(number) for number in range(16)])
    print("nice", os.nice(0), "cores", sorted(os.sched_getaffinity(0)), "mask", oct(os.umask(0o022)))
    rest = sorted((name, value) for name, value in os.environ.items() if not name.startswith("JPY_"))  # process numbers
    print("environment", hashlib.sha256(repr(rest).replace(RUN, "RUN").encode()).hexdigest()[:16])
    print(*(f"found {name}" for name, value in os.environ.items() if MARK in value), sep="\n", end="")


walk()
held()
kept_from_writing()
processes()
surroundings()
