"""What the parameters of a layer mean, whatever its class calls them: its width, its kernels, its activation.

`units` of Dense and recurrent layers, `filters` of convolutions, `output_dim` of an Embedding and `key_dim` of
attention are all the *width* of a layer. A wrapper has the width of the layer in it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from grader.domain import Configured, Layer, Value
from grader.graph.reading.catalogue import LAYERS, Required, family

WIDTHS: Mapping[str, str] = {
    "units": "unit", "filters": "filter", "output_dim": "dimension", "key_dim": "dimension for each head",
    "head_dim": "dimension for each head",
}  # fmt: skip
"""Parameters that say how wide a layer is, and what they count."""
_PLURALS = {"dimension for each head": "dimensions for each head"}
RECURRENT = frozenset({
    "SimpleRNN", "LSTM", "GRU", "ConvLSTM1D", "ConvLSTM2D", "ConvLSTM3D", "SimpleRNNCell", "LSTMCell", "GRUCell",
})  # fmt: skip
"""Classes that apply their activation inside of each step, so that it is not what follows their result."""
DROPOUTS = frozenset({
    "Dropout", "AlphaDropout", "GaussianDropout", "SpatialDropout1D", "SpatialDropout2D", "SpatialDropout3D",
})  # fmt: skip
WRAPPED: Mapping[str, str] = {
    "TimeDistributed": "layer", "Bidirectional": "layer", "SpectralNormalization": "layer", "RNN": "cell",
}  # fmt: skip
"""Classes around another layer, and the parameter that holds it."""
_KERNELS = ("kernel", "depthwise", "pointwise")


def inner(layer: Layer) -> tuple[str, Mapping[str, Value]]:
    """Class and parameters of a layer, or of the layer that it wraps."""
    params = dict(layer.params)
    held = params.get(WRAPPED[layer.kind]) if layer.kind in WRAPPED else None
    return (held.kind, dict(held.params)) if isinstance(held, Configured) else (layer.kind, params)


def setting(layer: Layer, name: str) -> Any:
    """A parameter of a layer, or of the one in it: as given, or Keras's default."""
    kind, params = inner(layer)
    fields = LAYERS.get(kind, {})
    return params.get(name, fields[name].default if name in fields else None)


def width_parameter(kind: str) -> str:
    """What a class calls its width; empty if it has none."""
    fields = LAYERS.get(kind, {})
    return next((name for name in WIDTHS if name in fields), "")


def width_name(kind: str) -> str:
    """What a class calls its width; `units` if it has none, or is not known."""
    return width_parameter(kind) or "units"


def width_of(layer: Layer) -> int | None:
    """The width of a layer; `None` if it has none, or an odd one in a forged description."""
    kind, params = inner(layer)
    width = params.get(width_parameter(kind))
    return width if type(width) is int else None


def counted_width(kind: str, width: object) -> str:
    """`32 units`, `1 filter`: a width in the words of its class."""
    noun = WIDTHS.get(width_parameter(kind), "unit")
    return f"{width} {noun if width == 1 else _PLURALS.get(noun, f'{noun}s')}"


def joined_axis(kind: str, given: Value) -> Value:
    """The axis along which `Concatenate` and the joins in `keras.ops` work, given or by default; `None` flattens."""
    return given if given is not None else {"Concatenate": -1, "ops.Concatenate": 0, "ops.Hstack": 1}.get(kind)


JOINS = frozenset({"Concatenate", "ops.Concatenate", "ops.Hstack", "ops.Append"})


def parts(layer: Layer) -> Iterator[Layer]:
    """A layer, and whatever it holds."""
    yield layer
    for _, value in layer.params:
        for held in value if isinstance(value, tuple) else (value,):
            if isinstance(held, Configured):
                yield from parts(Layer("", held.kind, held.params))


def has_weights(layer: Layer) -> bool:
    """Whether training can change anything about a layer."""
    kinds = {part.kind for part in parts(layer)}
    starts = any(family(name) == "initializers" for kind in kinds for name in LAYERS.get(kind, {}))
    return not layer.frozen and not layer.opaque and (starts or not kinds.isdisjoint(_LEARNING))


_LEARNING = frozenset({"Attention", "AdditiveAttention", "RMSNormalization"})
"""Classes with weights that start in one way only."""


def is_pure(kind: str, params: Mapping[str, Value]) -> bool:
    """Whether a layer with weights computes the same at each call, and a second one adds nothing to a training."""
    fields = LAYERS.get(kind, {})
    draws = {"dropout", "recurrent_initializer"} & fields.keys()
    return "kernel_initializer" in fields and not draws and params.get("activity_regularizer") is None


def takes_activation(kind: str) -> bool:
    return "activation" in LAYERS.get(kind, {})


def default_activation(kind: str) -> Value:
    """What a class applies if it is given none: an `LSTM` its `tanh`."""
    field = LAYERS.get(kind, {}).get("activation")
    return "linear" if field is None or isinstance(field.default, Required) else field.default


def weights_named(kind: str, what: str) -> list[str]:
    """The parameters of a class that configure its kernels: `kernel_initializer`, `depthwise_regularizer`."""
    fields = LAYERS.get(kind, {})
    return [name for stem in _KERNELS if (name := f"{stem}_{what}") in fields]


CLASSES_WITH_WIDTH = tuple(kind for kind in LAYERS if width_parameter(kind))
