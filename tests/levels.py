"""Levels of isolation, for tests that need one of them: whether this machine has it, and why not."""

from __future__ import annotations

from grader.sandbox import probes

PROBES = {"full": probes.full, "partial": probes.partial}


def missing(level: str) -> str:
    """Why a level cannot be shown on this machine, or nothing; a level without probes is everywhere."""
    gap = next((probe for probe in PROBES[level]() if not probe.ok), None) if level in PROBES else None
    return f"{level} is not proven here: {gap.name}: {gap.found}" if gap else ""
