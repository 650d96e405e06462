"""Edits in words: what to write where, and what to delete."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType

from grader.domain.execution import Location
from grader.domain.steps import IMPORTS, Edit, Step
from grader.domain.words import code_below, counted, in_location, listed, ordinal

NOWHERE = Location()
NOTHING: Mapping[str, str] = MappingProxyType({})


def step_of(edits: Sequence[Edit]) -> Step:
    """The step that says these edits."""
    return Step(told(edits), tuple(edits))


def written_in_place(code: str, place: Location | None, end: int = 0, imported: Mapping[str, str] = NOTHING) -> Step:
    """The step that has code in place of lines up to an `end`, if it is known which; without the import of what is
    `imported` under its own name. In a function, imports would hide what is imported above it."""
    there = {f"import {name}" for name, own in imported.items() if name == own}
    lines = [line for line in code.splitlines() if line not in there]
    if place is None or not place.line:
        return Step(code_below("Write these lines in place of what builds it now:", lines))
    imports, rest = ([line for line in lines if line.startswith(IMPORTS) is is_one] for is_one in (True, False))
    first = Edit(place.line, "\n".join(rest), last=end or place.line, cell=place.cell, file=place.file)
    return step_in_lines([first, *(replace(first, new=line, last=None) for line in imports)])


def step_in_lines(edits: Sequence[Edit]) -> Step:
    """The step that says each edit of whole lines by itself, from the last line to the first, and then all others."""
    whole = sorted((edit for edit in edits if edit.last is not None), key=lambda edit: (-(edit.cell or 0), -edit.line))
    parts = [[edit] for edit in whole] + [[edit for edit in edits if edit.last is None]]
    return Step("\n".join(told(part) for part in parts if part), tuple(edits))


def told(edits: Iterable[Edit], here: Location = NOWHERE) -> str:
    """What to write in place of other code, or as a line of its own, above or below another or in a function; and what
    to delete. `here` is the line that is spoken of already."""
    edits = [*dict.fromkeys(edits)]
    if len(edits) == 1 and edits[0].last and not edits[0].old:
        return _written_anew(edits[0], edits[0].last, here)
    added = sorted((edit for edit in edits if edit.adds_line), key=lambda edit: edit.line)
    imports = [f"`{edit.new}`" for edit in added if edit.is_import]
    written = [f"{listed(imports)} at the top"] if imports else []
    written += [_beside(edit, here) for edit in added if not edit.is_import]
    written += _replaced([edit for edit in edits if edit.new and (edit.old or edit.call)], here)
    last = listed([f"`{edit.new}` as the last line of `{edit.within}`" for edit in edits if edit.within], "")
    gone = [f"`{edit.old}`{_on(edit, here)}" for edit in edits if edit.old and not edit.new]
    steps = [f"Write {', and '.join(written)}."] if written else []
    steps += [f"Delete {listed(gone)}."] if gone else []
    steps += _begun([edit for edit in edits if edit.spaces is not None], here)
    steps += [f"{'Then write' if steps else 'Write'} {last}."] if last else []
    return " ".join(steps)


def _written_anew(edit: Edit, last: int, here: Location) -> str:
    where = f"{_lines(range(edit.line, last + 1))}{_of(edit, here)}"
    if not edit.new:
        return f"Delete {where}."
    them = "it" if last == edit.line else "them"
    return code_below(f"Write these lines in place of {where}, indented like {them}:", edit.new.splitlines())


def _on(edit: Edit, here: Location) -> str:
    """` on line 5`, ` in cell 3, line 5`; nothing for the line that is spoken of."""
    place = Location(
        None if edit.cell == here.cell else edit.cell, edit.line, edit.file if edit.file != here.file else ""
    )
    return "" if (edit.file, edit.cell, edit.line) == (here.file, here.cell, here.line) else in_location(place)


def _beside(edit: Edit, here: Location) -> str:
    like = "" if edit.below or edit.line == here.line else ", indented like it"
    place = Location(edit.cell, edit.line, edit.file).beside(here)
    return f"`{edit.new}` {'below' if edit.below else 'above'} {place}{like}"


def _replaced(edits: Iterable[Edit], here: Location) -> Iterator[str]:
    """What is written in place of other code: here first, and then line by line."""
    places: dict[tuple[str, int, int], list[Edit]] = {}
    for edit in edits:
        places.setdefault((edit.file, edit.cell or 0, edit.line), []).append(edit)
    own = places.pop((here.file, here.cell or 0, here.line or 0), [])
    words = _in_places(own)
    if own:  # a name may stand elsewhere, too
        yield words + f" on line {here.line}" * (bool(places) or any(edit.old.isidentifier() for edit in own))
    alike: dict[tuple[str, int, str, str], list[int]] = {}
    for (file, cell, line), others in sorted(places.items()):
        text = _in_places(others)
        end = f", {'both' if len(others) == 2 else 'all'} at once" if _move_each_other(others) else ""
        alike.setdefault((file, cell, "the same" if text == words else text, end), []).append(line)
    for (file, cell, text, end), lines in alike.items():
        where = f"in cell {cell}, " if cell and cell != here.cell else f"in {file}, " if file != here.file else "on "
        yield f"{text} {where}{_lines(lines)}{end}"


def _in_places(edits: Iterable[Edit]) -> str:
    """What is written in place of what, of equal literals at once, and all arguments of a call."""
    calls: dict[str, list[str]] = {}
    alike: dict[tuple[str, str, str], list[int]] = {}
    for edit in edits:
        if edit.argument:
            calls.setdefault(edit.call, []).append(f"`{edit.argument}={edit.new}`")
        else:
            alike.setdefault((edit.new, edit.call, edit.old), []).append(edit.nth)
    given = [f"{listed(texts)} in the call of `{call}`" for call, texts in calls.items()]
    return ", and ".join([*given, *(_in_place(*key, [n for n in places if n]) for key, places in alike.items())])


def _in_place(new: str, call: str, old: str, places: Sequence[int]) -> str:
    if call:
        return f"`{new}` in place of the whole call"
    return f"`{new}` in place of {f'the {listed([*map(ordinal, places)])} ' if places else ''}`{old}`"


def _move_each_other(edits: Sequence[Edit]) -> bool:
    """Whether what stands in a line is another thing once one of these is made."""
    return len(edits) > 1 and any(edit.nth or edit.new in {other.old for other in edits} for edit in edits)


def _begun(edits: Iterable[Edit], here: Location) -> Iterator[str]:
    columns = dict[tuple[str, int], list[int]]()
    for edit in edits:
        columns.setdefault((_of(edit, here), edit.spaces or 0), []).append(edit.line)
    for (where, spaces), lines in columns.items():
        yield f"Begin {_lines(lines)}{where} with {counted(spaces, 'space')}."


def _of(edit: Edit, here: Location) -> str:
    """` of cell 3`, ` of helpers.py`; nothing for the text that is spoken of."""
    if edit.cell and edit.cell != here.cell:
        return f" of cell {edit.cell}"
    return f" of {edit.file}" if edit.file != here.file else ""


def _lines(numbers: Sequence[int]) -> str:
    """`line 5`, `lines 5 and 8`, `lines 5 to 8`."""
    first, last = min(numbers), max(numbers)
    if len(numbers) > 2 and sorted(numbers) == [*range(first, last + 1)]:
        return f"lines {first} to {last}"
    return f"line{'s' * (len(numbers) > 1)} {listed(numbers)}"
