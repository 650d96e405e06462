"""Limits of the operating system on one process and what comes of it."""

from __future__ import annotations

import contextlib
import resource
import sys
from typing import Any

BACKSTOP_MB = 65_536  # of address space: what TensorFlow reserves and never touches stays far below
OPEN_FILES = 1_024
QUEUED_SIGNALS = 1_024  # they count for the user, who may be everybody's


def apply(limits: dict[str, Any]) -> None:
    """Soft limits below hard ones where a signal says which one was met."""
    memory, cpu, processes, file = (limits.get(name) for name in ("memory_mb", "cpu_seconds", "processes", "file_mb"))
    # At 0 the kernel still feeds a program of the machine's that collects cores; at 1 byte it makes none at all.
    set_limit("RLIMIT_CORE", 1)
    set_limit("RLIMIT_NOFILE", OPEN_FILES)
    set_limit("RLIMIT_MEMLOCK", 0)
    set_limit("RLIMIT_MSGQUEUE", 0)
    set_limit("RLIMIT_SIGPENDING", QUEUED_SIGNALS)
    if memory is not None:
        set_limit("RLIMIT_DATA", memory * 2**20)
        set_limit("RLIMIT_AS", max(BACKSTOP_MB, 2 * memory) * 2**20)
    if cpu is not None:
        set_limit("RLIMIT_CPU", int(cpu) + 1, int(cpu) + 3)
    if processes is not None:
        set_limit("RLIMIT_NPROC", processes)
    if file is not None:
        set_limit("RLIMIT_FSIZE", file * 2**20)
    if sys.platform == "linux":
        # Where memory runs out, this goes first.
        with contextlib.suppress(OSError), open("/proc/self/oom_score_adj", "w", encoding="ascii") as file_of_score:
            file_of_score.write("1000")


def set_limit(name: str, soft: int, hard: int | None = None) -> None:
    """As low as asked; never an error where a limit is lower already, or not there at all."""
    number = getattr(resource, name, None)
    if number is None:
        return
    with contextlib.suppress(ValueError, OSError):
        most = resource.getrlimit(number)[1]
        hard = soft if hard is None else hard
        bounded = [value if most == resource.RLIM_INFINITY else min(value, most) for value in (soft, hard)]
        resource.setrlimit(number, (bounded[0], bounded[1]))
