"""Rewrites that make equal networks look equal: one small step each, over a mutable list of steps of computation.

A `MutableCall` is one call of a `layer`, whose class and parameters may be others by now. `owner` distinguishes calls
of one layer from calls of several equal layers, and is `None` where the layer holds no weights, since then sharing
changes nothing.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from grader.domain import Configured, Layer, ModelGraph, Shape, Tensor, Value, readers, renumbered, tensors
from grader.domain.graph import mapped
from grader.graph.reading.catalogue import ACTIVATION_LAYERS, LAYERS, PLAIN_LAYERS
from grader.graph.reading.parameters import DROPOUTS, JOINS, RECURRENT, joined_axis

Params = tuple[tuple[str, Value], ...]

COMMUTATIVE = frozenset({"Add", "Multiply", "Average", "Maximum", "Minimum"})
ASSOCIATIVE = frozenset({"Add", "Multiply", "Maximum", "Minimum", "Concatenate"})
STATELESS = COMMUTATIVE | {
    "Activation", "Concatenate", "Subtract", "Dot", "Flatten", "Reshape", "Permute", "RepeatVector", "Identity",
}  # fmt: skip
_OWN = "own."
_TWINS = {f"ops.{kind}": kind for kind in ("Add", "Multiply", "Maximum", "Minimum", "Subtract")}
# Operations that compute what a named activation computes, when they are given just these parameters.
_NAMED: Mapping[str, tuple[str, Params]] = {
    "ops.Softmax": ("softmax", ()), "ops.Elu": ("elu", ()), "ops.Celu": ("celu", ()),
    "ops.LogSoftmax": ("log_softmax", ()), "ops.Gelu": ("gelu", (("approximate", False),)),
}  # fmt: skip
_ARGUMENTS: Mapping[str, tuple[str, ...]] = dict.fromkeys(
    ("MultiHeadAttention", "GroupQueryAttention"), ("query", "value", "key")
)
"""What the first arguments of a call are called, by class; the options of these calls are off by default."""
_FIRST = ("inputs",)
_NEUTRAL: Mapping[str, float] = {"ops.Add": 0, "ops.Subtract": 0, "ops.Multiply": 1, "ops.Divide": 1}
_RESHAPES = frozenset({"Flatten", "Reshape", "ops.Reshape", "ops.ExpandDims", "ops.Squeeze"})
_RESIZING = _RESHAPES | {f"{how}{n}D" for how in ("Cropping", "ZeroPadding", "UpSampling") for n in (1, 2, 3)}
_MOST_MERGED = 64  # sums of sums grow exponentially: `x + x` repeated thirty times has 2 ** 30 summands
_SYNONYMS: Mapping[str, str] = {"ops.TrueDivide": "ops.Divide", "ops.Absolute": "ops.Abs"}
EVEN = frozenset({"ops.Abs", "ops.Square"})
"""Functions of single numbers that are the same of a number and of its opposite."""


@dataclass
class MutableCall:
    kind: str
    params: Params
    args: tuple[Any, ...]
    kwargs: tuple[tuple[str, Any], ...]
    shapes: tuple[Shape, ...]
    owner: int | None
    layer: Layer

    @property
    def sources(self) -> list[Tensor]:
        """The tensors that the step reads, in order of its arguments."""
        return list(tensors((self.args, tuple(value for _, value in self.kwargs))))


@dataclass
class MutableGraph:
    """Steps in topological order; tensors refer to them by number. Rewrites edit it in place."""

    steps: list[MutableCall]
    inputs: tuple[Tensor, ...]
    outputs: tuple[Tensor, ...]

    @cached_property
    def readers(self) -> list[list[int]]:
        """By step, the steps that read it; this and what follows is used once all is rewritten."""
        return readers(self.steps)

    @cached_property
    def ends(self) -> frozenset[int]:
        """Numbers of the steps that are outputs."""
        return frozenset(tensor.call for tensor in self.outputs)

    @cached_property
    def shared(self) -> frozenset[int]:
        """Owners of several steps."""
        counts = Counter(step.owner for step in self.steps)
        return frozenset(owner for owner, count in counts.items() if owner is not None and count > 1)

    def shape(self, tensor: Tensor) -> Shape:
        shapes = self.steps[tensor.call].shapes
        return shapes[tensor.output] if tensor.output < len(shapes) else ()


def network(graph: ModelGraph) -> MutableGraph:
    """The steps of a graph, each activation argument unfolded into a step of its own."""
    result = MutableGraph([], (), ())
    place: dict[int, int] = {}
    for number, call in enumerate(graph.calls):
        layer = graph.layers[call.layer]
        args, kwargs = renumbered((call.args, call.kwargs), place)
        # A student's own class may have the name of a Keras class: the rules for that class do not apply to it.
        kind = layer.kind if not layer.opaque or layer.kind.startswith(_OWN) else f"{_OWN}{layer.kind}"
        params, activation = _split(kind, layer.params) if not layer.opaque else (layer.params, None)
        owner = None if kind in STATELESS or kind.startswith("ops.") else call.layer
        result.steps.append(MutableCall(kind, params, args, kwargs, call.shapes, owner, replace(layer, path=())))
        if activation is not None:
            settings, inner = (("activation", activation),), (Tensor(len(result.steps) - 1),)
            after = Layer(layer.name, "Activation")
            result.steps.append(MutableCall(after.kind, settings, inner, (), call.shapes, None, after))
        place[number] = len(result.steps) - 1
    result.inputs, result.outputs = renumbered((graph.inputs, graph.outputs), place)
    return result


def _split(kind: str, params: Params) -> tuple[Params, Value]:
    """The activation that a layer applies to its result, taken out of its parameters."""
    # What a class of somebody's own does with an `activation` is not known.
    if kind == "Activation" or kind in RECURRENT or kind not in LAYERS or "activation" not in dict(params):
        return params, None
    return tuple(param for param in params if param[0] != "activation"), dict(params)["activation"]


def _place_arguments(net: MutableGraph) -> None:
    """Tensors that are given by name, in their places: `attention(query=x, value=x)` is `attention(x, x)`."""
    for step in net.steps:
        names = _ARGUMENTS.get(step.kind, _FIRST)
        kwargs = dict(step.kwargs)
        args = list(step.args)
        while len(args) < len(names) and (name := names[len(args)]) in kwargs:
            args.append(kwargs.pop(name))
        if len(args) == 3 and step.kind in _ARGUMENTS and args[2] in (None, args[1]):
            args.pop()  # the key is the value unless it is given
        plain = ((name, value) for name, value in kwargs.items() if value is not None and value is not False)
        step.args = tuple(args)
        step.kwargs = tuple(plain) if step.kind in _ARGUMENTS else tuple(kwargs.items())


def _name_activations(net: MutableGraph) -> None:
    """`ReLU()`, `Activation("relu")` and `activation="relu"` are the same; so are the leaky variants."""
    for step in net.steps:
        activation = dict(step.params).get("activation") if step.kind == "Activation" else None
        if step.kind in ACTIVATION_LAYERS:
            plain = PLAIN_LAYERS.get(step.kind) if not step.params else None
            activation = plain or Configured(step.kind, step.params)
        elif step.kind == "ops.LeakyRelu":
            activation = _leaky(dict(step.params).get("negative_slope", 0.2))
        elif _NAMED.get(step.kind, ("", None))[1] == step.params:
            activation = _NAMED[step.kind][0]
        if activation == "leaky_relu":
            activation = _leaky(0.2)
        elif activation == Configured("LeakyReLU"):
            activation = _leaky(0.3)
        if activation is not None:
            step.kind, step.params = "Activation", (("activation", activation),)
        if step.kind == "Activation":
            step.owner = None


def _leaky(slope: Value) -> Configured:
    return Configured("LeakyReLU", (("negative_slope", slope),))


def _name_merges(net: MutableGraph) -> None:
    """Operations on tensors become their layer twins, and `axis` is written one way."""
    for step in net.steps:
        step.kind = _SYNONYMS.get(step.kind, step.kind)
        sources = list(tensors(step.args))
        if step.kind in _TWINS and len(sources) == len(step.args) == 2:
            step.kind, step.args = _TWINS[step.kind], (tuple(sources),)
        elif step.kind in ("ops.Add", "ops.Multiply") and sources and step.args[0] != sources[0]:
            step.args = step.args[::-1]  # 2 * x and x * 2
        elif sources and (step.kind == "ops.Square" or (step.kind == "ops.Power" and step.args[1:] == (2,))):
            step.kind, step.args = "Multiply", ((sources[0], sources[0]),)
        if step.kind in JOINS and sources and net.shape(sources[0]):
            rank = len(net.shape(sources[0]))
            axis = joined_axis(step.kind, dict(step.params).get("axis"))
            last = isinstance(axis, int) and axis % rank == rank - 1
            step.kind, step.args, step.params = "Concatenate", (tuple(sources),), () if last else (("axis", axis),)


def _join_reshapes(net: MutableGraph) -> None:
    """Of reshapes in a row only the last counts; one that leaves a single axis is `Flatten`."""
    for step in net.steps:
        if not _is_reshape(net, step):
            continue
        (source,) = step.sources
        if _is_reshape(net, net.steps[source.call]):
            (source,) = net.steps[source.call].sources
        sizes = step.shapes[0][1:]
        step.kind, step.params = ("Flatten", ()) if len(sizes) == 1 else ("Reshape", (("target_shape", sizes),))
        step.args, step.kwargs, step.owner = (source,), (), None


def _is_reshape(net: MutableGraph, step: MutableCall) -> bool:
    """Whether a step only gives the numbers of each sample, in their order, another shape, and all sizes are known."""
    params = dict(step.params)
    if step.kind not in _RESHAPES or step.layer.frozen or len(step.sources) != 1 or "data_format" in params:
        return False
    if step.kind == "ops.Squeeze" and params.get("axis") is None:
        return False  # it would also drop the batch axis of a single sample
    before, after = net.shape(step.sources[0]), step.shapes[0] if step.shapes else ()
    return before[:1] == after[:1] and _numbers(before) == _numbers(after) is not None


def _numbers(shape: Shape) -> int | None:
    """How many numbers a sample has, if that is known."""
    sizes = [size for size in shape[1:] if size is not None]
    return math.prod(sizes) if shape and len(sizes) == len(shape) - 1 else None


def _drop_identities(net: MutableGraph) -> None:
    """Steps that change nothing are skipped, wherever they are."""

    def passed_on(_: int, step: MutableCall) -> Tensor | None:
        sources = list(tensors(step.args))
        return sources[0] if len(sources) == 1 and not step.kwargs and _is_identity(net, step, sources[0]) else None

    _skip(net, passed_on)


def _skip(net: MutableGraph, instead: Callable[[int, MutableCall], Tensor | None]) -> None:
    """What reads a step reads the tensor that is there `instead`, if there is one."""
    moved: dict[Tensor, Tensor] = {}
    for number, step in enumerate(net.steps):
        step.args, step.kwargs = mapped((step.args, step.kwargs), lambda t: moved.get(t, t))
        if (tensor := instead(number, step)) is not None:
            moved[Tensor(number)] = tensor
    net.outputs = tuple(moved.get(tensor, tensor) for tensor in net.outputs)


def _is_identity(net: MutableGraph, step: MutableCall, source: Tensor) -> bool:
    params = dict(step.params)
    same_shape = bool(step.shapes) and step.shapes[0] == net.shape(source)
    match step.kind:
        case "Identity" | "ops.Copy":
            return True
        case "Activation":
            return params.get("activation") == "linear"
        case kind if kind in DROPOUTS:
            return params.get("rate") == 0.0
        case "GaussianNoise":
            return params.get("stddev") == 0.0
        case "Rescaling":
            return params.get("scale") == 1.0 and "offset" not in params
        case "Permute":
            dims = params.get("dims")
            return isinstance(dims, tuple) and dims == tuple(range(1, len(dims) + 1))
        case kind if kind in _RESIZING:
            return same_shape
        case kind if kind in _NEUTRAL:
            return step.args == (source, _NEUTRAL[kind])
        case "Add" | "Multiply" | "Average" | "Maximum" | "Minimum" | "Concatenate":
            return True  # of a single tensor
    return False


def _flatten_merges(net: MutableGraph) -> None:
    """`concatenate([concatenate([a, b]), c])` is `concatenate([a, b, c])`; likewise sums and products."""
    for step in net.steps:
        if step.kind in ASSOCIATIVE:
            direct = tuple(tensors(step.args))
            flat: list[Tensor] = []
            for tensor in direct:
                inner = net.steps[tensor.call]
                mergeable = inner.kind == step.kind and inner.params == step.params
                flat.extend(tensors(inner.args) if mergeable else [tensor])
                if len(flat) > _MOST_MERGED:
                    break
            step.args = (tuple(flat) if len(flat) <= _MOST_MERGED else direct,)


def _join_twins(net: MutableGraph) -> None:
    """Equal steps without weights of the same tensors are one: `(a - b) * (a - b)`."""
    numbers: dict[object, int] = {}

    def first(number: int, step: MutableCall) -> Tensor | None:
        if step.owner is not None or len(step.shapes) != 1 or step.layer.untrainable:
            return None
        twin = numbers.setdefault((step.kind, step.params, step.args, step.kwargs), number)
        return Tensor(twin) if twin != number else None

    _skip(net, first)


def _name_squares(net: MutableGraph) -> None:
    """`x * x`, `x ** 2` and `square(x)` are the same."""
    for step in net.steps:
        sources = step.sources
        if step.kind == "Multiply" and len(sources) == 2 and sources[0] == sources[1]:
            step.kind, step.params, step.args = "ops.Square", (), (sources[0],)


REWRITES: tuple[Callable[[MutableGraph], None], ...] = (
    _place_arguments, _name_activations, _name_merges, _join_reshapes, _drop_identities, _flatten_merges,
    _join_twins, _name_squares,
)  # fmt: skip
