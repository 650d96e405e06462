"""Limits by name: how each shows, and in which words it is told."""

from __future__ import annotations

import signal
from collections.abc import Mapping

from grader.domain import Failure, Limits, Outcome

OUTCOMES = {"timeout": Outcome.TIMEOUT, "cpu": Outcome.TIMEOUT, "memory": Outcome.MEMORY}
"""Of runs that were stopped; the others count as crashed."""

REASONS = {
    "timeout": "after {}",
    "cpu": "after {}",
    "memory": "for using more than {}",
    "processes": "for starting more than {}",
    "disk": "for storing more than {}",
    "file": "for writing a file of more than {}",
    "abandoned": "with the grader",
}
BY_SIGNAL: Mapping[int, str] = {
    -int(getattr(signal, name)): limit
    for name, limit in (("SIGXCPU", "cpu"), ("SIGXFSZ", "file"))
    if hasattr(signal, name)
}
"""By negative exit code, the limits whose end the system brings about itself."""

_SIGNS = (
    ("memory", ("MemoryError", "ResourceExhaustedError", "Cannot allocate memory")),
    ("processes", ("BlockingIOError", "can't start new thread", "Resource temporarily unavailable")),
    ("file", ("File too large",)),
    ("disk", ("No space left on device", "Disk quota exceeded")),
)


def limits_in_words(limits: Limits, seconds: float) -> dict[str, str]:
    """Each with its value; `seconds` is the wall-clock time of this run."""
    return {
        "timeout": f"{seconds:.0f} s of wall-clock time",
        "cpu": f"{max(limits.cpu_seconds, seconds):.0f} s of processor time",
        "memory": f"{limits.memory_mb} MB of memory",
        "processes": f"{limits.processes} processes and threads",
        "disk": f"{limits.disk_mb} MB on disk, or too many files",
        "file": f"{limits.file_mb} MB in one file",
        "abandoned": "",
    }


def limit_met(failure: Failure) -> str:
    """The limit that an exception of the student's tells of, or nothing."""
    said = f"{failure.type}: {failure.message}"
    return next((limit for limit, signs in _SIGNS if any(sign in said for sign in signs)), "")
