"""Levels of isolation, for tests that need one of them: whether this machine has it, and why not."""

from __future__ import annotations

from grader.sandbox import levels

LAYERS = {"full": levels.full, "partial": levels.partial}


def missing(level: str) -> str:
    """Why a level cannot be shown on this machine, or nothing; a level without layers is everywhere."""
    gap = next((layer for layer in LAYERS[level]() if not layer.ok), None) if level in LAYERS else None
    return f"{level} is not proven here: {gap.name}: {gap.found}" if gap else ""
