"""Pages go back to students, in Moodle's zip of feedback files.

A page goes to the student whom the platform itself named, and only if nothing in it is for a person to decide.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path

from grader.domain.people import id_key, name_keys
from grader.errors import UsageError
from grader.gradebooks.filling import Filled
from grader.gradebooks.moodle import columns_of, participants
from grader.gradebooks.totals import Total
from grader.submissions.roster import Sheet

PLACE = re.compile(r"(?P<name>[^/_]+)_(?P<id>\d+)_assignsubmission_file_?")
PAGE = "feedback.html"


def moodle_feedback(found: Sequence[Total], sheet: Sheet, pages: Mapping[str, Path]) -> Filled:
    """Pages in folders as Moodle named them.

    Moodle reads only the number, and a group's number may be another student's. So each number must be, in the
    worksheet, that of the participant whose name stands before it.
    """
    known = {
        id_key(person.student.id): person.student.name for person in participants(sheet, columns_of(sheet)).values()
    }
    plan = Filled(noun="page")
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
