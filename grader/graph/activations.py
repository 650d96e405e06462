"""Activations by every name Keras gives them: strings, aliases, functions, classes, layers and operations."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from grader.domain import Configured, Value
from grader.graph.schema import Field, Refused, configured, nested, optional, read_params, real, shown, whole

ACTIVATIONS = frozenset({
    "celu", "elu", "exponential", "gelu", "glu", "hard_shrink", "hard_sigmoid", "hard_silu", "hard_tanh", "leaky_relu",
    "linear", "log_sigmoid", "log_softmax", "mish", "relu", "relu6", "selu", "sigmoid", "silu", "soft_shrink",
    "softmax", "softplus", "softsign", "sparse_plus", "sparse_sigmoid", "sparsemax", "squareplus", "tanh",
    "tanh_shrink", "threshold",
})  # fmt: skip
ALIASES: Mapping[str, str] = {"swish": "silu", "hard_swish": "hard_silu", "identity": "linear"}

ACTIVATION_LAYERS: Mapping[str, dict[str, Field]] = {
    "ReLU": {
        "max_value": Field(optional(real(0, 1e6)), None),
        "negative_slope": Field(real(0, 1e3), 0.0),
        "threshold": Field(real(0, 1e3), 0.0),
    },
    "LeakyReLU": {"negative_slope": Field(real(0, 1e3), 0.3)},
    "ELU": {"alpha": Field(real(0, 1e3), 1.0)},
    "Softmax": {"axis": Field(nested(whole(-8, 8), depth=1), -1)},
}
# A layer with default parameters that computes exactly what a named activation computes.
PLAIN_LAYERS: Mapping[str, str] = {"ReLU": "relu", "ELU": "elu", "Softmax": "softmax"}


def activation(value: Any) -> Value:
    """A named activation, or a parametrised one as the `Configured` layer that computes it."""
    if value is None:
        return "linear"
    if isinstance(value, str):
        name = ALIASES.get(value, value)
        if name not in ACTIVATIONS:
            raise Refused(f"`{shown(value)}` is no activation of Keras")
        return name
    if isinstance(value, dict) and value.get("class_name") in ("function", "__lambda__"):
        raise Refused("a function of your own cannot be graded; use one of Keras's activations by name")
    kind, config = configured(value)
    if kind == "Activation":
        return activation(config.get("activation"))
    if kind not in ACTIVATION_LAYERS:
        raise Refused(f"`{kind}` is no activation that can be graded; use one of Keras's activations by name")
    params = read_params(ACTIVATION_LAYERS[kind], config, frozenset({"name", "trainable", "dtype"})).params
    return PLAIN_LAYERS[kind] if kind in PLAIN_LAYERS and not params else Configured(kind, params)
