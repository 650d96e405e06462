"""Formats a change as a message, with both networks and the names of their layers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import replace

from grader.domain import Difference, Location
from grader.domain.words import article, counted, in_location, listed, times
from grader.graph.differences.blocks import MERGES
from grader.graph.differences.changes import Change
from grader.graph.differences.missing import ahead, behind, built_for, missing
from grader.graph.differences.names import activation, is_result, no_input, setting_of, spelled, written_width
from grader.graph.differences.writer import DifferenceWriter
from grader.graph.reading.roles import counted_width
from grader.graph.source import value

_ONE_OBJECT = (
    "Create the layer once, `shared = Dense(…)`, and call that one object on each tensor: `shared(a)`, `shared(b)`."
)


def tell(writer: DifferenceWriter, change: Change) -> Difference | None:
    """The difference for a change; `None` if another one reports it."""
    return _TELL[change.kind](writer, change)


def extra(tell: DifferenceWriter, change: Change) -> Difference:
    first, last = change.theirs[0], change.theirs[-1]
    layers = listed([f"`{spelled(tell.theirs[number])}`" for number in change.theirs])
    paired = {a: b for b, a in tell.partners.items()}
    before, after = behind(tell.theirs, tell.theirs[first], paired), ahead(tell.theirs, last, paired)
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


def _width(tell: DifferenceWriter, change: Change) -> Difference:
    name, block = tell.at(change.theirs[0]), tell.ours[change.ours[0]]
    if isinstance(change.asked, tuple):
        low, high = change.asked
        expected = f"{low} to {counted_width(block.kind, high)}"
        hint = f"Give {tell.name(change.theirs[0])} a width from {low} to {high}."
    else:
        expected = counted_width(block.kind, change.asked)
        written = written_width(block.kind, change.asked)
        hint = f"Write `{written}` for {tell.name(change.theirs[0])}."
        if others := tell.names.made_with(tell.theirs[change.theirs[0]].name):
            own_line = replace(tell.location(change.theirs[0]) or Location(), caller=None)
            line = str(own_line) or "the same line"
            if _is_wrong_in_all(tell, change):
                where = in_location(own_line) or " on the line that creates these layers"
                hint = f"Write `{written}`{where}."
            else:
                hint = f"Give {expected} to this layer only: {line} also creates {counted(others, 'other layer')}. "
                hint += _apart(tell, change, line)
    actual = counted_width(block.kind, change.found)
    return tell.difference(change, f"Layer {name}: expected {expected}, found {change.found}.", hint, expected, actual)


def _is_wrong_in_all(tell: DifferenceWriter, change: Change) -> bool:
    """Whether each layer of the line with a width needs this one, so that the line itself is to be changed.

    What is in the way are layers that are right, that need another width, or that may be used as they are.
    """
    asked = tell.widths.get(tell.theirs[change.theirs[0]].name)
    line = set(tell.names.on_line(tell.theirs[change.theirs[0]].name))
    paired = [tell.theirs[number] for number in tell.partners.values()]
    wide = {block.name for block in paired if block.units is not None}
    unused = {layer.name for layer in tell.unused}
    own = [name for name in line if name in wide | unused]
    return len(own) > 1 and all(tell.widths.get(name) == asked for name in own)


def _apart(tell: DifferenceWriter, change: Change, line: str) -> str:
    """How to give a width to one of several layers that one line creates."""
    location, name = tell.location(change.theirs[0]), tell.theirs[change.theirs[0]].name
    kind = tell.ours[change.ours[0]].kind
    if location is None or location.caller is None:
        return f"Write {article(kind)} `{written_width(kind, change.asked)}` of its own for it."
    where, function = in_location(location.caller), f"the function that contains {line}"
    noun = counted_width(kind, 2).partition(" ")[2]
    parameter = f"if the function has no parameter for the number of {noun}, add one."
    if tell.names.is_alone(name):
        return f"Pass {change.asked} in the call{where} of {function}; {parameter}"
    return f"Call {function} separately for this layer{where}, and pass {change.asked} there; {parameter}"


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
        hint = f"{hint.removesuffix('.')}{_repair(tell, change, name)}."
    message = f"Layer {tell.at(change.theirs[0])}: expected {expected}, found {actual}."
    return tell.difference(change, message, hint, expected, actual)


def _repair(tell: DifferenceWriter, change: Change, name: str) -> str:
    """What else a parameter asks for: a layer that only repairs the shape it leads to."""
    if len(change.theirs) > 1:
        gone = change.theirs[1]
        readers = listed([tell.name(reader) for reader in dict.fromkeys(tell.theirs.readers[gone])])
        return f", and remove {tell.name(gone)}, which is not needed then" + (
            f": feed {name} into {readers}" if readers else ""
        )
    return f", and add `{spelled(tell.ours[change.ours[1]])}` after it" if len(change.ours) > 1 else ""


def _other_class(tell: DifferenceWriter, change: Change) -> Difference:
    name = tell.at(change.theirs[0])
    expected, actual = f"`{spelled(tell.ours[change.ours[0]])}`", f"`{spelled(tell.theirs[change.theirs[0]])}`"
    hint = f"Write {expected} there."
    if change.kind == "merge":
        hint = f"Join the tensors with `{spelled(tell.ours[change.ours[0]])}([…])` there."
    return tell.difference(change, f"Layer {name}: expected {expected}, found {actual}.", hint, expected, actual)


def _order(tell: DifferenceWriter, change: Change) -> Difference:
    asked, actual = (
        listed([tell.name(one) for one in sources]) for sources in (change.asked_sources, change.found_sources)
    )
    if change.parameter == "activation":
        at = listed([tell.at(one) for one in change.found_sources])
        message = f"The activation {activation(change.asked)} follows {at}; expected after {asked}."
        hint = f"Apply {activation(change.asked)} to the result of {asked}, and not to that of {actual}."
        return tell.difference(change, message, hint, f"after {asked}", f"after {actual}")
    moved, place = change.theirs[0], change.ours[0]
    name, partners = tell.name(moved), {**tell.partners, place: moved}
    reading = [tell.name(one) for one in dict.fromkeys(tell.theirs.readers[moved])]
    after = [tell.counterpart(one) for one in dict.fromkeys(tell.ours.readers[place])]
    steps = [f"{asked} into {name}", *([f"{name} into {listed(after)}"] if after else [])]
    steps += [f"{actual} into {listed(reading)}"] if reading else []
    ends = [tell.name(partners[one]) for one in tell.ours.outputs if one in partners]
    is_end = moved in tell.theirs.outputs or place in tell.ours.outputs
    hint = f"Feed {listed(steps)}{f', and pass the result of {listed(ends)} in `outputs=`' if is_end else ''}."
    message = f"{tell.at(moved)}, `{spelled(tell.theirs[moved])}`, is in the wrong place: it follows {actual}; "
    return tell.difference(change, f"{message}expected after {asked}.", hint, f"after {asked}", f"after {actual}")


def _wiring(tell: DifferenceWriter, change: Change) -> Difference:
    number = change.theirs[0]
    block = tell.theirs[number]
    both = (change.asked_sources, change.found_sources)
    expected, actual = (listed([tell.result(one) for one in sources], "nothing") for sources in both)
    order = ", in this order" if change.parameter == "order" else ""
    message = f"{tell.at(number)} {'joins' if block.joins else 'reads'} {actual}; expected {expected}{order}."
    hint = f"Feed {expected} into {tell.name(number)}{order}."
    if len(calls := tell.theirs.calls[block.layer]) > 1 and len(block.sources) == 1:
        # One call alone would be corrected again and again, since its line is that of all calls.
        wanted = [tell.counterpart(one) for b in tell.ours.calls[tell.ours[change.ours[0]].layer]
                  for one in tell.ours[b].sources]  # fmt: skip
        given = Counter(tell.name(one) for call in calls for one in tell.theirs[call].sources)
        called = listed([one if many == 1 else f"{one} {times(many)}" for one, many in given.items()])
        message = f"{tell.at(number)} is called on {called}; expected {listed(wanted)}."
        hint = f"Call {tell.name(number)} on {listed(wanted)}, each separately."
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


def _built_output(tell: DifferenceWriter, expected: int) -> str:
    """The student's layer for an output, listed or not; empty if there is none."""
    if expected in tell.partners:
        return tell.counterpart(expected)
    built = built_for(tell, tell.ours[expected])
    return tell.names.name(built.name) if built else ""


def _outputs(tell: DifferenceWriter, change: Change) -> Difference:
    if change.parameter == "number":
        message = f"The network has {counted(change.found, 'output')}; the exercise has {change.asked}."
        few = isinstance(change.found, int) and isinstance(change.asked, int) and change.found < change.asked
        hint = f"List {counted(change.asked, 'tensor')} in `Model(inputs=…, outputs=[…])`"
        hint += ": each output needs a last layer of its own." if few else ", and no more."
        ends = [_built_output(tell, b) for b in change.ours] if few else []
        if ends and all(ends):
            unlisted = [one for one, b in zip(ends, change.ours, strict=True) if b not in tell.partners]
            message = f"{message.removesuffix('.')}: {listed(unlisted)} is built, but not listed."
            hint = f"List the results of {listed(ends)} in `outputs=[…]`, in this order."
        return tell.difference(change, message, hint, counted(change.asked, "output"), counted(change.found, "output"))
    if change.parameter == "twice":
        heads = [layer for b in change.ours if (layer := built_for(tell, tell.ours[b]))]
        other = f"`{heads[0].name}`" if heads else "a layer of its own"
        message = f"The output of {tell.at(change.theirs[0])} is listed twice in `outputs=[…]`."
        hint = f"In `outputs=[…]`, replace one of the two by the output of {other}, in the order of the targets."
        return tell.difference(change, message, hint, f"{change.asked} different outputs", "one of them twice")
    built = {b: layer for b in change.ours if b not in tell.partners and (layer := built_for(tell, tell.ours[b]))}
    asked = [f"`{built[b].name}`" if b in built else tell.counterpart(b) for b in change.ours]
    expected, actual = listed(asked), listed([tell.name(a) for a in change.theirs])
    if change.parameter == "order":
        message = f"The outputs are in the wrong order: {actual}; expected {expected}."
        return tell.difference(change, message, f"List them as {expected} in `outputs=[…]`.", expected, actual)
    message = f"{tell.at(change.theirs[0])} is an output; expected {expected} there."
    return tell.difference(change, message, f"Pass the output of {expected} in `outputs=`.", expected, actual)


_TELL: Mapping[str, Callable[[DifferenceWriter, Change], Difference | None]] = {
    "inputs": _inputs, "outputs": _outputs, "sharing": _sharing, "missing": missing, "extra": extra, "order": _order,
    "wiring": _wiring, "merge": _other_class, "class": _other_class, "width": _width, "activation": _activation,
    "parameter": _parameter,
}  # fmt: skip
