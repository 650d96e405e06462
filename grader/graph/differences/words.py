"""Changes in words: what is wrong with the student's network, where, what is expected, and what to do next.

The names come from outside: those of the student's, with lines, or, for all who differ in the same way, by place.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from grader.domain import Difference, Layer, Value
from grader.domain.words import be, counted, fed, listed, times
from grader.graph.differences.blocks import MERGES, Block
from grader.graph.differences.changes import Change
from grader.graph.differences.corrections import corrected
from grader.graph.differences.names import in_place
from grader.graph.differences.phrases import Words, activation, setting_of, spelled, written_width
from grader.graph.reading.parameters import counted_width
from grader.graph.source import value


def tell(words: Words, change: Change) -> Difference:
    """The difference for a change; without a step where no line of the program is the one to change."""
    difference, noun = _TELL[change.kind](words, change), _FED.get(change.parameter)
    for_fit = _for_fit(words, change, noun, difference.hint) if noun and difference.hint else ""
    return replace(difference, hint=difference.hint + for_fit)


def _for_fit(words: Words, change: Change, noun: str, hint: str) -> str:
    """What a change of inputs or outputs means for the data; only the last change with this step says it."""
    own, needed = (blocks.inputs if noun == "inputs" else blocks.outputs for blocks in (words.student, words.expected))
    peers = [peer for peer in words.changes if peer.parameter == change.parameter]
    if change != peers[-1] and any(_TELL[peer.kind](words, peer).hint != hint for peer in peers):
        return ""
    if change.parameter.endswith("order"):
        moved = sorted(words.partners.get(number, -1) for number in change.expected) == sorted(change.student)
        return "" if not moved else f" `fit` and its `validation_data` take the {noun} in the order of the task."
    return fed(len(needed), noun) if len(own) != len(needed) else ""


def _inputs(words: Words, change: Change) -> Difference:
    asked, found = change.asked, change.found
    if change.parameter in ("input count", "input order"):
        names = words.listed(words.there(words.expected.inputs))
        message = f"The inputs {words.listed(change.student)} are in a different order from the data."
        if unlisted := [a for a in change.student if a not in words.student.inputs]:
            message = f"{words.listed(unlisted)} {be(unlisted)} built, but not listed in `inputs=[…]`."
        return words.difference(change, message, f"List {names} in `Model(inputs=[…], …)`, in this order.")
    key = change.parameter
    message = f"Input {words.at(change.student[0])}: expected {key} {asked}, found {found}."
    hint = f"Write `shape={asked}` in the `Input` of {words.at(change.student[0])}."
    hint = hint if key == "shape" else f'Write `dtype="{asked}"` in the `Input` of {words.name(change.student[0])}.'
    return words.difference(change, message, hint, f"{key} {asked}", f"{key} {found}")


def _outputs(words: Words, change: Change) -> Difference:
    """Another list of outputs than that of the layers that are there."""
    own = words.student.outputs
    listed_now = [a for a in change.student if a in own]
    names = [words.counterpart(b) for b in change.expected]
    numbers, several = words.there(words.expected.outputs), len(words.expected.outputs) > 1
    ends = listed([words.result(number) for number in numbers])
    named = f"List the results of {ends} in `outputs=[…]`, in this order."
    hint = named if several else f"Pass the result of {ends} in `outputs=`."
    hint = hint if words.can_read(numbers) else ""
    variables = [words.variable(number) for number in numbers]
    if all(variables) and len(numbers) == len(words.expected.outputs):
        code = f"[{', '.join(variables)}]" if several else variables[0]
        hint = f"Write `{code}` for the outputs in `Model(…)`, in place of those that it has."
    expected, actual = listed(names), words.listed(change.student)
    if twice := [a for a in listed_now if own.count(a) > 1]:
        message = f"The output of {words.at(twice[0])} is listed twice in `outputs=[…]`."
        once = f"{hint.removesuffix('.')}, each once." if " and " in ends else f"List {ends} once in `outputs=[…]`."
        hint = once if hint else ""
        return words.difference(change, message, hint, "different outputs", "one of them twice")
    if not listed_now:
        message = f"{actual} {be(change.student)} built, but not listed in `outputs=[…]`."
    elif sorted(words.partners.get(b, -1) for b in change.expected) == sorted(change.student):
        message = f"The outputs are in the wrong order: {actual}; expected {expected}."
    else:
        message = f"{words.at(listed_now[0])} is an output; expected {listed(names, 'no such output')} there."
    return words.difference(change, message, hint, expected, actual)


def _listing(words: Words, number: int, what: str) -> str:
    """Where in `Model(…)` a new input or output is listed."""
    keyword, ends = "outputs", words.expected.outputs
    if words.expected[number].is_input:
        keyword, ends = "inputs", words.expected.inputs
    if len(ends) == 1:
        return f"pass {what} in `{keyword}=`"
    return f"list {what} as number {ends.index(number) + 1} of {len(ends)} in `{keyword}=[…]`"


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
    hint = _added(words, change, before, list(blocks.values()), readers)
    difference = words.difference(change, message, hint, code, "no such layer", next(iter(own), None))
    # In the drawing, what should read what is missing.
    marked = [words.student[number].name for number in words.there(readers)]
    return replace(difference, layers=(*difference.layers, *marked[:1]))


def _added(words: Words, change: Change, before: str, blocks: Sequence[Block], readers: Sequence[int]) -> str:
    """How layers that are missing are added, if all around them is there: what they read, and what reads them."""
    first, last, own = blocks[0], change.expected[-1], words.there(words.expected[change.expected[0]].sources)
    shared = any(len(words.expected.calls[block.layer]) > 1 for block in blocks)
    around = [words.partners.get(reader, -1) for reader in readers]
    is_plain = not shared and not (first.joins and len(blocks) > 1) and len(own) == len(first.sources)
    is_plain = is_plain and words.can_read([n for n in own if first.joins or not words.is_made_alone(n)])
    if not is_plain or not all(number >= 0 and _takes_more(words, number) for number in around):
        return ""
    code, it = ", then ".join(f"`{words.new(block)}`" for block in blocks), "its result"
    hint = f"Add {code}{',' if len(blocks) > 1 else ''} after {before}"
    if first.joins:
        joins = f"Join the results of {before} with {code[:-1]}([…])`"
        hint, it = joins if first.kind in MERGES else f"Call {code} on {before}", "the result"
    elif first.is_input:
        hint, it = f"Create {'another' if words.student.inputs else 'an'} {code}", "it" if len(blocks) == 1 else it
    it = it if len(blocks) == 1 else "the result of the last"
    into = listed([words.counterpart(reader) + _in_place(words, reader, own) for reader in readers], "")
    steps = [f"feed {it} into {into}"] if into else []
    steps += [_listing(words, last, it)] if last in words.expected.outputs else []
    steps += [_listing(words, change.expected[0], "it" if it == "it" else "the new input")] if first.is_input else []
    hint = f"{', '.join([hint, *steps[:-1]])}{', and ' if steps else ''}{''.join(steps[-1:])}."
    return hint + words.imports(blocks)


def _takes_more(words: Words, reader: int) -> bool:
    """Whether a call can be given something else in its line: what a loop has made, it may have as one list."""
    block = words.student[reader]
    return words.is_alone(reader) and (not block.joins or all(map(words.is_made_alone, block.sources)))


def _in_place(words: Words, merge: int, sources: Sequence[int]) -> str:
    """Which of the tensors that the student's merge joins gives way to what is missing before it."""
    if not words.expected[merge].joins or merge not in words.partners:
        return ""
    paired = {*words.partners.values()}  # what is extra gives way by the step that removes it
    joined = Counter(source for source in words.student[words.partners[merge]].sources if source in paired)
    wrong = joined - Counter(words.there(words.expected[merge].sources))
    gone = [source for source in wrong if source in sources or len(wrong) == 1]
    results = [(words.result(source), joined[source] > 1) for source in gone]
    texts = [f"one {'result of ' * text.startswith('the ')}{text}" if twice else text for text, twice in results]
    return f" in place of {listed(texts)}" if gone else ""


def _extra(words: Words, change: Change) -> Difference:
    first, last = change.student[0], change.student[-1]
    layers = listed([f"`{spelled(words.student[number])}`" for number in change.student])
    message = f"{words.at(first)}, {layers}, is an extra {'input' if words.student[first].is_input else 'layer'}."
    if len(change.student) > 1:
        message = f"The layers from {words.at(first)} to {words.name(last)} are extra: {layers}."
    names = list(dict.fromkeys(_removed(words, number, change.student) for number in change.student))
    steps = [f"remove {listed(names) if len(names) <= 3 else f'all layers from {names[0]} to {names[-1]}'}"]
    partners, readers = words.pairs, {reader for number in change.student for reader in words.student.readers[number]}
    if not all(map(words.is_made_alone, change.student)) or not all(map(words.is_alone, {*change.student, *readers})):
        return words.difference(change, message, "", "no such layer", layers)
    for reader in dict.fromkeys(reader for number in change.student for reader in words.student.readers[number]):
        if reader in partners and words.there(words.expected[partners[reader]].sources):  # else a new one goes in there
            block, name, read = words.expected[partners[reader]], words.name(reader), words.asked(partners[reader])
            steps.append(f"let {name} join {read}" if block.joins else f"feed {read} into {name}")
    called = {number: words.result(number) if len([*names, *steps]) > 2 else "it" for number in change.student}
    steps += [f"take {name} out of `inputs=[…]`" for number, name in called.items() if number in words.student.inputs]
    for number in (number for number in change.student if number in words.student.outputs):
        ends = [words.partners.get(b, -1) for b in words.expected.outputs]  # in the order of the task
        instead = [end for end in ends if end in words.before[number] - {*words.student.outputs}]
        results = f"the result{'s' * (len(instead) > 1)} of {words.listed(instead)}"
        steps.append(f"pass {results} in `outputs=` instead" if instead else
                     f"take {called[number]} out of `outputs=[…]`")  # fmt: skip
    hint = ", and ".join([", ".join(steps[:-1]), steps[-1]] if len(steps) > 1 else steps)
    return words.difference(change, message, f"R{hint[1:]}.", "no such layer", layers)


def _removed(words: Words, number: int, gone: Sequence[int]) -> str:
    """What is removed: a layer, or, if it has other calls, the one that is too many."""
    calls = words.student.calls[words.student[number].layer]
    return words.name(number) if {*calls} <= {*gone} else f"the call of {words.result(number)}"


def _width(words: Words, change: Change) -> Difference:
    number, kind = change.student[0], words.expected[change.expected[0]].kind
    actual = counted_width(kind, change.found)
    if isinstance(change.asked, tuple):
        low, high = change.asked
        expected = f"{low} to {counted_width(kind, high)}"
        hint = f"Give {words.name(number)} a width from {low} to {high}." if words.is_made_alone(number) else ""
    else:
        expected = counted_width(kind, change.asked)
        code = written_width(kind, change.asked)
        hint = corrected(words, change, code, f"Write `{code}` for {words.name(number)}.")
    message = f"Layer {words.at(number)}: expected {expected}, found {change.found}."
    return words.difference(change, message, hint, expected, actual)


def _setting(words: Words, change: Change) -> Difference:
    """An activation, or another parameter of a layer."""
    number, key = change.student[0], change.parameter
    name, kind = words.name(number), words.student[number].kind
    if kind == "Concatenate" and key == "axis" and change.asked is None:  # which `keras.ops` has another default for
        change = replace(change, asked=-1)
    if key == "arguments":
        message = f"{words.at(number)} is not called with the arguments that the task gives."
        return words.difference(change, message, f"Compare the arguments of the call to {name} with the task.")
    is_alone = [peer.parameter for peer in words.changes].count(key) == 1  # else the step is about several
    instead = f" in place of `{key}={value(change.found)}`" if is_alone and change.found not in (None, "linear") else ""
    hint = f"Write `{key}={value(change.asked)}`{instead} in {name}."
    if change.asked is None or (key, change.asked) == ("activation", "linear"):
        hint = f"Leave `{key}` out of {name}."
    if key == "activation":
        expected, actual = activation(change.asked), activation(change.found)
        wanted = "no activation" if change.asked == "linear" else f"activation {expected}"
    elif key == "trainable":
        expected, actual = ("frozen", "trainable") if change.asked is False else ("trainable", "frozen")
        wanted, hint = expected, f"{'Set' if change.asked is False else 'Leave out'} `trainable=False` for {name}."
    else:
        expected, actual = (setting_of(key, setting) for setting in (change.asked, change.found))
        wanted = expected
    code = f"{kind}(…)" if change.asked in (None, "linear") else f"{kind}(…, {key}={value(change.asked)})"
    apart = words.names.activations.get(words.student[number].name) if key == "activation" else None
    hint = _of_another(words, number, apart, change.asked) if apart else corrected(words, change, code, hint)
    message = f"Layer {words.at(number)}: expected {wanted}, found {actual}."
    return words.difference(change, message, hint, expected, actual)


def _of_another(words: Words, number: int, apart: Layer, asked: Value) -> str:
    """The step for an activation that another layer, or an operation, applies; empty if it is that of several calls."""
    names = words.names
    together = names.made_with(apart.name), names.called_with(apart.name), names.calls.get(apart.name, ())
    if max(map(len, together)) > 1 or not (words.is_alone(number) and words.is_made_alone(number)):
        return ""
    if asked == "linear":
        return f"Remove {names.at(apart.name)}, and use {words.result(number)} wherever its result is used."
    if written := names.written(apart.name, "activation"):
        return in_place(written, f"`{value(asked)}`")
    return f"Apply {activation(asked)} in place of {names.at(apart.name)}."


def _other_class(words: Words, change: Change) -> Difference:
    expected, actual = (
        spelled(block) for block in (words.expected[change.expected[0]], words.student[change.student[0]])
    )
    at = words.at(change.student[0])
    hint = f"Write `{words.new(words.expected[change.expected[0]])}` in place of {at}."
    kinds = words.expected[change.expected[0]].kind, words.student[change.student[0]].kind
    if MERGES.issuperset(kinds):
        functions = f"Write `{expected}` in place of `{actual}`"
        hint = f"{functions}, or `{kinds[0]}` in place of `{kinds[1]}`, in {at}."
    hint += words.imports([words.expected[change.expected[0]]], merge_classes=True)
    hint = hint if words.is_made_alone(change.student[0]) else ""
    message = f"Layer {words.at(change.student[0])}: expected `{expected}`, found `{actual}`."
    return words.difference(change, message, hint, f"`{expected}`", f"`{actual}`")


def _order(words: Words, change: Change) -> Difference:
    asked, actual = words.listed(change.asked_sources), words.listed(change.found_sources)
    if change.parameter == "activation":
        at = listed([words.at(source) for source in change.found_sources])
        message = f"The activation {activation(change.asked)} follows {at}; expected after {asked}."
        hint = f"Apply {activation(change.asked)} to the result of {asked}, and not to that of {actual}."
        hint = hint if all(map(words.is_made_alone, (*change.asked_sources, *change.found_sources))) else ""
        return words.difference(change, message, hint, f"after {asked}", f"after {actual}")
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
    name, result = words.name(number), words.names.results.get(block.name)
    called = f"the layer that gives {name}" if result and result == words.names.variables.get(block.name) else name
    hint = f"Call {called} on {expected}{order}, in place of {actual}."
    if block.kind in MERGES:
        hint = f"Let {name} join {expected}{order}, each once."
    elif len(calls := words.student.calls[block.layer]) > 1 and len(block.sources) == 1:
        # One call alone would be corrected again and again, since its line is that of all calls.
        wanted = listed([words.counterpart(source) for source in _read_by_all(words, change)])
        names = Counter(words.name(source) for call in calls for source in words.student[call].sources)
        called = listed([name if many == 1 else f"{name} {times(many)}" for name, many in names.items()])
        message = f"{at} is called on {called}; expected {wanted}."
        hint = f"Call {name} on {wanted}, each separately."
    lacking = Counter(change.asked_sources) - Counter(change.found_sources)
    hint = hint if words.can_read(lacking, number) else ""
    if number in words.student.live and (unused := lacking.keys() - words.student.live):
        return _unused(words, change, sorted(unused), hint)
    difference = words.difference(change, message, hint, expected, actual)
    unread = [words.student[source].name for source in lacking]
    location = next(iter(words.names.calls.get(block.name, ())), difference.location)
    return replace(difference, layers=(*difference.layers, *unread), location=location)


def _unused(words: Words, change: Change, unused: Sequence[int], hint: str) -> Difference:
    """A call that does not read what was built for it."""
    block = words.student[change.student[0]]
    reads = f"reads {listed([words.result(source) for source in change.found_sources], 'nothing')} instead"
    at, them = words.names.at_calls(block.name), "it" if len(unused) == 1 else "them"
    reads = f"does not join {them}" if block.joins else reads
    layers = listed([words.described(number) for number in unused])
    message = f"{layers} {be(unused)} created but not used: {at} {reads}."
    names = [words.student[number].name for number in unused]
    difference = words.difference(change, message, hint, "all layers in use", "created, but not used")
    return replace(difference, layer=names[0], layers=(*names, *difference.layers), location=words.location(unused[0]))


def _read_by_all(words: Words, change: Change) -> list[int]:
    """What all calls of an expected layer read."""
    calls = words.expected.calls[words.expected[change.expected[0]].layer]
    return sorted((source for call in calls for source in words.expected[call].sources), key=words.order_of)


def _sharing(words: Words, change: Change) -> Difference:
    if change.parameter == "together":
        layers = {words.student[number].layer: number for number in reversed(change.student)}
        first, *rest = sorted(layers.values())
        blamed = listed([words.at(first), *(words.name(number) for number in rest)])
        count = counted(len(layers), "separate layer")
        message = f"{blamed} are {count}; the exercise asks for one layer, called {times(len(layers))}."
        code = words.new(words.expected[change.expected[0]])
        every = listed([words.counterpart(source) for source in _read_by_all(words, change)])
        location, alone = words.location(first), all(map(words.is_made_alone, layers.values()))
        alone = alone and not any(words.student[number].name in words.names.functions for number in layers.values())
        above = f" above {location}" if location and str(location) else ""
        instead = words.listed(layers.values())
        hint = f"Create the layer once{above}: write `common = {code}`."
        hint += f" In place of {instead}, call `common` on {every}, each separately."
        hint = hint if alone and all(map(words.is_alone, change.student)) else ""
        return words.difference(change, message, hint, "one shared layer", f"{len(layers)} layers")
    at, name = words.at(change.student[0]), words.name(change.student[0])
    if change.parameter == "apart":
        count = counted(len(change.expected), "separate layer")
        message = f"{at} is one layer, called {times(len(change.student))}; the exercise asks for {count}."
        codes = [f"`{words.new(words.expected[number])}`" for number in change.expected]
        each = f", {listed(codes)}," if len({*codes}) > 1 else ""
        hint = f"Create a layer for each call{each} instead of calling {name} again."
        hint = hint if words.is_alone(change.student[0]) else ""
        return words.difference(change, message, hint, count, "one shared layer")
    expected, actual = times(change.asked), times(change.found)
    message = f"{words.names.at_calls(words.student[change.student[0]].name)} is called {actual}; expected {expected}."
    is_plain = words.partners.keys() >= {*change.expected}  # a call that is missing needs a reader, too
    hint = f"Call {name} {expected}." if is_plain and words.is_alone(change.student[0]) else ""
    return words.difference(change, message, hint, expected, actual)


_FED = {"input count": "inputs", "input order": "inputs", "head count": "targets", "output order": "targets"}
"""The part of the data that a change of inputs or outputs is about."""
_TELL: Mapping[str, Callable[[Words, Change], Difference]] = {
    "inputs": _inputs, "outputs": _outputs, "sharing": _sharing, "missing": _missing, "extra": _extra, "order": _order,
    "wiring": _wiring,
    "merge": _other_class, "class": _other_class, "width": _width, "activation": _setting, "parameter": _setting,
}  # fmt: skip
