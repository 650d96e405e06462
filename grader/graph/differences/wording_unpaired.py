"""Layers that are missing, too many, or built and left unused, in words."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import replace

from grader.domain import Difference, Layer
from grader.graph.differences.blocks import Block, Blocks
from grader.graph.differences.comparison import Change
from grader.graph.differences.narrator import Narrator
from grader.graph.differences.spelling import listed, spelled


def missing(tell: Narrator, change: Change) -> Difference | None:
    """A layer between two others, or a branch beside them; one that is built and not used is only wired wrongly.

    Of layers that are built one upon the other and not used, only the last is told: `None` for those before it.
    The box to mark in the student's drawing is the one that should read what is missing.
    """
    first, last = tell.ours[change.ours[0]], change.ours[-1]
    before = _behind(tell.ours, first, tell.partners)
    after = _ahead(tell.ours, last, tell.partners)
    built = built_for(tell, tell.ours[last])
    if built is not None:
        tell.unused.remove(built)  # it stands for one missing layer only
        if after is not None and after not in tell.partners and built_for(tell, tell.ours[after]):
            return None
        found = _unused(tell, change, built, after)
    elif first.joins:
        found = _missing_merge(tell, change, after)
    else:
        found = _missing_layers(tell, change, before, after)
    reader = (tell.theirs[tell.partners[after]].name,) if after is not None and after in tell.partners else ()
    return replace(found, layers=(*found.layers, *reader))


def _missing_layers(tell: Narrator, change: Change, before: list[int], after: int | None) -> Difference:
    layers = listed([f"`{spelled(tell.ours[number])}`" for number in change.ours])
    source = tell.partners.get(before[0]) if before else None
    if change.beside and after is not None and tell.ours[after].joins:
        on = f" on {tell.at(source)}" if source is not None else ""
        message = f"A branch is missing: {layers}{on}, to be joined by {tell.counterpart(after)}."
        hint = f"Add the branch{on}, and list its result in `{spelled(tell.ours[after])}([…])`{_instead(tell, after)}."
        return tell.difference(change, message, hint, layers, "no such layer", blame=source)
    readers = listed([tell.counterpart(reader) for reader in dict.fromkeys(tell.ours.readers[change.ours[-1]])])
    where = f" after {tell.at(source)}" if source is not None else ""
    if source is not None and after is not None and after in tell.partners:
        where = f" between {tell.at(source)} and {readers}"
    alone, number = len(change.ours) == 1, len(change.ours)
    message = f"A {layers} is missing{where}." if alone else f"{number} layers are missing{where}: {layers}."
    hint = f"Add {'it' if alone else 'them'}{f' after {tell.name(source)}' if source is not None else ''}"
    if after is not None:
        joins, result = tell.ours[after].joins, "its result" if alone else "the result of the last"
        hint += f", and let {readers} join {result} with the others" if joins else f", and call {readers} on {result}"
    hint += "."
    return tell.difference(change, message, hint, layers, "no such layer", blame=source)


def _instead(tell: Narrator, merge: int) -> str:
    """What a branch that is not joined takes the place of: one that is joined more often than it should be."""
    if merge not in tell.partners:
        return ""
    joined = Counter(tell.theirs[tell.partners[merge]].sources)
    joined -= Counter(tell.partners[source] for source in tell.ours[merge].sources if source in tell.partners)
    twice = [source for source in joined if tell.theirs[tell.partners[merge]].sources.count(source) > 1]
    return f", in place of the second {tell.name(twice[0])}" if twice else ""


def _missing_merge(tell: Narrator, change: Change, after: int | None) -> Difference:
    merge, sources = spelled(tell.ours[change.ours[0]]), tell.ours[change.ours[0]].sources
    names = listed([tell.counterpart(source) for source in sources])
    hint = f"Join the results of {names} with `{merge}([…])`"
    hint += f", and call {tell.counterpart(after)} on that." if after is not None else "."
    blame = next((tell.partners[source] for source in reversed(sources) if source in tell.partners), None)
    return tell.difference(change, f"A `{merge}` of {names} is missing.", hint, f"`{merge}`", "no such layer", blame)


def built_for(tell: Narrator, block: Block) -> Layer | None:
    """A layer that the student built for this block, though nothing came of it."""
    alike = [layer for layer in tell.unused if layer.kind == block.kind and not block.joins]
    units = [layer for layer in alike if block.freedom.units or layer.param("units") == block.units]
    exact = [layer for layer in units if layer.param("activation", "linear") == block.activation]
    return next(iter(exact or units), None)


def _unused(tell: Narrator, change: Change, built: Layer, after: int | None) -> Difference:
    name, there, place = tell.names.name(built.name), tell.names.at(built.name), tell.names.places.get(built.name)
    units = built.param("units")
    layer = f"`{built.kind}({units})`" if units is not None else f"`{built.kind}`"
    reader = tell.counterpart(after) if after is not None else ""
    if change.beside and after is not None and tell.ours[after].joins:
        message = f"A branch joins nothing: its {there}, a {layer}, never reaches {reader}."
        hint = f"List the result of {name} in `{spelled(tell.ours[after])}([…])`{_instead(tell, after)}."
    elif (twin := _later_twin(tell, change, built)) is not None:
        read = listed([tell.name(source) for source in tell.theirs[twin].sources])
        reader = tell.name(twin)
        message = f"{there}, a {layer}, is built but not used: {reader} is called on {read}, not on its result."
        hint = f"Call {reader} on the result of {name}."
    else:
        misled = tell.partners.get(after) if after is not None else None
        instead = listed([tell.name(source) for source in tell.theirs[misled].sources]) if misled is not None else ""
        why = f"{reader} is called on {instead}, not on its result" if instead else "nothing is called on its result"
        message = f"{there}, a {layer}, is built but not used: {why}."
        hint = _in_use(tell, change, name, reader) if reader else f"Give the result of {name} to `outputs=`."
    ours = tuple(dict.fromkeys(tell.ours[number].name for number in change.ours))
    return Difference(
        "wiring", message, hint, built.name, f"{layer} in use", "built, but not used", (built.name,), ours, place
    )


def _later_twin(tell: Narrator, change: Change, built: Layer) -> int | None:
    """The layer that stands where the unused one should, where it is the same and was written after it.

    Of two equal layers in a row either may be the first: it is the one that was written first.
    """
    block = tell.ours[change.ours[0]]
    before = [source for source in block.sources if source in tell.partners]
    if len(change.ours) > 1 or len(block.sources) != 1 or not before:
        return None
    other, twin = tell.ours[before[0]], tell.partners[before[0]]
    place, later = tell.names.places.get(built.name), tell.place(twin)
    alike = (block.kind, block.units, block.activation, block.rest) == (
        other.kind, other.units, other.activation, other.rest
    )  # fmt: skip
    if not alike or other.layer == block.layer or place is None or later is None or place.file != later.file:
        return None
    return twin if (place.cell or 0, place.line or 0) < (later.cell or 0, later.line or 0) else None


def _in_use(tell: Narrator, change: Change, name: str, reader: str) -> str:
    """Both calls, of the layer that is not used and of what reads it: only one of them may be wrong."""
    before = tell.ours[change.ours[0]].sources
    sources = [tell.counterpart(source) for source in before if source in tell.partners]
    if len(change.ours) > 1 or len(sources) != 1:
        return f"Call {reader} on the result of {name}."
    return f"Call {name} on the result of {sources[0]}, and {reader} on the result of {name}."


def extra(tell: Narrator, change: Change) -> Difference:
    first, last = change.theirs[0], change.theirs[-1]
    layers = listed([f"`{spelled(tell.theirs[number])}`" for number in change.theirs])
    paired = {a: b for b, a in tell.partners.items()}
    before, after = _behind(tell.theirs, tell.theirs[first], paired), _ahead(tell.theirs, last, paired)
    is_branch = change.beside and after is not None and tell.theirs[after].joins
    message = f"{tell.at(first)}, a {layers}, is one layer too many."
    if len(change.theirs) > 1:
        message = f"The layers from {tell.at(first)} to {tell.name(last)} are too many: {layers}."
    elif is_branch and after is not None:
        message = f"{tell.at(first)}, a {layers}, is one branch too many in {tell.name(after)}."
    hint = f"Remove {tell.name(first)}."
    if is_branch and after is not None:
        hint = f"Leave the result of {tell.name(last)} out of {tell.name(after)}."
    elif before and after is not None and tell.theirs[after].joins:
        sources = [before[0] if source == last else source for source in tell.theirs[after].sources]
        names = listed(list(dict.fromkeys(tell.name(source) for source in sources)))
        hint = f"Remove {tell.name(first)}, and let {tell.name(after)} join {names}."
    elif before and after is not None:
        hint = f"Remove {tell.name(first)}, and call {tell.name(after)} on {tell.name(before[0])}."
    return tell.difference(change, message, hint, "no such layer", layers)


def _behind(blocks: Blocks, block: Block, paired: Mapping[int, int]) -> list[int]:
    """The nearest blocks with a partner that lead to a block."""
    waiting, found, seen = list(block.sources), [], set[int]()
    while waiting:
        number = waiting.pop(0)
        if number in paired:
            found.append(number)
        elif number not in seen:
            seen.add(number)
            waiting += blocks[number].sources
    return found


def _ahead(blocks: Blocks, number: int, paired: Mapping[int, int]) -> int | None:
    """What reads a block: a reader with a partner if there is one."""
    readers = blocks.readers[number]
    return next((reader for reader in readers if reader in paired), readers[0] if readers else None)
