"""The Python text of layers, losses and optimizers in their spellings, and what a program calls the parts of Keras."""

from __future__ import annotations

from collections.abc import Mapping

from grader.domain import Configured, Layer
from grader.graph.reading.catalogue import LOSSES, MERGES
from grader.graph.reading.layers import snake_case
from grader.graph.source import OPTIMIZERS, arguments, value


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


def constructor(layer: Layer, keras: str, replaced: Mapping[str, str]) -> str:
    """The arguments of a layer's constructor; `replaced` gives the text of some, empty to leave one out."""
    texts = {name: value(item, keras) for name, item in layer.params} | dict(replaced)
    return arguments(texts | ({"trainable": "False"} if layer.frozen else {}), layer.kind)


def initializer(item: Configured, spelling: str, keras: str) -> str:
    """An initializer in one of its spellings; with parameters of its own it is an object in each."""
    name = SHORT_INITIALIZERS.get(item.kind)
    if item.params or name is None:
        return value(item, keras)
    call = f"{keras}.initializers.{item.kind}"
    ranges = {"RandomUniform": "minval=-0.05, maxval=0.05", "RandomNormal": "mean=0.0, stddev=0.05"}
    texts = {
        "short name": repr(name),
        "long name": repr(snake_case(item.kind)),
        "class name": repr(item.kind),
        "object": f"{call}()",
        "object with range": f"{call}({ranges.get(item.kind, '')})",
        "object with seed": f"{call}({'seed=7' if item.kind in ranges else ''})",
    }
    return texts[spelling]


def loss(name: str, spelling: str, keras: str) -> str:
    if name not in LOSSES or spelling in ("name", "one for all", "dict", "tuple"):
        return repr(name)
    function = snake_case(LOSSES[name])
    return {
        "long name": repr(function),
        "object": f"{keras}.losses.{LOSSES[name]}()",
        "function": f"{keras}.losses.{function}",
    }[spelling]


def optimizer(name: str, rate: float | None, spelling: str, keras: str) -> str:
    if name not in OPTIMIZERS:
        return repr(name)
    camel, usual = OPTIMIZERS[name]
    if rate is not None:
        return f"{keras}.optimizers.{camel}(learning_rate={rate})"
    return {
        "name": repr(name),
        "class name": repr(camel),
        "upper case": repr(name.upper()),
        "object": f"{keras}.optimizers.{camel}()",
        "object with its rate": f"{keras}.optimizers.{camel}(learning_rate={usual})",
    }[spelling]


def merge_function(kind: str) -> str | None:
    """`concatenate` for `Concatenate`, where `keras.layers` has such a function."""
    return kind.lower() if kind in ("Concatenate", *MERGES) else None
