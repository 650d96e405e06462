"""The inputs and outputs that a rubric asks for, and a network that is given them.

Where no network is expected, that is what a student's own one is compared with.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from grader.checks.network_view import unactivated
from grader.checks.spec_values import ANY, sizes
from grader.domain import Assignment, Layer, ModelGraph, Shape, Tensor, ancestors, readers
from grader.graph.dependence import silencer
from grader.graph.differences.blocks import MERGES
from grader.graph.edits import appended, pruned, reading, rewired, with_call, with_params
from grader.graph.equality.compare import named_for, named_order
from grader.graph.reading.catalogue import LAYERS

_ENOUGH_HIDDEN, _USUAL_WIDTH = 2, 32  # of a design that learns most functions of one number


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


def with_ends(graph: ModelGraph, assignment: Assignment, called: Callable[[str], str]) -> ModelGraph:
    """The network with the inputs and outputs that the assignment asks for, as far as what it has can become these.

    What layers are `called` may tell which outputs are which.
    """
    for check in assignment.checks:
        if check.kind == "inputs":
            graph = _with_inputs(graph, asked_shapes(check.options))
        elif check.kind == "heads":
            graph = _with_heads(graph, asked_heads(check.options), assignment.data.targets, called)
    return pruned(graph)


def _with_inputs(graph: ModelGraph, shapes: Sequence[Shape]) -> ModelGraph:
    """With no more inputs than these, each of its shape; what reads a further one reads the first."""
    inputs = [*dict.fromkeys(graph.inputs)]
    if len(inputs) < len(shapes) or any(graph.calls[tensor.call].sources for tensor in inputs):
        return graph
    kept, more = inputs[: len(shapes)], inputs[len(shapes) :]
    names = tuple(graph.makers(kept))
    graph = reading(graph, lambda _, tensor: kept[0] if tensor in more else tensor)
    graph = replace(graph, inputs=tuple(kept), input_names=names)
    for tensor, shape in zip(kept, shapes, strict=True):
        if graph.shape(tensor)[1:] != shape:
            call = graph.calls[tensor.call]
            graph = with_params(graph, call.layer, batch_shape=(None, *shape))
            graph = with_call(graph, tensor.call, replace(call, shapes=((None, *shape),)))
    return graph


def _with_heads(
    graph: ModelGraph, heads: Sequence[Head], targets: Sequence[str], called: Callable[[str], str]
) -> ModelGraph:
    """With these outputs: those that it has, those that are built beside it, and new ones."""
    if not graph.outputs:
        return graph
    ends = _own_ends(graph, heads, targets, called)
    while len(ends) < len(heads):
        last = unactivated(graph, ends[-1]) if ends else graph.outputs[0]
        args = graph.calls[last.call].args if ends else ()
        graph, end = appended(graph, _dense(graph, graph.calls[last.call].layer), args or (last,))
        ends.append(end)
    for place, head in enumerate(heads):
        graph, ends[place] = _as_asked(graph, ends[place], head, ends)
    names = graph.makers(ends)
    order = named_order([*map(called, names)], targets) or [*range(len(ends))]
    outputs, output_names = ([side[place] for place in order] for side in (ends, names))
    return replace(graph, outputs=tuple(outputs), output_names=tuple(output_names))  # type: ignore[arg-type]


def _own_ends(
    graph: ModelGraph, heads: Sequence[Head], targets: Sequence[str], called: Callable[[str], str]
) -> list[Tensor]:
    """What the network has for outputs, each once: what it joins to one, and what is built beside it in place of what
    other layers read; of too many those that are called like the targets, or else the first."""
    ends = [*graph.outputs]
    if len(ends) == 1 < len(heads) and graph.layer_of(ends[0].call).kind in MERGES:
        joined = [*graph.calls[ends[0].call].sources]
        ends = joined if len(joined) == len(heads) else ends
    ends = [end for place, end in enumerate(ends) if graph.calls[end.call].args
            and not any(graph.is_same(end, other) for other in ends[:place])]  # fmt: skip
    idle, after = _beside(graph, heads), readers(graph.calls)
    for place, end in enumerate(ends):
        if after[end.call] and idle and not any(head.fits(graph.shape(end)) for head in heads):
            ends[place] = idle.pop()
    if len(ends) > len(heads):
        names = [*map(called, graph.makers(ends))]
        chosen = {place for target in targets for place in named_for(names, target)}
        ends = [ends[place] for place in sorted(chosen)] if len(chosen) == len(heads) else ends[: len(heads)]
    missing = len(heads) - len(ends)
    return [*ends, *idle[-missing:]] if missing else ends


def _beside(graph: ModelGraph, heads: Sequence[Head]) -> list[Tensor]:
    """What is built beside the network, and nothing reads, as far as it fits."""
    after, taken = readers(graph.calls), {end.call for end in graph.outputs}
    free = [Tensor(n) for n, call in enumerate(graph.calls) if call.args and not after[n] and n not in taken]
    return [end for end in free if any(head.fits(graph.shape(end)) for head in heads)]


def _dense(graph: ModelGraph, like: int, width: int = 1) -> Layer:
    """A new layer like another one, as far as that is a Dense."""
    params = dict(graph.layers[like].params) if graph.layers[like].kind == "Dense" else {}
    settings = {name: value for name, value in params.items() if name.endswith("_initializer")}
    return Layer(f"new dense {len(graph.layers)}", "Dense", tuple(sorted({**settings, "units": width}.items())))


def _as_asked(graph: ModelGraph, end: Tensor, head: Head, ends: Sequence[Tensor]) -> tuple[ModelGraph, Tensor]:
    """An output with the width and the activation that are asked for; of more axes nothing is known.

    A layer is altered only where all that it gives are outputs; and not in its width if it has an activation, since it
    is a hidden one then, but where it has a unit for each output.
    """
    shape, maker = graph.shape(end), unactivated(graph, end)
    if head.width is None or not shape:
        return graph, end
    is_own = _gives_outputs_alone(graph, graph.calls[maker.call].layer, ends)
    if not head.fits(shape):
        layer = graph.layer_of(end.call)
        is_end = layer.param("activation") is None or shape[-1] == len(ends)
        if is_own and len(shape) == 2 and layer.kind == "Dense" and is_end:
            graph = with_params(graph, graph.calls[end.call].layer, units=head.width, activation=None)
        else:
            dense = _dense(graph, graph.calls[maker.call].layer, head.width)
            if len(shape) > 2:
                graph, end = appended(graph, Layer(f"new flatten {len(graph.layers)}", "Flatten"), (end,))
            graph, end = appended(graph, dense, (end,))
            maker, is_own = end, True
    number, quiet = graph.calls[maker.call].layer, silencer(graph, graph.inputs, end)
    silences = quiet is not None and quiet.layer in graph.makers((maker, end))
    field = LAYERS.get(graph.layers[number].kind, {}).get("activation")
    if field is None or not is_own or (head.activation == ANY and not silences):
        return graph, end
    asked, own = field.read("linear" if head.activation == ANY else head.activation), graph.layer_of(end.call)
    if dict(own.params).get("activation", field.default) == asked:
        return graph, end
    return with_params(graph, number, activation=None if asked == field.default else asked), maker


def _gives_outputs_alone(graph: ModelGraph, layer: int, ends: Sequence[Tensor]) -> bool:
    """Whether all that a layer gives, with the activations after it, are outputs."""
    calls, after = {*graph.calls_of(layer)}, readers(graph.calls)
    followers = {follower for number in calls for follower in after[number]}
    return calls <= {unactivated(graph, end).call for end in ends} and followers <= {end.call for end in ends}


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
    changed, end = _as_asked(graph, end, Head(graph.shape(end)[1:], "linear"), graph.outputs)
    return pruned(replace(changed, outputs=(*graph.outputs[:number], end, *graph.outputs[number + 1 :])))


def with_hidden_layers(graph: ModelGraph, number: int) -> ModelGraph:
    """The network with two hidden layers before an output that has fewer. New ones begin with Keras's own weights: from
    small ones, which may be what keeps this network from learning, two layers learn later still."""
    end = unactivated(graph, graph.outputs[number]).call
    hidden = [n for n in ancestors(graph.calls, [end]) if n != end and graph.layer_of(n).kind == "Dense"]
    sources = graph.calls[end].sources
    if len(hidden) >= _ENOUGH_HIDDEN or len(sources) != 1:
        return graph
    like = graph.calls[hidden[0] if hidden else end].layer
    units = graph.layers[like].param("units") if hidden else _USUAL_WIDTH
    settings = (("activation", "tanh"), ("units", units if isinstance(units, int) else 1))
    grown, new = appended(graph, replace(_dense(graph, like), params=settings), sources)
    return with_hidden_layers(rewired(grown, end, sources[0], new), number)


def with_learned_ends(graph: ModelGraph, numbers: Collection[int]) -> ModelGraph:
    """The network with hidden layers on its first input in place of what computes these outputs."""
    for number in numbers:
        dense = _dense(graph, graph.calls[graph.inputs[0].call].layer)
        graph, end = appended(graph, dense, graph.inputs[:1])
        graph = replace(graph, outputs=(*graph.outputs[:number], end, *graph.outputs[number + 1 :]))
        graph = with_hidden_layers(graph, number)
    return pruned(graph)


def with_activations(graph: ModelGraph, names: Collection[str], activation: str) -> ModelGraph:
    """The network with an activation in those layers of these that have none."""
    for number, layer in enumerate(graph.layers):
        field = LAYERS.get(layer.kind, {}).get("activation")
        if field and layer.name in names and dict(layer.params).get("activation", field.default) == field.default:
            graph = with_params(graph, number, activation=field.read(activation))
    return graph
