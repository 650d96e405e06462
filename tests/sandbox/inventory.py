"""A submission that prints all that it has, as JSON; what differs between any two runs is left out."""

import ctypes
import gc
import json
import os
import platform
import resource
import signal
import socket
import sys
import tempfile
from pathlib import Path

STATUS = (
    "CapAmb", "CapBnd", "CapEff", "CapInh", "CapPrm", "Cpus_allowed", "Gid", "Groups", "NoNewPrivs", "Seccomp",
    "Seccomp_filters", "SigBlk", "SigCgt", "SigIgn", "Threads", "Uid", "Umask",
)  # fmt: skip
GET_DUMPABLE, GET_SECUREBITS, GET_TIMERSLACK = 3, 27, 30
libc = ctypes.CDLL(None)


def text(path: str) -> str:
    try:
        return Path(path).read_text("latin-1")
    except OSError as error:
        return str(error)


def descriptors() -> dict[str, str]:
    folder = "/proc/self/fd"
    return {
        name: os.readlink(f"{folder}/{name}").partition(":")[0]
        for name in os.listdir(folder)
        if os.path.lexists(f"{folder}/{name}")
    }


def stack() -> list[str]:
    """The functions that wait for this one."""
    found, frame = [], sys._getframe()
    while frame.f_back is not None:
        frame = frame.f_back
        found.append(f"{frame.f_code.co_filename} {frame.f_code.co_name} {sorted(frame.f_locals) if frame.f_code.co_name != '<module>' else ''}")
    return found


def plain(value: object, depth: int = 0) -> bool:
    if isinstance(value, list | tuple) and depth < 2:
        return all(plain(one, depth + 1) for one in value)
    return isinstance(value, str | os.PathLike)


status = dict(line.split(":\t", 1) for line in text("/proc/self/status").splitlines() if ":\t" in line)
print(
    json.dumps(
        {
            "status": {name: status.get(name) for name in STATUS},
            "mounts": [line.split()[3:6] + line.split(" - ")[1].split() for line in text("/proc/self/mountinfo").splitlines()],
            "maps": [text(f"/proc/self/{name}").split() for name in ("uid_map", "gid_map", "setgroups")],
            "namespaces": sorted(os.listdir("/proc/self/ns")),
            "descriptors": descriptors(),
            "environment": sorted(os.environ.items()),
            "first environment": sorted(filter(None, text("/proc/self/environ").split("\0"))),
            "command": text("/proc/self/cmdline").rstrip("\0").split("\0"),
            "places": [os.getcwd(), *(os.readlink(f"/proc/self/{name}") for name in ("root", "exe"))],
            "limits": {name: resource.getrlimit(getattr(resource, name)) for name in dir(resource) if name.startswith("RLIMIT")},
            "signals": [str(signal.getsignal(number)) for number in sorted(signal.valid_signals())],
            "process": [libc.prctl(number, 0, 0, 0, 0) for number in (GET_DUMPABLE, GET_SECUREBITS, GET_TIMERSLACK)],
            "priority": [os.nice(0), os.sched_getscheduler(0), text("/proc/self/oom_score_adj"), text("/proc/self/personality")],
            "python": [sys.path, sys.argv, sys.orig_argv, str(sys.flags), sys.prefix, sys.executable, str(sys._xoptions)],
            "beneath": stack(),
            "collector": [gc.isenabled(), gc.get_threshold()],
            "modules": sorted(sys.modules),
            "machine": [platform.node(), socket.gethostname(), tempfile.gettempdir()],
            "texts": {
                f"{name}.{variable}": str(value)
                for name, module in list(sys.modules.items())
                for variable, value in list(getattr(module, "__dict__", {}).items())
                if plain(value) and "/" in str(value)
            },
        }
    )
)
