"""The levels of isolation, and which one a run gets."""

from __future__ import annotations

from grader.errors import UsageError
from grader.isolation import probes

LEVELS = ("auto", "full", "partial", "container", "none")
WORDS = {
    "full": "namespaces, no network, nothing of this machine in sight",
    "partial": "files and signals kept apart by Landlock, system calls filtered",
    "container": "what works in this container, which is thrown away",
    "none": "limits only: the code can read and change what you can",
}


def resolve_isolation(requested: str, *, unattended: bool = False) -> str:
    """The level that will be used. What is not there is refused, never quietly replaced by less.

    `unattended` runs are the code of many strangers: for these `auto` stops where no walls stand.
    """
    if requested not in LEVELS:
        raise UsageError(f"--isolation {requested}: there is no such level; choose one of {', '.join(LEVELS)}.")
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
            f"No walls can be put up around submissions on this machine: {because} "
            "In a container that is thrown away, say --isolation container; to run the code of a class as "
            "ordinary processes all the same, say --isolation none."
        )
    return "none"


def _gap(level: str) -> probes.Probe | None:
    """The first layer that a level lacks."""
    layers = probes.full() if level == "full" else probes.partial()
    return next((layer for layer in layers if not layer.ok), None)

