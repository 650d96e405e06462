"""Every note by its code, and what it says of a case: words out of the table, with the student's code quoted in them.

A note has a sentence for the report, and the longer story that `grader explain CODE` tells. What a run says of its case
may be forged. So all words are ours: of the run's own, only numbers, shapes and names of a known form stand outside of
backquotes, and whatever stands within them is code of a student.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from grader.domain import Edit, Location, Note
from grader.domain.bounds import MOST_QUOTED, quotable
from grader.domain.told_edits import told
from grader.domain.words import listed

PLACEHOLDER = re.compile(r"\{(\w+)\}")
WORD = re.compile(r"\w[\w.-]{0,99}")
MOST_AXES = 16
NoteValues = Mapping[str, str | int | Sequence[str]]  # the values that the words of a note name


@dataclass(frozen=True)
class Explanation:
    """`sentence` stands in reports, before the note's own detail.

    `stops`: where it ends the program, if it does. `about`: the kind of check that loses points.
    `detail` are the words for what is particular, `cases` others for some `case`. `by_grader`: no run can know it.
    """

    sentence: str
    story: str
    stops: str = ""
    about: str = ""
    detail: str = "{change}"
    cases: Mapping[str, str] = field(default_factory=dict)
    by_grader: bool = False


def _read() -> Mapping[str, Explanation]:
    table = tomllib.loads(Path(__file__).with_name("notes.toml").read_text(encoding="utf-8"))
    return {code: Explanation(**entry) for code, entry in table.items()}


EXPLANATIONS: Mapping[str, Explanation] = _read()
SENTENCES: Mapping[str, str] = {code: explanation.sentence for code, explanation in EXPLANATIONS.items()}


class Unfit(Exception):
    """What a run said does not fit the words for it."""


def note_of(code: str, said: NoteValues, location: Location, edits: Sequence[Edit] = ()) -> Note | None:
    """A note in our words; nothing where no run can know of it, or says so in a form of its own."""
    explanation = EXPLANATIONS.get(code)
    case = said.get("case", "")
    if explanation is None or explanation.by_grader or not isinstance(case, str):
        return None
    template = explanation.cases.get(case) if case else explanation.detail
    if template is None:
        return None
    edits = own_edits(edits, location)
    try:
        words = filled(template, {**said, "change": told(edits, location)})
    except Unfit:
        return None
    return Note(code, words, location, edits=edits if location.line else ())


def own_edits(edits: Sequence[Edit], location: Location) -> tuple[Edit, ...]:
    """What a run says to write: in its own file, and never whole lines. Cut off, it would be wrong."""
    if max((len(text) for edit in edits for text in (edit.new, edit.old)), default=0) >= MOST_QUOTED:
        return ()
    return tuple(replace(edit, call="", argument="", last=None, below=False, file=location.file) for edit in edits)


def filled(template: str, said: NoteValues) -> str:
    """The words with what a run said; parts between backquotes are at odd places."""
    parts = template.split("`")
    for number, part in enumerate(parts):
        put = quoted if number % 2 else plain
        parts[number] = PLACEHOLDER.sub(lambda match, put=put: put(match[1], said), part)  # type: ignore[misc]
    return " ".join("`".join(parts).split())


def quoted(name: str, said: NoteValues) -> str:
    text = quotable(said.get(name))
    if not text:
        raise Unfit(name)
    return text


def plain(name: str, said: NoteValues) -> str:
    """What may stand in a sentence: the edits, a number, names, a shape or what is not here."""
    value = said.get(name)
    if name == "change" or isinstance(value, int):
        return str(value)
    if isinstance(value, str):
        if _is_shape(value) if name.endswith("_shape") else name == "what" and WORD.fullmatch(value):
            return value
    elif value:
        return listed([f"`{quotable(item)}`" for item in value])
    raise Unfit(name)


def _is_shape(text: str) -> bool:
    """Whether a text is a shape as Python writes one: `()`, `(3,)`, `(None, 28, 28)`."""
    inside = text[1:-1]
    sizes = (inside.removesuffix(",") if inside.count(",") == 1 else inside).split(", ", MOST_AXES) if inside else []
    fits = all(size == "None" or (size.isascii() and size.isdecimal() and len(size) <= 12) for size in sizes)
    return fits and len(sizes) <= MOST_AXES and text[:1] + text[-1:] == "()"
