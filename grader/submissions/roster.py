"""Tables that people give, as CSV with any separator, and who is in them: rosters, gradebooks and worksheets.

A submission is joined with a person of the roster by an id, an e-mail address or a name, in this order. What fits
several people fits nobody, and is reported. If few submissions fit, nothing is graded: the roster is of another class,
or has other names.
"""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from difflib import SequenceMatcher
from pathlib import Path

from grader.domain import Student, Submission
from grader.domain.people import id_key, name_keys, spellings, words_of_name
from grader.domain.words import counted, listed, suggestion
from grader.errors import UsageError
from grader.filesystem import read_regular
from grader.submissions.source_text import MARKS_OF_UTF_16, text_of

MOST_BYTES = 64 * 2**20
DELIMITERS = (",", ";", "\t")
MARKS = (codecs.BOM_UTF8, *MARKS_OF_UTF_16)
COLUMNS = ("id", "name", "who")
_HEADERS: Mapping[str, Sequence[str]] = {
    "ids": (
        "id", "identifier", "student_id", "student id", "studentid", "sid", "id number", "sis user id", "sis login id",
        "username", "login", "user", "github_username", "github username", "matriculation number", "matrikelnummer",
        "integration id", "id-nummer", "anmeldename",
    ),
    "names": ("name", "who", "full name", "student", "student name", "display name", "vollständiger name"),
    "emails": ("email", "email address", "e-mail", "e-mail address", "mail", "e-mail-adresse"),
    "first": ("first_name", "first name", "firstname", "given name", "vorname"),
    "last": ("last_name", "last name", "lastname", "surname", "family name", "nachname"),
    "groups": ("group", "group name", "team", "group_name", "groups", "gruppe", "gruppen"),
    "roles": ("role",),
}  # fmt: skip
ROLES = {"staff", "teacher", "instructor", "ta", "owner"}
FEW = 0.5  # of the submissions
SUFFIXES = frozenset({"jr", "sr", "ii", "iii", "iv"})  # after a comma, and part of the name
ALIKE = 0.7  # of two spellings of one name


@dataclass(frozen=True)
class Sheet:
    """Rows of a CSV, with what is needed to write it as it was."""

    path: str
    rows: tuple[list[str], ...]
    delimiter: str
    newline: str
    mark: str

    @property
    def header(self) -> list[str]:
        return [cell.strip() for cell in self.rows[0]]

    @property
    def body(self) -> list[list[str]]:
        """The rows below the header that are not blank."""
        return [row for row in self.rows[1:] if any(row)]

    def text(self, rows: Sequence[Sequence[str]]) -> str:
        out = io.StringIO()
        out.write(self.mark)
        csv.writer(out, delimiter=self.delimiter, lineterminator=self.newline).writerows(rows)
        return out.getvalue()


def read_sheet(path: Path, option: str) -> Sheet:
    """The table in a file; only a line end ends a row. Raises `UsageError`, which names the option that gave it."""
    try:
        content = read_regular(path, MOST_BYTES)
        text = text_of(content, "strict")
        mark = "\ufeff" if content.startswith(MARKS) else ""
        delimiter = max(DELIMITERS, key=text.partition("\n")[0].count)
        rows = tuple(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        message = getattr(error, "strerror", None) or str(error)
        reason = "it is not UTF-8 text: save it as CSV UTF-8" if isinstance(error, UnicodeDecodeError) else message
        raise UsageError(f"{option} {path}: the file cannot be read ({reason}).") from None
    newline = "\r\n" if "\r\n" in text else "\n"
    return Sheet(str(path), rows, delimiter, newline, mark)


@dataclass(frozen=True)
class Person:
    """One row: a student, everything that may identify the student, and the group."""

    student: Student
    ids: frozenset[str] = frozenset()
    group: str = ""

    @property
    def shown(self) -> str:
        return self.student.shown

    @property
    def keys(self) -> frozenset[str]:
        """By which an `overrides.toml` may call this person."""
        return self.ids | {self.student.name.casefold(), self.student.email.casefold()} - {""}


@dataclass(frozen=True)
class Fit:
    """Whom a submission is by; if that cannot be decided, nobody, and `doubtful` are those who may have made it."""

    people: frozenset[int] = frozenset()
    doubtful: frozenset[int] = frozenset()


def read_roster(path: Path) -> tuple[Person, ...]:
    """The people of a table, each once."""
    return tuple(dict.fromkeys(people_of(read_sheet(path, "--roster"), "--roster").values()))


def people_of(sheet: Sheet, option: str) -> dict[int, Person]:
    """Whoever a table lists, by row: a roster, or what Moodle or Canvas exports. Raises `UsageError` if nobody."""
    numbered = {number: row for number, row in enumerate(sheet.rows) if any(row)}
    rows = list(numbered.values())
    if not rows:
        wanted = " or ".join(COLUMNS)
        raise UsageError(f"{option} {sheet.path}: the file is empty. Give a header with a column {wanted}.")
    header = [cell.strip().casefold() for cell in rows[0]]
    columns = {kind: [header.index(name) for name in names if name in header] for kind, names in _HEADERS.items()}
    if _is_worksheet(rows):
        rows = [rows[0], *([participant(row[0]), *row[1:]] for row in rows[1:])]
        columns["ids"] = [0, *(at for at in columns["ids"] if at)]
        columns["emails"] = columns["emails"] or _addresses(rows)
        elsewhere = columns["names"] or columns["first"] or columns["last"] or columns["emails"] == [1]
        columns["names"] = columns["names"] if elsewhere or is_blind(rows) else [1]
    if not any(columns.values()):
        near = [miss for cell in header if (miss := suggestion(cell, COLUMNS)).startswith("Did")]
        hint = near[0] if near else f"Its columns are: {', '.join(header)}."
        raise UsageError(f"{option} {sheet.path}: the header has no column {', '.join(COLUMNS)}. {hint}")
    people = {number: _person(row, columns, header) for number, row in zip(numbered, rows, strict=True)}
    return {number: person for number, person in list(people.items())[1:] if person is not None}


def _is_worksheet(rows: Sequence[Sequence[str]]) -> bool:
    """Moodle's, in any language: in its first column are one word and a number, as in `Participant 123`.

    Some languages have no space there: then the word has letters enough to be no part of an id.
    """
    matches = [re.fullmatch(r"(\D+) \d+|(\D{5,}?)\d+", row[0].strip()) for row in rows[1:] if row]
    words = {match[1] or match[2] for match in matches if match}
    return len(rows[0]) > 1 and len(words) == 1 and all(matches)


def participant(cell: str) -> str:
    """What a worksheet calls somebody, always with a space before the number."""
    return re.sub(r"(?<=[^\d\s])(?=\d+$)", " ", cell.strip())


def _addresses(rows: Sequence[Sequence[str]]) -> list[int]:
    """The column of addresses in a worksheet."""
    return [at for at in range(1, len(rows[0])) if all("@" in row[at] for row in rows[1:] if at < len(row))][:1]


def is_blind(rows: Sequence[Sequence[str]]) -> bool:
    """Whether a worksheet has no names: then the state comes after the number of the participant."""
    return rows[0][1].strip() == "Status" or len({row[1] for row in rows[1:] if len(row) > 1}) < len(rows) // 2


def _person(row: Sequence[str], columns: Mapping[str, Sequence[int]], header: Sequence[str]) -> Person | None:
    def cells(kind: str) -> list[str]:
        return [row[at].strip() for at in columns[kind] if at < len(row) and row[at].strip()]

    def first(kind: str) -> str:
        return next(iter(cells(kind)), "")

    if first("roles").casefold() in ROLES or _is_no_student(row, header):
        return None
    together = " ".join(part for part in (first("first"), first("last")) if part)
    name, ids = readable(first("names") or together), cells("ids")
    if columns["names"] and header[columns["names"][0]] == "who":
        ids.append(name)
    student = Student(name, ids[0] if ids else "", first("emails") or next((text for text in ids if "@" in text), ""))
    if student == Student():
        return None
    return Person(student, id_keys(*ids), first("groups"))


def _is_no_student(row: Sequence[str], header: Sequence[str]) -> bool:
    """Rows that Canvas puts above and below students."""
    first = row[0].strip().casefold()
    return first in ("points possible", "student, test") or (
        "sis login id" in header and not row[0].strip() and "manual posting" in map(str.casefold, row)
    )


def readable(name: str) -> str:
    """`Jane Doe` for Canvas's `Doe, Jane`; `Jane Doe, Jr.` stays."""
    last, comma, first = name.partition(",")
    turned = comma and first.strip() and first.strip(" .").casefold() not in SUFFIXES
    return f"{first.strip()} {last.strip()}" if turned else name.strip()


def id_keys(*ids: str) -> frozenset[str]:
    return frozenset(id_key(text) for text in ids if text.strip())


class Index:
    """People by whatever may identify them."""

    def __init__(self, people: Sequence[Person]) -> None:
        self.people = people
        self.by_id = self._by(lambda person: person.ids | {person.student.email.casefold().partition("@")[0]})
        self.by_email = self._by(lambda person: {person.student.email.casefold()})
        self.by_name = self._by(lambda person: name_keys(person.student.name))
        self.by_group = self._by(lambda person: {person.group.casefold()})

    def _by(self, keys: Callable[[Person], Iterable[str]]) -> defaultdict[str, set[int]]:
        numbers = defaultdict[str, set[int]](set)
        for number, person in enumerate(self.people):
            for key in {*keys(person)} - {""}:
                numbers[key].add(number)
        return numbers

    def find(self, student: Student) -> set[int]:
        """The people whom this may be: by id, else by e-mail address, else by name.

        Ids of two systems may be equal by chance, and so may those of a group and of a participant: a number counts
        only if the names do not contradict it.
        """
        key = id_key(student.id)
        numbers, sure = self.by_id[key], not key.isdecimal()
        agreeing = {
            number for number in numbers if sure or not _contradict(student.name, self.people[number].student.name)
        }
        return (
            agreeing
            or self.by_email[student.email.casefold()]
            or set[int]().union(*(self.by_name[key] for key in name_keys(student.name)))
        )


def _contradict(name: str, other_name: str) -> bool:
    """Whether two names are of two people: `garcajos` is how a platform may write José García."""
    words, other_words = words_of_name(name), words_of_name(other_name)
    if not words or not other_words or set(words) & set(other_words):
        return False
    written = "".join(words)
    return all(SequenceMatcher(None, written, spelling).ratio() < ALIKE for spelling in spellings(other_words))


def join(
    submissions: Sequence[Submission], people: Sequence[Person], roster: Path
) -> tuple[tuple[Submission, ...], tuple[Person, ...], list[str]]:
    """Submissions with the people of the roster, those who submitted nothing, and what did not fit.

    Raises `UsageError` if few submissions are of anybody.
    """
    index = Index(people)
    fits = [_fit(submission, index) for submission in submissions]
    claimed = Counter(number for fit in fits for number in fit.people)
    joined, remarks, present = [], [], set[int]()
    for submission, fit in zip(submissions, fits, strict=True):
        shared = [number for number in fit.people if claimed[number] > 1 and not submission.origin.work]
        if shared:
            who = index.people[shared[0]].shown
            remarks.append(f"`{submission.id}`: {counted(claimed[shared[0]], 'submission')} match {who} on the roster")
        if fit.doubtful:
            candidates = listed([_distinctly(people[number].student) for number in sorted(fit.doubtful)])
            remarks.append(f"`{submission.id}` is ambiguous: it fits {candidates} on the roster")
        present |= fit.people | fit.doubtful
        joined.append(_with_people(submission, [people[number] for number in sorted(fit.people)]))
    strangers = [submission for submission, fit in zip(submissions, fits, strict=True) if not fit.people | fit.doubtful]
    if submissions and people and len(submissions) - len(strangers) < FEW * len(submissions):
        raise UsageError(_few(roster, strangers, len(submissions), people))
    if strangers:
        names = listed([f"`{submission.id}`" for submission in strangers], most=5)
        remarks.append(f"{counted(len(strangers), 'submission')} by nobody on the roster: {names}")
    absent = tuple(person for number, person in enumerate(people) if number not in present)
    return tuple(joined), absent, remarks


def _few(roster: Path, strangers: Sequence[Submission], count: int, people: Sequence[Person]) -> str:
    theirs = ", ".join(f"`{submission.who}`" for submission in strangers[:3])
    students = [(person.student.id, person.student.name, person.student.email) for person in people[:3]]
    on_it = ", ".join(f"`{' / '.join(filter(None, parts))}`" for parts in students)
    return (
        f"--roster {roster}: only {count - len(strangers)} of {counted(count, 'submission')} are by somebody on the "
        f"roster. Submissions are called {theirs}; the roster has {on_it}. "
        "Give a roster with the ids, e-mail addresses or names that submissions have, "
        "or --pattern to say where in a path they are."
    )


def _distinctly(student: Student) -> str:
    """Somebody among others of the same name."""
    return f"{student.shown} ({student.id})" if student.id and student.id != student.shown else student.shown


def _fit(submission: Submission, index: Index) -> Fit:
    """Who submitted it: those whom the LMS names, the members of the group, or whoever the name of the file fits."""
    origin = submission.origin
    if members := index.by_group[origin.group.casefold()]:
        return Fit(frozenset(members))
    if not origin.layout:
        numbers = _by_file_name(submission, index)
        return Fit(frozenset(numbers)) if len(numbers) == 1 else Fit(doubtful=frozenset(numbers))
    matches = [index.find(student) for student in origin.students]
    sure = frozenset[int]().union(*(match for match in matches if len(match) == 1))
    groups = [index.by_group[student.name.casefold()] for student in origin.students]
    sure = sure or frozenset[int]().union(*groups)
    return Fit(sure) if sure else Fit(doubtful=frozenset[int]().union(*matches))


def _by_file_name(submission: Submission, index: Index) -> set[int]:
    """In a folder that no platform made: the whole name, or an id, an address or a name that is part of it."""
    who, name = submission.who, submission.id
    whole = index.find(Student(who, who, who)) or index.find(Student(name, name, name))
    if len(whole) == 1:
        return whole
    tokens = {token.casefold() for token in re.split(r"[\s_,;+()\[\]]+", submission.who) if token}
    by_id = set[int]().union(*(index.by_id[token] for token in tokens if not token.isdecimal() or len(token) > 3))
    words = set(words_of_name(submission.who))
    named = {
        number for number, person in enumerate(index.people) if _is_part(words_of_name(person.student.name), words)
    }
    return by_id or named or whole


def _is_part(name: Sequence[str], words: set[str]) -> bool:
    return len(name) > 1 and set(name) <= words


def _with_people(submission: Submission, people: Sequence[Person]) -> Submission:
    if not people:
        return submission
    origin = submission.origin
    lms_students = {student for student in origin.students if student.id}
    students = tuple(_merged(person.student, lms_students, alone=len(people) == 1) for person in people)
    names = [student.shown for student in students]
    teams = {person.group for person in people}
    team = min(teams) if len(teams) == 1 and min(teams) else ", ".join(names)
    group = origin.group or (team if len(names) > 1 else "")
    who = group if len(names) > 1 else names[0]
    return replace(submission, who=who, origin=replace(origin, students=students, group=group))


def _merged(student: Student, lms_students: Iterable[Student], *, alone: bool) -> Student:
    """The id of the LMS stays, since grades go back there; names and addresses are the roster's.

    Where nobody gives a name, such as in a roster of GitHub Classroom, its first id is what the course calls somebody.
    """
    (own,) = lms_students if alone and len(set(lms_students)) == 1 else (Student(),)
    email = student.email or own.email
    return Student(student.name or own.name or ("" if email else student.id), own.id or student.id, email)
