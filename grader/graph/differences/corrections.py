"""The shortest correction of what a line creates: a value where it is written, or the order of several.

One line may create several layers, and one literal may set a value of several: what is right for one of them must not
spoil another.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from itertools import pairwise

from grader.domain import Location, Value, WrittenValue
from grader.domain.words import counted, in_location, listed
from grader.graph.differences.changes import Change
from grader.graph.differences.names import in_place, quoted
from grader.graph.differences.phrases import Words, spelled, written_width
from grader.graph.reading.catalogue import LAYERS
from grader.graph.reading.parameters import width_name
from grader.graph.source import value

_MOST_AT_ONCE = 40  # wrong values: of more, nobody writes all on one line


def corrected(words: Words, change: Change, code: str, usual: str) -> str:
    """How to correct a value of a layer; empty where no line is the one to change.

    `usual` is the step for one that is written in the call that makes this layer alone, `code` a call that has it.
    """
    number, names, parameter = change.student[0], words.names, words.parameter(change)
    layer, asked = words.student[number].name, _argument(words.student[number].kind, parameter, change.asked)
    written, alike = names.written(layer, parameter), names.sharing(layer, parameter)
    settings = [(peer, name) for peer, name in alike if peer != layer and peer in words.asked_for(name)]
    is_of_all = len({words.wrong.get(setting) for setting in [(layer, parameter), *settings]}) == 1
    here = replace(words.location(number) or Location(), caller=None)
    if is_of_all and written:
        return _on_one_line(words, written) or in_place(written, f"`{asked}`")
    if argument := names.argument(layer, parameter):
        if argument.startswith("**"):
            return _unpacked(argument, parameter, asked, here)
        return f"Write `{asked}` in place of `{argument}`{in_location(here)}."
    if is_of_all:
        return f"Write `{code}`{in_location(here)}." if len(alike) > 1 else usual
    # What makes the layer has the value from a `partial`.
    return f"Write `{parameter}={asked}` in the call{in_location(here)}." if words.is_made_alone(number) else ""


def _on_one_line(words: Words, written: WrittenValue) -> str:
    """What to write on the line of a literal, where another one on it is wrong, too: one step would move the other."""
    edits: dict[WrittenValue, str] = {}
    for (layer, parameter), (kind, asked) in words.wrong.items() if len(words.wrong) <= _MOST_AT_ONCE else ():
        literal = words.names.written_for([peer for peer, name in words.wrong if name == parameter], layer, parameter)
        if literal and literal.location == written.location:
            edits.setdefault(replace(literal, argument=""), _argument(kind, parameter, asked))
    return _at_once(edits) if len(edits) > 1 and replace(written, argument="") in edits else ""


def _at_once(edits: Mapping[WrittenValue, str]) -> str:
    """New values for literals on one line, as one step."""
    place = in_location(next(iter(edits)).location)
    if len(edits) == 2 and [*edits.values()] == [old.text for old in [*edits][::-1]]:
        return f"Exchange {listed([quoted(old) for old in edits])}{place}."
    texts = [f"`{new}` in place of {quoted(old)}" for old, new in edits.items()]
    return f"Write {listed(texts)}{place}, {'both' if len(texts) == 2 else 'all'} at once."


def _argument(kind: str, parameter: str, setting: Value) -> str:
    """A value as a call has it; the default of the class where it may be left out."""
    default = LAYERS[kind][parameter].default if setting is None and parameter in LAYERS.get(kind, {}) else None
    return (
        "None"
        if setting == "linear" or default == "linear"
        else value(default if isinstance(default, bool) else setting)
    )


def _unpacked(argument: str, parameter: str, asked: str, line: Location) -> str:
    """One of `**settings` with another value in one call."""
    new = f"**{{**{argument[2:]}, '{parameter}': {asked}}}"
    return f"Write `{new}` in place of `{argument}`{in_location(line)}."


def resized(words: Words, change: Change) -> str:
    """How layers that follow one another, and differ in nothing but their widths, change places; empty if it is another
    matter, or where the values of a loop are unknown."""
    student, moved, line = words.student, change.student[0], _between(words, change)
    needed = [*line[1:], *line[:1]] if line[:1] == [moved] else [*line[-1:], *line[:-1]]
    moves = [(student[a], student[b]) for a, b in zip(line, needed, strict=True)]  # what stands there, and what should
    if len({(block.kind, block.activation, block.rest) for block, _ in moves}) != 1:
        return ""
    parameter, names = width_name(moves[0][0].kind), words.names
    changed = [(old, new) for old, new in moves if old.units != new.units]
    literals = [names.written_for({old.name}, old.name, parameter) for old, _ in changed]
    edits = {literal: value(new.units) for literal, (_, new) in zip(literals, changed, strict=True) if literal}
    if len(edits) == len(changed) and len({literal.location for literal in edits}) == 1:
        return _at_once(edits)
    if not all(
        literal or len(names.made_with(old.name)) < 2 for literal, (old, _) in zip(literals, changed, strict=True)
    ):
        return ""
    steps = []
    for literal, (old, new) in zip(literals, changed, strict=True):
        plain = f"Write `{written_width(old.kind, new.units)}` for {names.name(old.name)}."
        steps.append(in_place(literal, f"`{value(new.units)}`") if literal else plain)
    return "\n".join(steps)


def _between(words: Words, change: Change) -> list[int]:
    """What changes places: a layer, and those between it and its place; empty if they are not all in one line."""
    student, moved, after = words.student, change.student[0], change.asked_sources[0]
    strays = {move.student[0] for move in words.changes if move.kind == "order"} - {moved}
    later = student.is_before(moved, after)
    line = [n for n in range(len(student)) if student.is_before(moved if later else after, n)
            and (student.is_before(n, after) if later else student.is_before(n, moved))]  # fmt: skip
    line = [moved, *line, after] if later else [*line, moved]
    follow = all(student[n].sources == (before,) for before, n in pairwise(line))
    return line if follow and strays.isdisjoint(line) else []


def fewer_of_line(words: Words, change: Change) -> str:
    """How a loop makes fewer layers that follow one another; empty if it is another matter."""
    gone = {words.student[number].name for number in change.student}
    line = words.names.together(next(iter(gone)))
    location, chain = words.location(change.student[0]), [words.numbers[name] for name in line if name in words.numbers]
    if not gone < {*line} or not all(words.student[after].sources == (before,) for before, after in pairwise(chain)):
        return ""
    here = replace(location or Location(), caller=None)
    if len({spelled(words.student[number]) for number in chain}) == 1:
        return f"Let {here} create {counted(len(line) - len(gone), 'layer')} in place of {len(line)}."
    literals = [words.names.written_for(gone, name, key) for name in gone for key in words.names.values.get(name, {})]
    values = {value.literal: value for value in literals if value is not None}
    places = listed([f"{quoted(value)}{in_location(value.location)}" for value in values.values()])
    return f"Remove {places}: {here} makes {words.listed(change.student)} of it." if values else ""
