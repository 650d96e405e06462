"""Files of Moodle and Canvas, filled in: a CSV as the platform gave it, without a change to what is not a grade.

In Moodle's grading worksheet, `Grade` of the participants whose score is settled. Headers are in the language of the
course; the columns are known by what is in them: the first identifies a participant, and `Grade` comes before `Maximum
grade`, which is one number in all rows. Pages go back in Moodle's zip of feedback files, each to the student whom the
platform itself named, and only if nothing in it is for a person to decide.

Of Canvas's gradebook, the columns that say who a student is are kept, and the one assignment: grades of others may have
changed in Canvas since, and would be set back. A title that Canvas does not know would become a new assignment, so none
is ever made. Excused is `EX`.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from grader.domain.people import id_key, name_keys
from grader.domain.words import suggestion
from grader.errors import UsageError
from grader.filesystem import read_regular, zipped
from grader.gradebooks.totals import Filled, Total
from grader.submissions.roster import Index, Person, Sheet, id_keys, people_of, read_sheet

NUMBER = re.compile(r"\d+(?:[.,]\d+)?")
NO = ("no", "nein", "non", "não", "nee", "nie", "нет", "いいえ", "否")
PLACE = re.compile(r"(?P<name>[^/_]+)_(?P<id>\d+)_assignsubmission_file_?")
PAGE = "feedback.html"
MOST_BYTES = 64 * 2**20  # of a page
WHO = (
    "Student", "LastName", "FirstName", "ID", "SIS User ID", "SIS Login ID", "Integration ID", "Root Account",
    "Section",
)  # fmt: skip
TITLE = re.compile(r"(?P<title>.+) \((?P<id>\d+)\)")
EXCUSED = "EX"


def read_gradebook(path: Path) -> Sheet:
    """Raises `UsageError` if it is no table with a header."""
    sheet = read_sheet(path, "--gradebook")
    if not sheet.rows or len(sheet.rows[0]) < 2:
        raise UsageError(f"--gradebook {path}: this is not a table with a header. Give the file that the LMS exports.")
    return sheet


def match_rows(people: Mapping[int, Person], totals: Sequence[Total]) -> tuple[dict[int, Total], list[tuple[str, str]]]:
    """Each total into the rows of its students, and who gets nothing, with the reason.

    A row that two totals claim gets neither.
    """
    numbers = list(people)
    index = Index([people[number] for number in numbers])
    claims: dict[int, list[Total]] = defaultdict(list)
    blank: list[tuple[str, str]] = []
    doubtful: set[int] = set()
    for total in totals:
        matches = [index.find(student) for student in total.people]
        rows = set[int]().union(*(fits for fits in matches if len(fits) == 1))
        rows = rows or index.by_group.get((total.submission.group or total.who).casefold(), set())
        unsure = [(student.shown, fits) for student, fits in zip(total.people, matches, strict=True) if len(fits) > 1]
        blank += [(who, f"ambiguous: {len(fits)} rows of the file are called so") for who, fits in unsure]
        doubtful |= set[int]().union(*(fits for _, fits in unsure))
        if not rows and not unsure:
            blank.append((total.who, total.blank or _why_no_row(total, index)))
        for row in rows:
            claims[numbers[row]].append(total)
    by_row = {}
    for row, claimants in claims.items():
        if len(claimants) == 1:
            by_row[row] = claimants[0]
        else:
            names = ", ".join(f"`{total.submission.id}`" for total in claimants)
            blank.append((people[row].shown, f"{len(claimants)} submissions of this student: {names}"))
    open_ = (row for place, row in enumerate(numbers) if row not in claims and place not in doubtful)
    blank += [(people[row].shown, "no submission") for row in open_]
    return by_row, blank


def _why_no_row(total: Total, index: Index) -> str:
    """An id with the name of somebody else is a group's, or a name that was made to look like an id."""
    for student in total.people:
        for number in sorted(index.by_id.get(id_key(student.id), ())):
            name = index.people[number].student.name
            return f"id {student.id} is {name}'s in the file; a group needs a roster with a column `group`"
    return "has no row in the file"


def number_of(text: str) -> float | None:
    """`10.00` and `10,00`."""
    return float(text.strip().replace(",", ".")) if NUMBER.fullmatch(text.strip()) else None


def written_as(value: float, like: str) -> str:
    """A number with the decimals and the decimal sign of another; with two decimals if it is not whole."""
    decimals = len(re.split(r"[.,]", like.strip())[1]) if re.search(r"[.,]", like) else 0
    exact = round(value, 6)
    needed = 0 if exact == int(exact) else 2
    text = f"{exact:.{max(decimals, needed)}f}"
    return text.replace(".", ",") if "," in like else text


def _filled(people: Mapping[int, Person], totals: Sequence[Total], write: Callable[[int, Total], str]) -> Filled:
    """Each total written into its row; `write` says why a row is left blank."""
    by_row, blank = match_rows(people, totals)
    filled = Filled(blank=blank)
    for number, person in people.items():
        if number in by_row and (why := write(number, by_row[number])):
            filled.blank.append((person.shown, why))
        elif number in by_row:
            filled.written.append(person.shown)
    return filled


# Moodle


def fill_worksheet(sheet: Sheet, totals: Sequence[Total], column: str = "") -> Filled:
    """The worksheet with grades. Raises `UsageError` if it is no worksheet."""
    at = grade_column(sheet, column)
    rows = [list(row) for row in sheet.rows]

    def write(number: int, total: Total) -> str:
        row = rows[number]
        top = number_of(row[at + 1])
        locked = any(cell.strip().casefold() in NO for cell in row[at + 2 : at + 3])
        if total.blank or locked or top is None:
            return total.blank or "Moodle says that this grade cannot be changed"
        row[at] = written_as(total.of(top), row[at + 1])
        return ""

    filled = _filled(participants(sheet, at), totals, write)
    filled.remarks += scaled(totals, sheet.body[0][at + 1])
    filled.content = sheet.text(rows)
    return filled


def scaled(totals: Sequence[Total], top: str) -> list[str]:
    """A remark if the platform has other points than the exercises."""
    best = number_of(top)
    tops = {total.max_score for total in totals if not total.blank}
    if best is None or tops <= {best}:
        return []
    return [f"points are scaled: {' or '.join(map(str, sorted(tops)))} here are {best:g} in the gradebook"]


def grade_column(sheet: Sheet, wanted: str = "") -> int:
    """By its English header, by `wanted`, or by what is in it. The maximum grade is next to it.

    What comes after that says whether the grade can be changed.
    """
    header, body = sheet.header, sheet.body
    if not body or not all(len(row) == len(header) for row in body):
        raise UsageError(f"--gradebook {sheet.path}: there are no participants in it, or rows of several lengths.")
    if wanted and wanted not in header:
        raise UsageError(f"--column {wanted}: {sheet.path} has no such column. {suggestion(wanted, header)}")
    at = header.index(wanted) if wanted else header.index("Grade") if "Grade" in header else _by_content(body)
    if at is None or at + 1 >= len(header) or number_of(body[0][at + 1]) is None:
        raise UsageError(
            f"--gradebook {sheet.path}: no column for grades was found, next to one with the maximum grade. "
            'Give Moodle\'s grading worksheet ("Download grading worksheet", with grade type "Point"), '
            f"or --column NAME of the grades. Its columns are: {', '.join(header)}."
        )
    return at


def _by_content(body: Sequence[Sequence[str]]) -> int | None:
    """The first column of blanks and numbers before one with the same number in all rows."""
    for at in range(2, len(body[0]) - 1):
        tops = {row[at + 1].strip() for row in body}
        grades = {row[at].strip() for row in body} - {"", "-"}
        if len(tops) == 1 and number_of(next(iter(tops))) and all(number_of(grade) is not None for grade in grades):
            return at
    return None


def participants(sheet: Sheet, at: int) -> dict[int, Person]:
    """By row. A group is in a column that Moodle writes: what participants write comes after the grade."""
    people = {}
    for number, person in people_of(sheet, "--gradebook").items():
        before = [cell.strip() for cell in sheet.rows[number][2:at] if "@" not in cell]
        groups = [cell for cell in before if cell]
        group = groups[-1] if len(groups) > 1 else ""
        people[number] = replace(person, ids=id_keys(person.student.id), group=group)
    return people


def moodle_feedback(totals: Sequence[Total], sheet: Sheet, pages: Mapping[str, Path], column: str = "") -> Filled:
    """A zip of pages, in folders as Moodle named them.

    Moodle reads only the number, and a group's number may be another student's. So each number must be, in the
    worksheet, that of the participant whose name stands before it.
    """
    students = [person.student for person in participants(sheet, grade_column(sheet, column)).values()]
    names = {id_key(student.id): student.name for student in students}
    plan, files = Filled(noun="page"), {}
    for total in totals:
        match = PLACE.fullmatch(total.submission.place)
        name = names.get(match["id"]) if match else None
        if not total.is_told:
            plan.blank.append((total.who, total.blank))
        elif match is None:
            plan.blank.append((total.who, "does not come from Moodle's participant folders"))
        elif total.submission.group or name is None or not _is_called(total, match["name"], name):
            plan.blank.append((total.who, f"number {match['id']} is not this participant's in the worksheet"))
        else:
            files[f"{total.submission.place}/{PAGE}"] = read_regular(pages[total.submission.id], MOST_BYTES), 0o644
            plan.written.append(total.who)
    if totals and not files:
        reasons = "; ".join(dict.fromkeys(why for _, why in plan.blank[:3]))
        raise UsageError(f"There is no page that can be returned to a student: {reasons}.")
    plan.content = zipped(files)
    return plan


def _is_called(total: Total, place: str, name: str) -> bool:
    """With blind marking, neither the download nor the worksheet has names."""
    blind = not name and not any(student.name for student in total.students)
    return blind or bool(name_keys(place) & name_keys(name))


# Canvas


def fill_gradebook(sheet: Sheet, totals: Sequence[Total], column: str = "") -> Filled:
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
    people = {number: person for number, person in people_of(sheet, "--gradebook").items() if rows[number][who].strip()}
    top = next((row[at].strip() for row in rows if row[0].strip() == "Points Possible"), "")
    best = number_of(top)

    def write(number: int, total: Total) -> str:
        if total.blank and not total.excused:
            return total.blank
        points = total.of(best) if best else float(total.score)
        rows[number][at] = EXCUSED if total.excused else written_as(points, top or "10")
        return ""

    filled = _filled(people, totals, write)
    filled.remarks += scaled(totals, top)
    columns = [number for number, name in enumerate(header) if name in WHO or number == at]
    filled.content = sheet.text([[row[number] for number in columns] for row in rows])
    return filled


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
    text = ", ".join(names[:12]) or "none"
    raise UsageError(f"--gradebook {path}: say which assignment, with --column TITLE or its id. There are: {text}.")
