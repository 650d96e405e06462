"""The levels of isolation, which one a run gets, and which of them work on this machine: each is tried out."""

from __future__ import annotations

import json
import os
import re
import stat
import subprocess
import sys
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

from grader.domain import Limits
from grader.errors import GraderFault, UsageError
from grader.filesystem import private_folder
from grader.sandbox import spec
from grader.sandbox.inside.processes import begun
from grader.sandbox.spec import INSIDE, SandboxSpec, restrictions

LEVELS = ("auto", "full", "partial", "container", "none")
WORDS = {
    "full": "namespaces, no network, nothing of this machine visible",
    "partial": "files and signals kept apart by Landlock, system calls filtered",
    "container": "what works in this disposable container",
    "none": "limits only: the code can read and change what you can",
}
SAFE_SETUID = (0, 12)
SECONDS = 30
OF_PARTIAL = ("no capabilities", "no files of others", "no writing elsewhere", "no signals to others", "no network",
              "no namespaces", "no unknown calls")  # fmt: skip
RESTRICTIONS = ("no root", "own processes", *OF_PARTIAL)


def resolve_isolation(requested: str, *, unattended: bool = False) -> str:
    """The level that will be used. A level that is not available is refused, never silently replaced by a weaker one.

    `unattended` runs execute the code of many strangers: for these `auto` stops if there is no sandbox.
    """
    if requested not in LEVELS:
        raise UsageError(f"--isolation {requested}: unknown level; choose one of {', '.join(LEVELS)}.")
    if requested == "auto":
        return _strongest(unattended=unattended)
    if requested in ("full", "partial") and (gap := _gap(requested)):
        raise UsageError(f"--isolation {requested} is not available here: {gap.name}: {gap.found}. {gap.advice}")
    return requested


def _strongest(*, unattended: bool) -> str:
    for level in ("full", "partial"):
        if _gap(level) is None:
            return level
    if unattended:
        gap = _gap("full")
        because = f"{gap.name}: {gap.found}. {gap.advice}" if gap else ""
        raise UsageError(
            f"Sandboxing is not available on this machine: {because} "
            "In a disposable container, use --isolation container; to run the code of a class as "
            "ordinary processes anyway, use --isolation none."
        )
    return "none"


def _gap(level: str) -> Protection | None:
    """The first layer of a level that is missing here."""
    return next((layer for layer in (full() if level == "full" else partial()) if not layer.ok), None)


@dataclass(frozen=True)
class Protection:
    """One layer: whether it works, what was found, and what to do if it does not."""

    name: str
    ok: bool
    found: str
    advice: str = ""


@cache
def full() -> tuple[Protection, ...]:
    """All layers that the level `full` needs, in the order in which they are tried.

    A whole run is in separate namespaces within bubblewrap's; if that is impossible, in bubblewrap's alone.
    """
    tool = _bubblewrap()
    if not tool.ok:
        return (tool,)
    advice = (
        "Let bubblewrap use unprivileged user namespaces: on Ubuntu 24.04, install apparmor-profiles and enable "
        "bwrap-userns-restrict; in Docker, run with --security-opt seccomp=unconfined and apparmor=unconfined, or "
        "use --isolation container."
    )
    return tool, _tested("namespaces", "full", RESTRICTIONS, advice, own=can_nest())


@cache
def _bubblewrap() -> Protection:
    path = spec.bubblewrap() if sys.platform == "linux" else None
    if path is None:
        advice = "Install bubblewrap: apt-get install bubblewrap (or dnf, pacman)."
        if sys.platform != "linux":
            advice = "Bubblewrap needs Linux: use a Linux machine, a virtual one, WSL 2 or a container."
        return Protection("bubblewrap", False, "not installed", advice)
    version = _version(path)
    text = ".".join(map(str, version)) or "of unknown version"
    if os.stat(path).st_mode & stat.S_ISUID and version < SAFE_SETUID:
        advice = "A setuid bubblewrap below 0.12 lets users become root (CVE-2026-41163): update it, or chmod u-s."
        return Protection("bubblewrap", False, f"{text}, setuid", advice)
    return Protection("bubblewrap", True, text)


def _version(tool: str) -> tuple[int, ...]:
    try:
        output = subprocess.run([tool, "--version"], capture_output=True, text=True, timeout=SECONDS, check=True).stdout
    except (OSError, subprocess.SubprocessError):
        return ()
    return tuple(map(int, re.findall(r"\d+", output)))


@cache
def can_nest() -> bool:
    """Whether a run can have separate namespaces within bubblewrap's."""
    return isinstance(tried("full", own=True), dict)


@cache
def partial() -> tuple[Protection, ...]:
    """Landlock and seccomp, which need no privilege."""
    if sys.platform != "linux":
        return (Protection("landlock and seccomp", False, "not on this system", "They need Linux."),)
    from grader.sandbox.inside import landlock

    advice = "They need Linux 5.13 with Landlock enabled (`lsm=landlock,…`)."
    layer = _tested("landlock and seccomp", "partial", OF_PARTIAL, advice, own=False)
    # Its version cannot be queried inside the sandbox.
    return (replace(layer, found=f"Landlock {landlock.version() or 'missing'}, {layer.found}"),)


def _tested(name: str, level: str, needed: tuple[str, ...], advice: str, *, own: bool) -> Protection:
    """A sandbox in which every restriction that is needed was tried out; with advice if it does not even start."""
    findings = tried(level, own=own)
    if isinstance(findings, str):
        return Protection(name, False, findings, advice)
    if missing := [restriction for restriction in needed if not findings[restriction]]:
        return Protection(
            name, False, f"without {', '.join(missing)}", "Please report this: the sandbox has a gap here."
        )
    return Protection(name, True, ", ".join(needed))


@cache
def tried(level: str, *, own: bool) -> dict[str, Any] | str:
    """What a process in the sandbox of a level finds when it tries to get out, or why it could not start.

    `own`: in namespaces of its own. A trial that says nothing about the sandbox is repeated once.
    """
    for _ in range(2):
        with private_folder("grader-probe-") as folder:
            findings = _trial(level, folder(), own=own)
        if not findings.get("untried"):
            return findings if not findings["fault"] else str(findings["fault"])
    raise GraderFault(f"The sandbox of level {level} could not be tested: {findings['fault']}. Run it again.")


def _trial(level: str, folder: Path, *, own: bool) -> dict[str, Any]:
    """What `inside/probe.py` finds, with `fault`, and `untried` if that says nothing about the sandbox."""
    root = folder / "root"
    for name in ("box", "out", "given"):
        (root / name).mkdir(parents=True)
        (root / name).chmod(0o755)
    root.chmod(0o755)
    canary = folder / "canary"
    canary.write_text("what a run must not read", "ascii")
    sandbox = SandboxSpec(level, Path(sys.executable), root, nested=own)
    namespaces = {name: os.readlink(f"/proc/self/ns/{name}") for name in os.listdir("/proc/self/ns")}
    expected = [f"{sandbox.root_inside}/box", f"{sandbox.root_inside}/out"]
    expected += ["/dev/shm", "/tmp"] if level == "full" else []
    request = restrictions(sandbox, Limits()) | {
        "canary": str(canary), "stranger": {"pid": os.getpid(), "started": begun(os.getpid())},
        "namespaces": namespaces, "expected": expected,
    }  # fmt: skip
    probe = (sys.executable, "-I", str(INSIDE / "main.py"), "probe", json.dumps(request))
    errors = ""
    try:
        command = spec.command(sandbox, probe, None if own else Limits())
        result = subprocess.run(command, capture_output=True, text=True, timeout=SECONDS, check=False)
        errors = result.stderr
        return dict(json.loads(result.stdout))
    except (OSError, subprocess.TimeoutExpired) as error:
        return {"fault": str(error)[:300], "untried": True}
    except ValueError as error:
        return {"fault": (errors.strip() or str(error)).splitlines()[-1][:300]}
