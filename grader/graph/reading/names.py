"""Activations, initializers, regularizers, losses and optimizers, by every name that Keras gives them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from grader.domain import CompileCall, Configured, Setting, Settings, Value
from grader.graph.reading.parameters import (
    Field,
    Refused,
    choice,
    configured,
    nested,
    optional,
    read_params,
    real,
    shown,
    whole,
    word,
)

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
            raise Refused(f"`{shown(value)}` is not a Keras activation")
        return name
    if isinstance(value, dict) and value.get("class_name") in ("function", "__lambda__"):
        raise Refused("your own function cannot be graded; use a Keras activation by name")
    kind, config = configured(value)
    if kind == "Activation":
        return activation(config.get("activation"))
    if kind not in ACTIVATION_LAYERS:
        raise Refused(f"`{kind}` cannot be graded as an activation; use a Keras activation by name")
    params = read_params(ACTIVATION_LAYERS[kind], config, frozenset({"name", "trainable", "dtype"})).params
    return PLAIN_LAYERS[kind] if kind in PLAIN_LAYERS and not params else Configured(kind, params)


Fields = dict[str, Field]

_ANY = real(-1e6, 1e6)
_AXES = nested(whole(-8, 8), depth=1)
_FANS: Fields = {"input_axes": Field(optional(_AXES), None), "output_axes": Field(optional(_AXES), None)}

INITIALIZERS: Mapping[str, Fields] = {
    "Zeros": {},
    "Ones": {},
    "Constant": {"value": Field(_ANY, 0.0)},
    "RandomNormal": {"mean": Field(_ANY, 0.0), "stddev": Field(_ANY, 0.05)},
    "RandomUniform": {"minval": Field(_ANY, -0.05), "maxval": Field(_ANY, 0.05)},
    "TruncatedNormal": {"mean": Field(_ANY, 0.0), "stddev": Field(_ANY, 0.05)},
    "GlorotNormal": _FANS,
    "GlorotUniform": _FANS,
    "HeNormal": _FANS,
    "HeUniform": _FANS,
    "LecunNormal": _FANS,
    "LecunUniform": _FANS,
    "VarianceScaling": {
        "scale": Field(real(1e-9, 1e6), 1.0),
        "mode": Field(word("fan_in", "fan_out", "fan_avg"), "fan_in"),
        "distribution": Field(word("truncated_normal", "untruncated_normal", "uniform"), "truncated_normal"),
        **_FANS,
    },
    "Orthogonal": {"gain": Field(_ANY, 1.0)},
    "Identity": {"gain": Field(_ANY, 1.0)},
}
INITIALIZER_ALIASES = {
    "uniform": "RandomUniform", "random_uniform": "RandomUniform", "normal": "RandomNormal",
    "random_normal": "RandomNormal", "truncated_normal": "TruncatedNormal", "zero": "Zeros", "zeros": "Zeros",
    "one": "Ones", "ones": "Ones", "glorot_uniform": "GlorotUniform", "glorot_normal": "GlorotNormal",
    "he_uniform": "HeUniform", "he_normal": "HeNormal", "lecun_uniform": "LecunUniform",
    "lecun_normal": "LecunNormal", "orthogonal": "Orthogonal", "OrthogonalInitializer": "Orthogonal",
    "IdentityInitializer": "Identity", "identity": "Identity",
}  # fmt: skip
_FACTOR = real(0.0, 1e6)
REGULARIZERS: Mapping[str, Fields] = {
    "L1": {"l1": Field(_FACTOR, 0.01)},
    "L2": {"l2": Field(_FACTOR, 0.01)},
    "L1L2": {"l1": Field(_FACTOR, 0.0), "l2": Field(_FACTOR, 0.0)},
    "OrthogonalRegularizer": {"factor": Field(_FACTOR, 0.01), "mode": Field(word("rows", "columns"), "rows")},
}
CONSTRAINTS: Mapping[str, Fields] = {
    "MaxNorm": {"max_value": Field(_FACTOR, 2.0), "axis": Field(_AXES, 0)},
    "MinMaxNorm": {
        "min_value": Field(_FACTOR, 0.0), "max_value": Field(_FACTOR, 1.0), "rate": Field(real(0.0, 1.0), 1.0),
        "axis": Field(_AXES, 0),
    },
    "NonNeg": {},
    "UnitNorm": {"axis": Field(_AXES, 0)},
}  # fmt: skip
initializer = choice(INITIALIZERS, INITIALIZER_ALIASES, "initializer")
regularizer = choice(REGULARIZERS, {"l1": "L1", "l2": "L2", "l1_l2": "L1L2"}, "regularizer")
constraint = choice(CONSTRAINTS, {"max_norm": "MaxNorm", "non_neg": "NonNeg", "unit_norm": "UnitNorm"}, "constraint")


LOSSES: Mapping[str, str] = {
    "mse": "MeanSquaredError", "mae": "MeanAbsoluteError", "mape": "MeanAbsolutePercentageError",
    "msle": "MeanSquaredLogarithmicError", "huber": "Huber", "log_cosh": "LogCosh", "poisson": "Poisson",
    "cosine_similarity": "CosineSimilarity", "kl_divergence": "KLDivergence",
    "hinge": "Hinge", "squared_hinge": "SquaredHinge", "categorical_hinge": "CategoricalHinge",
    "binary_crossentropy": "BinaryCrossentropy", "categorical_crossentropy": "CategoricalCrossentropy",
    "sparse_categorical_crossentropy": "SparseCategoricalCrossentropy",
}  # fmt: skip
"""The losses that a network can be trained with: our names, and Keras's classes."""


def _bare(name: str) -> str:
    return name.replace("_", "").replace(" ", "").lower()


_LOSS_NAMES = {
    **{_bare(spelling): name for name, kind in LOSSES.items() for spelling in (name, kind)},
    "bce": "binary_crossentropy",
    "huberloss": "huber",
}


def loss_name(setting: Settings) -> str | None:
    """`mse` for `"MSE"`, `"mean_squared_error"`, `MeanSquaredError()` and the like; `None` if there is none."""
    if not isinstance(setting, Setting):
        return None
    if setting.config.get("custom"):
        return f"{setting.name} of your own"
    name = _LOSS_NAMES.get(_bare(setting.name), setting.name)
    reduction = setting.config.get("reduction", "sum_over_batch_size")
    usual = reduction in ("sum_over_batch_size", "mean", "auto", None)
    return name if usual else f"{name} with reduction {reduction}"


def optimizer_name(setting: Settings) -> str | None:
    """`rmsprop` for `"RMSprop"`, `RMSprop()` and the like."""
    if not isinstance(setting, Setting):
        return None
    return f"{setting.name} of your own" if setting.config.get("custom") else _bare(setting.name)


def initializer_name(name: str) -> str:
    """Keras's class name for an initializer: `RandomUniform` for `uniform`."""
    return INITIALIZER_ALIASES.get(name, name)


def losses_by_head(call: CompileCall, names: Sequence[str]) -> tuple[str | None, ...]:
    """The loss of each head in the order of `names`; `None` for a head that no loss reaches."""
    if isinstance(call.loss, Setting):
        return (loss_name(call.loss),) * len(names)
    return tuple(loss_name(part) for part in _by_head(call.loss, names))


def weights_by_head(call: CompileCall, names: Sequence[str]) -> tuple[float | None, ...]:
    """The loss weight of each head; 1 for each where none were given."""
    if call.loss_weights is None:
        return (1.0,) * len(names)
    if isinstance(call.loss_weights, int | float):
        return (float(call.loss_weights),) * len(names)
    found = _by_head(call.loss_weights, names)
    return tuple(float(part) if isinstance(part, int | float) else None for part in found)


def _by_head(settings: Settings, names: Sequence[str]) -> list[Settings]:
    if isinstance(settings, Mapping):
        return [settings.get(name) for name in names]
    parts = list(settings) if isinstance(settings, tuple) else []
    return [parts[i] if i < len(parts) else None for i in range(len(names))]
