"""The command line of bubblewrap for a sandbox: its own file system and namespaces."""

from __future__ import annotations

import json
import os
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

from grader.sandbox.spec import FIRST_UID, INSIDE, ROOT_INSIDE, SEEN_FROM_ETC, SHARED_MEMORY_MB, SYSTEM, SandboxSpec

STAGE = "/run/grader"
COLAB = "/content"  # where notebooks of Google Colab have their files: the folder of the run itself
SMALL = str(64 * 2**20)

Bind = tuple[str, Path, str]  # --bind, --dev-bind or --ro-bind, here, inside


def bubblewrap() -> str | None:
    """The installed one, or the one that `GRADER_BWRAP` names; its value `none` stands for a machine without one."""
    return shutil.which(os.environ.get("GRADER_BWRAP") or "bwrap")


def command(
    sandbox: SandboxSpec, arguments: tuple[str, ...], places: tuple[tuple[str, int, int], ...] = ()
) -> tuple[str, ...]:
    """Runs `arguments` in the sandbox. As root it runs as a separate user, who owns nothing on this machine.

    `places` are the writable folders, with megabytes, if the runs inside do not make these themselves.
    Everything else is read-only, except /tmp, which is small.
    """
    seen = list(_binds(sandbox))
    binds = [*seen, *_own_binds(sandbox)]
    staged = os.geteuid() == 0
    sources = [f"{STAGE}/{number}" if staged else str(here) for number, (_, here, _) in enumerate(binds)]
    tool = (bubblewrap() or "bwrap", *_options(), *_links())
    tool += ("--symlink", f"{ROOT_INSIDE}/box/work", COLAB) if sandbox.root else ()
    options = [(option, source, inside) for (option, _, inside), source in zip(binds, sources, strict=True)]
    tool += tuple(word for one in options[: len(seen)] for word in one)
    for folder in sandbox.hidden:
        tool += ("--tmpfs", str(folder))
    tool += tuple(word for one in options[len(seen) :] for word in one)  # these may be in hidden folders
    for folder in sandbox.hidden:
        tool += ("--remount-ro", str(folder))
    for path, megabytes, _ in places or (("/dev/shm", SHARED_MEMORY_MB, 0),):
        tool += ("--size", str(megabytes * 2**20), "--tmpfs", path)
    tool += ("--remount-ro", "/dev", "--remount-ro", "/")
    whole = (*tool, "--chdir", ROOT_INSIDE if sandbox.root else "/", "--", *arguments)
    if not staged:
        return whole
    spec = json.dumps({"uid": uid_of(sandbox), "binds": [str(here) for _, here, _ in binds]})
    return (sys.executable, "-I", str(INSIDE / "main.py"), "launch", spec, *whole)


def uid_of(sandbox: SandboxSpec) -> int:
    """The user of the sandbox; root's substitutes are numbered, so that each has its own limit on processes."""
    return FIRST_UID + sandbox.slot + (0 if sandbox.root else 500) if os.geteuid() == 0 else os.geteuid()


def _options() -> Iterator[str]:
    yield from ("--unshare-user", "--unshare-all", "--die-with-parent", "--new-session", "--hostname", "grader")
    yield from ("--proc", "/proc", "--dev", "/dev", "--size", SMALL, "--tmpfs", "/tmp")


def _links() -> Iterator[str]:
    """`/bin` and similar folders if they are links, as on most current systems."""
    for place in SYSTEM:
        if os.path.islink(place):
            yield from ("--symlink", os.readlink(place), place)


def _binds(sandbox: SandboxSpec) -> Iterator[Bind]:
    plain = [Path(place) for place in SYSTEM if os.path.isdir(place) and not os.path.islink(place)]
    plain += [Path("/etc", name) for name in SEEN_FROM_ETC]
    own = [prefix for prefix in sandbox.prefixes if not prefix.is_relative_to("/usr")]
    for here in (*plain, *sorted(own), Path("/sys/devices/system/cpu")):
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
