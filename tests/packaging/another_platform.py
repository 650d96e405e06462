"""Makes the grader's own modules see another operating system, in every process of one Python: a `.pth` file imports this.

Libraries and the standard library go on as they are. What `import sys`, `os`, `signal` and others give to a file of the
grader lacks what the other system lacks, and modules that it does not have cannot be imported there.
"""

import builtins
import os
import types
from pathlib import Path

HERE = Path(__file__).parent
PLATFORM = "@PLATFORM@"
OURS = str(HERE / "grader") + os.sep
LINUX_ONLY = {
    "os": {
        "memfd_create", "pidfd_open", "sched_getaffinity", "sched_setaffinity", "setns", "unshare",
        "setresuid", "setresgid", "getrandom", "O_PATH", "O_TMPFILE",
    },
}  # fmt: skip
POSIX_ONLY = {
    "os": LINUX_ONLY["os"] | {
        "fork", "forkpty", "geteuid", "getuid", "getegid", "getgid", "setsid", "setuid", "setgid", "setgroups", "uname",
        "killpg", "getpgid", "chown", "lchown", "fchown", "fchmod", "mkfifo", "mknod", "statvfs", "pipe2", "getloadavg",
        "wait", "WNOHANG", "WIFEXITED", "WEXITSTATUS", "WIFSIGNALED", "O_NOFOLLOW", "O_NONBLOCK", "O_DIRECTORY",
        "O_CLOEXEC", "posix_spawn", "nice", "sysconf", "confstr", "umask_",
    },
    "signal": {"SIGKILL", "SIGHUP", "SIGALRM", "SIGCHLD", "SIGSTOP", "SIGCONT", "SIGUSR1", "SIGUSR2", "setitimer", "alarm"},
    "socket": {"AF_UNIX", "send_fds", "recv_fds", "SCM_RIGHTS"},
    "select": {"poll", "epoll"},
}  # fmt: skip
MISSING_MODULES = {
    "win32": {"fcntl", "grp", "posix", "pty", "pwd", "resource", "termios", "tty"},
    "darwin": {"spwd", "ossaudiodev"},
}[PLATFORM]
CHANGED = {
    "sys": {"platform": PLATFORM},
    "os": {"name": "nt"} if PLATFORM == "win32" else {},
    "platform": {"system": lambda: {"win32": "Windows", "darwin": "Darwin"}[PLATFORM]},
}
LACKING = POSIX_ONLY if PLATFORM == "win32" else LINUX_ONLY


class Seen(types.ModuleType):
    """A module as the other system has it."""

    def __init__(self, real):
        super().__init__(real.__name__)
        self.__dict__["_real"] = real
        self.__dict__.update(CHANGED.get(real.__name__, {}))

    def __getattr__(self, name):
        if name in LACKING.get(self.__name__, ()):
            raise AttributeError(f"module {self.__name__!r} has no attribute {name!r} on {PLATFORM}")
        return getattr(self._real, name)

    def __setattr__(self, name, value):
        setattr(self._real, name, value)


class Ctypes(Seen):
    """There is no C library of this process on Windows, and no `prctl` on a Mac."""

    def CDLL(self, name, **settings):  # noqa: N802
        if PLATFORM == "win32":
            raise TypeError("bad argument type for built-in operation")
        return types.SimpleNamespace()


SEEN = {}
ordinary = builtins.__import__


def seen(module):
    if module.__name__ not in SEEN:
        SEEN[module.__name__] = Ctypes(module) if module.__name__ == "ctypes" else Seen(module)
    return SEEN[module.__name__]


def import_as_there(name, globals=None, locals=None, fromlist=(), level=0):  # noqa: A002
    ours = str((globals or {}).get("__file__") or "").startswith(OURS)
    if ours and level == 0 and name.partition(".")[0] in MISSING_MODULES:
        raise ModuleNotFoundError(f"No module named {name!r}", name=name)
    module = ordinary(name, globals, locals, fromlist, level)
    changed = level == 0 and (name in CHANGED or name in LACKING or name == "ctypes")
    return seen(module) if ours and changed else module


builtins.__import__ = import_as_there
