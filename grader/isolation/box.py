"""A sandboxed process as data: what it sees, what it may write, which walls stand around it."""

from __future__ import annotations

import json
import subprocess
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from grader.domain import Limits
from grader.errors import UsageError

INSIDE = Path(__file__).with_name("inside")
ROOT_INSIDE = "/grade"
FIRST_UID = 60_000
SEEN_FROM_ETC = (
    "alternatives", "ca-certificates", "fonts", "ld.so.cache", "ld.so.conf", "ld.so.conf.d", "localtime", "magic",
    "mime.types", "nsswitch.conf", "os-release", "ssl", "timezone",
)  # fmt: skip
SYSTEM = ("/usr", "/bin", "/sbin", "/lib", "/lib64", "/lib32", "/nix/store")
DEVICES = ("/dev/null", "/dev/zero", "/dev/random", "/dev/urandom", "/dev/full")


@dataclass(frozen=True)
class Box:
    """One sandboxed process. `root` is the folder of its runs on this side; the trainer has none.

    `scratch` is a folder for what libraries put down, where a place to write to is not memory of the sandbox.

    `readable` are further files and folders that it sees, `hidden` what it does not see of its Python. `slot` of
    `slots` is its place among those that run at the same time.
    """

    level: str
    python: Path
    root: Path | None = None
    readable: tuple[Path, ...] = ()
    hidden: tuple[Path, ...] = ()
    slot: int = 0
    slots: int = 1
    scratch: Path | None = None

    @property
    def root_inside(self) -> str:
        """Where `root` is seen from inside."""
        return ROOT_INSIDE if self.level == "full" else str(self.root or "")

    @property
    def prefixes(self) -> tuple[Path, ...]:
        return interpreter(self.python).prefixes


@dataclass(frozen=True)
class Interpreter:
    """Where a Python lives, and where it keeps what was installed."""

    prefixes: tuple[Path, ...]
    packages: tuple[Path, ...]


@cache
def interpreter(python: Path) -> Interpreter:
    """Asked of the interpreter itself. Raises `UsageError` where it does not answer."""
    program = (
        "import json, os, sys, sysconfig\n"
        "own = os.path.dirname(os.path.dirname(os.path.realpath(sys.executable)))\n"
        "paths = sysconfig.get_paths()\n"
        "print(json.dumps([[sys.prefix, sys.base_prefix, sys.exec_prefix, own], [paths['purelib'], paths['platlib']]]))"
    )
    try:
        done = subprocess.run(
            [str(python), "-I", "-c", program], capture_output=True, timeout=60, check=True, stdin=subprocess.DEVNULL
        )
        prefixes, packages = json.loads(done.stdout)
    except (OSError, ValueError, subprocess.SubprocessError) as error:
        raise UsageError(f"--python {python}: this does not run as a Python interpreter ({error}).") from None
    return Interpreter(tuple(map(Path, dict.fromkeys(prefixes))), tuple(map(Path, dict.fromkeys(packages))))


def walls(box: Box, limits: Limits, *, own: bool, places: tuple[str, ...] = ()) -> dict[str, Any]:
    """What `inside` is to put up around one run; see its protocol. `own` asks for namespaces for this run alone."""
    alone = box.level == "full"
    landlocked = box.level in ("partial", "container")
    return {
        "root": box.root_inside,
        "places": places,
        "own": own,
        "landlock": _landlock(box) if landlocked else None,
        "seccomp": box.level != "none",
        "pretend": landlocked,
        "required": box.level != "container",
        "limits": {
            "memory_mb": limits.memory_mb,
            "cpu_seconds": limits.cpu_seconds,
            "processes": limits.processes if alone else None,  # where others count too, the warden counts
            "file_mb": limits.file_mb,
            "disk_mb": limits.disk_mb,
        },
        "cores": _cores(box) if box.level != "none" else None,
    }


def _landlock(box: Box) -> dict[str, list[str]]:
    etc = [f"/etc/{name}" for name in SEEN_FROM_ETC]
    read = [*SYSTEM, *etc, "/proc", "/sys/devices/system/cpu", *box.prefixes, INSIDE, *box.readable]
    write = [*DEVICES]
    if box.root:
        read.append(box.root)
        write += [f"{box.root}/box", f"{box.root}/out"]
    if box.scratch:
        write.append(str(box.scratch))
    # Python finds a package by listing the folder that it is in; only a trainer imports from what it is given.
    names = [] if box.root else [str(path.parent) for path in box.readable]
    return {"read": list(map(str, read)), "write": write, "hidden": list(map(str, box.hidden)), "names": names}


def _cores(box: Box) -> list[int]:
    """Each of those that run at the same time stays on processors of its own, as far as there are enough."""
    import os

    if not hasattr(os, "sched_getaffinity"):
        return []
    all_of_them = sorted(os.sched_getaffinity(0))
    return all_of_them[box.slot :: box.slots] or [all_of_them[box.slot % len(all_of_them)]]
