"""Canvas's gradebook, filled in: the column of one assignment, of the students whose score is settled.

Of the exported file, the columns that say who a student is are kept, and the one assignment: grades of others may have
changed in Canvas since, and would be set back. A title that Canvas does not know would become a new assignment, so none
is ever made. Excused is `EX`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from grader.domain.words import suggestion
from grader.errors import UsageError
from grader.gradebooks.filling import Filled, match_rows, number_of, written_as
from grader.gradebooks.moodle import scaled
from grader.gradebooks.totals import Total
from grader.submissions.roster import Sheet, people_of

WHO = (
    "Student", "LastName", "FirstName", "ID", "SIS User ID", "SIS Login ID", "Integration ID", "Root Account",
    "Section",
)  # fmt: skip
TITLE = re.compile(r"(?P<title>.+) \((?P<id>\d+)\)")
EXCUSED = "EX"


def fill_gradebook(sheet: Sheet, found: Sequence[Total], column: str = "") -> Filled:
    """The gradebook with grades in one column. Raises `UsageError` if it is none, or unclear which column."""
    header = sheet.header
    if "ID" not in header or not {"Student", "LastName"} & set(header):
        raise UsageError(
            f'--gradebook {sheet.path}: this is not what Canvas exports ("Export Entire Gradebook"): '
            f"expected the columns Student and ID, found {', '.join(header)}."
        )
    at = _assignment_column(sheet.path, header, column)
    rows = [list(row) + [""] * (len(header) - len(row)) for row in sheet.rows]
    who = header.index("ID")
    people = {number: one for number, one in people_of(sheet, "--gradebook").items() if rows[number][who].strip()}
    top = next((row[at].strip() for row in rows if row[0].strip() == "Points Possible"), "")
    matched = match_rows(people, found)
    filled = Filled(blank=list(matched.left))
    for number, person in people.items():
        total = matched.by_row.get(number)
        if total is None:
            continue
        if total.blank and not total.excused:
            filled.blank.append((person.shown, total.blank))
            continue
        rows[number][at] = EXCUSED if total.excused else _number(total, top)
        filled.written.append(person.shown)
    filled.remarks += scaled(found, top)
    kept = [number for number, name in enumerate(header) if name in WHO or number == at]
    filled.text = sheet.text([[row[number] for number in kept] for row in rows])
    return filled


def _number(total: Total, top: str) -> str:
    best = number_of(top)
    return written_as(total.of(best) if best else float(total.score), top or "10")


def _assignment_column(path: str, header: Sequence[str], wanted: str) -> int:
    """The only assignment, or the one with this title or id."""
    titles = {at: match for at, cell in enumerate(header) if cell not in WHO and (match := TITLE.fullmatch(cell))}
    named = [at for at, match in titles.items() if wanted in (match["title"], match["id"], match.string)]
    fitting = named if wanted else list(titles)
    if len(fitting) == 1:
        return fitting[0]
    names = [match["title"] for match in titles.values()]
    if wanted:
        raise UsageError(f"--column {wanted}: {path} has no such assignment. {suggestion(wanted, names)}".rstrip())
    listed = ", ".join(names[:12]) or "none"
    raise UsageError(f"--gradebook {path}: say which assignment, with --column TITLE or its id. There are: {listed}.")
