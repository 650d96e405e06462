"""Formats a change as a message, with both networks and the names of their layers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from grader.domain import Difference, Layer, Location
from grader.domain.words import counted, listed, times
from grader.graph.differences.blocks import MERGES, Block, Blocks
from grader.graph.differences.changes import Change
from grader.graph.differences.names import LayerNames, activation, is_result, no_input, setting_of, spelled
from grader.graph.reading.roles import counted_width, width_of
from grader.graph.source import value


@dataclass(frozen=True)
class DifferenceWriter:
    """Two networks, where the student's layers were created, and layers that were built but lead to no output."""

    theirs: Blocks
    ours: Blocks
    partners: Mapping[int, int]  # ours to theirs
    names: LayerNames
    unused: list[Layer]

    def name(self, number: int) -> str:
        return self.names.name(self.theirs[number].name)

    def at(self, number: int) -> str:
        """A layer's name with its location."""
        return self.names.at(self.theirs[number].name)

    def location(self, number: int) -> Location | None:
        return self.names.locations.get(self.theirs[number].name)

    def counterpart(self, number: int) -> str:
        """A block of the reference by the student's name for it, if there is one."""
        return self.name(self.partners[number]) if number in self.partners else f"`{spelled(self.ours[number])}`"

    def difference(
        self, change: Change, message: str, hint: str, expected: str = "", actual: str = "", blame: int | None = None
    ) -> Difference:
        """All that is reported of a change; `blame` is the student's block to name if the change has none."""
        number = change.theirs[0] if change.theirs else blame
        return Difference(
            change.kind,
            message,
            hint,
            self.theirs[number].name if number is not None else "",
            expected,
            actual,
            tuple(dict.fromkeys(self.theirs[one].name for one in change.theirs)),
            tuple(dict.fromkeys(self.ours[one].name for one in change.ours)),
            self.location(number) if number is not None else None,
        )


def missing(tell: DifferenceWriter, change: Change) -> Difference | None:
    """A layer between two others, or a parallel branch; a layer that is created but not used is only wired wrongly.

    Of a chain of layers that are created but not used, only the last is reported: `None` for those before it.
    The box to mark in the student's drawing is the one that should read what is missing.
    """
    first, last = tell.ours[change.ours[0]], change.ours[-1]
    before = _behind(tell.ours, first, tell.partners)
    after = _ahead(tell.ours, last, tell.partners)
    built = _built_for(tell, tell.ours[last])
    if built is not None:
        tell.unused.remove(built)  # it stands for one missing layer only
        if after is not None and after not in tell.partners and _built_for(tell, tell.ours[after]):
            return None
        found = _unused(tell, change, built, after)
    elif first.joins:
        found = _missing_merge(tell, change, after)
    else:
        found = _missing_layers(tell, change, before, after)
    reader = (tell.theirs[tell.partners[after]].name,) if after is not None and after in tell.partners else ()
    return replace(found, layers=(*found.layers, *reader))


def _missing_layers(tell: DifferenceWriter, change: Change, before: list[int], after: int | None) -> Difference:
    layers = listed([f"`{spelled(tell.ours[number])}`" for number in change.ours])
    source = tell.partners.get(before[0]) if before else None
    if change.beside and after is not None and tell.ours[after].joins:
        on = f" on {tell.at(source)}" if source is not None else ""
        message = f"A branch is missing: {layers}{on}, to be joined by {tell.counterpart(after)}."
        hint = f"Add the branch{on}, and put its result into `{spelled(tell.ours[after])}([…])`{_instead(tell, after)}."
        return tell.difference(change, message, hint, layers, "no such layer", blame=source)
    readers = listed([tell.counterpart(reader) for reader in dict.fromkeys(tell.ours.readers[change.ours[-1]])])
    where = f" after {tell.at(source)}" if source is not None else ""
    if source is not None and after is not None and after in tell.partners:
        where = f" between {tell.at(source)} and {readers}"
    alone, number = len(change.ours) == 1, len(change.ours)
    message = f"{layers} is missing{where}." if alone else f"{number} layers are missing{where}: {layers}."
    hint = f"Add {'it' if alone else 'them'}{f' after {tell.name(source)}' if source is not None else ''}"
    if after is not None:
        joins, result = tell.ours[after].joins, "its result" if alone else "the result of the last"
        hint += f", and let {readers} join {result} with the others" if joins else f", and feed {result} into {readers}"
    hint += "."
    return tell.difference(change, message, hint, layers, "no such layer", blame=source)


def _instead(tell: DifferenceWriter, merge: int) -> str:
    """What an unconnected branch should replace: a branch that is joined more often than it should be."""
    if merge not in tell.partners:
        return ""
    joined = Counter(tell.theirs[tell.partners[merge]].sources)
    joined -= Counter(tell.partners[source] for source in tell.ours[merge].sources if source in tell.partners)
    twice = [source for source in joined if tell.theirs[tell.partners[merge]].sources.count(source) > 1]
    return f" instead of the second {tell.name(twice[0])}" if twice else ""


def _missing_merge(tell: DifferenceWriter, change: Change, after: int | None) -> Difference:
    merge, sources = spelled(tell.ours[change.ours[0]]), tell.ours[change.ours[0]].sources
    names = listed([tell.counterpart(source) for source in sources])
    hint = f"Join the results of {names} with `{merge}([…])`"
    hint += f", and feed the result into {tell.counterpart(after)}." if after is not None else "."
    blame = next((tell.partners[source] for source in reversed(sources) if source in tell.partners), None)
    return tell.difference(change, f"`{merge}` of {names} is missing.", hint, f"`{merge}`", "no such layer", blame)


def _built_for(tell: DifferenceWriter, block: Block) -> Layer | None:
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
        "wiring", message, hint, built.name, f"{layer} in use", "created, but not used", (built.name,), ours, location
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


def extra(tell: DifferenceWriter, change: Change) -> Difference:
    first, last = change.theirs[0], change.theirs[-1]
    layers = listed([f"`{spelled(tell.theirs[number])}`" for number in change.theirs])
    paired = {a: b for b, a in tell.partners.items()}
    before, after = _behind(tell.theirs, tell.theirs[first], paired), _ahead(tell.theirs, last, paired)
    is_branch = change.beside and after is not None and tell.theirs[after].joins
    message = f"{tell.at(first)}, {layers}, is an extra layer."
    if len(change.theirs) > 1:
        message = f"The layers from {tell.at(first)} to {tell.name(last)} are extra: {layers}."
    elif is_branch and after is not None:
        message = f"{tell.at(first)}, {layers}, is an extra branch of {tell.name(after)}."
    gone = _all_of(tell, change)
    hint = f"Remove {gone}."
    if is_branch and after is not None:
        hint = f"Leave the result of {tell.name(last)} out of {tell.name(after)}."
    elif before and after is not None and tell.theirs[after].joins:
        sources = [before[0] if source == last else source for source in tell.theirs[after].sources]
        names = listed(list(dict.fromkeys(tell.name(source) for source in sources)))
        hint = f"Remove {gone}, and let {tell.name(after)} join {names}."
    elif before and after is not None:
        hint = f"Remove {gone}, and feed {tell.name(before[0])} into {tell.name(after)}."
    return tell.difference(change, message, hint, "no such layer", layers)


def _all_of(tell: DifferenceWriter, change: Change) -> str:
    names = list(dict.fromkeys(tell.name(number) for number in change.theirs))
    return listed(names) if len(names) <= 3 else f"all layers from {names[0]} to {names[-1]}"


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


_ONE_OBJECT = (
    "Create the layer once, `shared = Dense(…)`, and call that one object on each tensor: `shared(a)`, `shared(b)`."
)


def tell(writer: DifferenceWriter, change: Change) -> Difference | None:
    """The difference for a change; `None` if another one reports it."""
    return _TELL[change.kind](writer, change)


def _width(tell: DifferenceWriter, change: Change) -> Difference:
    name, block = tell.at(change.theirs[0]), tell.ours[change.ours[0]]
    if isinstance(change.asked, tuple):
        low, high = change.asked
        expected = f"{low} to {counted_width(block.kind, high)}"
        hint = f"Give {tell.name(change.theirs[0])} a width from {low} to {high}."
    else:
        expected = counted_width(block.kind, change.asked)
        hint = f"Write `{block.kind}({change.asked}, …)` for {tell.name(change.theirs[0])}."
        if others := tell.names.made_with(tell.theirs[change.theirs[0]].name):
            hint = (
                f"Give {expected} to this layer only: the same line creates {counted(others, 'other layer')} too. Pass "
                "the number as an argument where this one is created."
            )
    actual = counted_width(block.kind, change.found)
    return tell.difference(change, f"Layer {name}: expected {expected}, found {change.found}.", hint, expected, actual)


def _activation(tell: DifferenceWriter, change: Change) -> Difference:
    name, expected, actual = tell.name(change.theirs[0]), activation(change.asked), activation(change.found)
    hint = f"Write `activation={value(change.asked)}` in {name}."
    if change.asked == "linear":
        hint = f"Leave `activation` out of {name}."
    wanted = "no activation" if change.asked == "linear" else f"activation {expected}"
    message = f"Layer {tell.at(change.theirs[0])}: expected {wanted}, found {actual}."
    return tell.difference(change, message, hint, expected, actual)


def _parameter(tell: DifferenceWriter, change: Change) -> Difference:
    name, key = tell.name(change.theirs[0]), change.parameter
    if key == "arguments":
        message = f"{tell.at(change.theirs[0])} is not called with the arguments that the task gives."
        return tell.difference(change, message, f"Compare the arguments of the call to {name} with the task.")
    if key == "trainable":
        expected, actual = ("frozen", "trainable") if change.asked is False else ("trainable", "frozen")
        hint = f"{'Set' if change.asked is False else 'Leave out'} `trainable=False` for {name}."
    else:
        expected, actual = (setting_of(key, setting) for setting in (change.asked, change.found))
        hint = f"Leave `{key}` out of {name}."
        if change.asked is not None:
            hint = f"Write `{key}={value(change.asked)}` in {name}."
    message = f"Layer {tell.at(change.theirs[0])}: expected {expected}, found {actual}."
    return tell.difference(change, message, hint, expected, actual)


def _other_class(tell: DifferenceWriter, change: Change) -> Difference:
    name = tell.at(change.theirs[0])
    expected, actual = f"`{spelled(tell.ours[change.ours[0]])}`", f"`{spelled(tell.theirs[change.theirs[0]])}`"
    hint = f"Write {expected} there."
    if change.kind == "merge":
        hint = f"Join the tensors with `{spelled(tell.ours[change.ours[0]])}([…])` there."
    return tell.difference(change, f"Layer {name}: expected {expected}, found {actual}.", hint, expected, actual)


def _wiring(tell: DifferenceWriter, change: Change) -> Difference:
    number = change.theirs[0]
    block = tell.theirs[number]
    both = (change.asked_sources, change.found_sources)
    expected, actual = (listed([tell.name(one) for one in sources], "nothing") for sources in both)
    order = ", in this order" if change.parameter == "order" else ""
    message = f"{tell.at(number)} {'joins' if block.joins else 'reads'} {actual}; expected {expected}{order}."
    hint = f"Feed {expected} into {tell.name(number)}{order}."
    if block.kind in MERGES:
        counts = {2: "both", 3: "the three", 4: "the four"}
        few = counts.get(len(change.asked_sources), "all") if not order else "the"
        hint = f"Pass {few} results to `{spelled(block)}([…])`{order}: those of {expected}, each once."
    return tell.difference(change, message, hint, expected, actual)


def _sharing(tell: DifferenceWriter, change: Change) -> Difference:
    layers = {tell.theirs[number].layer: number for number in reversed(change.theirs)}
    if change.parameter == "together":
        first, *others = sorted(layers.values())
        blamed = [tell.at(first), *(tell.name(number) for number in others)]
        count = {2: "two", 3: "three"}.get(len(layers), str(len(layers)))
        one = f"one layer, called {times(len(layers))}"
        message = f"{listed(blamed)} are {count} separate layers; the exercise asks for {one}."
        return tell.difference(change, message, _ONE_OBJECT, "one shared layer", f"{count} layers")
    name, calls = tell.at(change.theirs[0]), times(len(change.theirs))
    if change.parameter == "apart":
        count = {2: "two", 3: "three"}.get(len(change.ours), str(len(change.ours)))
        message = f"{name} is one layer, called {calls}; the exercise asks for {count} separate layers."
        hint = f"Create a layer for each call instead of calling {tell.name(change.theirs[0])} again."
        return tell.difference(change, message, hint, f"{count} layers", "one shared layer")
    expected, actual = times(change.asked), times(change.found)
    lacking = [b for b in change.ours if b not in tell.partners]
    on = [tell.counterpart(source) for b in lacking for source in tell.ours[b].sources]
    hint = f"Call {tell.name(change.theirs[0])} {f'on {listed(on)} too' if on else expected}."
    called = {ours: theirs for ours, theirs in tell.partners.items() if theirs in change.theirs}
    right = [tell.counterpart(source) for ours in called for source in tell.ours[ours].sources]
    given = [tell.name(source) for theirs in called.values() for source in tell.theirs[theirs].sources]
    if on and right != given:  # where the call that is there is wrong, one more does not help
        shared, both = tell.name(change.theirs[0]), listed([*right, *on])
        hint = f"Call {shared} on {both}, each separately, not on {listed(given)}."
    return tell.difference(change, f"{name} is called {actual}; expected {expected}.", hint, expected, actual)


def _inputs(tell: DifferenceWriter, change: Change) -> Difference:
    if change.parameter == "number":
        message = f"The network has {counted(change.found, 'input')}; the exercise has {change.asked}."
        listing = "it" if change.asked == 1 else "all of them"
        hint = f"Create {counted(change.asked, '`Input` layer')}, and list {listing} in `Model(inputs=[…], outputs=…)`."
        return tell.difference(change, message, hint, counted(change.asked, "input"), counted(change.found, "input"))
    if change.parameter == "shape":
        layer = tell.theirs[change.theirs[0]].name
        message = f"Input {tell.at(change.theirs[0])}: expected shape {change.asked}, found {change.found}."
        hint = f"Write `Input(shape={change.asked})`."
        if is_result(layer):
            message, hint = no_input(tell.names, layer)
        return tell.difference(change, message, hint, f"shape {change.asked}", f"shape {change.found}")
    if change.parameter == "type":
        message = f"Input {tell.at(change.theirs[0])}: expected type {change.asked}, found {change.found}."
        hint = f'Write `dtype="{change.asked}"` in that `Input`.'
        return tell.difference(change, message, hint, f"type {change.asked}", f"type {change.found}")
    message = f"The inputs {listed([tell.name(a) for a in change.theirs])} are in a different order from the data."
    return tell.difference(change, message, "List the inputs in the order of the data.")


def _outputs(tell: DifferenceWriter, change: Change) -> Difference:
    if change.parameter == "number":
        message = f"The network has {counted(change.found, 'output')}; the exercise has {change.asked}."
        few = isinstance(change.found, int) and isinstance(change.asked, int) and change.found < change.asked
        hint = f"List {counted(change.asked, 'tensor')} in `Model(inputs=…, outputs=[…])`"
        hint += ": each output needs a last layer of its own." if few else ", and no more."
        return tell.difference(change, message, hint, counted(change.asked, "output"), counted(change.found, "output"))
    if change.parameter == "twice":
        heads = [layer for b in change.ours if (layer := _built_for(tell, tell.ours[b]))]
        other = f"`{heads[0].name}`" if heads else "a layer of its own"
        message = f"The output of {tell.at(change.theirs[0])} is listed twice in `outputs=[…]`."
        hint = f"In `outputs=[…]`, replace one of the two by the output of {other}, in the order of the targets."
        return tell.difference(change, message, hint, f"{change.asked} different outputs", "one of them twice")
    built = {b: layer for b in change.ours if b not in tell.partners and (layer := _built_for(tell, tell.ours[b]))}
    asked = [f"`{built[b].name}`" if b in built else tell.counterpart(b) for b in change.ours]
    expected, actual = listed(asked), listed([tell.name(a) for a in change.theirs])
    if change.parameter == "order":
        message = f"The outputs are in the wrong order: {actual}; expected {expected}."
        return tell.difference(change, message, f"List them as {expected} in `outputs=[…]`.", expected, actual)
    message = f"{tell.at(change.theirs[0])} is an output; expected {expected} there."
    return tell.difference(change, message, f"Pass the output of {expected} in `outputs=`.", expected, actual)


_TELL: Mapping[str, Callable[[DifferenceWriter, Change], Difference | None]] = {
    "inputs": _inputs, "outputs": _outputs, "sharing": _sharing, "missing": missing, "extra": extra,
    "wiring": _wiring, "merge": _other_class, "class": _other_class, "width": _width, "activation": _activation,
    "parameter": _parameter,
}  # fmt: skip
