"""What a grading does about the one before it in the same folder: keep its grades, and say what changed.

    previous/<time>/grades.jsonl.gz     the GRADE documents that were replaced, one a line
    previous/<time>/run.json            what that run said about itself
    previous/unfinished/                the same, while a grading goes on; a killed one is continued

`<time>` is when that run began. Only the newest are kept.
"""

from __future__ import annotations

import gzip
import json
import re
import zlib
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from grader.domain import ClassReport, Submission
from grader.errors import UsageError
from grader.filesystem import open_regular, read_regular, remove, write
from grader.grading.overrides import Overrides, flags
from grader.reporting import read_grade_document
from grader.runs.compare import State, compare, state_of
from grader.runs.folder import FACTS, FILE_NAME, PREVIOUS, RunFolder, facts_in, read_run
from grader.runs.journal import MOST_BYTES
from grader.runs.options import ClassOptions, decided

UNFINISHED = "unfinished"
GRADES = "grades.jsonl.gz"
MOST_STATES = 10
MOST_LINE = 8 * 2**20
OUTDATED = "its grade is older than what was decided about it, since --only left it out: grade again without --only"


@dataclass(frozen=True)
class Plan:
    """What of a class is graded now.

    `todo` is executed `again`, or graded from what its run left; whoever is `decided` needs no other run, whatever
    the last one was. Of the others, `review` grades need a person.
    """

    todo: Sequence[Submission]
    again: Collection[str] = ()
    decided: Collection[str] = ()
    review: int = 0


def plan(folder: RunFolder, submissions: Iterable[Submission], of_class: ClassOptions) -> Plan:
    """The journal is read once for each submission."""
    todo, again, decided, review = [], set(), set(), 0
    for submission in submissions:
        entry = folder.entry(submission)
        if of_class.fresh or (entry and not set(of_class.rerun).isdisjoint(entry.reruns)):
            again.add(submission.id)
        elif entry and folder.is_settled(submission, entry):
            review += entry.review
            continue
        elif entry and folder.overrides.decided(submission.id, entry.groups):  # by somebody who saw what its run gave
            decided.add(submission.id)
        todo.append(submission)
    return Plan(todo, again, decided, review)


def begin(folder: RunFolder, submissions: Iterable[Submission], todo: Iterable[Submission]) -> None:
    """Keep the grades if some of them may be replaced, also of submissions that were there when the last run ended."""
    if not any(True for submission in todo for _ in folder.documents(submission.id)):
        return
    last = facts_in(folder.path).get("submissions")
    named = (
        [name for name in last if isinstance(name, str) and re.match(FILE_NAME, name)] if isinstance(last, list) else []
    )
    names = dict.fromkeys([*(submission.id for submission in submissions), *named])
    keep(folder.path, (grade for name in names for grade in folder.documents(name)))


def end(folder: RunFolder, report: ClassReport) -> ClassReport:
    """The report with what has changed since the last grading that had other results, if there was one."""
    now = state_of(folder.path.name, report.provenance, report.grades)
    replaced = folder.path / PREVIOUS / UNFINISHED
    if (replaced / GRADES).is_file():
        comparison = compare(read_state(replaced), now)
        finish(folder.path, changed=bool(comparison["changes"] or comparison["removed"]))
    for last in states(folder.path)[:1]:
        with suppress(UsageError):
            return replace(report, provenance={**report.provenance, "changes": compare(read_state(last), now)})
    return report


def flagged(report: ClassReport, overrides: Overrides) -> ClassReport:
    """The report with what changed about groups and files for which something was decided or said."""
    seen: dict[tuple[str, str], str | None] = {}
    later = report.provenance.get("not_graded_yet", ())
    versions: dict[str, str | None] = dict.fromkeys([part["id"] for part in later] + report.provenance["submissions"])
    sentences: list[str] = []
    for grade in report.grades:
        name, assignment = str(grade["submission"]["id"]), str(grade["assignment"])
        seen[assignment, name] = group = (grade.get("group") or {}).get("digest")
        versions[name] = sha256 = str(grade["submission"]["sha256"])
        applied = grade.get("basis", {}).get("overrides", {})
        if applied != decided(overrides.decisions(name, assignment, sha256, group or "")):
            sentences.append(f"{name}, {assignment}: {OUTDATED}")
    sentences += flags(overrides, seen, versions)
    return replace(report, provenance={**report.provenance, "flags": sentences}) if sentences else report


def keep(folder: Path, grades: Iterable[Mapping[str, Any]]) -> None:
    """Keep the grades as they are before the first of them is replaced; not again if a killed grading continues."""
    place = folder / PREVIOUS / UNFINISHED
    if (place / GRADES).is_file():
        return
    with suppress(OSError):
        write(place / FACTS, read_regular(folder / FACTS, MOST_BYTES))
    lines = "".join(json.dumps(grade, ensure_ascii=True) + "\n" for grade in grades)
    write(place / GRADES, gzip.compress(lines.encode(), 6, mtime=0))


def finish(folder: Path, *, changed: bool) -> None:
    """The grading is over: what it has replaced gets its name, or goes if nothing `changed`."""
    place = folder / PREVIOUS / UNFINISHED
    if not changed:
        remove(place)
        return
    started = str(facts_in(place).get("started") or datetime.now(UTC).isoformat(timespec="seconds"))
    name = re.sub(r"[^0-9T-]", "-", started[:19]) or UNFINISHED
    while (folder / PREVIOUS / name).exists():
        name += "-again"
    place.rename(folder / PREVIOUS / name)
    for old in states(folder)[MOST_STATES:]:
        remove(old)


def states(folder: Path) -> list[Path]:
    """The kept states, the newest first."""
    paths = [path for path in (folder / PREVIOUS).glob("*") if (path / GRADES).is_file() and path.name != UNFINISHED]
    return sorted(paths, key=lambda path: ((path / GRADES).stat().st_mtime_ns, path.name), reverse=True)


def read_state(place: Path) -> State:
    """A kept state, of which damaged grades are left out, or a finished run. Raises `UsageError` if it is neither."""
    if not (place / GRADES).is_file():
        report = read_run(place)
        return state_of(str(place), report.provenance, report.grades)
    try:
        return state_of(place.name, facts_in(place), _grades(place / GRADES))
    except (OSError, EOFError, zlib.error) as error:
        raise UsageError(f"{place}: the grades that were kept here cannot be read ({error}).") from None


def _grades(path: Path) -> Iterator[Mapping[str, Any]]:
    with open_regular(path) as packed, gzip.open(packed) as file:
        while line := file.readline(MOST_LINE):
            if grade := read_grade_document(line.decode("utf-8", "replace")):
                yield grade
