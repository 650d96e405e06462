"""A CSV as a platform gave it, read and written again without a change to what is not filled in."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from grader.domain.people import id_key
from grader.errors import UsageError
from grader.gradebooks.totals import Total
from grader.submissions.roster import Index, Person, Sheet, read_sheet

NUMBER = re.compile(r"\d+(?:[.,]\d+)?")


@dataclass
class Filled:
    """A filled file; whom it has a score (or another `noun`) of, who was left blank and why, and what else there is.

    In place of a text, it may be a zip of `files`: paths in it with the paths of what goes there.
    """

    text: str = ""
    written: list[str] = field(default_factory=list)
    blank: list[tuple[str, str]] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)
    noun: str = "score"
    files: dict[str, Path] = field(default_factory=dict)


def read_gradebook(path: Path) -> Sheet:
    """Raises `UsageError` if it is no table with a header."""
    sheet = read_sheet(path, "--gradebook")
    if not sheet.rows or len(sheet.rows[0]) < 2:
        raise UsageError(f"--gradebook {path}: this is not a table with a header. Give the file that the LMS exports.")
    return sheet


@dataclass(frozen=True)
class Match:
    """For each row the total that belongs into it, and totals that belong into none."""

    by_row: dict[int, Total]
    left: list[tuple[str, str]]


def match_rows(people: dict[int, Person], found: Sequence[Total]) -> Match:
    """Each total into the rows of its students; a row that two totals claim gets neither."""
    numbers = list(people)
    index = Index([people[number] for number in numbers])
    claims: dict[int, list[Total]] = defaultdict(list)
    left: list[tuple[str, str]] = []
    doubtful: set[int] = set()
    for total in found:
        each = [index.find(person.student) for person in total.people]
        rows = set[int]().union(*(fits for fits in each if len(fits) == 1))
        rows = rows or index.by_group.get((total.group or total.who).casefold(), set())
        unsure = [(one.shown, fits) for one, fits in zip(total.people, each, strict=True) if len(fits) > 1]
        left += [(who, f"ambiguous: {len(fits)} rows of the file are called so") for who, fits in unsure]
        doubtful |= set[int]().union(*(fits for _, fits in unsure))
        if not rows and not unsure:
            left.append((total.who, total.blank or _why_no_row(total, index)))
        for row in rows:
            claims[numbers[row]].append(total)
    by_row = {}
    for row, those in claims.items():
        if len(those) == 1:
            by_row[row] = those[0]
        else:
            names = ", ".join(f"`{one.submission}`" for one in those)
            left.append((people[row].shown, f"{len(those)} submissions of this student: {names}"))
    open_ = (row for place, row in enumerate(numbers) if row not in claims and place not in doubtful)
    left += [(people[row].shown, "no submission") for row in open_]
    return Match(by_row, left)


def _why_no_row(total: Total, index: Index) -> str:
    """An id with the name of somebody else is a group's, or a name that was made to look like an id."""
    for person in total.people:
        for number in sorted(index.by_id.get(id_key(person.student.id), ())):
            other = index.people[number].student.name
            return f"id {person.student.id} is {other}'s in the file; a group needs a roster with a column `group`"
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
