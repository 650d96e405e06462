"""Variants of a reference: equal networks in every spelling that the rules of equality know. None may lose a point."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from grader.checks import freedoms
from grader.domain import Assignment, Layer, ModelGraph, Shape, Tensor, Value, readers
from grader.graph import Freedom
from grader.graph.edits import appended, inserted, sorted_calls, with_params
from grader.graph.reading.roles import width_parameter
from grader.graph.source import UnwritableError
from tests.spellings.program import CHOICES, Nest, Program, random_style, reference_program
from tests.spellings.writer import write

MIXTURES = 24
"""How many variants choose everything at random at once, to find what single choices do not show."""

IDENTITIES: Mapping[str, tuple[str, tuple[tuple[str, Value], ...]]] = {
    "Identity()": ("Identity", ()),
    "Dropout(0)": ("Dropout", (("rate", 0.0),)),
    "Activation('linear')": ("Activation", (("activation", "linear"),)),
    "Flatten()": ("Flatten", ()),
}

@dataclass(frozen=True)
class Variant:
    """An equal program. `rule` names the rule of equality, `name` where it was applied."""

    rule: str
    name: str
    program: Program


def variants(assignment: Assignment, graph: ModelGraph) -> tuple[Variant, ...]:
    """Every rule applied wherever it applies; a choice that does not change the text is left out."""
    reference = reference_program(assignment, graph)
    found = [Variant("as it is", "the reference", reference)]
    seen = {write(reference)}
    for variant in _all(reference):
        try:
            text = write(variant.program)
        except UnwritableError:
            continue
        if text not in seen:
            seen.add(text)
            found.append(variant)
    return tuple(found)


def _all(reference: Program) -> Iterator[Variant]:
    yield from _spellings(reference)
    yield from _identities(reference)
    yield from _nested_models(reference)
    yield from _nested_merges(reference)
    yield from _dead_ends(reference)
    yield from _free_layers(reference)
    yield from _loss_orders(reference)
    for seed in range(1, MIXTURES + 1):
        yield Variant("everything at once", f"mixture {seed}", replace(reference, style=random_style(seed)))


def _spellings(reference: Program) -> Iterator[Variant]:
    for part, choices in CHOICES.items():
        for choice in choices[1:]:
            yield Variant(part, f"{part}: {choice}", reference.styled(**{part: choice}))


def _identities(reference: Program) -> Iterator[Variant]:
    """A layer that changes nothing, behind each tensor."""
    graph = reference.graph
    for number, call in enumerate(graph.calls):
        for text, (kind, params) in _identities_of(graph.shape(Tensor(number))).items():
            name = graph.layers[call.layer].name
            changed = inserted(graph, Tensor(number), Layer("nothing", kind, params))
            yield Variant("identity layer", f"{text} behind `{name}`", replace(reference, graph=changed))


def _identities_of(shape: Shape) -> Mapping[str, tuple[str, tuple[tuple[str, Value], ...]]]:
    """Layers that change nothing about a tensor of this shape."""
    if len(shape) == 2:
        return IDENTITIES
    found = {text: layer for text, layer in IDENTITIES.items() if text != "Flatten()"}
    axes, sizes = tuple(range(1, len(shape))), shape[1:]
    if axes:
        found[f"Permute({axes})"] = ("Permute", (("dims", axes),))
    if axes and None not in sizes:
        found[f"Reshape({sizes})"] = ("Reshape", (("target_shape", sizes),))
    return found


def _nested_models(reference: Program) -> Iterator[Variant]:
    """Parts of the network as separate models: each layer, each chain, and the whole."""
    graph = reference.graph
    for chain in _chains(graph):
        names = ", ".join(graph.layers[graph.calls[number].layer].name for number in chain)
        for kind in ("Model", "Sequential"):
            nest = Nest(frozenset(chain), kind)
            yield Variant("nested model", f"{names} as a `{kind}`", replace(reference, nest=nest))
        if len(chain) == 1:
            deep = replace(reference, nest=Nest(frozenset(chain), depth=3))
            yield Variant("nested model", f"{names} in three models around each other", deep)
    inner = frozenset(range(len(graph.calls))) - {tensor.call for tensor in graph.inputs}
    if len(graph.outputs) == 1:
        whole = replace(reference, nest=Nest(inner))
        yield Variant("nested model", "the whole network in another", whole)
        for sharing in CHOICES["sharing"][1:]:
            name = f"the whole network in another, sharing: {sharing}"
            yield Variant("nested model", name, whole.styled(sharing=sharing))


def _chains(graph: ModelGraph) -> list[tuple[int, ...]]:
    """Runs of calls that each read only the one before, single ones too; layers that are called once."""
    read_by = readers(graph.calls)
    ends = {tensor.call for tensor in graph.outputs}

    def plain(number: int) -> bool:
        call = graph.calls[number]
        alone = len(call.sources) == 1 == sum(other.layer == call.layer for other in graph.calls)
        return alone and len(call.args) == 1 and not call.kwargs and len(call.shapes) < 2

    chains: list[tuple[int, ...]] = []
    for start in range(len(graph.calls)):
        run: tuple[int, ...] = ()
        number = start
        while plain(number):
            run = (*run, number)
            chains.append(run)
            following = read_by[number]
            if len(following) != 1 or number in ends:
                break
            number = following[0]
    return chains


def _nested_merges(reference: Program) -> Iterator[Variant]:
    """`concatenate([concatenate([a, b]), c])` for `concatenate([a, b, c])`."""
    graph = reference.graph
    for number, call in enumerate(graph.calls):
        layer, sources = graph.layers[call.layer], call.sources
        if layer.kind not in ("Concatenate", "Add", "Multiply", "Maximum", "Minimum") or len(sources) < 3:
            continue
        if layer.params:
            continue  # along another axis
        for left in range(len(sources) - 1):
            pair, rest = sources[left : left + 2], (*sources[:left], *sources[left + 2 :])
            width = sum(graph.shape(tensor)[-1] or 0 for tensor in pair) if layer.kind == "Concatenate" else None
            shape = (*graph.shape(pair[0])[:-1], width or graph.shape(pair[0])[-1])
            grown, inner = appended(graph, replace(layer, name=f"{layer.name}_inner"), (pair,), shape)
            outer = replace(call, args=((*rest, inner),))
            calls = (*grown.calls[:number], outer, *grown.calls[number + 1 :])
            changed = sorted_calls(replace(grown, calls=calls))
            name = f"inputs {left + 1} and {left + 2} of `{layer.name}` first"
            yield Variant("nested merge", name, replace(reference, graph=changed))


def _dead_ends(reference: Program) -> Iterator[Variant]:
    """A layer that is called, and whose result nothing reads."""
    graph = reference.graph
    for tensor in graph.inputs:
        whole = graph.layers[graph.calls[tensor.call].layer].param("dtype", "float32") != "float32"
        layer = Layer("unused", "Rescaling", (("scale", 2.0),)) if whole else Layer("unused", "Dense", (("units", 7),))
        grown, _ = appended(graph, layer, (tensor,), graph.shape(tensor) if whole else (*graph.shape(tensor)[:-1], 7))
        name = graph.layers[graph.calls[tensor.call].layer].name
        yield Variant("dead end", f"a layer on `{name}` that nothing reads", replace(reference, graph=grown))


def _free_layers(reference: Program) -> Iterator[Variant]:
    """What the spec leaves to the student, at both ends and in between."""
    for name, freedom in freedoms(reference.assignment).items():
        number = next(i for i, layer in enumerate(reference.graph.layers) if layer.name == name)
        width = width_parameter(reference.graph.layers[number].kind)
        for units in _widths(freedom):
            changed = with_params(reference.graph, number, **{width: units})
            yield Variant("freedom", f"`{name}` with {units} units", replace(reference, graph=changed))
        for activation in ("tanh", "relu", "softplus", "silu", None) if freedom.activation else ():
            changed = with_params(reference.graph, number, activation=activation)
            yield Variant("freedom", f"`{name}` with activation {activation}", replace(reference, graph=changed))


def _widths(freedom: Freedom) -> tuple[int, ...]:
    if freedom.units is None:
        return ()
    low, high = freedom.units
    return tuple(dict.fromkeys((low, low + 1, (low + high) // 2, high)))


def _loss_orders(reference: Program) -> Iterator[Variant]:
    """The losses in the other order, if the task allows it."""
    compiled = reference.compiled
    if reference.assignment.recipe.any_loss_order and compiled is not None:
        turned = replace(compiled, losses=compiled.losses[::-1])
        yield Variant("freedom", "losses in the other order", replace(reference, compiled=turned))
