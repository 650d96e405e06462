"""What the student's network lacks, in words: layers, branches, merges, and layers that are created but not used."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace

from grader.domain import Difference, Layer
from grader.domain.words import listed, times
from grader.graph.differences.blocks import Block, Blocks
from grader.graph.differences.changes import Change
from grader.graph.differences.names import spelled
from grader.graph.differences.writer import DifferenceWriter
from grader.graph.reading.roles import width_of


def in_chains(tell: DifferenceWriter, found: Sequence[Change]) -> list[Change]:
    """Missing layers that follow one another as one change, as one would build them.

    Layers that are created but not used stay alone: each is only wired wrongly.
    """
    ours, left = tell.ours, list(found)
    for change in found:
        last = change.ours[-1] if change.ours else -1
        if last in ours.outputs or not _in_a_row(tell, change):
            continue
        after = next((one for one in left if one.ours[:1] == ours.readers[last] and _in_a_row(tell, one)), None)
        before = next(one for one in left if last in one.ours and one.kind == "missing")
        if after is not None and ours[after.ours[0]].sources == (last,):
            left[left.index(before)] = replace(before, ours=(*before.ours, *after.ours))
            left.remove(after)
    return left


def _in_a_row(tell: DifferenceWriter, change: Change) -> bool:
    """Whether a change may be part of a chain: layers that were never built, each read by the next alone."""
    if change.kind != "missing" or any(tell.ours[b].joins or built_for(tell, tell.ours[b]) for b in change.ours):
        return False
    return _is_chain(tell, change) and not (change.beside and _joined(tell, change))


def _is_chain(tell: DifferenceWriter, change: Change) -> bool:
    pairs = itertools.pairwise(change.ours)
    return all(tell.ours[after].sources == (one,) and tell.ours.readers[one] == (after,) for one, after in pairs)


def _joined(tell: DifferenceWriter, change: Change) -> bool:
    """Whether a merge reads the end of it."""
    return any(tell.ours[reader].joins for reader in tell.ours.readers[change.ours[-1]])


def missing(tell: DifferenceWriter, change: Change) -> Difference | None:
    """A layer between two others, or a parallel branch; a layer that is created but not used is only wired wrongly.

    Of a chain of layers that are created but not used, only the last is reported: `None` for those before it.
    The box to mark in the student's drawing is the one that should read what is missing.
    """
    first, last = tell.ours[change.ours[0]], change.ours[-1]
    before = behind(tell.ours, first, tell.partners)
    after = ahead(tell.ours, last, tell.partners)
    built = built_for(tell, tell.ours[last])
    if built is not None:
        tell.unused.remove(built)  # it stands for one missing layer only
        tell.found[change.ours[-1]] = built
        if after is not None and after not in tell.partners and built_for(tell, tell.ours[after]):
            return None
        found = _unused(tell, change, built, after)
    elif first.joins:
        found = _missing_merge(tell, change)
    else:
        found = _missing_layers(tell, change, before, after)
    reader = (tell.theirs[tell.partners[after]].name,) if after is not None and after in tell.partners else ()
    return replace(found, layers=(*found.layers, *reader))


def _missing_layers(tell: DifferenceWriter, change: Change, before: list[int], after: int | None) -> Difference:
    number = len({tell.ours[one].layer for one in change.ours})
    alone = number == 1
    each = [f"`{spelled(tell.ours[one])}`" for one in change.ours[: 1 if alone else None]]
    layers = ", then ".join(each) if _is_chain(tell, change) else listed(each)
    source = tell.partners.get(before[0]) if before else None
    if change.beside and after is not None and tell.ours[after].joins:
        on = f" on {tell.at(source)}" if source is not None else ""
        message = f"A branch is missing: {layers}{on}, to be joined by {tell.counterpart(after)}."
        hint = f"Add the branch{on}, and put its result into `{spelled(tell.ours[after])}([…])`{_instead(tell, after)}"
        hint += f"{_listed_too(tell, change)}.{_once(tell, change)}"
        return tell.difference(change, message, hint, layers, "no such layer", blame=source)
    where, there = _place(tell, change, source)
    message = f"{layers} is missing{where}." if alone else f"{number} layers are missing{where}: {layers}."
    hint = f"Add {'it' if alone else 'them, one after the other,' if _is_chain(tell, change) else 'them'}{there}"
    if alone and len(change.ours) > 1 and _is_chain(tell, change):
        hint += f", call it {times(len(change.ours))} in a row"
    hint += f"{_fed(tell, change, after, source)}.{_once(tell, change)}"
    return tell.difference(change, message, hint, layers, "no such layer", blame=source)


def _once(tell: DifferenceWriter, change: Change) -> str:
    """That missing layers are shared ones: each of their calls is a change of its own, and so is each next step."""
    blocks = {tell.ours[number].layer: tell.ours[number] for number in change.ours}
    shared = [block for block in blocks.values() if len(tell.ours.calls[block.layer]) > 1]
    named = listed([f"`{spelled(block)}`" for block in shared])
    if not shared:
        return ""
    if len(shared) > 1:
        which = "They" if len(shared) == len(blocks) else named
        return f" {which} are shared layers: create each once, and call these objects in each place."
    calls = times(len(tell.ours.calls[shared[0].layer]))
    which = "It" if len(blocks) == 1 else named
    return f" {which} is one layer, called {calls}: create it once, and call that object in each place."


def _listed_too(tell: DifferenceWriter, change: Change, result: str = "its result") -> str:
    """What else is to be done with a missing layer that is an output."""
    return f", and pass {result} in `outputs=`" if change.ours[-1] in tell.ours.outputs else ""


def _place(tell: DifferenceWriter, change: Change, source: int | None) -> tuple[str, str]:
    """After what layers are missing, and to be added: a layer of the student's, or one that is missing too."""
    direct = tell.ours[change.ours[0]].sources
    if len(direct) == 1 and direct[0] not in tell.partners:
        built = _standing(tell, direct[0])
        if built is None:
            text = spelled(tell.ours[direct[0]])
            return f" after `{text}`, which is missing too", f" after that `{text}`"
        return f" after {tell.names.at(built.name)}", f" after {tell.names.name(built.name)}"
    if source is None:
        return "", ""
    readers = dict.fromkeys(tell.ours.readers[change.ours[-1]])
    own = [tell.counterpart(reader) for reader in readers if reader in tell.partners]
    between = f" between {tell.at(source)} and {own[0]}" if len(own) == 1 else f" after {tell.at(source)}"
    return between, f" after {tell.name(source)}"


def _fed(tell: DifferenceWriter, change: Change, after: int | None, source: int | None) -> str:
    """The end of a next step: what reads the result of missing layers, which may be missing too."""
    last, single = change.ours[-1], len({tell.ours[one].layer for one in change.ours}) == 1
    result = "its result" if len(change.ours) == 1 else f"the result of the last{' call' if single else ''}"
    listed_too = _listed_too(tell, change, result)
    if after is None:
        return listed_too
    text = spelled(tell.ours[last])
    followed = dict.fromkeys(tell.ours.readers[last])
    readers = listed([_reader(tell, reader, text) + _in_place(tell, reader, source) for reader in followed])
    if any(tell.ours[reader].joins for reader in tell.ours.readers[last]):
        return f", and pass {result.replace('result', 'output')} to {readers}{listed_too}"
    return f", and feed {result} into {readers}{listed_too}"


def _in_place(tell: DifferenceWriter, merge: int, source: int | None) -> str:
    """Which of the tensors that the student's merge joins gives way to what is missing before it."""
    if not tell.ours[merge].joins or merge not in tell.partners:
        return ""
    joined, wrong = _joined_by(tell, merge)
    gone = source if source in wrong else next(iter(wrong)) if len(wrong) == 1 else None
    if gone is None:
        return ""
    return f" in place of {'one ' if joined[gone] > 1 else ''}{tell.name(gone)}"


def _joined_by(tell: DifferenceWriter, merge: int) -> tuple[Counter[int], Counter[int]]:
    """What the student's merge joins, how often, and how much of it is too often."""
    joined = Counter(tell.theirs[tell.partners[merge]].sources)
    return joined, joined - Counter(tell.partners[one] for one in tell.ours[merge].sources if one in tell.partners)


def _reader(tell: DifferenceWriter, number: int, text: str = "") -> str:
    """A layer that takes part in a next step; one that is not in the program yet is another one than `text`."""
    built = _standing(tell, number)
    if number in tell.partners:
        return tell.counterpart(number)
    if built is not None:
        return tell.names.name(built.name)
    own = spelled(tell.ours[number])
    return f"{'another' if own == text else 'a'} new `{own}`"


def _standing(tell: DifferenceWriter, number: int) -> Layer | None:
    """A layer that the student built for a block but did not use, whether or not that was reported already."""
    return tell.found.get(number) or built_for(tell, tell.ours[number])


def _instead(tell: DifferenceWriter, merge: int) -> str:
    """What an unconnected branch should replace: a branch that is joined more often than it should be."""
    if merge not in tell.partners:
        return ""
    joined, wrong = _joined_by(tell, merge)
    twice = [source for source in wrong if joined[source] > 1]
    return f" instead of the second {tell.name(twice[0])}" if twice else ""


def _missing_merge(tell: DifferenceWriter, change: Change) -> Difference:
    merge, sources = spelled(tell.ours[change.ours[0]]), tell.ours[change.ours[0]].sources
    names = listed([tell.counterpart(source) for source in sources])
    hint = f"Join the results of {listed([_reader(tell, source) for source in sources])} with `{merge}([…])`"
    readers = dict.fromkeys(tell.ours.readers[change.ours[0]])
    hint += f", and feed the result into {listed([_reader(tell, one) for one in readers])}" if readers else ""
    hint += f"{_listed_too(tell, change, 'the result')}."
    blame = next((tell.partners[source] for source in reversed(sources) if source in tell.partners), None)
    return tell.difference(change, f"`{merge}` of {names} is missing.", hint, f"`{merge}`", "no such layer", blame)


def built_for(tell: DifferenceWriter, block: Block) -> Layer | None:
    """A layer that the student built for this block, but did not use."""
    alike = [layer for layer in tell.unused if layer.kind == block.kind and not block.joins]
    units = [layer for layer in alike if block.freedom.units or width_of(layer) == block.units]
    exact = [layer for layer in units if layer.param("activation", "linear") == block.activation]
    return next(iter(exact or units), None)


def _unused(tell: DifferenceWriter, change: Change, built: Layer, after: int | None) -> Difference:
    name, there, location = tell.names.name(built.name), tell.names.at(built.name), tell.names.locations.get(built.name)
    units = width_of(built)
    layer = f"`{built.kind}({units})`" if units is not None else f"`{built.kind}`"
    reader = tell.counterpart(after) if after is not None else ""
    if change.beside and after is not None and tell.ours[after].joins:
        message = f"A branch is not connected: the result of {there}, {layer}, never reaches {reader}."
        hint = f"Put the result of {name} into `{spelled(tell.ours[after])}([…])`{_instead(tell, after)}."
    elif (twin := _later_twin(tell, change, built)) is not None:
        read = listed([tell.name(source) for source in tell.theirs[twin].sources])
        reader = tell.name(twin)
        message = f"{there}, {layer}, is created but not used: {reader} reads {read} instead."
        hint = f"Feed {name} into {reader}."
    else:
        misled = tell.partners.get(after) if after is not None else None
        instead = listed([tell.name(source) for source in tell.theirs[misled].sources]) if misled is not None else ""
        why = f"{reader} reads {instead} instead" if instead else "its output is not connected to anything"
        message = f"{there}, {layer}, is created but not used: {why}."
        hint = _in_use(tell, change, name, reader) if reader else f"Pass the output of {name} in `outputs=`."
    ours = tuple(dict.fromkeys(tell.ours[number].name for number in change.ours))
    return Difference(
        "wiring", message, hint, built.name, f"{layer} in use", "created, but not used", (built.name,), ours, location,
        change.subject,
    )


def _later_twin(tell: DifferenceWriter, change: Change, built: Layer) -> int | None:
    """The layer in the place of the unused one, if it is equal and was written after it.

    Of two equal layers in a row, either may be the first: assume the one that was written first.
    """
    block = tell.ours[change.ours[0]]
    before = [source for source in block.sources if source in tell.partners]
    if len(change.ours) > 1 or len(block.sources) != 1 or not before:
        return None
    other, twin = tell.ours[before[0]], tell.partners[before[0]]
    location, later = tell.names.locations.get(built.name), tell.location(twin)
    alike = (block.kind, block.units, block.activation, block.rest) == (
        other.kind, other.units, other.activation, other.rest
    )  # fmt: skip
    if not alike or other.layer == block.layer or location is None or later is None or location.file != later.file:
        return None
    return twin if (location.cell or 0, location.line or 0) < (later.cell or 0, later.line or 0) else None


def _in_use(tell: DifferenceWriter, change: Change, name: str, reader: str) -> str:
    """Both calls, of the layer that is not used and of what reads it: only one of them may be wrong."""
    before = tell.ours[change.ours[0]].sources
    sources = [tell.counterpart(source) for source in before if source in tell.partners]
    if len(change.ours) > 1 or len(sources) != 1:
        return f"Feed {name} into {reader}."
    return f"Feed {sources[0]} into {name}, and {name} into {reader}."


def behind(blocks: Blocks, block: Block, paired: Mapping[int, int]) -> list[int]:
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


def ahead(blocks: Blocks, number: int, paired: Mapping[int, int]) -> int | None:
    """What reads a block: a reader with a partner if there is one."""
    readers = blocks.readers[number]
    return next((reader for reader in readers if reader in paired), readers[0] if readers else None)
