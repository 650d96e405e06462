"""The shortest correction of what a line creates: a value where it is written, or what a loop creates in turn.

One line may create several layers, and one literal may set a value of several: what is right for one of them must not
spoil another.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import pairwise

from grader.domain import Location, Value, WrittenValue
from grader.domain.words import article, beginning, capital, counted, in_location, listed
from grader.graph.differences.blocks import Block
from grader.graph.differences.changes import Change
from grader.graph.differences.names import in_place, quoted
from grader.graph.differences.phrases import Words, spelled, written_width
from grader.graph.reading.catalogue import LAYERS
from grader.graph.reading.roles import width_name, width_parameter
from grader.graph.source import value

_MOST_AT_ONCE = 40  # wrong values: of more, nobody writes all on one line


def corrected(words: Words, change: Change, amount: str, code: str) -> str:
    """How to correct a value that is not, or not alone, that of a layer in its own call; empty for the usual one.

    `amount` is the value in a sentence, `code` the call of a layer that has it.
    """
    number, names, parameter = change.student[0], words.names, words.parameter(change)
    layer, asked = words.student[number].name, _argument(words.student[number].kind, parameter, change.asked)
    written, alike = names.written(layer, parameter), names.sharing(layer, parameter)
    others = [(one, name) for one, name in alike if one != layer and one in words.kept(name)]
    wrong, location = words.wrong.get((layer, parameter)), words.location(number)
    asked_there = [words.wrong.get(pair) for pair in [(layer, parameter), *others]]
    # A value that no layer keeps is corrected for most of them; the others need calls of their own.
    all_wrong = None not in asked_there and 2 * asked_there.count(wrong) > len(asked_there)
    here = replace(location or Location(), caller=None)
    if all_wrong and written:
        return _on_one_line(words, written) or in_place(written, f"`{asked}`")
    if argument := names.argument(layer, parameter):
        if argument.startswith("**"):
            return _unpacked(argument, parameter, asked, here)
        return f"Write `{asked}` in place of `{argument}`{in_location(here)}."
    if all_wrong:
        return f"Write `{code}`{in_location(here)}." if others else ""
    line = written.location if written else here
    if len(names.together(layer)) > 1 and (location is None or location.caller is None):
        return _in_turn(words, layer, parameter, here)
    does = "sets it for" if written else "creates"
    many = counted(len(others), "other layer")
    hint = f"{capital(words.name(number))} is to have {amount}, but {line} also {does} {many}."
    if location is None or location.caller is None:
        new = words.new(words.expected[change.expected[0]])
        new = new if layer in names.generated else f"{new[:-1]}, name='{layer}')"
        return f"{hint} Write {article(new)} `{new}` of its own for it."
    call = "the call" if len(names.together(layer)) == 1 else "a call of its own"
    noun = f"the number of {amount.partition(' ')[2]}" if change.kind == "width" else f"`{parameter}`"
    return (
        f"{hint} Pass {asked} as {noun} in {call}{in_location(location.caller)}; if the function there has no "
        f"parameter for it, add one that it hands on to {line}, with what its other calls need as default."
    )


def _on_one_line(words: Words, written: WrittenValue) -> str:
    """What to write on the line of a literal, where another one on it is wrong, too: one step would move the other."""
    edits: dict[WrittenValue, str] = {}
    for (layer, parameter), (kind, asked) in words.wrong.items() if len(words.wrong) <= _MOST_AT_ONCE else ():
        other = words.names.written_for([one for one, name in words.wrong if name == parameter], layer, parameter)
        if other and other.location == written.location:
            edits.setdefault(replace(other, argument=""), _argument(kind, parameter, asked))
    return _at_once(edits) if len(edits) > 1 and replace(written, argument="") in edits else ""


def _at_once(edits: Mapping[WrittenValue, str]) -> str:
    """New values for literals on one line, as one step."""
    place = in_location(next(iter(edits)).location)
    if len(edits) == 2 and [*edits.values()] == [one.text for one in [*edits][::-1]]:
        return f"Exchange {listed([quoted(one) for one in edits])}{place}."
    pairs = [f"`{new}` in place of {quoted(old)}" for old, new in edits.items()]
    return f"Write {listed(pairs)}{place}, {'both' if len(pairs) == 2 else 'all'} at once."


def _argument(kind: str, parameter: str, setting: Value) -> str:
    """A value as a call has it; the default of the class where it may be left out."""
    default = LAYERS[kind][parameter].default if setting is None and parameter in LAYERS.get(kind, {}) else None
    return (
        "None"
        if setting == "linear" or default == "linear"
        else value(default if isinstance(default, bool) else setting)
    )


def _in_turn(words: Words, layer: str, parameter: str, line: Location) -> str:
    """The values of a parameter that all layers of a loop, or of a line that has several calls, need."""
    blocks = {block.name: block for block in words.student.blocks}
    asked = []
    for name in (one for one in words.names.together(layer) if one in words.kept(parameter)):
        own = blocks[name].activation if parameter == "activation" else dict(blocks[name].rest).get(parameter)
        own = blocks[name].units if parameter == width_parameter(blocks[name].kind) else own
        _, setting = words.wrong.get((name, parameter), ("", own))
        asked.append(f"`{_argument(blocks[name].kind, parameter, setting)}`")
    creates = f"{beginning(line)} creates {counted(len(asked), 'layer')}."
    known = words.names.values.get(layer, {}).get(parameter)
    if known is not None and known.argument.startswith("**"):  # beside which it cannot be given
        if len({*asked}) == 1:
            return _unpacked(known.argument, parameter, asked[0].strip("`"), line)
        creates = f"Take `{parameter}` out of the settings{in_location(known.location)}. {creates}"
    if len({*asked}) == 1:
        return f"{creates} Write {asked[0]} as `{parameter}` of each."
    values = f"{creates} Give them these values of `{parameter}`, in this order: {listed(asked)}"
    return f"{values} (in a loop, take them from a list)."


def _unpacked(argument: str, parameter: str, asked: str, line: Location) -> str:
    """One of `**settings` with another value in one call."""
    new = f"**{{**{argument[2:]}, '{parameter}': {asked}}}"
    return f"Write `{new}` in place of `{argument}`{in_location(line)}."


def reordered(words: Words, change: Change) -> str:
    """How layers that follow one another change places: by their widths, or in the loop that creates them; empty if it
    is another matter."""
    student, moved, line = words.student, change.student[0], _between(words, change)
    needed = [*line[1:], *line[:1]] if line[:1] == [moved] else [*line[-1:], *line[:-1]]
    moves = [(student[a], student[b]) for a, b in zip(line, needed, strict=True)]
    location, made = words.location(moved), {*words.names.together(student[moved].name)}
    of_one_line = {block.name for block, _ in moves} <= made
    if steps := _resized(words, moves, of_one_line=of_one_line):
        return steps
    if not moves or not of_one_line or location is None:
        return ""
    layers = listed([f"`{spelled(student[one])}`" for one in needed])
    return f"Change the order in which {replace(location, caller=None)} creates its layers to {layers}."


def _resized(words: Words, moves: Sequence[tuple[Block, Block]], *, of_one_line: bool) -> str:
    """The widths of layers that change places and differ in nothing else; none where the values of a loop are unknown.

    Each of `moves` is a layer, and the one that should stand in its place.
    """
    if len({(block.kind, block.activation, block.rest) for block, _ in moves}) != 1:
        return ""
    parameter, names = width_name(moves[0][0].kind), words.names
    resized = [(old, new) for old, new in moves if old.units != new.units]
    written = [names.written_for({old.name}, old.name, parameter) for old, _ in resized]
    edits = {one: value(new.units) for one, (_, new) in zip(written, resized, strict=True) if one}
    if len(edits) == len(resized) and len({one.location for one in edits}) == 1:
        return _at_once(edits)
    if of_one_line and not all(names.written(old.name, parameter) for old, _ in moves):
        return ""
    steps = []
    for one, (old, new) in zip(written, resized, strict=True):
        plain = f"Write `{written_width(old.kind, new.units)}` for {names.name(old.name)}."
        steps.append(in_place(one, f"`{value(new.units)}`") if one else plain)
    return "\n".join(steps)


def _between(words: Words, change: Change) -> list[int]:
    """What changes places: a layer, and those between it and its place; empty if they are not all in one line."""
    student, moved, after = words.student, change.student[0], change.asked_sources[0]
    others = {one.student[0] for one in words.changes if one.kind == "order"} - {moved}
    later = student.is_before(moved, after)
    line = [n for n in range(len(student)) if student.is_before(moved if later else after, n)
            and (student.is_before(n, after) if later else student.is_before(n, moved))]  # fmt: skip
    line = [moved, *line, after] if later else [*line, moved]
    follow = all(student[n].sources == (before,) for before, n in pairwise(line))
    return line if follow and others.isdisjoint(line) else []


def fewer_of_line(words: Words, change: Change) -> str:
    """That a loop must create fewer layers, or what it makes those of that go; empty if it is another matter."""
    gone = {words.student[number].name for number in change.student}
    line = words.names.together(next(iter(gone)))
    kept = [one for one in line if one not in gone]
    codes = {spelled(block) for block in words.student.blocks if block.name in line}
    location = words.location(change.student[0])
    if not kept or not gone <= {*line} or location is None or not _is_chain(words, line):
        return ""
    own = [words.names.written_for(gone, name, one) for name in gone for one in words.names.values.get(name, {})]
    values = {value.literal: value for value in own if value is not None}
    if len(codes) > 1 and values:
        places = listed([f"{quoted(value)}{in_location(value.location)}" for value in values.values()])
        return f"Remove {places}: {replace(location, caller=None)} makes {words.listed(change.student)} of it."
    if len(codes) > 1:
        return ""
    few, many = counted(len(kept), "layer"), len(line)
    return f"Let {replace(location, caller=None)} create {few} in place of {many}."


def _is_chain(words: Words, layers: Sequence[str]) -> bool:
    """Whether each of these layers reads the one before it, so that a loop that ends earlier leaves the first ones."""
    chain = [words.numbers[name] for name in layers if name in words.numbers]
    return all(words.student[after].sources == (before,) for before, after in pairwise(chain))


def called_in_turn(words: Words, change: Change) -> str:
    """What the layers of a loop are called on, where one reads something else; empty if it is another matter."""
    line, location = _line_of_call(words, change.student[0])
    asked = [words.expected[words.pairs[one]].sources if one in words.pairs else () for one in line]
    sources = [words.partners.get(one[0], -1) if len(one) == 1 else -1 for one in asked]
    if not sources or -1 in sources or location is None:
        return ""
    fed = [(words.expected[one[0]].label, len(words.expected.readers[one[0]])) for one in asked]
    if {*fed} == {(fed[0][0], 1)} and words.student[sources[0]].is_input:  # the data of all are the same
        sources.sort(key=lambda one: words.order_of(words.pairs[one]))
    step = f"Call them on {listed([words.name(one) for one in sources])}, in this order.{words.unkept(sources)}"
    if len({*sources}) == 1:
        step = f"Call each of them on {words.name(sources[0])}.{words.unkept(sources)}"
    if sources[1:] == line[:-1]:
        first, own = words.name(sources[0]), words.names.results.get(words.student[line[-1]].name, "")
        kept = next(map(words.names.keeping, words.lost(sources[:1])), None)
        step = f"Call the first one on {first}, and each further one on the result of the one before."
        name, below = (kept[1], f"below {kept[0]}, write `{kept[1]} = {kept[2]}`; ") if kept else (first.strip("`"), "")
        if own.isidentifier() and name.isidentifier() and own != name:
            step = f"{step[:-1]}: {below}above the loop, write `{own} = {name}`, and call the layer on `{own}` in it."
    return f"{beginning(location)} creates {counted(len(line), 'layer')}. {step}"


def all_of_a_loop(words: Words, sources: Sequence[int], join: str) -> str:
    """How the results of all layers of one loop, or line, are joined; empty if it is another matter."""
    line, location = _line_of_call(words, sources[0]) if len(sources) > 1 else ([], None)
    if location is None or {*line} != {*sources}:
        return ""
    each = f"append the result of each of the {len(line)} layers that {location} creates to it, in the loop"
    return f"Create an empty list above the loop, {each}, and below the loop call {join[:-1]}(…)` on this list"


def an_input_each(words: Words, change: Change) -> str:
    """That a loop needs an input for each of its layers, where it has too few; empty if it is another matter."""
    first = words.expected[change.expected[0]]
    readers = [words.partners.get(one, -1) for one in words.expected.readers[change.expected[0]]]
    line, location = _line_of_call(words, readers[0]) if len(readers) == 1 and readers[0] >= 0 else ([], None)
    read = [source for one in line if one in words.pairs for source in words.expected[words.pairs[one]].sources]
    if location is None or len(read) != len(line) or not all(words.expected[one].is_input for one in read):
        return ""
    new = f"{article(words.new(first))} `{words.new(first)}`"
    one_each = f"Create an empty list above the loop, and in the loop {new} for each layer that {location} creates"
    return f"{one_each}: call the layer on it, append it to the list, and pass this list as `inputs=`."


def _line_of_call(words: Words, number: int) -> tuple[list[int], Location | None]:
    """The blocks that a loop, or a line of several calls, creates together with one, and where; else none."""
    line = [words.numbers[name] for name in words.names.together(words.student[number].name) if name in words.numbers]
    location = words.location(number)
    alone = len(line) < 2 or location is None or location.caller is not None
    return ([], None) if alone else (line, location)


def in_one_loop(words: Words, change: Change) -> str:
    """That missing layers follow those of one loop, said once, for the last of them: to add them to it is one step."""

    def line(one: Change) -> Sequence[str]:
        before = [words.partners.get(source, -1) for source in words.expected[one.expected[0]].sources]
        return words.names.together(words.student[before[0]].name) if len(before) == 1 and before[0] >= 0 else ()

    missing = [one for one in words.changes if one.kind == "missing"]
    alike = [one for one in missing if len(line(one)) > 1 and line(one) == line(change)]
    location = words.names.locations.get(line(change)[0]) if len(alike) > 1 and alike[-1] == change else None
    if location is None:
        return ""
    where = replace(location, caller=None)
    return f" A loop creates the layers before these on {where}: add them in that loop."
