"""The inputs and outputs that a rubric asks for, and a network that is given them.

Where no network is expected, that is what a student's own one is compared with.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from grader.checks.network_view import unactivated
from grader.checks.spec_values import ANY, sizes
from grader.domain import Assignment, Layer, ModelGraph, Shape, Tensor
from grader.graph.differences.blocks import MERGES
from grader.graph.edits import appended, pruned, reading, with_call, with_params
from grader.graph.equality.compare import named_order
from grader.graph.reach import silencer
from grader.graph.reading.catalogue import LAYERS


@dataclass(frozen=True)
class Head:
    """What one output must be: its shape, which may be any with a last axis of 1 if it is empty, and its activation."""

    shape: Shape
    activation: str

    @property
    def width(self) -> int | None:
        """How many numbers it has, unless it has more axes."""
        return 1 if not self.shape else self.shape[0] if len(self.shape) == 1 else None

    @property
    def size(self) -> str:
        return f"shape {self.shape}" if self.width is None else f"width {self.width}"

    @property
    def words(self) -> str:
        return self.size if self.activation == ANY else f"{self.size}, {self.activation}"

    def fits(self, shape: Shape) -> bool:
        return shape[1:] == self.shape if self.shape else shape[-1:] == (1,)


def asked_number(options: Mapping[str, Any]) -> int:
    """How many outputs a check with these options requires."""
    lists = [options[name] for name in ("shapes", "activations") if options[name] is not None]
    return options["count"] or next(map(len, lists), 1)


def asked_heads(options: Mapping[str, Any]) -> list[Head]:
    """What a check with these options requires of each output."""
    number = asked_number(options)
    shapes = options["shapes"] or [options["shape"] or []] * number
    activations = options["activations"] or [options["activation"] or "linear"] * number
    return [Head(sizes(shape), activation) for shape, activation in zip(shapes, activations, strict=True)]


def asked_shapes(options: Mapping[str, Any]) -> list[Shape]:
    """The shape of each input that a check with these options requires."""
    shape = options["shape"] if options["shape"] is not None else [1]
    shapes = options["shapes"] or [shape] * (options["count"] or 0)
    return list(map(sizes, shapes))


def with_ends(graph: ModelGraph, assignment: Assignment) -> ModelGraph:
    """The network with the inputs and outputs that the assignment asks for, as far as what it has can become these.

    Of what is built beside it, results that fit are used first.
    """
    for check in assignment.checks:
        if check.kind == "inputs":
            graph = _with_inputs(graph, asked_shapes(check.options))
        elif check.kind == "heads":
            graph = _with_heads(graph, asked_heads(check.options))
    if order := named_order(graph.output_names, assignment.data.targets):
        outputs, names = graph.outputs, graph.output_names
        graph = replace(graph, outputs=tuple(outputs[n] for n in order), output_names=tuple(names[n] for n in order))
    return pruned(graph)


def _with_inputs(graph: ModelGraph, shapes: Sequence[Shape]) -> ModelGraph:
    """With no more inputs than these, each of its shape; what reads a further one reads the first."""
    inputs = [*dict.fromkeys(graph.inputs)]
    if len(inputs) < len(shapes):
        return graph
    kept, more = inputs[: len(shapes)], inputs[len(shapes) :]
    names = tuple(graph.layer_of(tensor.call).name for tensor in kept)
    graph = reading(graph, lambda _, tensor: kept[0] if tensor in more else tensor)
    graph = replace(graph, inputs=tuple(kept), input_names=names)
    for tensor, shape in zip(kept, shapes, strict=True):
        if graph.shape(tensor)[1:] != shape:
            call = graph.calls[tensor.call]
            graph = with_params(graph, call.layer, batch_shape=(None, *shape))
            graph = with_call(graph, tensor.call, replace(call, shapes=((None, *shape),)))
    return graph


def _with_heads(graph: ModelGraph, heads: Sequence[Head]) -> ModelGraph:
    """With these outputs: those that it has, those that it joins, those that are built beside it, and new ones."""
    ends = [end for place, end in enumerate(graph.outputs)
            if not any(graph.is_same(end, other) for other in graph.outputs[:place])]  # fmt: skip
    if len(ends) == 1 < len(heads) and graph.layer_of(ends[0].call).kind in MERGES:
        joined = [*graph.calls[ends[0].call].sources]
        ends = joined if len(joined) == len(heads) else ends
    if missing := heads[len(ends) :]:
        ends += _beside(graph, missing)[-len(missing) :]
    while len(ends) < len(heads):
        maker = graph.calls[unactivated(graph, ends[-1]).call]
        graph, end = appended(graph, _dense(graph, maker.layer), maker.args)
        ends.append(end)
    for place, head in enumerate(heads):
        graph, ends[place] = _as_asked(graph, ends[place], head)
    ends = ends[: len(heads)]
    return replace(graph, outputs=tuple(ends), output_names=tuple(graph.layer_of(end.call).name for end in ends))


def _beside(graph: ModelGraph, heads: Sequence[Head]) -> list[Tensor]:
    """What is built beside the network, and nothing reads, as far as it fits."""
    read = {tensor.call for call in graph.calls for tensor in call.sources} | {end.call for end in graph.outputs}
    free = [Tensor(n) for n in range(len(graph.calls)) if n not in read and graph.layer_of(n).kind != "InputLayer"]
    return [end for end in free if graph.calls[end.call].args and any(head.fits(graph.shape(end)) for head in heads)]


def _dense(graph: ModelGraph, like: int, width: int = 1) -> Layer:
    """A new layer like another one, as far as that is a Dense."""
    params = dict(graph.layers[like].params) if graph.layers[like].kind == "Dense" else {}
    settings = {name: value for name, value in params.items() if name.endswith("_initializer")}
    return Layer(f"dense_{len(graph.layers)}_new", "Dense", tuple(sorted({**settings, "units": width}.items())))


def _as_asked(graph: ModelGraph, end: Tensor, head: Head) -> tuple[ModelGraph, Tensor]:
    """An output with the width and the activation that are asked for; of more axes nothing is known."""
    maker, shape = unactivated(graph, end), graph.shape(end)
    layer = graph.calls[maker.call].layer
    is_own = sum(call.layer == layer for call in graph.calls) == 1
    if head.width is None or not shape:
        return graph, end
    if not head.fits(shape):
        if len(shape) == 2 and graph.layers[layer].kind == "Dense" and is_own:
            graph = with_params(graph, layer, units=head.width)
        else:
            dense, source = _dense(graph, layer, head.width), end
            if len(shape) > 2:
                graph, source = appended(graph, Layer(f"flatten_{len(graph.layers)}_new", "Flatten"), (end,))
            graph, end = appended(graph, dense, (source,))
            maker, layer = end, len(graph.layers) - 1
    fields, quiet = LAYERS.get(graph.layers[layer].kind, {}), silencer(graph, graph.inputs, end)
    is_free = head.activation == ANY and not (quiet and quiet.layer == graph.layers[layer].name)
    if is_free or "activation" not in fields:
        return graph, end
    wanted = fields["activation"].read("linear" if head.activation == ANY else head.activation)
    return with_params(graph, layer, activation=None if wanted == fields["activation"].default else wanted), maker


def with_ends_apart(graph: ModelGraph) -> ModelGraph:
    """The network in which what read an output of one number reads what that output is computed from."""
    makers = {end: graph.calls[unactivated(graph, end).call] for end in graph.outputs if graph.shape(end)[1:] == (1,)}
    before = {end: call.sources[0] for end, call in makers.items() if len(call.sources) == 1}

    def source(tensor: Tensor) -> Tensor:
        return source(before[tensor]) if tensor in before else tensor

    return pruned(reading(graph, lambda call, tensor: source(tensor) if call >= 0 else tensor))


def with_linear_end(graph: ModelGraph, number: int) -> ModelGraph:
    """The network without the activation of one output."""
    end = graph.outputs[number]
    changed, end = _as_asked(graph, end, Head(graph.shape(end)[1:], "linear"))
    return pruned(replace(changed, outputs=(*graph.outputs[:number], end, *graph.outputs[number + 1 :])))


def with_activations(graph: ModelGraph, names: Collection[str], activation: str) -> ModelGraph:
    """The network with an activation in those layers of these that have none."""
    for number, layer in enumerate(graph.layers):
        field = LAYERS.get(layer.kind, {}).get("activation")
        if field and layer.name in names and dict(layer.params).get("activation", field.default) == field.default:
            graph = with_params(graph, number, activation=field.read(activation))
    return graph
