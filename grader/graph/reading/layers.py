"""One layer's entry of a config to a `Layer`: typed parameters where the catalogue knows it, a reason where not."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from typing import Any

from grader.domain import Configured, Layer, Value
from grader.graph.reading.catalogue import (
    AROUND_OTHERS,
    IGNORED,
    LAYERS,
    OPERATION_FIELDS,
    OPERATIONS,
    REFUSED,
    Fields,
    ValueRefused,
    read_params,
    shown,
)

_HELD = ("layer", "cell", "cells", "layers", "forward_layer", "backward_layer")  # what wrappers call what they hold
_MOST_VALUES, _MOST_DEPTH = 16, 3
_UNSHOWN = IGNORED | {"vocabulary", "idf_weights", "vocabulary_size", "encoding", "sparse", "layers", "autocast"}
_NO_OBJECTS = frozenset({"__lambda__", "__opaque__", "__tensor__", "__numpy__", "DTypePolicy"})
_NAME = frozenset({"name"})  # all else of an operation counts
_LONGEST_AXIS = 1_000_000
_FLOAT_TYPES = frozenset({"float32", "float64"})
_MIXED = frozenset({"mixed_float16", "mixed_bfloat16"})  # weights of float32: the same network, computed faster
_INPUT_TYPES = _FLOAT_TYPES | {"int32", "int64", "uint8", "bool"}
_OPERATION_MODULES = ("keras.src.ops", "keras.ops", "keras.src.activations")


def read_layer(entry: Mapping[str, Any]) -> Layer:
    """A describable layer; it is trainable where `untrainable` is empty. `entry` has name, class and config."""
    module, kind, config = str(entry.get("module")), entry["class_name"], entry["config"]
    name = str(entry["name"])[:80]
    if is_operation(entry):
        return _read_operation(name, kind, config)
    frozen = config.get("trainable") is False
    if kind == "InputLayer":
        return _read_input(name, config)
    params = None
    try:
        _refuse_foreign(module, kind, entry.get("registered_name"))
        params = read_params(LAYERS[kind], config)
        _refuse_precision(config)
        return Layer(name, kind, params, frozen)
    except ValueRefused as refusal:
        reason = f"`{kind[:40]}` layer `{name}`: {refusal}"
        opaque = _opaque(module, kind, entry.get("registered_name"), config)
        shown_params = _plain_params(LAYERS.get(kind, {}), config) if params is None else params
        return Layer(name, kind[:80], shown_params, frozen, reason, opaque=re.sub(r"\W+", "_", opaque)[:40])


def is_operation(entry: Mapping[str, Any]) -> bool:
    """Whether it is no layer, but what a function of `keras.ops` or `keras.activations` leaves."""
    return str(entry.get("module")).startswith(_OPERATION_MODULES)


def _read_operation(name: str, kind: str, config: Mapping[str, Any]) -> Layer:
    if kind in ACTIVATION_OPERATIONS:
        return Layer(name, "Activation", (("activation", ACTIVATION_OPERATIONS[kind]),))
    label = f"ops.{kind}"[:80]
    try:
        if kind == "ReLU":  # keras.activations.relu on a tensor
            return Layer(name, kind, read_params(LAYERS[kind], config))
        if label not in OPERATION_FIELDS:
            raise ValueRefused("this operation cannot be graded; use a Keras layer")
        return Layer(name, label, read_params(OPERATION_FIELDS[label], config, _NAME))
    except ValueRefused as refusal:
        return Layer(name, label, _plain_params({}, config), False, f"`keras.ops` operation `{name}`: {refusal}")


def _read_input(name: str, config: Mapping[str, Any]) -> Layer:
    shape = config.get("batch_shape", config.get("batch_input_shape"))
    dtype = config.get("dtype") or "float32"
    try:
        if not isinstance(shape, list) or not shape:
            raise ValueRefused("the input has no shape")
        fits = [size is None or (type(size) is int and 0 < size <= _LONGEST_AXIS) for size in shape[1:]]
        if len(shape) > 16 or not all(fits):
            raise ValueRefused(f"an axis must have a size from 1 to {_LONGEST_AXIS:,}, found {shown(shape)}")
        batch_shape = (None, *shape[1:])
    except ValueRefused as refusal:
        return Layer(name, "InputLayer", untrainable=f"`InputLayer` layer `{name}`: {refusal}")
    params = (("batch_shape", batch_shape), ("dtype", str(dtype)[:20]))
    is_known = isinstance(dtype, str) and dtype in _INPUT_TYPES
    reason = f"`InputLayer` layer `{name}`: inputs of type {shown(dtype)} cannot be graded"
    return Layer(name, "InputLayer", params, untrainable="" if is_known else reason)


def _opaque(module: str, kind: str, registered: object, config: Mapping[str, Any]) -> str:
    """The class that may contain hidden layers; empty if there is none."""
    if is_foreign(module, registered) or kind in AROUND_OTHERS:
        return kind
    held = [config[key] for key in _HELD if key in config]
    inner = [
        entry for part in held for entry in (part if isinstance(part, list) else [part]) if isinstance(entry, dict)
    ]
    return next((name for entry in inner if isinstance(name := entry.get("class_name"), str)), "")


def is_foreign(module: str, registered: object) -> bool:
    """Whether a class is not Keras's. For one from outside, Keras writes no module but a registered name."""
    return module.split(".", maxsplit=1)[0] not in ("keras", "None") or (module == "None" and registered is not None)


def _refuse_foreign(module: str, kind: str, registered: object) -> None:
    if is_foreign(module, registered):
        raise ValueRefused("your own class cannot be graded; use Keras layers")
    if kind in REFUSED:
        raise ValueRefused(REFUSED[kind])
    if kind not in LAYERS:
        raise ValueRefused("the grader does not train layers of this class")


def _refuse_precision(config: Mapping[str, Any]) -> None:
    policy = config.get("dtype")
    inner = policy.get("config") if isinstance(policy, dict) else None
    name = inner.get("name") if isinstance(inner, dict) else policy
    if name is not None and (not isinstance(name, str) or name not in _FLOAT_TYPES | _MIXED):
        raise ValueRefused(f"it computes in {shown(name)}, but the grader trains in float32; leave `dtype` out")


def _plain_params(fields: Fields, config: Mapping[str, Any], depth: int = 0) -> tuple[tuple[str, Value], ...]:
    """What can be shown of a layer that cannot be trained: its plain parameters, without Keras's defaults."""
    plain = {
        str(key)[:40]: _plain_value(value, depth)
        for key, value in list(config.items())[:64]
        if key not in _UNSHOWN and not str(key).endswith(("_initializer", "_regularizer", "_constraint"))
    }
    usual = {key: field.default for key, field in fields.items()}
    return tuple(
        sorted(
            (key, value)
            for key, value in plain.items()
            if value is not None and value is not False and value != usual.get(key)
        )
    )


def _plain_value(value: Any, depth: int) -> Value:
    """A number, a word, a short tuple of these, a function's name, or an inner layer; `None` for anything else."""
    match value:
        case bool() | int():
            return value
        case float() if math.isfinite(value):
            return value
        case str():
            return value[:80]
        case list() if len(value) <= _MOST_VALUES and depth < _MOST_DEPTH:
            values = tuple(_plain_value(item, depth + 1) for item in value)
            return values if values and all(item is not None for item in values) else None
        case {"class_name": "function", "config": str(name)}:
            return name[:80]
        case {"class_name": "__lambda__"}:
            return "lambda"
        case {"class_name": str(kind), "config": dict(config)} if depth < _MOST_DEPTH and kind not in _NO_OBJECTS:
            return Configured(kind[:80], _plain_params(LAYERS.get(kind, {}), config, depth + 1))
    return None


# Operations that equal an activation: `ops.Sigmoid` is `Activation("sigmoid")`.
ACTIVATION_OPERATIONS: Mapping[str, str] = {
    "Relu": "relu", "Relu6": "relu6", "Sigmoid": "sigmoid", "Tanh": "tanh", "Silu": "silu", "Softplus": "softplus",
    "Softsign": "softsign", "Selu": "selu", "Mish": "mish", "HardSigmoid": "hard_sigmoid", "HardSilu": "hard_silu",
    "HardTanh": "hard_tanh", "LogSigmoid": "log_sigmoid", "TanhShrink": "tanh_shrink", "Exp": "exponential",
}  # fmt: skip


def operation_name(kind: str) -> str:
    """The function in `keras.ops` of a kind such as `ops.Add`, also of one that the trainer does not know."""
    return OPERATIONS.get(kind, snake_case(kind.removeprefix("ops.")))


def snake_case(name: str) -> str:
    """A class in the words of a function, as Keras does it: `mean_squared_error`, `conv2d`, `re_lu`."""
    words = re.sub(r"(.)([A-Z][a-z]+)", r"\1_\2", name)
    return re.sub(r"([a-z])([A-Z])", r"\1_\2", words).lower()
