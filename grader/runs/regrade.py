"""What a grading does about the one before it in the same folder: keep its grades and scores, say what changed."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from grader.domain import Report, Submission
from grader.errors import UsageError
from grader.grading.overrides import Overrides, flags
from grader.runs.basis import decided
from grader.runs.compare import compare
from grader.runs.folder import RunFolder
from grader.runs.journal import MOST_BYTES, is_result_of
from grader.runs.options import ClassOptions
from grader.runs.previous import (
    PREVIOUS,
    UNFINISHED,
    facts_in,
    finish,
    floors,
    is_kept,
    keep,
    read_state,
    state_of,
    states,
)

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
    for one in submissions:
        entry = folder.entry(one)
        if of_class.fresh or (entry and not set(of_class.rerun).isdisjoint(entry.reruns)):
            again.add(one.id)
        elif entry and folder.is_settled(one, entry):
            review += entry.review
            continue
        elif entry and folder.overrides.decided(one.id, entry.groups):  # by somebody who has seen what its run gave
            decided.add(one.id)
        todo.append(one)
    return Plan(todo, again, decided, review)


def everything(folder: RunFolder, submissions: Iterable[Submission]) -> Iterator[Mapping[str, Any]]:
    """The grades as they are now, also of submissions that were there when the class was graded last."""
    run = facts_in(folder.path, MOST_BYTES)
    last = run.get("submissions")
    named = [one for one in last if isinstance(one, str) and _is_name(one)] if isinstance(last, list) else []
    for name in dict.fromkeys([*(one.id for one in submissions), *named]):
        yield from folder.documents(name)


def holding(folder: RunFolder, submissions: Sequence[Submission]) -> RunFolder:
    """The folder, in which no score falls below one that an earlier grading gave to the same file."""
    now = state_of("the last grading", facts_in(folder.path, MOST_BYTES), everything(folder, submissions))
    unfinished = [folder.path / PREVIOUS / UNFINISHED] if is_kept(folder.path) else []
    earlier = [read_state(place) for place in (*unfinished, *states(folder.path))]
    return replace(folder, floors=floors([now, *earlier]))


def begin(folder: RunFolder, submissions: Sequence[Submission], todo: Sequence[Submission]) -> None:
    """Keep the grades if some of them may be replaced."""
    if any(True for one in todo for _ in folder.documents(one.id)):
        keep(folder.path, everything(folder, submissions))


def end(folder: RunFolder, report: Report) -> Report:
    """The report with what has changed since the last grading that had other results, if there was one."""
    now = state_of(folder.path.name, report.provenance, report.grades)
    if is_kept(folder.path):
        found = compare(read_state(folder.path / PREVIOUS / UNFINISHED), now)
        finish(folder.path, changed=bool(found["changes"] or found["removed"]))
    last = states(folder.path)[:1]
    if not last:
        return report
    try:
        changes = compare(read_state(last[0]), now)
    except UsageError:
        return report
    return replace(report, provenance={**report.provenance, "changes": changes})


def flagged(report: Report, overrides: Overrides) -> Report:
    """The report with what changed about groups and files for which something was decided or said."""
    seen: dict[tuple[str, str], str | None] = {}
    later = report.provenance.get("not_graded_yet", ())
    versions: dict[str, str | None] = dict.fromkeys([one["id"] for one in later] + report.provenance["submissions"])
    found: list[str] = []
    for one in report.grades:
        name, assignment = str(one["submission"]["id"]), str(one["assignment"])
        seen[assignment, name] = group = (one.get("group") or {}).get("digest")
        versions[name] = sha256 = str(one["submission"]["sha256"])
        applied = one.get("basis", {}).get("overrides", {})
        if applied != decided(overrides.decisions(name, assignment, sha256, group or "")):
            found.append(f"{name}, {assignment}: {OUTDATED}")
    found += flags(overrides, seen, versions)
    return replace(report, provenance={**report.provenance, "flags": found}) if found else report


def _is_name(name: str) -> bool:
    return is_result_of(f"results/{name}.json", name) and name not in (".", "..") and "/" not in name
