"""How many processors this process may use."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

GROUPS = Path("/sys/fs/cgroup")
OWN = Path("/proc/self/cgroup")


def usable_processors() -> int:
    """At least one: those that the system has, that this process may run on, and that its control groups grant."""
    able = getattr(os, "sched_getaffinity", None)
    number = len(able(0)) if able else os.cpu_count() or 1
    return max(1, min([number, *_granted()]))


def _granted() -> Iterator[int]:
    """What each control group above this process grants; a container is often limited like that."""
    try:
        names = [line.removeprefix("0::/") for line in OWN.read_text("utf-8").splitlines() if line.startswith("0::/")]
    except (OSError, ValueError):
        return
    for place in (GROUPS / name for name in names):
        for folder in (place, *place.parents):
            with suppress(OSError, ValueError):
                quota, period = (folder / "cpu.max").read_text("ascii").split()
                yield int(quota) // int(period)
