"""Networks as graphs of layer calls, in Keras's words: layer, call (Keras: node), inbound tensor."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Protocol, TypeAlias

Shape: TypeAlias = "tuple[int | None, ...]"
Value: TypeAlias = "bool | int | float | str | tuple[Value, ...] | Configured | None"
Argument: TypeAlias = "Tensor | Slice | Array | bool | int | float | str | tuple[Argument, ...] | None"


@dataclass(frozen=True)
class Configured:
    """An initializer, regularizer or constraint: Keras class name and its parameters, sorted by name."""

    kind: str
    params: tuple[tuple[str, Value], ...] = ()


@dataclass(frozen=True)
class Tensor:
    """One output of one call: `ModelGraph.calls[call]`, its output number `output`."""

    call: int
    output: int = 0


@dataclass(frozen=True)
class Slice:
    """A Python slice, as `x[:, :2]` leaves it in a config."""

    start: int | None
    stop: int | None
    step: int | None


@dataclass(frozen=True)
class Array:
    """A constant array among the arguments of an operation: nested tuples of finite floats."""

    values: tuple[Any, ...]


@dataclass(frozen=True)
class Layer:
    """One layer object. `kind` is Keras's class name, or `ops.Add` and the like for an operation.

    `params` holds every parameter that is not Keras's default, sorted by name. `untrainable` says,
    for the student, why the trainer cannot build this layer; it is empty if it can.

    The rest does not distinguish layers: `weights` is how many there are, where that is known, `path` names
    the nested models around the layer, the outermost first, and `opaque` is the class that may hold further layers,
    which no recording shows; empty if all layers are visible.
    """

    name: str
    kind: str
    params: tuple[tuple[str, Value], ...] = ()
    frozen: bool = False
    untrainable: str = ""
    weights: int | None = field(default=None, compare=False)
    path: tuple[str, ...] = field(default=(), compare=False)
    opaque: str = field(default="", compare=False)

    def param(self, name: str, default: Value = None) -> Value:
        """The parameter of that name, or `default` where it has Keras's own default."""
        return dict(self.params).get(name, default)


@dataclass(frozen=True)
class Call:
    """One call of one layer (Keras: a node). `shapes` are those of its outputs, batch axis first."""

    layer: int
    args: tuple[Argument, ...] = ()
    kwargs: tuple[tuple[str, Argument], ...] = ()
    shapes: tuple[Shape, ...] = ()

    @property
    def sources(self) -> tuple[Tensor, ...]:
        """The tensors that the call reads, in the order of its arguments."""
        return tuple(tensors((self.args, tuple(value for _, value in self.kwargs))))


def tensors(argument: Any) -> Iterator[Tensor]:
    """The tensors in an argument, in order."""
    if isinstance(argument, Tensor):
        yield argument
    elif isinstance(argument, tuple):
        for item in argument:
            yield from tensors(item)


def is_dict(argument: Any) -> bool:
    """Whether an argument was a dict: pairs of a name and something else."""
    items = argument if isinstance(argument, tuple) else ()
    return bool(items) and all(isinstance(item, tuple) and len(item) == 2 and type(item[0]) is str for item in items)


def mapped(argument: Any, change: Callable[[Tensor], Tensor]) -> Any:
    """An argument with each of its tensors replaced."""
    if isinstance(argument, Tensor):
        return change(argument)
    return tuple(mapped(item, change) for item in argument) if isinstance(argument, tuple) else argument


def renumbered(argument: Any, place: Mapping[int, int]) -> Any:
    """An argument with its tensors moved to the calls' new places."""
    return mapped(argument, lambda tensor: Tensor(place[tensor.call], tensor.output))


class Reads(Protocol):
    """What reads tensors: a call of a network, or a step of one that is being rewritten."""

    @property
    def sources(self) -> Sequence[Tensor]: ...


def ancestors(calls: Sequence[Reads], ends: Iterable[int], closed: Collection[int] = ()) -> list[int]:
    """The calls that these depend on, in order, themselves included; nothing is looked for behind a closed one."""
    numbers = set(ends)
    for number in range(max(numbers, default=-1), -1, -1):
        if number in numbers and number not in closed:
            numbers.update(tensor.call for tensor in calls[number].sources)
    return sorted(numbers)


def ancestry(sources: Iterable[Iterable[int]]) -> tuple[int, ...]:
    """By number, a bit mask of itself and all that it depends on; all of them in one pass."""
    masks: list[int] = []
    for number, before in enumerate(sources):
        bits = 1 << number
        for source in before:
            bits |= masks[source]
        masks.append(bits)
    return tuple(masks)


def readers(calls: Sequence[Reads]) -> list[list[int]]:
    """By call, the calls that read its results, each once."""
    reading: list[list[int]] = [[] for _ in calls]
    for number, call in enumerate(calls):
        for source in dict.fromkeys(tensor.call for tensor in call.sources):
            reading[source].append(number)
    return reading


def depths(calls: Sequence[Reads]) -> list[int]:
    """By call, the length of the longest way to it."""
    lengths: list[int] = []
    for call in calls:
        lengths.append(1 + max((lengths[tensor.call] for tensor in call.sources), default=-1))
    return lengths


@dataclass(frozen=True)
class ModelGraph:
    """A network: layers, their calls in topological order, and which tensors are inputs and outputs.

    A shared layer is one `Layer` with several `Call`s; nested models are flattened. An input is a
    call of an `InputLayer`. `inputs_ordered` and `outputs_ordered` are false if the model takes or returns a dict,
    whose order means nothing. `parameters` is the number of weights, `None` if it is unknown for a layer.
    """

    name: str
    kind: str  # "Functional" or "Sequential"
    layers: tuple[Layer, ...]
    calls: tuple[Call, ...]
    inputs: tuple[Tensor, ...]
    outputs: tuple[Tensor, ...]
    input_names: tuple[str, ...] = ()
    output_names: tuple[str, ...] = ()
    outputs_ordered: bool = True
    parameters: int | None = None
    inputs_ordered: bool = True

    @cached_property
    def ancestry(self) -> tuple[int, ...]:
        """By call, a bit mask of itself and the calls that it depends on."""
        return ancestry([tensor.call for tensor in call.sources] for call in self.calls)

    def is_same(self, tensor: Tensor, other: Tensor) -> bool:
        """Whether two tensors are surely equal: one tensor, or results of equal calls of one layer."""
        return tensor.output == other.output and self.calls[tensor.call] == self.calls[other.call]

    def depends(self, call: int, other: int) -> bool:
        """Whether a call is another one, or depends on it."""
        return bool(self.ancestry[call] >> other & 1)

    def layer_of(self, call: int) -> Layer:
        """The layer that a call calls."""
        return self.layers[self.calls[call].layer]

    def calls_of(self, layer: int) -> tuple[int, ...]:
        """The numbers of all calls of a layer."""
        return tuple(number for number, call in enumerate(self.calls) if call.layer == layer)

    def makers(self, tensors: Iterable[Tensor]) -> list[str]:
        """The names of the layers that give these tensors."""
        return [self.layer_of(tensor.call).name for tensor in tensors]

    @property
    def untrainable(self) -> tuple[str, ...]:
        """Why the trainer cannot build this network, one reason for each such layer."""
        return tuple(layer.untrainable for layer in self.layers if layer.untrainable)

    def shape(self, tensor: Tensor) -> Shape:
        """The shape of a tensor, batch axis first; empty if it is not known."""
        shapes = self.calls[tensor.call].shapes
        return shapes[tensor.output] if tensor.output < len(shapes) else ()


def is_derived(params: Mapping[str, Value], key: str, value: Value) -> bool:
    """Whether Keras derived a parameter from another one: nobody wrote it, and nobody is to be told of it."""
    match key:
        case "strides":
            pool = params.get("pool_size", (2,) * len(value) if isinstance(value, tuple) else None)  # 2 by default
            return "kernel_size" not in params and bool(value == pool)
        case "value_dim":
            return bool(value == params.get("key_dim"))
        case "attention_axes":
            return bool(value == (1,))
        case "axis":
            return bool(value == (-1,))
        case "zero_output_for_mask":
            return True
        case "backward_layer":
            return bool(_forward(value) == _forward(params.get("layer")))
    return False


def _forward(layer: Value | None) -> object:
    params = [item for item in getattr(layer, "params", ()) if item[0] not in ("go_backwards", "zero_output_for_mask")]
    return getattr(layer, "kind", None), params


def chosen(item: Value) -> Value:
    """A parameter without what Keras derived in it."""
    if not isinstance(item, Configured):
        return item
    params = dict(item.params)
    kept = tuple((name, chosen(part)) for name, part in item.params if not is_derived(params, name, part))
    return Configured(item.kind, kept)
