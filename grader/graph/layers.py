"""One layer's entry of a config to a `Layer`: typed parameters where the catalogue knows it, a reason where not."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from grader.domain import Layer, Value
from grader.graph.catalogue import IGNORED, LAYERS
from grader.graph.operations import ACTIVATION_OPERATIONS, FIELDS
from grader.graph.schema import Refused, nested, optional, read_params, shown, whole

_SUGGESTIONS: Mapping[str, str] = {
    "Lambda": "use `Rescaling`, `Multiply` or another layer of Keras",
    "TFSMLayer": "build the network from layers of Keras",
    "TorchModuleWrapper": "build the network from layers of Keras",
}
_FLOAT_TYPES = frozenset({"float32", "float64"})
_INPUT_TYPES = _FLOAT_TYPES | {"int32", "int64", "uint8", "bool"}
_OPERATION_MODULES = ("keras.src.ops", "keras.ops", "keras.src.activations")


def read_layer(entry: Mapping[str, Any]) -> Layer:
    """A describable layer; it is trainable where `untrainable` is empty. `entry` has name, class and config."""
    module, kind, config = str(entry.get("module")), entry["class_name"], entry["config"]
    name = str(entry["name"])[:80]
    if module.startswith(_OPERATION_MODULES):
        return _read_operation(name, kind, config)
    frozen = config.get("trainable") is False
    try:
        if kind == "InputLayer":
            return Layer(name, kind, _input_params(config))
        _refuse_foreign(module, kind, entry.get("registered_name"))
        _refuse_precision(config)
        return Layer(name, kind, read_params(LAYERS[kind], config, IGNORED).params, frozen)
    except Refused as refusal:
        return Layer(name, kind[:80], _plain_params(config), frozen, f"`{kind[:40]}` layer `{name}`: {refusal}")


def _read_operation(name: str, kind: str, config: Mapping[str, Any]) -> Layer:
    if kind in ACTIVATION_OPERATIONS:
        return Layer(name, "Activation", (("activation", ACTIVATION_OPERATIONS[kind]),))
    label = f"ops.{kind}"[:80]
    try:
        if kind == "ReLU":  # keras.activations.relu on a tensor
            return Layer(name, kind, read_params(LAYERS[kind], config, IGNORED).params)
        if label not in FIELDS:
            raise Refused("this operation cannot be graded; use a layer of Keras")
        return Layer(name, label, read_params(FIELDS[label], config, IGNORED).params)
    except Refused as refusal:
        return Layer(name, label, _plain_params(config), False, f"`keras.ops` operation `{name}`: {refusal}")


def _input_params(config: Mapping[str, Any]) -> tuple[tuple[str, Value], ...]:
    shape = config.get("batch_shape", config.get("batch_input_shape"))
    if not isinstance(shape, list) or not shape:
        raise Refused("the input does not say its shape")
    dtype = config.get("dtype") or "float32"
    if not isinstance(dtype, str) or dtype not in _INPUT_TYPES:
        raise Refused(f"inputs of type {shown(dtype)} cannot be graded")
    batch_shape = (None, *(nested(optional(whole(1, 1_000_000)), depth=0)(size) for size in shape[1:]))
    return (("batch_shape", batch_shape), ("dtype", dtype))


def _refuse_foreign(module: str, kind: str, registered: object) -> None:
    # Keras writes no module, and a registered name, for a class that is not its own, whatever it is called.
    if module.split(".", maxsplit=1)[0] not in ("keras", "None") or (module == "None" and registered is not None):
        raise Refused("is a class of your own, which cannot be graded; use the layers of Keras")
    if kind in _SUGGESTIONS:
        raise Refused(f"cannot be graded; {_SUGGESTIONS[kind]}")
    if kind not in LAYERS:
        raise Refused("cannot be graded: the grader does not train layers of this class")


def _refuse_precision(config: Mapping[str, Any]) -> None:
    policy = config.get("dtype")
    inner = policy.get("config") if isinstance(policy, dict) else None
    name = inner.get("name") if isinstance(inner, dict) else policy
    if name is not None and (not isinstance(name, str) or name not in _FLOAT_TYPES):
        raise Refused(f"computes in {shown(name)}, and the grader trains in float32; leave `dtype` out")


def _plain_params(config: Mapping[str, Any]) -> tuple[tuple[str, Value], ...]:
    """What can be shown of a layer that cannot be trained: its few plain parameters."""
    plain = {
        str(key)[:40]: value if not isinstance(value, str) else value[:80]
        for key, value in list(config.items())[:32]
        if key not in IGNORED and type(value) in (bool, int, float, str) and value == value  # noqa: PLR0124  (no NaN)
    }
    return tuple(sorted(plain.items()))
