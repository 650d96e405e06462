"""Whose a model is, read off the student's frames that were running when it was built, innermost first."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
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


def most_repeated(records: Sequence[Any]) -> Any:
    """The oldest model of the line that built most of them: a loop must not crowd out an exercise.

    A helper builds those of several exercises in one line, which names and marks then tell apart.
    """
    lines = Counter(line_of(record) for record in records)
    crowded = max(lines, key=lambda line: lines[line])
    return next(record for record in records if line_of(record) == crowded)


def line_of(record: Any) -> str:
    return str([record.data[key] for key in ("place", "marks", "variables")])
