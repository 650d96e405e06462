"""Changes in words: what is wrong with the student's network, where, what is expected, and what to do next.

The names come from outside: those of the student's, with lines, or, for all who differ in the same way, by place.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from grader.domain import Difference, steps
from grader.domain.words import be, counted, listed, times
from grader.graph.differences.blocks import MERGES
from grader.graph.differences.changes import Change
from grader.graph.differences.words import Words, activation, setting_of, spelled
from grader.graph.reading.parameters import counted_width


def tell(words: Words, change: Change) -> Difference:
    """The difference for a change; without a step where that is about more than a value of a layer in its place."""
    return _TELL[change.kind](words, change)


def _inputs(words: Words, change: Change) -> Difference:
    asked, found = change.asked, change.found
    if change.parameter in ("input count", "input order"):
        message = f"The inputs {words.listed(change.student)} are in a different order from the data."
        if unlisted := [a for a in change.student if a not in words.student.inputs]:
            message = f"{words.listed(unlisted)} {be(unlisted)} built, but not listed in `inputs=[…]`."
        return words.difference(change, message, "")
    key = change.parameter
    message = f"{words.titled(change.student[0])}: expected {key} {asked}, found {found}."
    return words.difference(change, message, words.correction(change), f"{key} {asked}", f"{key} {found}")


def _outputs(words: Words, change: Change) -> Difference:
    """Another list of outputs than that of the layers that are there."""
    own = words.student.outputs
    listed_now = [a for a in change.student if a in own]
    names = [words.counterpart(b) for b in change.expected]
    expected, actual = listed(names), words.listed(change.student)
    if twice := [a for a in listed_now if own.count(a) > 1]:
        message = f"The output of {words.at(twice[0])} is listed twice in `outputs=[…]`."
        return words.difference(change, message, "", "different outputs", "one of them twice")
    if not listed_now:
        message = f"{actual} {be(change.student)} built, but not listed in `outputs=[…]`."
    elif sorted(words.partners.get(b, -1) for b in change.expected) == sorted(change.student):
        message = f"The outputs are in the wrong order: {actual}; expected {expected}."
    else:
        message = f"{words.at(listed_now[0])} is an output; expected {listed(names, 'no such output')} there."
    return words.difference(change, message, "", expected, actual)


def _missing(words: Words, change: Change) -> Difference:
    first, last = words.expected[change.expected[0]], change.expected[-1]
    blocks = {words.expected[number].layer: words.expected[number] for number in change.expected}
    code = ", then ".join(f"`{spelled(block)}`" for block in blocks.values())
    own = words.there(first.sources)
    readers = list(dict.fromkeys(words.expected.readers[last]))
    sources = first.sources if first.ordered else sorted(first.sources, key=words.order_of)
    before = listed([words.counterpart(source) for source in sources], "")
    where = f" after {before}" if before else ""
    if len(own) == 1 == len(first.sources):
        where = f" after {words.at(own[0])}"
        if len(readers) == 1 and readers[0] in words.partners:
            where = f" between {words.at(own[0])} and {words.counterpart(readers[0])}"
    elif not own and first.sources:
        where += ", which is missing too"
    message = f"{code} is missing{where}."
    if len(blocks) > 1:
        message = f"{len(blocks)} layers are missing{where}: {code}."
    elif first.joins:
        message = f"{code} of {before} is missing."
    difference = words.difference(change, message, "", code, "no such layer", next(iter(own), None))
    # In the drawing, what should read what is missing.
    marked = [words.student[number].name for number in words.there(readers)]
    return replace(difference, layers=(*difference.layers, *marked[:1]))


def _extra(words: Words, change: Change) -> Difference:
    first, last = change.student[0], change.student[-1]
    layers = listed([f"`{spelled(words.student[number])}`" for number in change.student])
    message = f"{words.at(first)}, {layers}, is an extra {'input' if words.student[first].is_input else 'layer'}."
    if len(change.student) > 1:
        message = f"The layers from {words.at(first)} to {words.name(last)} are extra: {layers}."
    return words.difference(change, message, "", "no such layer", layers)


def _width(words: Words, change: Change) -> Difference:
    number, kind = change.student[0], words.expected[change.expected[0]].kind
    actual, told = counted_width(kind, change.found), steps(words.correction(change))
    if isinstance(change.asked, tuple):
        low, high = change.asked
        expected = f"{low} to {counted_width(kind, high)}"
        told = tuple(replace(step, text=f"Give {words.name(number)} a width from {low} to {high}.") for step in told)
    else:
        expected = counted_width(kind, change.asked)
    message = f"{words.titled(number)}: expected {expected}, found {change.found}."
    return words.difference(change, message, told, expected, actual)


def _setting(words: Words, change: Change) -> Difference:
    """An activation, or another parameter of a layer."""
    number, key = change.student[0], change.parameter
    name, kind = words.name(number), words.student[number].kind
    if kind == "Concatenate" and key == "axis" and change.asked is None:  # which `keras.ops` has another default for
        change = replace(change, asked=-1)
    if key == "arguments":
        message = f"{words.at(number)} is not called with the arguments that the task gives."
        return words.difference(change, message, f"Compare the arguments of the call to {name} with the task.")
    if key == "activation":
        expected, actual = activation(change.asked), activation(change.found)
        wanted = "no activation" if change.asked == "linear" else f"activation {expected}"
    elif key == "trainable":
        expected, actual = ("frozen", "trainable") if change.asked is False else ("trainable", "frozen")
        wanted = expected
    else:
        expected, actual = (setting_of(key, setting) for setting in (change.asked, change.found))
        wanted = expected
    is_apart = key == "activation" and words.student[number].name in words.names.activations
    message = f"{words.titled(number)}: expected {wanted}, found {actual}."
    return words.difference(change, message, () if is_apart else words.correction(change), expected, actual)


def _other_class(words: Words, change: Change) -> Difference:
    expected, actual = (
        spelled(block) for block in (words.expected[change.expected[0]], words.student[change.student[0]])
    )
    message = f"{words.titled(change.student[0])}: expected `{expected}`, found `{actual}`."
    return words.difference(change, message, "", f"`{expected}`", f"`{actual}`")


def _order(words: Words, change: Change) -> Difference:
    asked, actual = words.listed(change.asked_sources), words.listed(change.found_sources)
    if change.parameter == "activation":
        at = listed([words.at(source) for source in change.found_sources])
        message = f"The activation {activation(change.asked)} follows {at}; expected after {asked}."
        return words.difference(change, message, "", f"after {asked}", f"after {actual}")
    at = f"{words.at(change.student[0])}, `{spelled(words.student[change.student[0]])}`,"
    message = f"{at} is in the wrong place: it follows {actual}; expected after {asked}."
    return words.difference(change, message, "", f"after {asked}", f"after {actual}")


def _wiring(words: Words, change: Change) -> Difference:
    number, block = change.student[0], words.student[change.student[0]]
    expected = words.asked(change.expected[0])
    actual = listed([words.result(source) for source in change.found_sources], "nothing")
    order = ", in this order" if change.parameter == "order" else ""
    at = words.names.at_calls(block.name)
    message = f"{at} {'joins' if block.joins else 'reads'} {actual}; expected {expected}{order}."
    if expected == actual:  # which one line makes, called from several
        message = f"{at} reads another result of {actual} than it should."
    if block.kind not in MERGES and len(calls := words.student.calls[block.layer]) > 1 and len(block.sources) == 1:
        peers = words.expected.calls[words.expected[change.expected[0]].layer]
        sources = sorted((source for call in peers for source in words.expected[call].sources), key=words.order_of)
        wanted = listed([words.counterpart(source) for source in sources])
        names = Counter(words.name(source) for call in calls for source in words.student[call].sources)
        called = listed([name if many == 1 else f"{name} {times(many)}" for name, many in names.items()])
        message = f"{at} is called on {called}; expected {wanted}."
    lacking = Counter(change.asked_sources) - Counter(change.found_sources)
    if number in words.student.live and (unused := lacking.keys() - words.student.live):
        return _unused(words, change, sorted(unused))
    difference = words.difference(change, message, words.rewiring(change), expected, actual)
    unread = [words.student[source].name for source in lacking]
    location = next(iter(words.names.calls.get(block.name, ())), difference.location)
    return replace(difference, layers=(*difference.layers, *unread), location=location)


def _unused(words: Words, change: Change, unused: Sequence[int]) -> Difference:
    """A call that does not read what was built for it."""
    block = words.student[change.student[0]]
    reads = f"reads {listed([words.result(source) for source in change.found_sources], 'nothing')} instead"
    at, them = words.names.at_calls(block.name), "it" if len(unused) == 1 else "them"
    reads = f"does not join {them}" if block.joins else reads
    text = listed([words.at(number) for number in unused])
    if len(unused) == 1:
        text = words.described(unused[0])
        text += "," * text.endswith("`")
    is_read = any(words.student.readers[number] for number in unused)  # by what leads to no output either
    used = f"lead{'s' * (len(unused) == 1)} to no output" if is_read else f"{be(unused)} created but not used"
    message = f"{text} {used}: {at} {reads}."
    names = [words.student[number].name for number in unused]
    told = words.rewiring(change)
    difference = words.difference(change, message, told, "all layers in use", "created, but not used")
    return replace(difference, layer=names[0], layers=(*names, *difference.layers), location=words.location(unused[0]))


def _sharing(words: Words, change: Change) -> Difference:
    if change.parameter == "together":
        layers = {words.student[number].layer: number for number in reversed(change.student)}
        first, *rest = sorted(layers.values())
        blamed = listed([words.at(first), *(words.name(number) for number in rest)])
        count = counted(len(layers), "separate layer")
        message = f"{blamed} are {count}; the exercise asks for one layer, called {times(len(layers))}."
        return words.difference(change, message, "", "one shared layer", f"{len(layers)} layers")
    if change.parameter == "apart":
        count = counted(len(change.expected), "separate layer")
        called = f"{words.at(change.student[0])} is one layer, called {times(len(change.student))}"
        message = f"{called}; the exercise asks for {count}."
        return words.difference(change, message, "", count, "one shared layer")
    expected, actual = times(change.asked), times(change.found)
    name = words.names.at_calls(words.student[change.student[0]].name)
    message = f"{name} is called {actual} on the way to an output; expected {expected}."
    return words.difference(change, message, "", expected, actual)


_TELL: Mapping[str, Callable[[Words, Change], Difference]] = {
    "inputs": _inputs, "outputs": _outputs, "sharing": _sharing, "missing": _missing, "extra": _extra, "order": _order,
    "wiring": _wiring,
    "merge": _other_class, "class": _other_class, "width": _width, "activation": _setting, "parameter": _setting,
}  # fmt: skip
