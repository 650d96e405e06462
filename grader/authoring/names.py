"""What a program calls the parts of Keras, by the way in which it imports them."""

from __future__ import annotations

from grader.authoring.expressions import merge_function


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
