"""Which restrictions work on this machine: each is tried out, not looked up.

A trial is a separate process, `print_trial`. It prints what `inside/probe.py` finds as JSON, `fault` included, and
`untried` if that says nothing about the sandbox, and removes what it needed, even if its parent is dead.
"""

from __future__ import annotations

import json
import os
import re
import stat
import subprocess
import sys
import tempfile
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

from grader.domain import Limits
from grader.errors import GraderFault
from grader.sandbox import bubblewrap
from grader.sandbox.spec import INSIDE, SandboxSpec, restrictions, writable

SAFE_SETUID = (0, 12)
SECONDS = 30
TRIAL = "from grader.sandbox.probes import print_trial; print_trial()"
OF_PARTIAL = ("no capabilities", "no files of others", "no writing elsewhere", "no signals to others", "no network",
              "no namespaces", "no unknown calls")  # fmt: skip
RESTRICTIONS = ("no root", "own processes", *OF_PARTIAL)


@dataclass(frozen=True)
class Probe:
    """One layer: whether it works, what was found, and what to do if it does not."""

    name: str
    ok: bool
    found: str
    advice: str = ""


def full() -> tuple[Probe, ...]:
    """All layers that the level `full` needs, in the order in which they are tried."""
    tool = _bubblewrap()
    return (tool, _namespaces()) if tool.ok else (tool,)


@cache
def _bubblewrap() -> Probe:
    found = bubblewrap.bubblewrap() if sys.platform == "linux" else None
    if found is None:
        advice = "Install bubblewrap: apt-get install bubblewrap (or dnf, pacman)."
        if sys.platform != "linux":
            advice = "Bubblewrap needs Linux: use a Linux machine, a virtual one, WSL 2 or a container."
        return Probe("bubblewrap", False, "not installed", advice)
    version = _version(found)
    shown = ".".join(map(str, version)) or "of unknown version"
    if os.stat(found).st_mode & stat.S_ISUID and version < SAFE_SETUID:
        advice = "A setuid bubblewrap below 0.12 lets users become root (CVE-2026-41163): update it, or chmod u-s."
        return Probe("bubblewrap", False, f"{shown}, setuid", advice)
    return Probe("bubblewrap", True, shown)


def _version(tool: str) -> tuple[int, ...]:
    try:
        said = subprocess.run([tool, "--version"], capture_output=True, text=True, timeout=SECONDS, check=True).stdout
    except (OSError, subprocess.SubprocessError):
        return ()
    return tuple(map(int, re.findall(r"\d+", said)))


@cache
def _namespaces() -> Probe:
    """A whole run, in separate namespaces within bubblewrap's; if that is impossible, in bubblewrap's alone."""
    found = _try("full", own=True) if can_nest() else _try("full", own=False)
    name = "namespaces"
    if isinstance(found, str):
        advice = (
            "Let bubblewrap use unprivileged user namespaces: on Ubuntu 24.04, install apparmor-profiles and enable "
            "bwrap-userns-restrict; in Docker, run with --security-opt seccomp=unconfined and apparmor=unconfined, or "
            "use --isolation container."
        )
        return Probe(name, False, found, advice)
    return _of(name, found, RESTRICTIONS)


@cache
def can_nest() -> bool:
    """Whether a run can have separate namespaces within bubblewrap's."""
    return isinstance(_try("full", own=True), dict)


@cache
def partial() -> tuple[Probe, ...]:
    """Landlock and seccomp, which need no privilege."""
    if sys.platform != "linux":
        return (Probe("landlock and seccomp", False, "not on this system", "They need Linux."),)
    from grader.sandbox.inside import landlock

    found = _try("partial", own=False)
    name = "landlock and seccomp"
    if isinstance(found, str):
        return (Probe(name, False, found, "They need Linux 5.13 with Landlock enabled (`lsm=landlock,…`)."),)
    probe = _of(name, found, OF_PARTIAL)
    # It cannot be queried inside the sandbox.
    return (replace(probe, found=f"Landlock {landlock.version()}, {probe.found}"),)


def inventory(level: str) -> dict[str, Any]:
    """What a run at `full` or `partial` has, as found from inside; nothing if that level is not available here."""
    if not all(probe.ok for probe in (full() if level == "full" else partial())):
        return {}
    found = _try(level, own=level == "full" and can_nest())
    return found if isinstance(found, dict) else {}


def _of(name: str, found: dict[str, Any], needed: tuple[str, ...]) -> Probe:
    missing = [restriction for restriction in needed if not found[restriction]]
    if missing:
        return Probe(name, False, f"without {', '.join(missing)}", "Please report this: the sandbox has a gap here.")
    return Probe(name, True, ", ".join(needed))


@cache
def _try(level: str, *, own: bool) -> dict[str, Any] | str:
    """What a process in the sandbox of a level finds when it tries to get out, or why it could not start.

    Determined in a separate process, which cleans up after itself even if this one is killed.
    """
    found: dict[str, Any] = {}
    for _ in range(2):
        found = _tried(level, own=own)
        if not found.get("untried"):
            return found if not found["fault"] else str(found["fault"])
    raise GraderFault(f"The sandbox of level {level} could not be tested: {found['fault']}. Run it again.")


def _tried(level: str, *, own: bool) -> dict[str, Any]:
    command = [sys.executable, "-P", "-c", TRIAL, level, "own" if own else "shared"]
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}
    try:
        done = subprocess.run(command, capture_output=True, env=environment, timeout=2 * SECONDS, check=False)
        return dict(json.loads(done.stdout))
    except (OSError, ValueError, subprocess.SubprocessError) as error:
        return {"fault": str(error), "untried": True}


def tried(level: str, *, own: bool) -> dict[str, Any]:
    """What a process in the sandbox of a level finds when it tries to get out."""
    with tempfile.TemporaryDirectory(prefix="grader-probe-") as folder:
        root = Path(folder, "root")
        for name in ("box", "out", "given"):
            (root / name).mkdir(parents=True)
            (root / name).chmod(0o755)
        root.chmod(0o755)
        canary = Path(folder, "canary")
        canary.write_text("what a run must not read", "ascii")
        sandbox = SandboxSpec(level, Path(sys.executable), root)
        namespaces = {name: os.readlink(f"/proc/self/ns/{name}") for name in os.listdir("/proc/self/ns")}
        expected = [f"{sandbox.root_inside}/box", f"{sandbox.root_inside}/out"]
        expected += ["/dev/shm", "/tmp"] if level == "full" else []
        asked = restrictions(sandbox, Limits(), own=own) | {
            "canary": str(canary), "stranger": os.getpid(), "namespaces": namespaces, "expected": expected,
        }  # fmt: skip
        command: tuple[str, ...] = (sys.executable, "-I", str(INSIDE / "main.py"), "probe", json.dumps(asked))
        if level == "full":
            command = bubblewrap.command(sandbox, command, () if own else writable(sandbox, Limits()))
        said = ""
        try:
            done = subprocess.run(command, capture_output=True, text=True, timeout=SECONDS, check=False)
            said = done.stderr
            return dict(json.loads(done.stdout))
        except (OSError, subprocess.TimeoutExpired) as error:
            return {"fault": str(error)[:300], "untried": True}
        except ValueError as error:
            return {"fault": (said.strip() or str(error)).splitlines()[-1][:300]}


def print_trial() -> None:
    """The whole program of a separate process: level, and `own` or `shared`, are its arguments."""
    print(json.dumps(tried(sys.argv[1], own=sys.argv[2] == "own")))
