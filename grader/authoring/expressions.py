"""What a program calls the parts of Keras, by the way in which it imports them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from grader.domain import Array, Configured, Layer, Slice
from grader.graph.reading.layers import snake_case


class Names:
    """Names for the parts of Keras, and the import lines that make those known which were asked for."""

    def __init__(self, style: str) -> None:
        self._style = style
        self._layers: set[str] = set()
        self.keras = "tf.keras" if style == "tf.keras" else "keras"

    def layer(self, name: str) -> str:
        """A class or function of `keras.layers`."""
        self._layers.add(name)
        direct = self._style in ("names", "Keras 2")
        return name if direct else f"{'tf.keras.' if self._style == 'tf.keras' else ''}layers.{name}"

    def lines(self) -> list[str]:
        used = sorted(self._layers)
        match self._style:
            case "names":
                return ["import keras", f"from keras.layers import {', '.join(used)}"]
            case "tf.keras":
                return ["import tensorflow as tf"]
            case "from tensorflow":
                return ["from tensorflow import keras", "from tensorflow.keras import layers"]
            case "Keras 2":
                merges = [name for name in used if merge_function(name.capitalize()) == name]
                others = [name for name in used if name not in merges]
                lines = ["import keras", f"from keras.layers.core import {', '.join(others)}"] if others else []
                return [*lines, *([f"from keras.layers.merge import {', '.join(merges)}"] if merges else [])]
            case _:
                return ["import keras", "from keras import layers"]


SHORT_INITIALIZERS: Mapping[str, str] = {
    "RandomUniform": "uniform", "RandomNormal": "normal", "GlorotUniform": "glorot_uniform", "Zeros": "zeros",
    "Ones": "ones", "HeNormal": "he_normal", "HeUniform": "he_uniform", "GlorotNormal": "glorot_normal",
}  # fmt: skip
LONG_LOSSES: Mapping[str, tuple[str, str]] = {
    "mse": ("mean_squared_error", "MeanSquaredError"),
    "mae": ("mean_absolute_error", "MeanAbsoluteError"),
}
OPTIMIZERS: Mapping[str, tuple[str, float]] = {
    "rmsprop": ("RMSprop", 0.001), "adam": ("Adam", 0.001), "sgd": ("SGD", 0.01), "adagrad": ("Adagrad", 0.001),
    "nadam": ("Nadam", 0.001),
}  # fmt: skip
_MERGE_FUNCTIONS = ("Add", "Average", "Concatenate", "Maximum", "Minimum", "Multiply", "Subtract")
_FIRST = {"Dense": "units", "Dropout": "rate", "Activation": "activation", "Reshape": "target_shape"}


class UnwritableError(Exception):
    """A network, or a spelling of it, that cannot be written as a program."""


def value(item: Any, keras: str) -> str:
    """A parameter; `keras` is what the program calls the package."""
    if isinstance(item, Configured):
        module = "initializers" if not item.kind.startswith(("L1", "L2", "OrthogonalReg")) else "regularizers"
        return f"{keras}.{module}.{item.kind}({keywords(item.params, keras)})"
    if isinstance(item, tuple):
        inner = ", ".join(value(part, keras) for part in item)
        return f"({inner},)" if len(item) == 1 else f"({inner})"
    if isinstance(item, Array | Slice):
        raise UnwritableError("an array or a slice")
    return f'"{item}"' if isinstance(item, str) else repr(item)


def keywords(params: Any, keras: str) -> str:
    return ", ".join(f"{name}={value(item, keras)}" for name, item in params)


def constructor(layer: Layer, keras: str, replaced: Mapping[str, str]) -> str:
    """The arguments of a layer's constructor; `replaced` gives the text of some, empty to leave one out."""
    params = dict(layer.params)
    first = _FIRST.get(layer.kind)
    parts = [value(params.pop(first), keras)] if first in params and first not in replaced else []
    texts = {name: value(item, keras) for name, item in params.items()} | dict(replaced)
    if layer.frozen:
        texts["trainable"] = "False"
    parts += [f"{name}={text}" for name, text in texts.items() if text]
    return ", ".join(parts)


def initializer(item: Configured, spelling: str, keras: str) -> str:
    """An initializer in one of its spellings; with parameters of its own it is an object in each."""
    name = SHORT_INITIALIZERS.get(item.kind)
    if item.params or name is None:
        return value(item, keras)
    call = f"{keras}.initializers.{item.kind}"
    ranges = {"RandomUniform": "minval=-0.05, maxval=0.05", "RandomNormal": "mean=0.0, stddev=0.05"}
    texts = {
        "short name": f'"{name}"',
        "long name": f'"{snake_case(item.kind)}"',
        "class name": f'"{item.kind}"',
        "object": f"{call}()",
        "object with range": f"{call}({ranges.get(item.kind, '')})",
        "object with seed": f"{call}({'seed=7' if item.kind in ranges else ''})",
    }
    return texts[spelling]


def loss(name: str, spelling: str, keras: str) -> str:
    if name not in LONG_LOSSES or spelling in ("name", "one for all", "dict", "tuple"):
        return f'"{name}"'
    snake, camel = LONG_LOSSES[name]
    return {
        "long name": f'"{snake}"',
        "object": f"{keras}.losses.{camel}()",
        "function": f"{keras}.losses.{snake}",
    }[spelling]


def optimizer(name: str, rate: float | None, spelling: str, keras: str) -> str:
    if name not in OPTIMIZERS:
        return f'"{name}"'
    camel, usual = OPTIMIZERS[name]
    if rate is not None:
        return f"{keras}.optimizers.{camel}(learning_rate={rate})"
    return {
        "name": f'"{name}"',
        "class name": f'"{camel}"',
        "upper case": f'"{name.upper()}"',
        "object": f"{keras}.optimizers.{camel}()",
        "object with its rate": f"{keras}.optimizers.{camel}(learning_rate={usual})",
    }[spelling]


def merge_function(kind: str) -> str | None:
    """`concatenate` for `Concatenate`, where `keras.layers` has such a function."""
    return kind.lower() if kind in _MERGE_FUNCTIONS else None
