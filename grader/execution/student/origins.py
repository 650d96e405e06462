"""Whose a model is, read off the student's frames that were running when it was built, innermost first."""

from __future__ import annotations

from typing import Any

from .locate import Spot


def enclosing_function(spots: list[Spot], listed: list[str]) -> str:
    """The function that an assignment lists, if it is on the stack; else the innermost."""
    functions = [spot.function for spot in spots if spot.function and not spot.function.startswith("__")]
    known = [name for name in functions if name in listed]
    return (known or functions or [""])[0][:200]


def place_of(spots: list[Spot]) -> dict[str, Any]:
    """The line that built the model; where a helper of another cell did, the line of the running cell."""
    inner, running = spots[0].place, spots[-1].place["cell"]
    if not running or not inner["cell"]:
        return inner
    return next(spot.place for spot in spots if spot.place["cell"] == running)


def marks_of(spots: list[Spot]) -> list[str]:
    """The marks of the frames, the running cell or line first; that one stays empty where only a helper has one."""
    first, *others = dict.fromkeys(spot.mark for spot in reversed(spots))
    return [first, *filter(None, others)] if first or any(others) else []
