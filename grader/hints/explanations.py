"""Every note by its code, and what it says of a case: words out of the table, with the student's code quoted in them.

A note has a sentence for the report, and the longer story that `grader explain CODE` tells. What a run says of its case
may be forged. So all words are ours: of the run's own, only numbers, shapes and names of a known form stand outside of
backquotes, and whatever stands within them is code of a student.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from grader.domain import Edit, Location, Note
from grader.domain.words import counted, listed

PLACEHOLDER = re.compile(r"\{(\w+)\}")
LINE = re.compile(r"[0-9]{1,6}")
WORD = re.compile(r"\w[\w.-]{0,99}")
MOST_QUOTED = 400
MOST_SPACES = 100
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


def note_of(code: str, said: NoteValues, location: Location) -> Note | None:
    """A note in our words; nothing where no run can know of it, or says so in a form of its own."""
    explanation = EXPLANATIONS.get(code)
    case = said.get("case", "")
    if explanation is None or explanation.by_grader or not isinstance(case, str):
        return None
    template = explanation.cases.get(case) if case else explanation.detail
    if template is None:
        return None
    edits = tuple(edits_of(said, location))
    if max((len(text) for edit in edits for text in (edit.new, edit.old)), default=0) >= MOST_QUOTED:
        edits = ()  # cut off, they would be wrong
    try:
        words = filled(template, {**said, "change": in_words(edits, location)})
    except Unfit:
        return None
    edits = tuple(replace(edit, file=location.file) for edit in edits)
    return Note(code, words, location, edits=edits if location.line else ())


def edits_of(said: NoteValues, location: Location) -> Iterator[Edit]:
    """What a run says to change in the text of its program: here, on further lines, above, below, or somewhere else."""
    line, cell = location.line or 0, location.cell
    yield from (Edit(line, new, old, cell=cell) for old, new in _together(said, "old", "new") if new != old)
    for other_cell, number, new, old in _together(said, "cells", "lines", "right", "wrong", needed=2):
        if LINE.fullmatch(number) and LINE.fullmatch(other_cell) and new != old:
            yield Edit(int(number), new, old, cell=int(other_cell) or None)
    for other_cell, number, spaces in _together(said, "spaced_cells", "spaced_lines", "spaces"):
        if all(map(LINE.fullmatch, (other_cell, number, spaces))):
            yield Edit(int(number), spaces=min(int(spaces), MOST_SPACES), cell=int(other_cell) or None)
    if added := _quotable(said.get("line")):
        yield Edit(line, added, within=_quotable(said.get("within")), cell=cell)
    moved = said.get("moved", line)
    if isinstance(moved, int) and moved > line:
        yield Edit(moved, above=line, cell=cell)
    moved, above = said.get("moved_cell", 0), said.get("above_cell", 0)
    if isinstance(moved, int) and isinstance(above, int) and moved > 0 < above:
        yield Edit(0, above=above, cell=moved)


def in_words(edits: Sequence[Edit], location: Location) -> str:
    """What to write in place of other code, here or elsewhere, or as a line of its own, above it or in a function; and
    what to delete."""
    added = sorted((edit.line, edit.new) for edit in edits if edit.new and not (edit.old or edit.within))
    is_alone = {edit.line for edit in edits} == {location.line}
    above = [
        f"`{new}` above {'it' if is_alone else f'line {line}'}{', indented like it' * (line != location.line)}"
        for line, new in added
    ]
    replaced: dict[tuple[int, int], dict[str, None]] = {}
    for edit in (edit for edit in edits if edit.new and edit.old):
        replaced.setdefault((edit.cell or 0, edit.line), {})[f"`{edit.new}` in place of `{edit.old}`"] = None
    here = ", and ".join(replaced.pop((location.cell or 0, location.line or 0), ()))
    is_name = any(edit.old.isidentifier() and edit.line == location.line for edit in edits)  # perhaps elsewhere, too
    here += f" on line {location.line}" if here and is_name else ""
    places = dict[tuple[int, str], list[int]]()
    for (cell, line), changes in sorted(replaced.items()):
        places.setdefault((cell, ", and ".join(changes)), []).append(line)
    there = [
        f"{'the same' if words == here else words} {_on(lines, cell if cell != (location.cell or 0) else 0)}"
        for (cell, words), lines in places.items()
    ]
    written = ", and ".join(filter(None, [*above, here, *there]))
    last = "".join(f"`{edit.new}` as the last line of `{edit.within}`" for edit in edits if edit.within)
    gone = [f"`{edit.old}`{f' on line {edit.line}' * (edit.line != location.line)}" for edit in edits
            if edit.old and not edit.new]  # fmt: skip
    steps = [f"Write {written}."] if written else []
    steps += [f"Delete {listed(gone)}."] if gone else []
    columns = dict[tuple[int, int], list[int]]()
    for edit in (edit for edit in edits if edit.spaces is not None):
        columns.setdefault((edit.cell or 0, edit.spaces or 0), []).append(edit.line)
    for (cell, spaces), lines in columns.items():
        where = f" of cell {cell}" if cell not in (0, location.cell) else ""
        steps.append(f"Begin {_lines(lines)}{where} with {counted(spaces, 'space')}.")
    steps += [f"{'Then write' if steps else 'Write'} {last}."] if last else []
    return " ".join(steps)


def _on(lines: Sequence[int], cell: int) -> str:
    return f"{f'in cell {cell},' if cell else 'on'} {_lines(lines)}"


def _lines(numbers: Sequence[int]) -> str:
    """`line 5`, `lines 5 and 8`, `lines 5 to 8`."""
    first, last = min(numbers), max(numbers)
    if len(numbers) > 2 and sorted(numbers) == [*range(first, last + 1)]:
        return f"lines {first} to {last}"
    return f"line{'s' * (len(numbers) > 1)} {listed(numbers)}"


def _together(said: NoteValues, *names: str, needed: int | None = None) -> list[tuple[str, ...]]:
    """The entries of lists that belong to one another; only those of the last one, or after so many, may be empty."""
    lists = [_all_quotable(said.get(name)) for name in names]
    first = lists[: len(lists) - 1 if needed is None else needed]
    return [*zip(*lists, strict=True)] if all(map(all, first)) and len({*map(len, lists)}) == 1 else []


def _all_quotable(value: object) -> list[str]:
    return [_quotable(item) for item in value] if isinstance(value, list | tuple) and value else [_quotable(value)]


def filled(template: str, said: NoteValues) -> str:
    """The words with what a run said; parts between backquotes are at odd places."""
    parts = template.split("`")
    for number, part in enumerate(parts):
        put = quoted if number % 2 else plain
        parts[number] = PLACEHOLDER.sub(lambda match, put=put: put(match[1], said), part)  # type: ignore[misc]
    return " ".join("`".join(parts).split())


def quoted(name: str, said: NoteValues) -> str:
    text = _quotable(said.get(name))
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
        return listed([f"`{_quotable(item)}`" for item in value])
    raise Unfit(name)


def _is_shape(text: str) -> bool:
    """Whether a text is a shape as Python writes one: `()`, `(3,)`, `(None, 28, 28)`."""
    inside = text[1:-1]
    sizes = (inside.removesuffix(",") if inside.count(",") == 1 else inside).split(", ", MOST_AXES) if inside else []
    fits = all(size == "None" or (size.isascii() and size.isdecimal() and len(size) <= 12) for size in sizes)
    return fits and len(sizes) <= MOST_AXES and text[:1] + text[-1:] == "()"


def _quotable(value: object) -> str:
    """Code as it can stand between backquotes, in one line."""
    return " ".join(value.replace("`", "'").split())[:MOST_QUOTED] if isinstance(value, str) else ""
