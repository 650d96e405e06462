"""The grades of earlier gradings, kept in the folder of the run when they are replaced.

    previous/<time>/grades.jsonl.gz     their GRADE documents, one a line
    previous/<time>/run.json            what that run said about itself
    previous/unfinished/                the same, while a grading goes on; a killed one is continued

`<time>` is when that run began. Only the newest are kept.
"""

from __future__ import annotations

import gzip
import json
import re
import shutil
import zlib
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from grader.domain import Grade, KeptScore, Location, Note
from grader.errors import UsageError
from grader.filesystem import read_regular, remove, replace_durably, write
from grader.reporting import read_grade_document

PREVIOUS = "previous"
UNFINISHED = "unfinished"
GRADES, FACTS = "grades.jsonl.gz", "run.json"
MOST_STATES = 10
MOST_BYTES = 256 * 2**20  # of the grades of one state, compressed
MOST_LINE = 8 * 2**20


@dataclass(frozen=True)
class State:
    """The grades of a class at one time. `where` names it for people."""

    where: str
    facts: Mapping[str, Any]
    grades: Mapping[tuple[str, str], Mapping[str, Any]] = field(repr=False)
    """By submission and assignment, which is empty where nothing was recognised."""


def state_of(where: str, facts: Mapping[str, Any], grades: Iterable[Mapping[str, Any]]) -> State:
    return State(where, facts, {(one["submission"]["id"], one["assignment"] or ""): _brief(one) for one in grades})


_OF_GRADE = ("assignment", "score", "max_score", "kept", "basis", "status")
_OF_CHECK = ("id", "title", "score", "max_score", "status")


def _brief(grade: Mapping[str, Any]) -> dict[str, Any]:
    """What is compared: a class of any size fits."""
    return {
        **{key: grade[key] for key in _OF_GRADE if key in grade},
        "submission": {key: grade["submission"].get(key, "") for key in ("id", "who", "sha256")},
        "execution": {"isolation": grade["execution"].get("isolation", "")},
        "checks": [{key: check[key] for key in _OF_CHECK} for check in grade["checks"]],
    }


def keep(folder: Path, grades: Iterable[Mapping[str, Any]]) -> None:
    """Keep the grades as they are before the first of them is replaced; not again if a killed grading continues."""
    place = folder / PREVIOUS / UNFINISHED
    if (place / GRADES).is_file():
        return
    place.mkdir(parents=True, exist_ok=True)
    with suppress(OSError):
        write(place / FACTS, read_regular(folder / FACTS, MOST_BYTES).decode("utf-8", "replace"))
    lines = "".join(json.dumps(one, ensure_ascii=True) + "\n" for one in grades)
    replace_durably(place / GRADES, gzip.compress(lines.encode(), 6, mtime=0), f"{GRADES}.grader-part")


def is_kept(folder: Path) -> bool:
    """Whether a grading has begun that replaces grades."""
    return (folder / PREVIOUS / UNFINISHED / GRADES).is_file()


def finish(folder: Path, *, changed: bool) -> None:
    """The grading is over: what it has replaced gets its name, or goes if nothing `changed`."""
    place = folder / PREVIOUS / UNFINISHED
    if not changed:
        remove(place)
        return
    started = str(facts_in(place, MOST_LINE).get("started") or datetime.now(UTC).isoformat(timespec="seconds"))
    name = re.sub(r"[^0-9T-]", "-", started[:19]) or UNFINISHED
    while (folder / PREVIOUS / name).exists():
        name += "-again"
    place.rename(folder / PREVIOUS / name)
    for old in states(folder)[MOST_STATES:]:
        shutil.rmtree(old, ignore_errors=True)


def states(folder: Path) -> list[Path]:
    """The kept states, the newest first."""
    found = [path for path in (folder / PREVIOUS).glob("*") if (path / GRADES).is_file() and path.name != UNFINISHED]
    return sorted(found, key=lambda path: ((path / GRADES).stat().st_mtime_ns, path.name), reverse=True)


def read_state(place: Path) -> State:
    """A kept state. Raises `UsageError` if it cannot be read; a grade that is damaged is left out."""
    try:
        return state_of(place.name, facts_in(place, MOST_LINE), _grades(place / GRADES))
    except (OSError, EOFError, zlib.error) as error:
        raise UsageError(f"{place}: the grades that were kept here cannot be read ({error}).") from None


def _grades(path: Path) -> Iterator[Mapping[str, Any]]:
    if path.is_symlink():
        raise OSError(0, "it is a link", str(path))
    with gzip.open(path, "rb") as file:
        while line := file.readline(MOST_LINE):
            grade = read_grade_document(line.decode("utf-8", "replace"))
            if grade is not None:
                yield grade


def facts_in(folder: Path, most: int) -> dict[str, Any]:
    """What a run said about itself in a folder, in at most so many bytes; nothing if that cannot be read."""
    try:
        found = json.loads(read_regular(folder / FACTS, most))
    except (OSError, ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


@dataclass(frozen=True)
class Floors:
    """The best settled score of earlier gradings, by submission, its file and assignment: none falls below it."""

    best: Mapping[tuple[str, str, str], KeptScore]

    def under(self, grade: Grade) -> Grade:
        """The grade with the score that counts. What a person has decided is not undone."""
        if grade.assignment is None or any(note.code == "override" for note in grade.notes):
            return grade
        kept = self.best.get((grade.submission.id, grade.submission.sha256, grade.assignment.id))
        if kept is None or kept.of(grade.max_score) <= grade.earned:
            return grade
        detail = (
            f"{kept.score} of {kept.max_score} points, graded {kept.since}; "
            f"this grading gives {grade.earned} of {grade.max_score}."
        )
        return replace(grade, kept=kept, notes=(Note("kept-score", detail, Location()), *grade.notes))


def floors(found: Iterable[State]) -> Floors:
    """The best scores of these states; where two are equal, the first."""
    best: dict[tuple[str, str, str], KeptScore] = {}
    for state in found:
        since = str(state.facts.get("started") or state.where)
        for (submission, assignment), grade in state.grades.items():
            if grade["status"] != "graded" or not assignment or not grade["max_score"]:
                continue
            about = (submission, grade["submission"]["sha256"], assignment)
            kept = KeptScore(grade["score"], grade["max_score"], (grade.get("kept") or {}).get("since", since))
            if about not in best or kept.score * best[about].max_score > best[about].score * kept.max_score:
                best[about] = kept
    return Floors(best)
