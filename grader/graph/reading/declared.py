"""The parameters of a layer class that a course declares: plain values, and what Keras has by name."""

from __future__ import annotations

from typing import Any

from grader.domain import LayerClass, Value
from grader.graph.reading.catalogue import IGNORED, activation, constraint, initializer, regularizer
from grader.graph.reading.parameters import REQUIRED, Field, Fields, Reader, Refused, flag, nested, real, text, whole

_LARGEST = 100_000
_BY_SUFFIX = {
    "activation": activation, "_initializer": initializer, "_regularizer": regularizer, "_constraint": constraint,
}  # fmt: skip


def fields_of(declared: LayerClass) -> Fields:
    """How each parameter is read. One without a known default has to be in the config."""
    return {name: _field(name, declared) for name in declared.parameters if name not in IGNORED}


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
    raise Refused("expected a number, a text, or a list of these")
