"""`merge`: the folders of several runs over parts of a class, as the folder of one run over all of it.

Also what a finished run says, for `export`.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from grader.domain import Report
from grader.errors import UsageError
from grader.filesystem import lock, read_regular
from grader.reporting import read_grade_document
from grader.runs.folder import MOST_BYTES, Documents, close, files_of, install, result_name
from grader.submissions import natural

OF_A_PART = ("shard", "skipped", "left_behind", "changes", "flags", "source", "directory")
SAME = ("versions", "seed", "isolation", "assignments")


def merge_runs(folders: Sequence[Path], out: Path, command: str) -> Report:
    """Copy the results of the runs into `out`, and render the class again. Raises `UsageError` if they do not fit."""
    if (out / "overrides.toml").exists():
        raise UsageError(
            f"{out / 'overrides.toml'}: override checks in the folders of the parts, grade these again, then merge."
        )
    runs = [_facts_of(folder) for folder in folders]
    _check(folders, runs)
    entries: dict[str, dict[str, Any]] = {}
    with lock(out):
        for folder, run in zip(folders, runs, strict=True):
            for name in run["submissions"]:
                files, entry = files_of(folder, name)
                _check_whose(files, entry, folder, name)
                if entries.setdefault(name, entry)["key"] != entry["key"]:
                    raise UsageError(f"{folder}: `{name}` is also in another folder, with different content.")
                install(out, name, files, entry)
        return _close(runs, entries, out, command)


def read_run(folder: Path) -> Report:
    """The report of a finished run, each result as it was written. Raises `UsageError` if one is not."""
    run = _facts_of(folder)
    entries = {}
    for name in run["submissions"]:
        files, entries[name] = files_of(folder, name)
        _check_whose(files, entries[name], folder, name)
    return Report(
        grades=Documents(folder, [result for entry in entries.values() for result in entry["results"]]),
        not_found=tuple((name, gap) for name, entry in entries.items() for gap in entry["not_found"]),
        missing=tuple(run.get("missing") or ()),
        provenance=run,
    )


def _check_whose(files: Mapping[str, str], entry: Mapping[str, Any], folder: Path, name: str) -> None:
    """A result belongs to the submission that it names, in whichever file it is."""
    for result in entry["results"]:
        grade = read_grade_document(files[result])
        if grade is None or result != result_name(name, grade["assignment"]) or grade["submission"]["id"] != name:
            raise UsageError(f"{folder / result}: this is not a result of `{name}`; grade that part again.")


def _close(
    runs: Sequence[Mapping[str, Any]], entries: Mapping[str, Mapping[str, Any]], out: Path, command: str
) -> Report:
    names = sorted(entries, key=natural)
    present = {name.casefold() for name in names}
    absent = dict.fromkeys(who for run in runs for who in run.get("missing") or ())
    missing = tuple(who for who in absent if who.casefold() not in present)
    report = Report(
        grades=Documents(out, [result for name in names for result in entries[name]["results"]]),
        not_found=tuple((name, gap) for name in names for gap in entries[name]["not_found"]),
        missing=missing,
        provenance={**_provenance(runs, command, missing), "submissions": names},
    )
    close(out, report)
    return report


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
        raise UsageError(f"{folder / 'run.json'}: {said}; grade that part again.")
    return run


def _texts(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(one, str) for one in value)


def _is_file_name(name: str) -> bool:
    return name not in ("", ".", "..") and not set(name) & set("/\\\0")


_EXPECTED: Mapping[str, Callable[[Any], bool]] = {
    "started": lambda value: isinstance(value, str),
    "seconds": lambda value: type(value) in (int, float) and abs(value) < math.inf,
    "command": lambda value: isinstance(value, str),
    "shard": lambda value: value is None or re.fullmatch(r"\d{1,5}/\d{1,5}", str(value)) is not None,
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


def _check(folders: Sequence[Path], runs: Sequence[Mapping[str, Any]]) -> None:
    for folder, run in zip(folders, runs, strict=True):
        for key in SAME:
            expected, found = runs[0].get(key), run.get(key)
            if found != expected:
                wanted = f"expected {key} {_shown(expected)}, found {_shown(found)}"
                raise UsageError(f"{folder} was graded differently from {folders[0]}: {wanted}.")
    shards = [str(run["shard"]) for run in runs if run.get("shard")]
    if not shards:
        return
    total = shards[0].partition("/")[2]
    lacking = [f"{n}/{total}" for n in range(1, int(total) + 1) if f"{n}/{total}" not in shards]
    if lacking:
        raise UsageError(f"These parts are missing: {', '.join(lacking)}. Grade them, or name their folders too.")


def _shown(value: object) -> str:
    if isinstance(value, Mapping):
        return ", ".join(f"{name} {part}" for name, part in value.items())
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def _provenance(runs: Sequence[Mapping[str, Any]], command: str, missing: Sequence[str]) -> dict[str, Any]:
    excused = [pair for run in runs for pair in run.get("excused") or ()]
    skipped = [name for run in runs for name in run.get("skipped") or ()]
    behind = {who: names for run in runs for who, names in (run.get("left_behind") or {}).items()}
    return {
        **{key: value for key, value in runs[0].items() if key not in OF_A_PART},
        **({"skipped": list(dict.fromkeys(skipped))} if skipped else {}),
        **({"left_behind": behind} if behind else {}),
        "started": min(str(run["started"]) for run in runs),
        "seconds": max(float(run["seconds"]) for run in runs),
        "excused": [list(pair) for pair in dict.fromkeys(map(tuple, excused))],
        "missing": list(missing),
        "commands": [str(run["command"]) for run in runs],
        "command": command,
    }
