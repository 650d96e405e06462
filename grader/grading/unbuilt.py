"""The networks that a file has the code for and that were not built, and why: read off its text and its recording.

The text is searched and never parsed, since it is a student's. What stands in a function or a class that nothing
mentions is never called. Anything else is lost by what went wrong, or is not there, on a line before it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TypeAlias

from grader.domain import Execution, Failure, Location, Outcome, Source
from grader.domain.words import in_location, listed
from grader.hints import EXPLANATIONS

NEVER_CALLED = "nothing calls it"
MOST_NAMED = 4
MOST_TEXT = 500_000  # characters of code, which nobody writes by hand
# Strings and comments, possessive so that an unterminated one is passed over once.
_NO_CODE = re.compile(
    r"\"\"\"(?:[^\"\\]|\\.|\"(?!\"\"))*+(?:\"\"\")?|'''(?:[^'\\]|\\.|'(?!''))*+(?:''')?"
    r"|\"(?:[^\"\\\n]|\\.)*+\"?|'(?:[^'\\\n]|\\.)*+'?|#[^\n]*+",
    re.DOTALL,
)
_DEFINITION = re.compile(r"(?:async +)?(?:def|class) +(\w+)")
_OWN_CLASS = re.compile(r"class +(\w+) *\( *(?:\w+\.)*(?:Model|Sequential) *[,)]")
_CALLED = r"(?<![\w.])(?:\w+\.)*(?:{}) *\("
_ASSIGNED = re.compile(r"\s*+([\w*][\w., *]*+)(?::[^=]*+)?+=(?!=)")
_TARGET = re.compile(r"\s*(?:self\.)?(\w+) *=[^=]")
_ADDED = re.compile(r"\s*+(\w+)\.add\(")
_IMPORT = re.compile(r"\s*+(?:from|import) ")
_WORD = re.compile(r"[^\W\d]\w*")
Place: TypeAlias = "tuple[int | None, int | None]"


@dataclass(frozen=True)
class Unbuilt:
    """A network that was not built: its variable, or the function or class that would build it; where; and why."""

    name: str
    location: Location
    reason: str


@dataclass(frozen=True)
class _Statement:
    """One of the outermost level, without strings and comments; `name` is that of a function or a class."""

    name: str
    cell: int | None
    first: int
    lines: tuple[str, ...]

    def first_of(self, causes: Mapping[Place, str]) -> str:
        """The cause that is on one of its lines."""
        lines = range(self.first, self.first + len(self.lines))
        return next((why for (cell, line), why in causes.items() if cell == self.cell and line in lines), "")

    @cached_property
    def words(self) -> frozenset[str]:
        """What it mentions, without what it gives a value."""
        parts = (line[found.end() :] if (found := _ASSIGNED.match(line)) else line for line in self.lines)
        return frozenset(word for part in parts for word in _WORD.findall(part))

    @cached_property
    def bound(self) -> frozenset[str]:
        """What it gives a value: the name of a function or class, what it imports, or what precedes an equals sign."""
        if self.name:
            return frozenset([self.name])
        targets = [found[1] for line in self.lines if (found := _ASSIGNED.match(line))]
        targets += [line for line in self.lines if _IMPORT.match(line)]
        return frozenset(word for one in targets for word in _WORD.findall(one))


def unbuilt(source: Source | None, execution: Execution, called: Sequence[str] = ()) -> tuple[Unbuilt, ...]:
    """What a file would build and did not, in its order; `called` are functions that the grader itself calls.

    Nothing is said of lines that the program chose not to run.
    """
    if any(note.code == "limit-models" for note in execution.notes):
        return ()
    statements, losses = _with_losses(source, execution)
    needed = _needed(statements, called, losses)
    calls = _construction(statements)
    built = {(model.location.cell, model.location.line) for model in execution.models}
    names = {name for model in execution.models for name in (*model.variables, model.function, model.class_name)}
    never_built = {(note.location.cell, note.location.line) for note in execution.notes if note.code == "never-built"}
    missing: dict[str, Unbuilt] = {}
    for one, loss in zip(statements, losses, strict=True):
        for line, text in enumerate(one.lines, start=one.first):
            if not calls.search(text) or (one.cell, line) in built:
                continue
            target = _TARGET.match(text)
            name = one.name or (target[1] if target else "")
            reason = needed.get(one.name, NEVER_CALLED) if one.name else loss
            if reason and (name not in names or (one.cell, line) in never_built):
                missing.setdefault(name, Unbuilt(name, Location(one.cell, one.first if one.name else line), reason))
    return tuple(missing.values())


def unfinished(source: Source | None, execution: Execution) -> dict[str, str]:
    """What kept layers from being added to a model, by the name of its variable."""
    statements, losses = _with_losses(source, execution)
    lost = [(one, loss) for one, loss in zip(statements, losses, strict=True) if loss.startswith("because")]
    return dict(reversed([(name, loss) for one, loss in lost for name in _added_to(one)]))


def _with_losses(source: Source | None, execution: Execution) -> tuple[list[_Statement], list[str]]:
    """The statements of a file of usual length, each with what kept it from being run to its end."""
    if source is None or sum(len(cell.text) for cell in source.cells) > MOST_TEXT:
        return [], []
    statements = [one for cell in source.cells for one in _statements(cell.number, cell.text)]
    return statements, _losses(statements, source.name, execution)


def _added_to(statement: _Statement) -> list[str]:
    return [found[1] for line in statement.lines if (found := _ADDED.match(line))]


def no_network(source: Source | None, execution: Execution, called: Sequence[str] = ()) -> str:
    """Why a program that ended by itself built no network at all, as the end of a sentence."""
    missing = unbuilt(source, execution, called)
    unused = [f"`{one.name}`{in_location(one.location)}" for one in missing if one.reason == NEVER_CALLED]
    if unused:
        named = listed([*unused[:MOST_NAMED], *(["others"] if len(unused) > MOST_NAMED else [])])
        return f"nothing calls {named}, which would build one"
    if missing:
        return missing[0].reason
    absent = [f"`{note.detail}`" for note in execution.notes if note.code == "package-absent"]
    perhaps = f", perhaps for want of the package {' or '.join(absent)}" if absent else ""
    return f"no line that ran builds one{perhaps}"


def loss_of(missing: Sequence[Unbuilt]) -> str:
    """What kept the first network that something kept from it from being built."""
    return next((one.reason for one in missing if one.reason.startswith("because")), "")


def blamed_first(missing: Sequence[Unbuilt], failures: Sequence[Failure]) -> list[Failure]:
    """The failures, but first the one that kept a network from being built."""
    return sorted(failures, key=lambda one: because_of(one) != loss_of(missing))


def _statements(cell: int | None, text: str) -> Iterator[_Statement]:
    lines = _NO_CODE.sub(_emptied, text).split("\n")
    starts = [n for n, line in enumerate(lines) if n == 0 or (line[:1].strip() and line[0] not in ")]}")]
    for start, end in zip(starts, [*starts[1:], len(lines)], strict=True):
        definition = _DEFINITION.match(lines[start])
        yield _Statement(definition[1] if definition else "", cell, start + 1, tuple(lines[start:end]))


def _emptied(found: re.Match[str]) -> str:
    """A string without its characters, on as many lines; of a comment, nothing."""
    return "" if found[0].startswith("#") else '""' + "\n" * found[0].count("\n")


def _construction(statements: Sequence[_Statement]) -> re.Pattern[str]:
    """A call that makes a network: of a class of Keras, or of one of the file's own that is derived from it."""
    own = {found[1] for one in statements if one.name and (found := _OWN_CLASS.match(one.lines[0]))}
    return re.compile(_CALLED.format("|".join(("Model", "Sequential", *sorted(own)))))


def _needed(statements: Sequence[_Statement], called: Sequence[str], losses: Sequence[str]) -> dict[str, str]:
    """The functions and classes that something needs, by way of others or not, each with the loss of what needs it."""
    inside: dict[str, set[str]] = {}
    for one in statements:
        if one.name:
            inside.setdefault(one.name, set()).update(one.words)
    waiting = [(word, loss) for one, loss in zip(statements, losses, strict=True) if not one.name for word in one.words]
    waiting += [(word, "") for word in called]
    needed: dict[str, str] = {}
    for word, loss in waiting:  # which grows
        if word in inside and not needed.get(word):
            if word not in needed or loss:
                waiting += [(deeper, loss) for deeper in inside[word]]
            needed[word] = loss
    return needed


def _losses(statements: Sequence[_Statement], file: str, execution: Execution) -> list[str]:
    """For each statement what kept it from being run to its end: an error on it, or on one that gives it a value.

    Else what a note says would end it. Perhaps it is the last that went wrong before it, where the text does not tell.
    """
    errors, noted, absent = _causes(file, execution)
    ended = "" if execution.outcome in (Outcome.OK, Outcome.ERROR) else "the program ended before it"
    lost: dict[str, tuple[int, str]] = {}  # names, with the number of the statement that lost them, and why
    losses, perhaps = [], ""
    for number, one in enumerate(statements, start=1):
        error, own = one.first_of(errors), one.first_of(noted)
        perhaps = f"perhaps {error or own}" if error or own else perhaps
        given = max((lost[word] for word in one.words if word in lost), default=None)
        own = error or ("" if given else own or one.first_of(absent))
        loss = (number, own) if own else given
        for name in one.bound:
            lost.pop(name, None)
            lost.update({name: loss} if loss else {})
        losses.append(loss[1] if loss else ended or perhaps)
    return losses


def _causes(file: str, execution: Execution) -> tuple[dict[Place, str], ...]:
    """By cell and line of the file of that name: errors; notes of what ends it; and which packages are not there."""
    errors: dict[Place, str] = {}
    noted: dict[Place, str] = {}
    absent: dict[Place, str] = {}
    for one in execution.failures:
        if one.location.file in ("", file):
            errors.setdefault(_place(one.location), because_of(one))
    for note in execution.notes:
        package = f"because the package `{note.detail}` is not installed"
        stops = note.code in EXPLANATIONS and EXPLANATIONS[note.code].stops == "here"
        if note.location.file not in ("", file):
            continue
        if note.code == "package-absent":
            absent.setdefault(_place(note.location), package)
        elif stops:
            missing = note.code == "missing-package"
            told = f"because of what the note `{note.code}`{_at(note.location)} says"
            noted.setdefault(_place(note.location), package if missing else told)
    return errors, noted, absent


def because_of(failure: Failure) -> str:
    """A failure as the reason of what was not built."""
    return f"because of the {failure.type}{_at(failure.location)}"


def _place(where: Location) -> Place:
    return where.cell, where.line


def _at(where: Location) -> str:
    return in_location(Location(where.cell, where.line))
