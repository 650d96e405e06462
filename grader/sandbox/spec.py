"""A sandboxed process as data: what it sees, what it may write, which restrictions apply to it.

At `full` it has a file system and namespaces of its own: these are asked of bubblewrap, by its command line.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from grader.domain import Limits
from grader.sandbox.packages import interpreter

INSIDE = Path(__file__).with_name("inside")
FORKS = sys.platform == "linux"  # runs, from a server; elsewhere each is a process of its own
ROOT_INSIDE = "/grade"
FIRST_UID = 60_000
SEEN_FROM_ETC = (
    "alternatives", "ca-certificates", "fonts", "ld.so.cache", "ld.so.conf", "ld.so.conf.d", "localtime", "magic",
    "mime.types", "nsswitch.conf", "os-release", "ssl", "timezone",
)  # fmt: skip
SYSTEM = ("/usr", "/bin", "/sbin", "/lib", "/lib64", "/lib32", "/nix/store")
# Without /dev/zero: mapped for writing, it is shared memory in no count. Without terminals: they may be yours.
DEVICES = ("/dev/null", "/dev/random", "/dev/urandom", "/dev/full")
RECORDING_MB = 16  # the most of a recording
OUT_MB = 3 * RECORDING_MB  # the file and its temporary copy, and room for their folder
SHARED_MEMORY_MB = 64
MOST_FILES = 50_000
STAGE = "/run/grader"
COLAB = "/content"  # where notebooks of Google Colab have their files: the folder of the run itself
SMALL = str(64 * 2**20)
Bind = tuple[str, Path, str]  # --bind, --dev-bind or --ro-bind, here, inside
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

    `nested`: at `full`, each run has namespaces of its own within those of its server. Where the system refuses to make
    these, each run has a server of its own, in a sandbox of its own.
    """

    level: str
    python: Path
    root: Path | None = None
    readable: tuple[Path, ...] = ()
    hidden: tuple[Path, ...] = ()
    slot: int = 0
    slots: int = 1
    scratch: Path | None = None
    nested: bool = False

    @property
    def apart(self) -> bool:
        """Whether what it writes to is memory of its sandbox."""
        return self.level == "full"

    @property
    def parents(self) -> int:
        """How many levels of our processes are above the first process of a run, the server not counted."""
        return 2 if self.nested else int(FORKS)  # its reaper, and the first process of its namespace

    @property
    def uid(self) -> int:
        """Its user; root's substitutes are numbered, so that each has its own limit on processes."""
        user: int = getattr(os, "geteuid", lambda: -1)()
        return FIRST_UID + self.slot + (0 if self.root else 500) if self.apart and user == 0 else max(user, 0)

    @property
    def root_inside(self) -> str:
        """Where `root` is seen from inside."""
        return ROOT_INSIDE if self.apart else str(self.root or "")

    @property
    def prefixes(self) -> tuple[Path, ...]:
        """All folders from which its Python takes what it imports."""
        installed = interpreter(self.python)
        return (*installed.prefixes, *installed.elsewhere)


def writable(sandbox: SandboxSpec, limits: Limits) -> tuple[tuple[str, int, int], ...]:
    """All that a run at level `full` may write to: path, megabytes and number of files of each memory file system."""
    return (
        (f"{sandbox.root_inside}/box", limits.disk_mb, MOST_FILES),
        (f"{sandbox.root_inside}/out", OUT_MB, 64),
        ("/dev/shm", SHARED_MEMORY_MB, 1_024),
    )


def restrictions(sandbox: SandboxSpec, limits: Limits, folders: tuple[str, ...] = ()) -> dict[str, Any]:
    """The restrictions that `inside` applies to one run; see its protocol."""
    landlocked = sandbox.level in ("partial", "container")
    return {
        "root": sandbox.root_inside,
        "folders": folders,
        "own": sandbox.nested,
        "writable": writable(sandbox, limits) if sandbox.nested else (),
        "landlock": _landlock(sandbox) if landlocked else None,
        "seccomp": sandbox.level != "none",
        "required": sandbox.level != "container",
        "limits": {
            "memory_mb": limits.memory_mb,
            "cpu_seconds": limits.cpu_seconds,
            # If processes of others count too, the monitor counts.
            "processes": limits.processes if sandbox.apart else None,
            "file_mb": limits.file_mb,
        },
        "cores": _cores(sandbox) if sandbox.level != "none" else None,
    }


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


def bubblewrap() -> str | None:
    """The installed one, or the one that `GRADER_BWRAP` names; its value `none` stands for a machine without one."""
    return shutil.which(os.environ.get("GRADER_BWRAP") or "bwrap")


def command(sandbox: SandboxSpec, arguments: tuple[str, ...], limits: Limits | None = None) -> tuple[str, ...]:
    """Starts a trusted process: a trainer, or a server of runs; with `limits` the server of a single one.

    At `full` it is in a sandbox. As root it runs there as a separate user, who owns nothing on this machine. With
    `limits`, the folders to which the run may write are made here: other servers let each run make its own. Everything
    else is read-only, except /tmp, which is small.
    """
    if not sandbox.apart:
        return arguments
    system = list(_binds(sandbox))
    binds = [*system, *_own_binds(sandbox)]
    staged = os.geteuid() == 0
    sources = [f"{STAGE}/{number}" if staged else str(here) for number, (_, here, _) in enumerate(binds)]
    options = [(option, source, inside) for (option, _, inside), source in zip(binds, sources, strict=True)]
    tool = (
        bubblewrap() or "bwrap", "--unshare-user", "--unshare-all", "--die-with-parent", "--new-session",
        "--hostname", "grader", "--proc", "/proc", "--dev", "/dev", "--size", SMALL, "--tmpfs", "/tmp", *_links(),
    )  # fmt: skip
    tool += ("--symlink", f"{ROOT_INSIDE}/box/work", COLAB) if sandbox.root else ()
    tool += tuple(word for bind in options[: len(system)] for word in bind)
    for folder in sandbox.hidden:
        tool += ("--tmpfs", str(folder))
    tool += tuple(word for bind in options[len(system) :] for word in bind)  # these may be in hidden folders
    for folder in sandbox.hidden:
        tool += ("--remount-ro", str(folder))
    for path, megabytes, _ in writable(sandbox, limits) if limits else (("/dev/shm", SHARED_MEMORY_MB, 0),):
        tool += ("--size", str(megabytes * 2**20), "--tmpfs", path)
    tool += ("--remount-ro", "/dev", "--remount-ro", "/")
    whole = (*tool, "--chdir", ROOT_INSIDE if sandbox.root else "/", "--", *arguments)
    if not staged:
        return whole
    spec = json.dumps({"uid": sandbox.uid, "binds": [str(here) for _, here, _ in binds]})
    return (sys.executable, "-I", str(INSIDE / "main.py"), "launch", spec, *whole)


def _links() -> Iterator[str]:
    """`/bin` and similar folders if they are links, as on most current systems."""
    for place in SYSTEM:
        if os.path.islink(place):
            yield from ("--symlink", os.readlink(place), place)


def _binds(sandbox: SandboxSpec) -> Iterator[Bind]:
    plain = [Path(place) for place in SYSTEM if os.path.isdir(place) and not os.path.islink(place)]
    plain += [Path("/etc", name) for name in SEEN_FROM_ETC]
    prefixes = [prefix for prefix in sandbox.prefixes if not prefix.is_relative_to("/usr")]
    for here in (*plain, *sorted(prefixes), Path("/sys/devices/system/cpu")):
        if here.exists():
            yield "--ro-bind", here, str(here)


def _own_binds(sandbox: SandboxSpec) -> Iterator[Bind]:
    """The files of the grader itself that a process in the sandbox needs, and the folder of its runs."""
    for here in (INSIDE, *sandbox.readable):
        if here.exists():
            yield "--ro-bind", here, str(here)
    # Mapped for writing, /dev/zero would be shared memory that no count includes.
    yield "--dev-bind", Path("/dev/null"), "/dev/zero"
    if sandbox.scratch:
        yield "--bind", sandbox.scratch, str(sandbox.scratch)
    if sandbox.root:
        yield "--ro-bind", sandbox.root, ROOT_INSIDE
        if (sandbox.root / "passwd").exists():
            yield "--ro-bind", sandbox.root / "passwd", "/etc/passwd"
