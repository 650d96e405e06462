"""Variants of a reference: equal networks in every spelling that the rules of equality know. None may lose a point."""

from __future__ import annotations

import itertools
import random
from collections.abc import Iterator
from dataclasses import dataclass, replace

from grader.authoring.mutants import variants as allowed
from grader.domain import Assignment, Layer, ModelGraph, Tensor, Value
from grader.graph import equal
from grader.graph.edits import appended, inserted, sorted_calls, with_call, with_calls
from grader.graph.keras_code import UnwritableError
from tests.spellings.writer import CHOICES, PER_CALL, Program, Style, is_simple, write

MIXTURES = 24  # variants that choose everything at random at once, to find what single choices do not show
IDENTITIES: tuple[tuple[str, tuple[tuple[str, Value], ...]], ...] = (
    ("Identity", ()), ("Dropout", (("rate", 0.0),)), ("Activation", (("activation", "linear"),)),
)  # fmt: skip


@dataclass(frozen=True)
class Variant:
    """An equal program. `rule` names the rule of equality, `name` where it was applied."""

    rule: str
    name: str
    program: Program


def variants(assignment: Assignment, graph: ModelGraph) -> tuple[Variant, ...]:
    """Every rule applied wherever it applies; a choice that does not change the text is left out."""
    by_text: dict[str, Variant] = {}
    for variant in _all(Program(assignment, graph, assignment.recipe)):
        try:
            by_text.setdefault(write(variant.program), variant)
        except UnwritableError:
            continue
    return tuple(by_text.values())


def _all(reference: Program) -> Iterator[Variant]:
    yield Variant("as it is", "the reference", reference)
    for part, choices in CHOICES.items():
        for choice in choices[1:]:
            yield Variant(part, f"{part}: {choice}", reference.styled(**{part: choice}))
    for rule, name, graph in _edits(reference):
        yield Variant(rule, name, replace(reference, graph=graph))
    yield from _nested(reference)
    yield from _free(reference)
    for seed in range(1, MIXTURES + 1):
        pick = random.Random(seed)
        whole = {part: pick.choice(choices) for part, choices in CHOICES.items() if part not in PER_CALL}
        yield Variant("everything at once", f"mixture {seed}", replace(reference, style=Style(whole, seed)))


def _edits(reference: Program) -> Iterator[tuple[str, str, ModelGraph]]:
    """Equal networks that differ in more than the text of single statements."""
    graph, labels = reference.graph, reference.assignment.data.inputs
    for number, call in enumerate(graph.calls):
        name, shape = graph.layers[call.layer].name, graph.shape(Tensor(number))
        flat = ("Flatten", ()) if len(shape) == 2 else ("Permute", (("dims", tuple(range(1, len(shape)))),))
        for kind, params in (*IDENTITIES, flat):
            changed = inserted(graph, Tensor(number), Layer("nothing", kind, params))
            yield "identity layer", f"{kind} behind `{name}`", changed
        turned = with_call(graph, number, replace(call, args=(tuple(reversed(call.sources)),)))
        if len(call.sources) > 1 and equal(turned, graph, labels):
            yield "operands", f"the operands of `{name}` the other way round", turned
        yield from _nested_merges(graph, number)
    for tensor in graph.inputs:
        shape = (*graph.shape(tensor)[:-1], 7)
        grown, _ = appended(graph, Layer("unused", "Dense", (("units", 7),)), (tensor,), shape)
        yield "dead end", f"a layer on input {tensor.call} that nothing reads", grown
    order: list[int] = []
    while len(order) < len(graph.calls):  # always the last of those that are ready
        order.append(max(
            n for n, call in enumerate(graph.calls) if n not in order and all(t.call in order for t in call.sources)
        ))  # fmt: skip
    yield "statements", "branches the other way round", with_calls(graph, order)
    if len(graph.inputs) > 1 and len(set(labels)) == 1:
        turned = replace(graph, inputs=graph.inputs[::-1], input_names=graph.input_names[::-1])
        yield "input order", "inputs of the same data the other way round", turned


def _nested_merges(graph: ModelGraph, number: int) -> Iterator[tuple[str, str, ModelGraph]]:
    """`concatenate([concatenate([a, b]), c])` for `concatenate([a, b, c])`."""
    call = graph.calls[number]
    layer, sources = graph.layers[call.layer], call.sources
    if layer.kind not in ("Concatenate", "Add", "Multiply", "Maximum", "Minimum") or layer.params:
        return
    for left in range(len(sources) - 1 if len(sources) > 2 else 0):
        pair, rest = sources[left : left + 2], (*sources[:left], *sources[left + 2 :])
        width = sum(graph.shape(tensor)[-1] or 0 for tensor in pair) if layer.kind == "Concatenate" else None
        shape = (*graph.shape(pair[0])[:-1], width or graph.shape(pair[0])[-1])
        grown, inner = appended(graph, replace(layer, name=f"{layer.name}_inner"), (pair,), shape)
        changed = sorted_calls(with_call(grown, number, replace(call, args=((*rest, inner),))))
        yield "nested merge", f"inputs {left + 1} and {left + 2} of `{layer.name}` first", changed


def _nested(reference: Program) -> Iterator[Variant]:
    """Layers in models of their own, and the whole network in another model."""
    graph = reference.graph
    simple = [n for n, call in enumerate(graph.calls) if is_simple(call)
              and sum(other.layer == call.layer for other in graph.calls) == 1]  # fmt: skip
    for number, kind in itertools.product(simple, ("Model", "Sequential", "three models")):
        name = graph.layers[graph.calls[number].layer].name
        yield Variant("nested model", f"`{name}` as a {kind}", replace(reference, nested={number: kind}))
    yield Variant("nested model", "each layer as a Model", replace(reference, nested=dict.fromkeys(simple, "Model")))
    for sharing in CHOICES["sharing"] if len(graph.outputs) == 1 else ():
        whole = replace(reference, is_inside=True).styled(sharing=sharing)
        yield Variant("nested model", f"the whole network in another, sharing: {sharing}", whole)


def _free(reference: Program) -> Iterator[Variant]:
    """What the spec leaves to the student."""
    recipe = reference.recipe
    for variant in allowed(reference.assignment, reference.graph)[1:]:
        if variant.graph is not reference.graph:
            yield Variant("freedom", variant.words, replace(reference, graph=variant.graph))
    if recipe.any_loss_order and len(set(recipe.loss)) > 1:
        turned = replace(recipe, loss=recipe.loss[::-1])
        yield Variant("freedom", "losses in the other order", replace(reference, recipe=turned))
