"""How many processors this process may use."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

GROUPS = Path("/sys/fs/cgroup")
OWN = Path("/proc/self/cgroup")


def usable_processors() -> int:
    """At least one: those that the system has, that this process may run on, and that its control groups grant."""
    able = getattr(os, "sched_getaffinity", None)
    number = len(able(0)) if able else os.cpu_count() or 1
    return max(1, min([number, *map(int, _granted())]))


def _granted() -> list[float]:
    """What each control group above this process grants, in processors; a container is often limited like that."""
    granted = []
    with suppress(OSError, ValueError):
        for line in OWN.read_text("utf-8").splitlines():
            _, controllers, path = line.split(":", 2)
            if controllers and "cpu" not in controllers.split(","):
                continue
            top = GROUPS / "cpu" if controllers else GROUPS
            for folder in (top, *(top / part for part in _ways(path.strip("/")))):
                granted += _of_group(folder)
    return granted


def _ways(path: str) -> list[str]:
    """`a/b` is in `a`."""
    parts = path.split("/") if path else []
    return ["/".join(parts[:number]) for number in range(1, len(parts) + 1)]


def _of_group(folder: Path) -> list[float]:
    """In version 2, then in version 1."""
    with suppress(OSError, ValueError):
        quota, period = (folder / "cpu.max").read_text("ascii").split()
        return [int(quota) / int(period)]
    with suppress(OSError, ValueError):
        quota, period = ((folder / f"cpu.cfs_{name}_us").read_text("ascii") for name in ("quota", "period"))
        return [int(quota) / int(period)] if int(quota) > 0 else []
    return []
