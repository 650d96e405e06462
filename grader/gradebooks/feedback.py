"""Pages go back to students: Moodle's zip of feedback files, and the tree that `nbgrader release_feedback` returns.

Both are plans: names with the files that go there. A page goes to the student whom the platform itself named, and only
if nothing in it is for a person to decide.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from grader.domain.people import id_key, name_keys
from grader.errors import UsageError
from grader.filesystem import regular_size
from grader.gradebooks.filling import Filled
from grader.gradebooks.moodle import columns_of, participants
from grader.gradebooks.totals import Total
from grader.submissions.tables import Sheet

PLACE = re.compile(r"(?P<name>[^/_]+)_(?P<id>\d+)_assignsubmission_file_?")
PAGE = "feedback.html"
BESIDE = ("timestamp.txt", "submission_secret.txt")
BY_HAND = "feedback-by-hand"
SAFE = re.compile(r"(?!\.{1,2}$)[^/\\\0]{1,200}")


@dataclass
class Plan(Filled):
    """`files` are paths in the export with the paths of the files that go there."""

    files: dict[str, Path] = field(default_factory=dict)
    noun: str = "page"


def moodle_feedback(found: Sequence[Total], sheet: Sheet, pages: Mapping[str, Path]) -> Plan:
    """Pages in folders as Moodle named them.

    Moodle reads only the number, and a group's number may be another student's. So each number must be, in the
    worksheet, that of the participant whose name stands before it.
    """
    known = {
        id_key(person.student.id): person.student.name for person in participants(sheet, columns_of(sheet)).values()
    }
    plan = Plan()
    for total in found:
        match = PLACE.fullmatch(total.place)
        name = known.get(match["id"]) if match else None
        if not total.is_told:
            plan.blank.append((total.who, total.blank))
        elif match is None:
            plan.blank.append((total.who, "does not come from Moodle's participant folders"))
        elif total.group or name is None or not _is_called(total, match["name"], name):
            plan.blank.append((total.who, f"number {match['id']} is not this participant's in the worksheet"))
        else:
            plan.files[f"{total.place}/{PAGE}"] = pages[total.submission]
            plan.written.append(total.who)
    if found and not plan.files:
        reasons = "; ".join(dict.fromkeys(why for _, why in plan.blank[:3]))
        raise UsageError(f"There is no page that can be returned to a student: {reasons}.")
    return plan


def _is_called(total: Total, place: str, name: str) -> bool:
    """With blind marking, neither the download nor the worksheet has names."""
    blind = not name and not any(student.name for student in total.students)
    return blind or bool(name_keys(place) & name_keys(name))


def nbgrader_feedback(found: Sequence[Total], course: Path, pages: Mapping[str, Path]) -> Plan:
    """`feedback/{student}/{assignment}/{notebook}.html`, with the files by which nbgrader finds the student again.

    `nbgrader release_feedback` stops at the first page without them, so such a page goes into another folder.
    """
    plan = Plan()
    for total in found:
        student, _, work = total.place.partition("/")
        if not total.is_told or total.layout != "nbgrader" or not (SAFE.fullmatch(student) and SAFE.fullmatch(work)):
            plan.blank.append((total.who, total.blank or "does not come from nbgrader"))
            continue
        beside = {name: course / "submitted" / student / work / name for name in BESIDE}
        whole = all(regular_size(path) is not None for path in beside.values())
        place = f"{'feedback' if whole else BY_HAND}/{student}/{work}"
        stem = PurePosixPath(total.grades[0]["submission"]["path"]).stem
        plan.files[f"{place}/{stem}.html"] = pages[total.submission]
        plan.files |= {f"{place}/{name}": path for name, path in beside.items() if whole}
        plan.written.append(f"{total.who}, {work}")
        if not whole:
            plan.remarks.append(f"{total.who}, {work}: no {' or '.join(BESIDE)} next to the submission, so {BY_HAND}")
    return plan
