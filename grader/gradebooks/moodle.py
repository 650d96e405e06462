"""Moodle's grading worksheet, filled in: `Grade` of the participants whose score is settled, nothing else.

Headers are in the language of the course. The columns are known by what is in them: the first identifies a participant,
and `Grade` comes before `Maximum grade`, which is one number in all rows.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from grader.domain.words import suggestion
from grader.errors import UsageError
from grader.gradebooks.filling import Filled, match_rows, number_of, written_as
from grader.gradebooks.totals import Total
from grader.submissions.roster import Person, Sheet, id_keys, people_of

NO = ("no", "nein", "non", "não", "nee", "nie", "нет", "いいえ", "否")


@dataclass(frozen=True)
class Columns:
    """Where things are in a row."""

    grade: int
    top: int
    changeable: int | None


def fill_worksheet(sheet: Sheet, found: Sequence[Total], column: str = "") -> Filled:
    """The worksheet with grades. Raises `UsageError` if it is no worksheet."""
    columns = columns_of(sheet, column)
    rows = [list(row) for row in sheet.rows]
    people = participants(sheet, columns)
    matched = match_rows(people, found)
    filled = Filled(blank=list(matched.left))
    for number, person in people.items():
        total = matched.by_row.get(number)
        if total is not None:
            _fill(rows[number], total, columns, person, filled)
    filled.remarks += scaled(found, sheet.body[0][columns.top])
    filled.text = sheet.text(rows)
    return filled


def _fill(row: list[str], total: Total, columns: Columns, person: Person, filled: Filled) -> None:
    top = number_of(row[columns.top])
    locked = columns.changeable is not None and row[columns.changeable].strip().casefold() in NO
    if total.blank or locked or top is None:
        filled.blank.append((person.shown, total.blank or ("Moodle says that this grade cannot be changed")))
        return
    row[columns.grade] = written_as(total.of(top), row[columns.top])
    filled.written.append(person.shown)


def scaled(found: Sequence[Total], top: str) -> list[str]:
    """A remark if the platform has other points than the exercises."""
    best = number_of(top)
    tops = {total.max_score for total in found if not total.blank}
    if best is None or tops <= {best}:
        return []
    return [f"points are scaled: {' or '.join(map(str, sorted(tops)))} here are {best:g} in the gradebook"]


def columns_of(sheet: Sheet, wanted: str = "") -> Columns:
    """By their English headers, by `wanted`, or by what is in them."""
    header, body = sheet.header, sheet.body
    if not body or not all(len(row) == len(header) for row in body):
        raise UsageError(f"--gradebook {sheet.path}: there are no participants in it, or rows of several lengths.")
    if wanted and wanted not in header:
        raise UsageError(f"--column {wanted}: {sheet.path} has no such column. {suggestion(wanted, header)}")
    grade = header.index(wanted) if wanted else header.index("Grade") if "Grade" in header else _grade_column(body)
    if grade is None or grade + 1 >= len(header) or number_of(body[0][grade + 1]) is None:
        raise UsageError(
            f"--gradebook {sheet.path}: no column for grades was found, next to one with the maximum grade. "
            'Give Moodle\'s grading worksheet ("Download grading worksheet", with grade type "Point"), '
            f"or --column NAME of the grades. Its columns are: {', '.join(header)}."
        )
    changeable = grade + 2 if grade + 2 < len(header) else None
    return Columns(grade, grade + 1, changeable)


def _grade_column(body: Sequence[Sequence[str]]) -> int | None:
    """The first column of blanks and numbers before one with the same number in all rows."""
    for at in range(2, len(body[0]) - 1):
        tops = {row[at + 1].strip() for row in body}
        grades = {row[at].strip() for row in body} - {"", "-"}
        if len(tops) == 1 and number_of(next(iter(tops))) and all(number_of(one) is not None for one in grades):
            return at
    return None


def participants(sheet: Sheet, columns: Columns) -> dict[int, Person]:
    """By row. A group is in a column that Moodle writes: what participants write comes after the grade."""
    found = {}
    for number, person in people_of(sheet, "--gradebook").items():
        before = [cell.strip() for cell in sheet.rows[number][2 : columns.grade] if "@" not in cell]
        groups = [cell for cell in before if cell]
        group = groups[-1] if len(groups) > 1 else ""
        found[number] = replace(person, ids=id_keys(person.student.id), group=group)
    return found
