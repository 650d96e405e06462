"""A change in words: the cause in the first sentence, by the student's own layer names, and a next step that works."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from grader.domain import Difference
from grader.graph.differences.blocks import MERGES
from grader.graph.differences.comparison import Change
from grader.graph.differences.narrator import Narrator
from grader.graph.differences.spelling import activation, counted, listed, setting_of, spelled, times, value
from grader.graph.differences.wording_unpaired import built_for, extra, missing

_ONE_OBJECT = (
    "Create the layer once, `shared = Dense(…)`, and call that one object on each tensor: `shared(a)`, `shared(b)`."
)


def tell(narrator: Narrator, change: Change) -> Difference | None:
    """The difference that a change is; `None` where another one tells it."""
    return _TELL[change.kind](narrator, change)


def _width(tell: Narrator, change: Change) -> Difference:
    name, block = tell.at(change.theirs[0]), tell.ours[change.ours[0]]
    if isinstance(change.asked, tuple):
        low, high = change.asked
        expected, hint = f"{low} to {high} units", f"Give {tell.name(change.theirs[0])} a width from {low} to {high}."
    else:
        expected = counted(change.asked, "unit")
        hint = f"Write `{block.kind}({change.asked}, …)` for {tell.name(change.theirs[0])}."
        if others := tell.names.made_with(tell.theirs[change.theirs[0]].name):
            hint = (
                f"Give {expected} to this layer only: its line makes {counted(others, 'other layer')} too, so change "
                "the call that asks for this one."
            )
    actual = counted(change.found, "unit")
    return tell.difference(change, f"Layer {name}: expected {expected}, found {change.found}.", hint, expected, actual)


def _activation(tell: Narrator, change: Change) -> Difference:
    name, expected, actual = tell.name(change.theirs[0]), activation(change.asked), activation(change.found)
    hint = f"Write `activation={value(change.asked)}` in {name}."
    if change.asked == "linear":
        hint = f"Leave `activation` out of {name}."
    message = f"Layer {tell.at(change.theirs[0])}: expected activation {expected}, found {actual}."
    return tell.difference(change, message, hint, expected, actual)


def _parameter(tell: Narrator, change: Change) -> Difference:
    name, key = tell.name(change.theirs[0]), change.parameter
    if key == "arguments":
        message = f"{tell.at(change.theirs[0])} is not called with the values that the task gives."
        return tell.difference(change, message, f"Compare the call of {name} with the task.")
    if key == "trainable":
        expected, actual = ("frozen", "trained") if change.asked is False else ("trained", "frozen")
        hint = f"Set `trainable=False` in {name}." if change.asked is False else f"Leave {name} trainable."
    else:
        expected, actual = (setting_of(key, setting) for setting in (change.asked, change.found))
        hint = f"Leave `{key}` out of {name}."
        if change.asked is not None:
            hint = f"Write `{key}={value(change.asked)}` in {name}."
    message = f"Layer {tell.at(change.theirs[0])}: expected {expected}, found {actual}."
    return tell.difference(change, message, hint, expected, actual)


def _other_class(tell: Narrator, change: Change) -> Difference:
    name = tell.at(change.theirs[0])
    expected, actual = f"`{spelled(tell.ours[change.ours[0]])}`", f"`{spelled(tell.theirs[change.theirs[0]])}`"
    hint = f"Write {expected} there."
    if change.kind == "merge":
        hint = f"Join the tensors with `{spelled(tell.ours[change.ours[0]])}([…])` there."
    return tell.difference(change, f"Layer {name}: expected {expected}, found {actual}.", hint, expected, actual)


def _wiring(tell: Narrator, change: Change) -> Difference:
    number = change.theirs[0]
    block = tell.theirs[number]
    expected, actual = (
        listed([tell.name(one) for one in sources]) for sources in (change.asked_sources, change.found_sources)
    )
    order = ", in this order" if change.parameter == "order" else ""
    message = f"{tell.at(number)} {'joins' if block.joins else 'is called on'} {actual}; expected {expected}{order}."
    hint = f"Call {tell.name(number)} on {expected}{order}."
    if block.kind in MERGES:
        counts = {2: "both", 3: "the three", 4: "the four"}
        few = counts.get(len(change.asked_sources), "all") if not order else "the"
        hint = f"Pass {few} results to `{spelled(block)}([…])`{order}: those of {expected}, each once."
    return tell.difference(change, message, hint, expected, actual)


def _sharing(tell: Narrator, change: Change) -> Difference:
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
    return tell.difference(change, f"{name} is called {actual}; expected {expected}.", hint, expected, actual)


def _inputs(tell: Narrator, change: Change) -> Difference:
    if change.parameter == "number":
        message = f"The network has {counted(change.found, 'input')}; the task has {change.asked}."
        hint = f"Create {counted(change.asked, '`Input`')}, and list all in `Model(inputs=[…], outputs=…)`."
        return tell.difference(change, message, hint, counted(change.asked, "input"), counted(change.found, "input"))
    if change.parameter == "shape":
        message = f"Input {tell.at(change.theirs[0])}: expected shape {change.asked}, found {change.found}."
        hint = f"Write `Input(shape={change.asked})`."
        return tell.difference(change, message, hint, f"shape {change.asked}", f"shape {change.found}")
    message = f"The inputs {listed([tell.name(a) for a in change.theirs])} are in another order than the data."
    return tell.difference(change, message, "List the inputs in the order of the data.")


def _outputs(tell: Narrator, change: Change) -> Difference:
    if change.parameter == "number":
        message = f"The network has {counted(change.found, 'output')}; the task has {change.asked}."
        few = isinstance(change.found, int) and isinstance(change.asked, int) and change.found < change.asked
        hint = f"List {counted(change.asked, 'tensor')} in `Model(inputs=…, outputs=[…])`"
        hint += ": each output needs a last layer of its own." if few else ", and no more."
        return tell.difference(change, message, hint, counted(change.asked, "output"), counted(change.found, "output"))
    if change.parameter == "twice":
        heads = [layer for b in change.ours if (layer := built_for(tell, tell.ours[b]))]
        other = f"`{heads[0].name}`" if heads else "a layer of its own"
        message = f"The result of {tell.at(change.theirs[0])} is listed twice in `outputs=[…]`."
        hint = f"Give the other output the result of {other}, in the order of the targets."
        return tell.difference(change, message, hint, f"{change.asked} different outputs", "one of them twice")
    built = {b: layer for b in change.ours if b not in tell.partners and (layer := built_for(tell, tell.ours[b]))}
    asked = [f"`{built[b].name}`" if b in built else tell.counterpart(b) for b in change.ours]
    expected, actual = listed(asked), listed([tell.name(a) for a in change.theirs])
    if change.parameter == "order":
        message = f"The outputs are in the wrong order: {actual}; expected {expected}."
        return tell.difference(change, message, f"List them as {expected} in `outputs=[…]`.", expected, actual)
    message = f"{tell.at(change.theirs[0])} is an output; expected {expected} there."
    return tell.difference(change, message, f"Give the result of {expected} to `outputs=`.", expected, actual)


_TELL: Mapping[str, Callable[[Narrator, Change], Difference | None]] = {
    "inputs": _inputs, "outputs": _outputs, "sharing": _sharing, "missing": missing, "extra": extra,
    "wiring": _wiring, "merge": _other_class, "class": _other_class, "width": _width, "activation": _activation,
    "parameter": _parameter,
}  # fmt: skip
