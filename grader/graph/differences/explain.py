"""Why a network is not the expected one: the fewest changes that explain it, in words, by the student's layer names."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import lru_cache
from itertools import permutations

from grader.domain import Configured, Difference, Location, ModelGraph, Statement, Step, Tensor
from grader.domain.told_edits import written_in_place
from grader.domain.words import counted
from grader.graph.codec import serialise
from grader.graph.differences.blocks import Blocks, blocks
from grader.graph.differences.changes import Change, Pairs, changes
from grader.graph.differences.expected_as_typed import as_typed
from grader.graph.differences.names import LayerNames, generated, is_result, no_input
from grader.graph.differences.pairs import closest, with_ends
from grader.graph.differences.program_edits import CannotWriteError, rewritten
from grader.graph.differences.sentences import tell
from grader.graph.differences.settled import has_edits, settled
from grader.graph.differences.student_program import block_of_calls, by_layer
from grader.graph.differences.words import Words
from grader.graph.edits import pruned
from grader.graph.equality.canonical_form import activations_apart, canonical, folded, orders
from grader.graph.equality.compare import Freedom, align, as_fed, called_once, named_order, typed_as
from grader.graph.keras_code import UnwritableError, names_around, program
from grader.graph.reading.catalogue import INITIALIZER_ALIASES, LAYERS
from grader.graph.reading.parameters import setting

Labels = tuple[str, ...]
_MOST_BLOCKS = 1_000  # beyond those of the reference; nobody fixes such a large network change by change
_MOST_ORDERED = 4  # inputs, which have 24 orders


@dataclass(frozen=True)
class Diff:
    """How two networks differ, without words: both as blocks, which block is which, and the changes between them.

    `form` is the student's network in canonical form, its layers called by their numbers; of its outputs the last are
    what is built and not used. Networks that are `equal` have no changes; of one that is far too large none are looked
    for.
    """

    form: ModelGraph
    student: Blocks
    expected: Blocks
    pairs: Pairs
    changes: Sequence[Change]
    equal: bool

    @property
    def used(self) -> ModelGraph:
        """The student's network without what is built and not used."""
        return pruned(replace(self.form, outputs=self.form.outputs[: len(self.student.outputs)]))


@dataclass(frozen=True)
class _Exact:
    """A network that equals another one only if both are written and called alike: `1` is neither `True` nor `1.0`."""

    text: str
    names: tuple[str, ...]
    graph: ModelGraph = field(compare=False)

    @classmethod
    def of(cls, graph: ModelGraph) -> _Exact:
        names = (*(layer.name for layer in graph.layers), *graph.input_names, *graph.output_names)
        return cls(serialise(graph), names, graph)


def compared(
    student: ModelGraph, reference: ModelGraph, labels: Labels = (), free: Mapping[str, Freedom] | None = None
) -> tuple[Diff, Mapping[str, str]]:
    """The one comparison of two networks, and what the student calls the layers that it numbers.

    It is made once for all networks that are spelled differently, or that a whole class hands in.
    """
    input_labels = known_labels(student, labels)
    forms = [numbered(typed_as(graph, reference), input_labels) for graph in orders(as_fed(student, reference, labels))]
    exact = tuple(_Exact.of(form) for form, _ in forms)
    ends = len(student.outputs)
    diff = _diff(exact, ends, _Exact.of(reference), tuple(labels), tuple((free or {}).items()))
    return diff, next(names for form, names in forms if form == diff.form)


def known_labels(student: ModelGraph, labels: Labels) -> Labels:
    """The labels of the student's inputs; of another number of inputs, as far as all data have one label."""
    if len(labels) == len(student.inputs):
        return tuple(labels)
    return () if len(set(labels)) > 1 else tuple(labels[:1]) * len(student.inputs)


def numbered(graph: ModelGraph, labels: Labels) -> tuple[ModelGraph, Mapping[str, str]]:
    """The canonical form with numbers for names, and the names of the layers with these numbers.

    Results that nothing reads are further outputs of it.
    """
    layers = tuple(replace(layer, name=f"layer {number}") for number, layer in enumerate(graph.layers))
    read = {tensor.call for call in graph.calls for tensor in call.sources}
    read |= {tensor.call for tensor in (*graph.inputs, *graph.outputs)}
    unused = tuple(Tensor(number) for number in range(len(graph.calls)) if number not in read)
    whole = replace(graph, name="", layers=layers, outputs=(*graph.outputs, *unused), outputs_ordered=True)
    form = folded(canonical(whole, labels))
    own = {layer.name: old.name for layer, old in zip(layers, graph.layers, strict=True)}
    names = {f"layer {number}": own.get(layer.name, layer.name) for number, layer in enumerate(form.layers)}
    layers = tuple(replace(layer, name=name) for name, layer in zip(names, form.layers, strict=True))
    inputs, outputs = (
        tuple(f"{word} {number}" for number in range(1, len(ends) + 1))
        for word, ends in (("input", form.inputs), ("output", form.outputs))
    )
    return replace(form, layers=layers, input_names=inputs, output_names=outputs, parameters=None), names


@lru_cache(maxsize=512)
def _diff(
    forms: tuple[_Exact, ...], outputs: int, reference: _Exact, labels: Labels, free: tuple[tuple[str, Freedom], ...]
) -> Diff:
    expected = blocks(reference.graph, labels, dict(free))
    unused = len(forms[0].graph.outputs) - outputs
    used = [replace(exact.graph, outputs=exact.graph.outputs[:outputs]) for exact in forms]
    used += [once for form in used if (once := called_once(form)) != form]
    equal = any(align(form, reference.graph, dict(free), labels) is not None for form in used)
    diffs = []
    for form in (exact.graph for exact in forms):
        student = blocks(form, known_labels(form, labels), unused=unused)
        large = len(student) > _MOST_BLOCKS + len(expected)
        pairs, fewest = ({}, []) if large else closest(student, expected)
        diffs.append(Diff(form, student, expected, pairs, [] if equal else fewest, equal))
    return min(diffs, key=lambda diff: (len(diff.changes), serialise(diff.form)))


def differences(
    student: ModelGraph,
    reference: ModelGraph,
    labels: Sequence[str] = (),
    *,
    free: Mapping[str, Freedom] | None = None,
    names: LayerNames | None = None,
    initializers: Mapping[str, str] | None = None,
    targets: Sequence[str] = (),
) -> tuple[Difference, ...]:
    """The changes that turn the student's network into the reference, the most important first; none if they are equal.

    `labels` name the data of each input, `free` the student's choices, and `names` the layers; `initializers` are those
    that new layers need, by parameter, and `targets` name the data of each output.
    """
    names = names or LayerNames(generated=generated(student.layers))
    diff, own = compared(student, reference, tuple(labels), free)
    ends = student.makers(student.inputs)
    result = min(names.clones, default="") or next(filter(is_result, ends), "")
    if diff.equal and not result:
        return ()
    words = _words(diff, own, names, initializers, student, reference, targets)
    differences = described(words) if diff.pairs else (too_many(student, reference),)
    if result:  # what is before it belongs to the network, and is not in it
        (message, hint), place = no_input(names, result), names.locations.get(result)
        told = () if names.statements else (Step(hint),)
        differences = (Difference("inputs", message, told, result, location=place, subject="input shape"),)
    if not names.rewritten and all(difference.steps for difference in differences):
        return differences
    certain, lines = _corrections(words, student, reference)
    if certain and lines and not names.rewritten:
        return tuple(replace(each, steps=each.steps if has_edits(each.steps) else lines) for each in differences)
    return tuple(replace(each, steps=(*lines, *certain), corrects_all=True) for each in differences)


def correction(
    student: ModelGraph,
    reference: ModelGraph,
    labels: Sequence[str],
    *,
    free: Mapping[str, Freedom],
    names: LayerNames,
    initializers: Mapping[str, str],
    targets: Sequence[str] = (),
    edited: bool = False,
    in_lines: bool = False,
) -> tuple[Step, ...]:
    """The steps that turn a program into one that builds the reference, also where it failed to build the same; or an
    `edited` form of its own network, in which layers have kept their names. Where they have to be told `in_lines` of
    the program, and that is not possible, there are none.
    """
    diff, own = compared(student, reference, tuple(labels), free)
    words = _words(diff, own, names, initializers, student, reference, targets)
    words = _paired_by_name(words, student, reference) if edited else words
    certain, lines = _corrections(words, student, reference, in_lines)
    return (*lines, *certain)


def _paired_by_name(words: Words, student: ModelGraph, edited: ModelGraph) -> Words:
    """The first calls of layers with one name are a pair, and the second ones, and so on."""

    expected = by_layer(edited, block_of_calls(edited, words.expected))
    pairs = {a: expected[call] for call, a in words.calls.items() if call in expected}
    return replace(words, pairs=pairs, changes=changes(words.student, words.expected, pairs))


def _words(
    diff: Diff,
    own: Mapping[str, str],
    names: LayerNames,
    initializers: Mapping[str, str] | None,
    student: ModelGraph,
    reference: ModelGraph,
    targets: Sequence[str],
) -> Words:
    names = replace(names, activations=activations_apart(student))
    words = words_for(diff, own, names, initializers)
    calls = by_layer(student, block_of_calls(student, words.student))
    words = replace(words, calls=calls, starts=_starts(words, student))
    words = in_their_order(words, student, reference)
    ends = [*map(names.called, student.makers(student.outputs))]
    is_moved = any(change.parameter == "output order" for change in words.changes)
    if not is_moved or named_order(ends, targets) != [*range(len(ends))]:
        return words
    in_order = zip(words.student.outputs, words.expected.outputs, strict=False)  # by their names, they are
    pairs = with_ends(words.student, words.expected, words.pairs, in_order)
    return replace(words, pairs=pairs, changes=changes(words.student, words.expected, pairs))


def _starts(words: Words, student: ModelGraph) -> Mapping[tuple[str, str], str]:
    """Initializers that are asked for, as code, of layers that are there and have others."""
    paired, asked = {words.student[a].name for a in words.pairs}, words.initializers
    return {
        (layer.name, name): repr(asked[name])
        for layer in student.layers if layer.name in paired
        for name in asked.keys() & LAYERS.get(layer.kind, {}).keys()
        if setting(layer, name) != Configured(INITIALIZER_ALIASES.get(asked[name], asked[name]))
    }  # fmt: skip


def _corrections(
    words: Words, student: ModelGraph, reference: ModelGraph, in_lines: bool = False
) -> tuple[tuple[Step, ...], tuple[Step, ...]]:
    """What turns the whole network into the expected one: the steps for what is certain, and lines to write for the
    rest; or, where these would overwrite it, for all of it."""
    certain, rest = settled(words)
    try:
        network = as_typed(words, reference)
        with suppress(CannotWriteError):
            lines = rewritten(rest, student, network, words.student).steps
            written = [edit for step in lines for edit in step.edits]
            if not any(edit.meets(other) for step in certain for edit in step.edits for other in written):
                return certain, lines
        with suppress(CannotWriteError):
            return (), rewritten(words, student, network, words.student).steps
        return (), () if in_lines else (_written_out(words, student, network),)
    except UnwritableError:
        return (), (Step("Compare it with the task, layer by layer."),)


def _written_out(words: Words, student: ModelGraph, network: ModelGraph) -> Step:
    """The step that has the network as a whole, as a `Sequential` where the student has one that need be no other."""
    links = [[tensor.call for tensor in call.sources] for call in network.calls]
    is_chain = student.kind == "Sequential" and links == [[n] * (n >= 0) for n in range(-1, len(links) - 1)]
    names = words.names
    return written_out(
        network,
        names.model,
        sequential=is_chain and not names.rewritten,
        statements=names.statements,
        imported=names.imported,
    )


def _are_alone(statements: Sequence[Statement]) -> bool:
    """Whether nothing but comments stands between those that build a network, and nothing else reads what they bind."""
    texts = {(entry.location.cell, entry.location.file) for entry in statements if entry.location.line}
    between = [line.lstrip() for entry in statements[1:] for line in entry.above]
    is_plain = all(not line or line.startswith("#") for line in between)
    return len(texts) == 1 and is_plain and {*statements[-1].below} <= {*statements[-1].binds}


def _start(statement: Statement, model: str) -> str:
    """What stands before a model in the statement that makes it."""
    if statement.code.lstrip().startswith("return "):
        return "return "
    return f"{statement.binds[0] if len(statement.binds) == 1 else model} = "


def written_out(
    network: ModelGraph,
    model: str,
    *,
    sequential: bool = False,
    statements: Sequence[Statement] = (),
    imported: Mapping[str, str],
    place: Location | None = None,
) -> Step:
    """The step that has a network as a whole program, for a variable, perhaps in place of statements or of a line;
    `imported` is what the program has of Keras. Raises `UnwritableError`.
    """
    start, end, around = f"{model} = ", 0, tuple[str, ...]()
    if _are_alone(statements):
        last, gone = statements[-1], {name for entry in statements[:-1] for name in entry.binds}
        place, start, end = statements[0].location, _start(last, model), last.location.line or 0
        end += last.code.count("\n")
        around = last.model if last.model and gone.isdisjoint(names_around(last.model)) else ()
    code = program(network, None, sequential=sequential, start=start, around=around)
    return written_in_place(code, place, end, imported)


def words_for(
    diff: Diff, called: Mapping[str, str], names: LayerNames, initializers: Mapping[str, str] | None = None
) -> Words:
    """What to call the layers of two networks; `called` names all."""
    student, expected = (_renamed(side, called) for side in (diff.student, diff.expected))
    return Words(student, expected, diff.pairs, names, diff.changes, initializers or {})


def in_their_order(words: Words, graph: ModelGraph, reference: ModelGraph) -> Words:
    """The pairs with inputs that are fed alike in the order of both lists, where that leaves as few changes."""
    own, listed = block_of_calls(graph, words.student), reference.makers(reference.inputs)
    inputs = dict.fromkeys(own[tensor.call] for tensor in graph.inputs if own.get(tensor.call) in words.pairs)
    starts = [a for a in inputs if words.expected[words.pairs[a]].is_input]
    partners = sorted(words.expected.inputs, key=lambda b: listed.index(words.expected[b].name))
    is_free = len({words.expected[b].label for b in partners}) == 1 and len(starts) <= len(partners) <= _MOST_ORDERED
    if not (words.changes and starts and is_free):
        return words
    orders = [[*zip(starts, order, strict=True)] for order in permutations(partners, len(starts))]
    found = [with_ends(words.student, words.expected, words.pairs, order) for order in orders]
    found += [{**words.pairs, **dict(order)} for order in orders]
    tried = [(pairs, changes(words.student, words.expected, pairs)) for pairs in found]
    pairs, fewest = min(tried, key=lambda entry: len(entry[1]))
    return replace(words, pairs=pairs, changes=fewest)


def described(words: Words) -> tuple[Difference, ...]:
    """The changes between two networks that are not equal, in words; without a step where that is no line's."""
    own, asked = words.student, words.expected
    message = "The network does not compute the same as the expected one."
    if len(own.inputs) > len(asked.inputs):  # one of them is listed twice
        message = f"`Model(…)` is given {counted(len(own.inputs), 'input')}; the expected one has {len(asked.inputs)}."
    return tuple(tell(words, change) for change in words.changes) or (Difference("network", message),)


def _renamed(side: Blocks, names: Mapping[str, str]) -> Blocks:
    return replace(side, blocks=tuple(replace(block, name=names.get(block.name, block.name)) for block in side.blocks))


def too_many(student: ModelGraph, reference: ModelGraph) -> Difference:
    actual, expected = (f"{len(graph.layers):,} layers" for graph in (student, reference))
    message = f"The network has {actual}; the expected one has {expected}."
    return Difference("network", message, expected=expected, actual=actual)
