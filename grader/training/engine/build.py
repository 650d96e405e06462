"""From a `ModelGraph` to a `keras.Model`, only by calling constructors on the allow-list; and which inputs matter."""

from __future__ import annotations

import inspect
import operator
from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from itertools import takewhile
from typing import Any

import keras
import numpy as np
import numpy.typing as npt
import tensorflow as tf

from grader.domain import Argument, Array, Call, Configured, Layer, ModelGraph, Shape, Slice, Tensor, Value
from grader.graph.reading.builder import fitting
from grader.graph.reading.catalogue import LAYERS, OBJECTS, OPERATIONS, family
from grader.graph.reading.parameters import has_weights
from grader.training.messages import table_rows

INPUT = "InputLayer"
SCALES = (1.0, 0.3, 0.1) * 3  # of the weights in each draw: large ones drive a softmax behind many layers to its ends
POINTS = 16
NOISE = 1e-4  # of the largest output; normalising a single number leaves about 1e-5
FREE_SIZE = 4  # for an axis of unspecified length


class UnbuildableError(Exception):
    """Keras does not confirm the graph, or it contains what the trainer does not build."""


def build(graph: ModelGraph, seed: int, initializer: str | None = None) -> keras.Model:
    """The network with weights drawn from `seed`, layer after layer in the order of the graph."""
    keras.utils.set_random_seed(seed)
    layers = [
        None if layer.kind == INPUT else _layer(layer, layer_name(number), initializer)
        for number, layer in enumerate(graph.layers)
    ]
    results: list[list[Any]] = []
    for call in graph.calls:
        outputs = _call(graph.layers[call.layer], layers[call.layer], call, results)
        _compare_shapes(graph.layers[call.layer], call, outputs)
        results.append(outputs)
    model = keras.Model(
        inputs=[_tensor(tensor, results) for tensor in graph.inputs],
        outputs=[_tensor(tensor, results) for tensor in graph.outputs],
        name="network",
    )
    _compare_counts(graph, model.count_params())
    return model


def describe(graph: ModelGraph) -> dict[str, Any]:
    """What Keras makes of each call, as plain data: the shapes of its results, and how many weights each layer has.

    A layer that is not built returns what is claimed of it, and nothing is said of what follows one without a claim.
    Instead, the first layer that Keras refuses, and why; or which claim of the graph is false. What is large is built
    only after the claims on what it reads have been found true.
    """
    layers: dict[int, Any] = {}
    results: list[list[Any]] = []
    for call in graph.calls:
        layer = graph.layers[call.layer]
        try:
            if call.layer not in layers and layer.kind != INPUT and not layer.untrainable:
                layers[call.layer] = _layer(layer, layer_name(call.layer), None)
            results.append(_results(layer, layers.get(call.layer), call, results))
            _compare_shapes(layer, call, results[-1])
        except UnbuildableError as error:
            return {"claimed": str(error)}
        except (MemoryError, tf.errors.ResourceExhaustedError):
            raise
        except Exception as error:
            return {"refused": call.layer, "why": _first_line(error)}
    return {
        "shapes": [[list(output.shape) for output in outputs] for outputs in results],
        "weights": [_count(layer, layers.get(number)) for number, layer in enumerate(graph.layers)],
    }


def _results(layer: Layer, built: Any, call: Call, results: list[list[Any]]) -> list[Any]:
    if not all(results[tensor.call] for tensor in call.sources):
        return []
    if layer.untrainable:
        return [keras.KerasTensor(shape) for shape in call.shapes]
    return _call(layer, built, call, results)


def _count(layer: Layer, built: Any) -> int | None:
    if layer.kind == INPUT or layer.kind.startswith("ops."):
        return 0
    return built.count_params() if built is not None and built.built else None


def _first_line(error: Exception) -> str:
    lines = [line.strip() for line in str(error).splitlines() if line.strip()] or [type(error).__name__]
    return lines[0][:300]


def start_values(graph: ModelGraph, seed: int, initializer: str | None = None) -> dict[int, list[npt.NDArray[Any]]]:
    """By layer, the weights that `build` draws from `seed`.

    Building a network for each seed takes a third of a short training. A `Dense` layer needs not be built to draw them,
    since its constructor takes the seed of each; where other layers have weights, the network is built.
    """
    if not all(layer.kind == "Dense" or _is_weightless(layer) for layer in graph.layers):
        return _values(build(graph, seed, initializer), len(graph.layers))
    keras.utils.set_random_seed(seed)
    layers = {
        number: _layer(layer, layer_name(number), initializer)  # all take seeds, in this order
        for number, layer in enumerate(graph.layers)
        if layer.kind != INPUT
    }
    entering = {call.layer: graph.shape(call.sources[0])[-1] for call in graph.calls if call.sources}
    drawn = {number: _drawn(layer, entering.get(number)) for number, layer in layers.items()}
    weights = [value for number, values in drawn.items() if graph.layers[number].kind == "Dense" for value in values]
    _compare_counts(graph, sum(value.size for value in weights))
    return {number: values for number, values in drawn.items() if values}


def _is_weightless(layer: Layer) -> bool:
    return not layer.weights and not has_weights(replace(layer, frozen=False))


def _drawn(layer: Any, width: int | None) -> list[npt.NDArray[Any]]:
    """Weights of a layer that is called on this width; a layer without weights may have the state of its own seeds."""
    if not isinstance(layer, keras.layers.Dense):
        return [np.asarray(value) for value in getattr(layer, "variables", ())]
    kernel = layer.kernel_initializer((width, layer.units), dtype="float32")
    bias = [layer.bias_initializer((layer.units,), dtype="float32")] if layer.use_bias else []
    return [np.asarray(values) for values in (kernel, *bias)]


def _values(model: keras.Model, layers: int) -> dict[int, list[npt.NDArray[Any]]]:
    by_name = {layer.name: layer for layer in model.layers}
    return {
        number: [weight.numpy() for weight in by_name[name].variables]
        for number in range(layers)
        if (name := layer_name(number)) in by_name
    }


def layer_name(number: int) -> str:
    """What a layer of the graph is called in the model, whatever the student calls it."""
    return f"layer_{number}"


def _layer(layer: Layer, name: str, initializer: str | None) -> Any:
    """A layer object, or the function of `keras.ops` for an operation."""
    params = {name: _value(name, value) for name, value in layer.params}
    if layer.kind == "ops.GetItem":
        return operator.getitem
    if layer.kind in OPERATIONS:
        function = operator.attrgetter(OPERATIONS[layer.kind])(keras.ops)
        names = takewhile(params.__contains__, inspect.signature(function).parameters)  # before what it is called on
        return partial(function, *[params.pop(name) for name in list(names)], **params)
    if layer.kind not in LAYERS or layer.untrainable:
        raise UnbuildableError(layer.untrainable or f"`{layer.kind}` is not a layer that the trainer builds")
    constructor = getattr(keras.layers, layer.kind)
    if initializer is not None and "kernel_initializer" in inspect.signature(constructor.__init__).parameters:
        params["kernel_initializer"] = initializer
    built = constructor(**params, name=name)
    if layer.frozen:
        built.trainable = False
    return built


def _value(name: str, value: Value) -> Any:
    """A plain parameter, or the object that a `Configured` one describes."""
    if isinstance(value, tuple):
        return tuple(_value(name, item) for item in value)
    if not isinstance(value, Configured):
        return value
    module = family(name)
    if value.kind not in _ALLOWED[module]:
        raise UnbuildableError(f"`{name}={value.kind}` cannot be built by the trainer")
    return getattr(getattr(keras, module), value.kind)(**{key: _value(key, item) for key, item in value.params})


_ALLOWED: Mapping[str, Any] = {**OBJECTS, "layers": LAYERS}


def _call(layer: Layer, built: Any, call: Call, results: list[list[Any]]) -> list[Any]:
    if layer.kind == INPUT:
        shape: Any = layer.param("batch_shape") or call.shapes[0]
        return [keras.Input(shape=shape[1:], dtype=layer.param("dtype"))]
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
    """Refuse shapes that differ from the graph's; a batch size that the student fixed does not count."""
    built: tuple[Shape, ...] = tuple(tuple(output.shape) for output in outputs)
    if not call.shapes or not built:
        return
    equal_length = len(built) == len(call.shapes)
    claims = zip(built, call.shapes, strict=False)
    if not equal_length or not all(len(shape) == len(claim) and fitting(claim, shape) for shape, claim in claims):
        raise UnbuildableError(f"a call of `{layer.kind}` gives {built}, but the graph has {call.shapes}")


def _compare_counts(graph: ModelGraph, parameters: int) -> None:
    if graph.parameters not in (None, parameters):
        raise UnbuildableError(f"the graph has {graph.parameters} parameters, but the model {parameters}")


def influence(graph: ModelGraph) -> list[list[bool]]:
    """By output, whether each input changes it, for some of several random weights.

    Weights that can be trained are drawn from a normal distribution, so that a start at zero hides nothing, and then
    projected by their constraints as in every step of training; frozen weights stay. An input that changes an output by
    less than the numerical noise counts as having no effect.
    """
    model = build(graph, seed=1)
    generator = np.random.default_rng(1)
    effects = [[False] * len(graph.inputs) for _ in graph.outputs]
    for scale in SCALES:
        for variable in model.trainable_variables:
            variable.assign(generator.normal(scale=scale, size=variable.shape))
            if variable.constraint is not None:
                variable.assign(variable.constraint(variable.value))
        tables = [table_rows(graph, tensor) for tensor in graph.inputs]  # 0 if an input is a number and no index
        usual = [_sample(tensor, generator, rows) for tensor, rows in zip(model.inputs, tables, strict=True)]
        outputs = _outputs(model, usual)
        for number, tensor in enumerate(model.inputs):
            changed = [*usual[:number], _sample(tensor, generator, tables[number]), *usual[number + 1 :]]
            for head, (before, after) in enumerate(zip(outputs, _outputs(model, changed), strict=True)):
                effects[head][number] |= _differ(before, after)
    return effects


def _sample(tensor: Any, generator: np.random.Generator, rows: int = 0) -> Any:
    shape = [POINTS, *(FREE_SIZE if size is None else size for size in tensor.shape[1:])]
    if rows:
        return generator.integers(0, rows, shape).astype(tensor.dtype)
    if "int" in str(tensor.dtype):
        return generator.integers(0, 2, shape)
    return generator.normal(size=shape).astype("float32")


def _differ(before: Any, after: Any) -> bool:
    scale = float(np.nanmax(np.abs(before), initial=0.0))
    return not np.allclose(before, after, rtol=0.0, atol=NOISE * scale, equal_nan=True)


def _outputs(model: Any, inputs: list[Any]) -> list[Any]:
    outputs = model(inputs, training=False)
    return [np.asarray(output) for output in (outputs if isinstance(outputs, list | tuple) else [outputs])]
