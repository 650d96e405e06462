"""A network as text: a row for each call of a layer, and what the rows do not say."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from typing import Any

from grader.domain import Array, Call, Layer, ModelGraph, Slice, Tensor, tensors
from grader.domain.graph import chosen, is_derived, is_dict
from grader.graph.keras_code import arguments, value
from grader.graph.reading.layers import operation_name
from grader.reporting.safe_text import one_line

MAX_NAME = 60
MAX_OPTIONS = 600
MAX_PATH = 3
_FIRST = ("units", "filters", "kernel_size", "input_dim", "output_dim", "num_heads", "key_dim", "layer", "cell")
_UNKNOWN = "?"


@dataclass(frozen=True)
class CallRow:
    """One call: its name, the code that makes it, the shapes it returns, and how many weights its layer brings.

    `differs` is said of a network that is compared with another one.
    """

    name: str
    code: str
    shapes: tuple[str, ...]
    weights: str
    differs: bool = False


def rows(graph: ModelGraph, differing: Collection[str] = ()) -> list[CallRow]:
    """The calls of a network in an order in which they can be computed. `differing` are names of layers."""
    names = call_names(graph)
    seen: set[int] = set()
    table = []
    for number, call in enumerate(graph.calls):
        layer = graph.layers[call.layer]
        count = _UNKNOWN if layer.weights is None else f"{layer.weights:,}"
        weights = "shared" if call.layer in seen else count
        seen.add(call.layer)
        shapes = tuple(str(shape or _UNKNOWN) for shape in call.shapes) or (_UNKNOWN,)
        table.append(CallRow(names[number], _code(graph, call, names), shapes, weights, layer.name in differing))
    return table


def call_names(graph: ModelGraph) -> list[str]:
    """A name for each call: the layer's, after those of the models around it; calls of a shared layer are counted."""
    times = Counter(call.layer for call in graph.calls)
    so_far: Counter[int] = Counter()
    names = []
    for call in graph.calls:
        layer = graph.layers[call.layer]
        so_far[call.layer] += 1
        counted = f" #{so_far[call.layer]}" if times[call.layer] > 1 else ""
        names.append(_full_name(layer) + counted)
    return names


def _full_name(layer: Layer) -> str:
    path = layer.path if len(layer.path) <= MAX_PATH else (layer.path[0], "…", layer.path[-1])
    return "/".join(one_line(part, MAX_NAME) for part in (*path, layer.name))


def end_lines(graph: ModelGraph) -> list[str]:
    """Inputs and outputs in their order, and what the signs in the rows mean."""
    names = call_names(graph)
    inputs = [_tensor_text(graph, tensor, names) for tensor in graph.inputs]
    outputs = [
        _named(label, graph.layers[graph.calls[tensor.call].layer], _tensor_text(graph, tensor, names))
        for label, tensor in zip_longest(graph.output_names, graph.outputs, fillvalue="")
        if isinstance(tensor, Tensor)
    ]
    lines = [f"inputs: {', '.join(inputs)}"] if len(inputs) > 1 else []
    lines.append(f"outputs: {', '.join(outputs)}")
    if any(count > 1 for count in Counter(call.layer for call in graph.calls).values()):
        lines.append("#1, #2, …: calls of one shared layer")
    if any(len(call.shapes) > 1 for call in graph.calls):
        lines.append("[0], [1], …: which of several outputs is read")
    return lines


def describe(graph: ModelGraph) -> list[str]:
    """The rows as lines, `dense = Dense(units=20)(x)  (None, 20)  40 weights`, then the ends and the parameters."""
    lines = []
    for row in rows(graph):
        weights = {"0": "", "shared": "shared"}.get(row.weights, f"{row.weights} weights")
        lines.append(f"{row.name} = {row.code}  {', '.join(row.shapes)}  {weights}".rstrip())
    return [*lines, *end_lines(graph), f"parameters: {_parameters(graph)}"]


def parameters(graph: ModelGraph) -> int | None:
    """The number of weights of all layers, where each layer's is known."""
    counts = [layer.weights for layer in graph.layers]
    return None if None in counts else sum(count for count in counts if count is not None)


def _code(graph: ModelGraph, call: Call, names: Sequence[str]) -> str:
    """A call as one would type it: `Dense(20)(x)`, `Input(shape=(1,))`, `ops.mean(x, axis=1)`, `x[:, 0]`."""
    layer = graph.layers[call.layer]
    if layer.kind == "InputLayer":
        return f"Input{_input_text(layer, call)}"
    if layer.kind == "ops.GetItem" and len(call.args) == 2 and isinstance(call.args[0], Tensor):
        return f"{_tensor_text(graph, call.args[0], names)}[{_key_text(call.args[1])}]"
    called = [_argument_text(graph, argument, names) for argument in call.args]
    called += [f"{one_line(key, MAX_NAME)}={_argument_text(graph, item, names)}" for key, item in call.kwargs]
    texts = {key: value(item) for key, item in worth_saying(layer.params)}
    if layer.kind.startswith("ops."):
        options = [one_line(f"{key}={text}", MAX_OPTIONS) for key, text in texts.items()]
        return f"ops.{one_line(operation_name(layer.kind), MAX_NAME)}({', '.join([*called, *options])})"
    options_text = one_line(arguments(texts, layer.kind), MAX_OPTIONS)
    return f"{one_line(layer.kind, MAX_NAME)}({options_text})({', '.join(called)})"


def _input_text(layer: Layer, call: Call) -> str:
    shape = value(call.shapes[0][1:]) if call.shapes else _UNKNOWN
    dtype = layer.param("dtype", "float32")
    return one_line(f"(shape={shape}" + ("" if dtype == "float32" else f", dtype={value(dtype)}") + ")", MAX_OPTIONS)


def worth_saying(params: Sequence[tuple[str, Any]]) -> list[tuple[str, Any]]:
    """The parameters that somebody chose, the most important first."""
    ordered = [(key, chosen(item)) for key, item in params if not is_derived(dict(params), key, item)]
    return sorted(ordered, key=lambda option: _FIRST.index(option[0]) if option[0] in _FIRST else len(_FIRST))


def _argument_text(graph: ModelGraph, argument: Any, names: Sequence[str]) -> str:
    match argument:
        case Tensor():
            return _tensor_text(graph, argument, names)
        case Array():
            return f"an array of shape {tuple(_array_shape(argument.values))}"
        case (str(name), item) if any(True for _ in tensors(item)):
            return f"{one_line(name, MAX_NAME)}: {_argument_text(graph, item, names)}"
        case tuple():
            items = ", ".join(_argument_text(graph, item, names) for item in argument)
            return f"{{{items}}}" if is_dict(argument) else f"[{items}]"
        case Slice():
            return _key_text(argument)
    return one_line(value(argument), MAX_NAME)


def _tensor_text(graph: ModelGraph, tensor: Tensor, names: Sequence[str]) -> str:
    several = len(graph.calls[tensor.call].shapes) > 1 or tensor.output > 0
    return names[tensor.call] + (f"[{tensor.output}]" if several else "")


def _key_text(key: Any) -> str:
    match key:
        case tuple():
            return ", ".join(map(_key_text, key))
        case Slice():
            ends = ["" if end is None else str(end) for end in (key.start, key.stop, key.step)]
            return ":".join(ends if key.step is not None else ends[:2])
    return str(key)


def _array_shape(values: Any) -> Iterator[int]:
    while isinstance(values, tuple):
        yield len(values)
        values = values[0] if values else None


def _named(label: str, layer: Layer, text: str) -> str:
    """An output, with the model's own name for it if that adds something."""
    return text if label in ("", layer.name, *layer.path) else f"{one_line(label, MAX_NAME)} = {text}"


def _parameters(graph: ModelGraph) -> str:
    count = sum(layer.weights or 0 for layer in graph.layers)
    frozen = sum(layer.weights or 0 for layer in graph.layers if layer.frozen)
    if unknown := [one_line(layer.name, MAX_NAME) for layer in graph.layers if layer.weights is None]:
        return f"at least {count:,}; unknown for {', '.join(unknown[:5])}"
    return f"{count:,}" + (f", of which {frozen:,} in frozen layers" if frozen else "")
