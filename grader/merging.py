"""`merge`: the folders of several runs over parts of a class, as the folder of one run over all of it."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from grader.domain import Report
from grader.errors import UsageError
from grader.publishing import JOURNAL, Documents, close
from grader.submissions import natural

SAME = ("versions", "seed", "isolation", "assignments")


def merge_runs(folders: Sequence[Path], out: Path, command: str) -> Report:
    """Copy what the runs left into `out`, and render the class anew. Raises `UsageError` where they do not fit."""
    runs = [_run(folder) for folder in folders]
    _check(folders, runs)
    entries: dict[str, dict[str, Any]] = {}
    for folder in folders:
        for path in sorted((folder / JOURNAL).glob("*.json")):
            entry = json.loads(path.read_text(encoding="utf-8"))
            known = entries.setdefault(path.stem, entry)
            if known["key"] != entry["key"]:
                raise UsageError(f"{path}: `{path.stem}` is in another folder too, and was not the same there.")
            _copy(folder, out, path.stem, entry["results"])
    names = sorted(entries, key=natural)
    present = {name.casefold() for name in names}
    absent = dict.fromkeys(who for run in runs for who in run.get("missing", ()))
    missing = tuple(who for who in absent if who.casefold() not in present)
    report = Report(
        grades=Documents(out, [result for name in names for result in entries[name]["results"]]),
        not_found=tuple((name, gap) for name in names for gap in entries[name]["not_found"]),
        missing=missing,
        provenance=_provenance(runs, command, missing),
    )
    close(out, report)
    return report


def _run(folder: Path) -> dict[str, Any]:
    try:
        run: dict[str, Any] = json.loads((folder / "run.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        run = {}
    if run.get("schema") != "grader.run/1":
        raise UsageError(f"{folder}: this is not the folder of a finished run; it has no run.json of `grader grade`.")
    return run


def _check(folders: Sequence[Path], runs: Sequence[Mapping[str, Any]]) -> None:
    for folder, run in zip(folders, runs, strict=True):
        for key in SAME:
            expected, found = runs[0].get(key), run.get(key)
            if found != expected:
                raise UsageError(
                    f"{folder}: its {key} differ from those of {folders[0]}: expected {expected}, found {found}."
                )
    shards = [str(run["shard"]) for run in runs if run.get("shard")]
    if not shards:
        return
    total = shards[0].partition("/")[2]
    lacking = [f"{n}/{total}" for n in range(1, int(total) + 1) if f"{n}/{total}" not in shards]
    if lacking:
        raise UsageError(f"These parts are missing: {', '.join(lacking)}. Grade them, or name their folders too.")


def _copy(folder: Path, out: Path, name: str, results: Sequence[str]) -> None:
    """One submission's files; its journal entry, which makes them count, comes last."""
    page = Path("feedback", name, "index.html")
    for part in (*map(Path, results), page, Path(JOURNAL, f"{name}.json")):
        place = out / part
        place.parent.mkdir(parents=True, exist_ok=True)
        if (folder / part).resolve() != place.resolve():
            shutil.copyfile(folder / part, place)


def _provenance(runs: Sequence[Mapping[str, Any]], command: str, missing: Sequence[str]) -> dict[str, Any]:
    excused = [pair for run in runs for pair in run.get("excused", ())]
    return {
        **{key: value for key, value in runs[0].items() if key != "shard"},
        "started": min(str(run["started"]) for run in runs),
        "seconds": max(float(run["seconds"]) for run in runs),
        "excused": [list(pair) for pair in dict.fromkeys(map(tuple, excused))],
        "missing": list(missing),
        "commands": [str(run["command"]) for run in runs],
        "command": command,
    }
