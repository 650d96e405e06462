"""From a `ModelGraph` to a `keras.Model`, only by calling constructors on the allow-list."""

from __future__ import annotations

import inspect
import operator
from functools import partial
from types import ModuleType
from typing import Any

import keras

from grader.domain import Argument, Array, Call, Configured, Layer, ModelGraph, Shape, Slice, Tensor, Value
from grader.graph.reading.catalogue import LAYERS, MERGES
from grader.graph.reading.layers import OPERATIONS
from grader.graph.reading.names import CONSTRAINTS, INITIALIZERS, REGULARIZERS

INPUT = "InputLayer"


class UnbuildableError(Exception):
    """Keras does not confirm the graph, or it contains what the trainer does not build."""


def build(graph: ModelGraph, seed: int, initializer: str | None = None) -> keras.Model:
    """The network with weights drawn from `seed`, layer after layer in the order of the graph."""
    keras.utils.set_random_seed(seed)
    layers = [None if layer.kind == INPUT else _layer(layer, initializer) for layer in graph.layers]
    results: list[list[Any]] = []
    for call in graph.calls:
        outputs = _call(graph.layers[call.layer], layers[call.layer], call, results)
        _compare_shapes(graph.layers[call.layer], call, outputs)
        results.append(outputs)
    model = keras.Model(
        inputs=[_tensor(tensor, results) for tensor in graph.inputs],
        outputs=[_tensor(tensor, results) for tensor in graph.outputs],
    )
    if graph.parameters is not None and model.count_params() != graph.parameters:
        raise UnbuildableError(f"the graph has {graph.parameters} parameters, but the model {model.count_params()}")
    return model


def _layer(layer: Layer, initializer: str | None) -> Any:
    """A layer object, or the function of `keras.ops` for an operation."""
    params = {name: _value(name, value) for name, value in layer.params}
    if layer.kind == "ops.GetItem":
        return operator.getitem
    if layer.kind in OPERATIONS:
        return partial(getattr(keras.ops, OPERATIONS[layer.kind]), **params)
    if layer.kind not in LAYERS or layer.untrainable:
        raise UnbuildableError(layer.untrainable or f"`{layer.kind}` is not a layer that the trainer builds")
    constructor = getattr(keras.layers, layer.kind)
    if initializer is not None and "kernel_initializer" in inspect.signature(constructor.__init__).parameters:
        params["kernel_initializer"] = initializer
    built = constructor(**params)
    if layer.frozen:
        built.trainable = False
    return built


def _value(name: str, value: Value) -> Any:
    """A plain parameter, or the object that a `Configured` one describes."""
    if isinstance(value, tuple):
        return tuple(_value(name, item) for item in value)
    if not isinstance(value, Configured):
        return value
    module, allowed = _family(name)
    if value.kind not in allowed:
        raise UnbuildableError(f"`{name}={value.kind}` cannot be built by the trainer")
    return getattr(module, value.kind)(**{key: _value(key, item) for key, item in value.params})


def _family(name: str) -> tuple[ModuleType, Any]:
    """The Keras module for a parameter of that name; `Identity` is a layer and an initializer too."""
    if name.endswith("_initializer"):
        return keras.initializers, INITIALIZERS
    if name.endswith("_regularizer"):
        return keras.regularizers, REGULARIZERS
    if name.endswith("_constraint"):
        return keras.constraints, CONSTRAINTS
    return keras.layers, LAYERS


def _call(layer: Layer, built: Any, call: Call, results: list[list[Any]]) -> list[Any]:
    if layer.kind == INPUT:
        return [keras.Input(shape=call.shapes[0][1:], dtype=layer.param("dtype"))]
    args = [_argument(argument, results) for argument in call.args]
    kwargs = {name: _argument(argument, results) for name, argument in call.kwargs}
    outputs = built(*args, **kwargs)
    return list(outputs) if isinstance(outputs, list | tuple) else [outputs]


def _argument(argument: Argument, results: list[list[Any]]) -> Any:
    match argument:
        case Tensor():
            return _tensor(argument, results)
        case Slice():
            return slice(argument.start, argument.stop, argument.step)
        case Array():
            return keras.ops.convert_to_tensor(argument.values, dtype="float32")
        case tuple():
            items = [_argument(item, results) for item in argument]
            return items if any(keras.utils.is_keras_tensor(item) for item in items) else tuple(items)
        case _:
            return argument


def _tensor(tensor: Tensor, results: list[list[Any]]) -> Any:
    return results[tensor.call][tensor.output]


def _compare_shapes(layer: Layer, call: Call, outputs: list[Any]) -> None:
    """Refuse shapes that differ from the graph's prediction; a batch size that the student fixed does not count."""
    built: tuple[Shape, ...] = tuple(tuple(output.shape) for output in outputs)
    if call.shapes and tuple(shape[1:] for shape in built) != tuple(shape[1:] for shape in call.shapes):
        raise UnbuildableError(f"a call of `{layer.kind}` gives {built}, but the graph has {call.shapes}")


ROW_BY_ROW = frozenset({
    "InputLayer", "Dense", "Activation", "ReLU", "LeakyReLU", "ELU", "PReLU", "Softmax", "Identity",
    "Rescaling", "Flatten", "Reshape", "RepeatVector", "Permute", "Concatenate", "Dropout", "GaussianDropout",
    "GaussianNoise", "ops.Add", "ops.Subtract", "ops.Multiply", "ops.Divide", "ops.TrueDivide", "ops.Negative",
    "ops.Abs", "ops.Absolute", "ops.Square", "ops.Sin", "ops.Cos", "ops.Maximum", "ops.Minimum", *MERGES,
})  # fmt: skip


def mixes_rows(graph: ModelGraph) -> bool:
    """Whether a row's output may depend on the other rows; true if in doubt."""
    return not all(_row_by_row(layer) for layer in graph.layers)


def _row_by_row(layer: Layer) -> bool:
    axis = layer.param("axis", -1)
    axes = axis if isinstance(axis, tuple) else (axis,)
    return layer.kind in ROW_BY_ROW and 0 not in axes and layer.param("activity_regularizer") is None
