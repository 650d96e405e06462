"""A sandboxed process as data: what it sees, what it may write, which restrictions apply to it."""

from __future__ import annotations

import json
import os
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
# Without /dev/zero: mapped for writing, it is shared memory in no count. Without terminals: they may be yours.
DEVICES = ("/dev/null", "/dev/random", "/dev/urandom", "/dev/full")
NEEDED = ("keras", "tensorflow", "numpy", "matplotlib", "nbclient", "nbformat", "ipykernel", "pandas")
RECORDING_MB = 16  # the most of a recording
OUT_MB = 3 * RECORDING_MB  # the file and its temporary copy, and room for their folder
SHARED_MEMORY_MB = 64
MOST_FILES = 50_000
# One thread and no GPU, so that numbers are the same wherever they are computed and no run takes another's processor.
TENSORFLOW_SETTINGS = {
    **{f"{library}_NUM_THREADS": "1" for library in ("OMP", "OPENBLAS", "MKL", "NUMEXPR", "VECLIB_MAXIMUM")},
    "TF_NUM_INTRAOP_THREADS": "1",
    "TF_NUM_INTEROP_THREADS": "1",
    "CUDA_VISIBLE_DEVICES": "-1",
    "TF_CPP_MIN_LOG_LEVEL": "3",
    "TF_ENABLE_ONEDNN_OPTS": "0",
}


@dataclass(frozen=True)
class SandboxSpec:
    """One sandboxed process. `root` is the folder of its runs on this side; the trainer has none.

    `scratch` is a folder of the trainer's own, which outlives it: for files of libraries, and what it has compiled.

    `readable` are further files and folders that it sees, `hidden` parts of its Python that it does not see. `slot` of
    `slots` is its number among those that run at the same time.
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
        """All folders from which its Python takes what it imports."""
        found = interpreter(self.python)
        return (*found.prefixes, *found.elsewhere)


@dataclass(frozen=True)
class Interpreter:
    """Where a Python is installed, and where it keeps its packages.

    `elsewhere` are folders outside of it from which it takes packages that grading needs: those of a user, or of a
    `.pth` file. `has_keras` says whether it finds Keras at all, `version` which Python it is.
    """

    prefixes: tuple[Path, ...]
    packages: tuple[Path, ...]
    elsewhere: tuple[Path, ...]
    has_keras: bool
    version: str = ""


LOOK = """
import importlib.util, json, os, sys, sysconfig
own = os.path.dirname(os.path.dirname(os.path.realpath(sys.executable)))
prefixes = [sys.prefix, sys.base_prefix, sys.exec_prefix, own]
paths = sysconfig.get_paths()
roots = [os.path.join(os.path.realpath(prefix), "") for prefix in prefixes]
found, elsewhere = {}, []
for name in sys.argv[1:]:
    try:
        spec = importlib.util.find_spec(name)
        found[name] = os.path.dirname(list(spec.submodule_search_locations)[0])
    except (ImportError, AttributeError, ValueError, IndexError, TypeError):
        continue
    if not os.path.join(os.path.realpath(found[name]), "").startswith(tuple(roots)):
        elsewhere.append(found[name])
print(json.dumps([prefixes, [paths["purelib"], paths["platlib"]], elsewhere, "keras" in found, sys.version]))
"""


@cache
def interpreter(python: Path) -> Interpreter:
    """Reported by the interpreter itself. Raises `UsageError` if it does not answer."""
    try:
        done = subprocess.run(
            [str(python), "-P", "-c", LOOK, *NEEDED], capture_output=True, timeout=60, check=True,
            stdin=subprocess.DEVNULL,
        )  # fmt: skip
        prefixes, packages, elsewhere, has_keras, version = json.loads(done.stdout)
    except (OSError, ValueError, subprocess.SubprocessError) as error:
        raise UsageError(f"--python {python}: this does not run as a Python interpreter ({error}).") from None
    prefixes, packages, elsewhere = (
        tuple(map(Path, dict.fromkeys(paths))) for paths in (prefixes, [*packages, *elsewhere], elsewhere)
    )
    return Interpreter(prefixes, packages, elsewhere, bool(has_keras), str(version))


def has_package(python: Path, name: str) -> bool:
    """Whether an interpreter has a top-level package or module of this name, by the files that it would import."""
    if not name.isidentifier():
        return False
    names = (name, f"{name}.py", f"{name}.*.so")
    return any(True for folder in interpreter(python).packages for one in names for _ in folder.glob(one))


def writable(sandbox: SandboxSpec, limits: Limits) -> tuple[tuple[str, int, int], ...]:
    """All that a run at level `full` may write to: path, megabytes and number of files of each memory file system."""
    return (
        (f"{sandbox.root_inside}/box", limits.disk_mb, MOST_FILES),
        (f"{sandbox.root_inside}/out", OUT_MB, 64),
        ("/dev/shm", SHARED_MEMORY_MB, 1_024),
    )


def restrictions(sandbox: SandboxSpec, limits: Limits, *, own: bool, folders: tuple[str, ...] = ()) -> dict[str, Any]:
    """The restrictions that `inside` applies to one run; see its protocol. `own`: namespaces for this run alone."""
    alone = sandbox.level == "full"
    landlocked = sandbox.level in ("partial", "container")
    return {
        "root": sandbox.root_inside,
        "folders": folders,
        "own": own,
        "writable": writable(sandbox, limits) if own else (),
        "landlock": _landlock(sandbox) if landlocked else None,
        "seccomp": sandbox.level != "none",
        "pretend": landlocked,
        "required": sandbox.level != "container",
        "limits": {
            "memory_mb": limits.memory_mb,
            "cpu_seconds": limits.cpu_seconds,
            "processes": limits.processes if alone else None,  # if processes of others count too, the monitor counts
            "file_mb": limits.file_mb,
        },
        "cores": _cores(sandbox) if sandbox.level != "none" else None,
    }


def seal(sandbox: SandboxSpec) -> str:
    """The filter with which a run gives up connecting to sockets by their paths, in hexadecimal digits, or nothing.

    At `full` there are only its own sockets, and a new Landlock restricts it to these.
    """
    if sandbox.level not in ("partial", "container"):
        return ""
    from grader.sandbox.inside import landlock, seccomp  # only where there is a C library to call

    if landlock.version() >= landlock.SOCKETS_SINCE:
        return ""
    machine = os.uname().machine
    return seccomp.packed(seccomp.without_connect(machine)).hex() if machine in seccomp.ARCHITECTURES else ""


def _landlock(sandbox: SandboxSpec) -> dict[str, list[str]]:
    etc = [f"/etc/{name}" for name in SEEN_FROM_ETC]
    read = [*SYSTEM, *etc, "/proc", "/sys/devices/system/cpu", *sandbox.prefixes, INSIDE, *sandbox.readable]
    write = [*DEVICES]
    if sandbox.root:
        read.append(sandbox.root)
        write += [f"{sandbox.root}/box", f"{sandbox.root}/out"]
    if sandbox.scratch:
        write.append(str(sandbox.scratch))
    # Python finds a package by listing its folder; only a trainer imports from `readable`.
    names = [] if sandbox.root else [str(path.parent) for path in sandbox.readable]
    return {"read": list(map(str, read)), "write": write, "hidden": list(map(str, sandbox.hidden)), "names": names}


def _cores(sandbox: SandboxSpec) -> list[int]:
    """Each run at the same time stays on its own processors, as far as there are enough."""
    if not hasattr(os, "sched_getaffinity"):
        return []
    all_of_them = sorted(os.sched_getaffinity(0))
    return all_of_them[sandbox.slot :: sandbox.slots] or [all_of_them[sandbox.slot % len(all_of_them)]]
