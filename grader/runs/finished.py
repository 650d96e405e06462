"""A finished run, read from its folder, for `diff`, `export` and `review`."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from grader.domain import Report
from grader.errors import UsageError
from grader.filesystem import read_regular
from grader.runs.folder import Documents
from grader.runs.journal import MOST_BYTES, files_of


def read_run(folder: Path) -> Report:
    """The report of a finished run, each result as it was written. Raises `UsageError` if one is not."""
    run = _facts_of(folder)
    entries = {name: files_of(folder, name)[1] for name in run["submissions"]}
    return Report(
        grades=Documents(folder, [result for entry in entries.values() for result in entry.results]),
        not_found=tuple((name, gap) for name, entry in entries.items() for gap in entry.not_found),
        missing=tuple(run.get("missing") or ()),
        provenance=run,
    )


def _facts_of(folder: Path) -> dict[str, Any]:
    """What a finished run says about itself, with every value that is used here of the right type."""
    try:
        run = json.loads(read_regular(folder / "run.json", MOST_BYTES))
    except (OSError, ValueError, RecursionError):
        run = None
    if not isinstance(run, dict) or run.get("schema") != "grader.run/1" or not _texts(run.get("submissions")):
        raise UsageError(f"{folder}: this is not a finished run of `grader grade`: it has no run.json.")
    spoilt = [key for key, is_right in _EXPECTED.items() if not is_right(run.get(key))]
    if spoilt or not all(map(_is_file_name, run["submissions"])):
        said = f"`{(spoilt or ['submissions'])[0]}` is not what `grader grade` writes"
        raise UsageError(f"{folder / 'run.json'}: {said}; grade the class again.")
    return run


def _texts(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(one, str) for one in value)


def _is_file_name(name: str) -> bool:
    return name not in ("", ".", "..") and not set(name) & set("/\\\0")


_EXPECTED: Mapping[str, Callable[[Any], bool]] = {
    "started": lambda value: isinstance(value, str),
    "seconds": lambda value: type(value) in (int, float) and abs(value) < math.inf,
    "command": lambda value: isinstance(value, str),
    "seed": lambda value: value is None or type(value) is int,
    "isolation": lambda value: value is None or isinstance(value, str),
    "assignments": lambda value: value is None or _texts(value),
    "versions": lambda value: value is None or (isinstance(value, dict) and _texts(list(value.values()))),
    "missing": lambda value: value is None or _texts(value),
    "remarks": lambda value: value is None or _texts(value),
    "layout": lambda value: value is None or isinstance(value, str),
    "skipped": lambda value: value is None or _texts(value),
    "left_behind": lambda value: value is None or (isinstance(value, dict) and all(map(_texts, value.values()))),
    "excused": lambda value: value is None or (isinstance(value, list) and all(map(_texts, value))),
}
