"""The layer classes that a course declares: their parameters, plain values and what Keras has by name.

A class of Keras that holds another layer may hold one of them: `TimeDistributed`, `Bidirectional`, `RNN`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from grader.domain import Configured, CourseLayers, LayerClass, Value
from grader.graph.reading.catalogue import HOLDING, IGNORED, LAYERS, activation, constraint, initializer, regularizer
from grader.graph.reading.parameters import (
    REQUIRED,
    Field,
    Fields,
    Reader,
    Refused,
    flag,
    nested,
    read_params,
    real,
    text,
    whole,
)

_LARGEST = 100_000
_BY_SUFFIX = {
    "activation": activation, "_initializer": initializer, "_regularizer": regularizer, "_constraint": constraint,
}  # fmt: skip


def fields_of(declared: LayerClass) -> Fields:
    """How each parameter is read. One without a known default has to be in the config."""
    return {name: _field(name, declared) for name in declared.parameters if name not in IGNORED}


def declared_class(entry: Mapping[str, Any], own: CourseLayers) -> LayerClass | None:
    """The class of the course that a serialised layer is of; a class of Keras never is."""
    kind = entry.get("class_name")
    is_own = is_foreign(str(entry.get("module")), entry.get("registered_name"))
    return own.classes.get(kind) if is_own and isinstance(kind, str) else None


def is_foreign(module: str, registered: object) -> bool:
    """Whether a class is not Keras's. For one from outside, Keras writes no module but a registered name."""
    return module.split(".", maxsplit=1)[0] not in ("keras", "None") or (module == "None" and registered is not None)


def known_fields(kind: str, own: CourseLayers) -> Fields:
    """The parameters of a class of Keras that can be trained, or of the course."""
    if kind not in LAYERS:
        return fields_of(own.classes[kind])
    fields = LAYERS[kind]
    if not own.classes or not HOLDING & fields.keys():
        return fields
    return {name: _holding(field, own) if name in HOLDING else field for name, field in fields.items()}


def _holding(field: Field, own: CourseLayers) -> Field:
    def read(value: Any) -> Value:
        declared = declared_class(value, own) if isinstance(value, dict) else None
        if declared is None:
            return field.read(value)
        config = value.get("config")
        if not isinstance(config, dict):
            raise Refused(f"the configuration of `{value['class_name']}` cannot be read")
        return Configured(value["class_name"], read_params(fields_of(declared), config, IGNORED).params)

    return replace(field, read=read)


def _field(name: str, declared: LayerClass) -> Field:
    default = declared.defaults.get(name, REQUIRED)
    read: Reader = next((read for suffix, read in _BY_SUFFIX.items() if name.endswith(suffix)), nested(_plain))
    if type(default) is float:
        read = nested(_real)  # so that 2 and 2.0 are the same
    if default is REQUIRED or declared.is_described:
        return Field(read)
    return Field(read, read(default))


def _real(value: Any) -> Value:
    return _plain(float(value) if type(value) is int else value)


def _plain(value: Any) -> Value:
    match value:
        case None:
            return None
        case bool():
            return flag(value)
        case int():
            return whole(-_LARGEST, _LARGEST)(value)
        case float():
            return real(-1e9, 1e9)(value)
        case str():
            return text(value)
    raise Refused("expected a number, a string, or a list of these")
