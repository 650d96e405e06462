"""The allow-list: every layer that the trainer may build, and every name that Keras has for what goes with one.

Adding a row of `LAYERS` makes a layer trainable: its name must be that of a class in `keras.layers`, its fields the
constructor's arguments, and `graph/reading/shapes.py` must know how it changes shapes. Defaults are Keras's own, so
that a `Layer` holds only what the student chose. Activations, initializers, regularizers, losses and optimizers are
known by all their names. Source: signatures of Keras 3.15.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from grader.domain import CompileCall, Configured, Setting, Settings, Value
from grader.graph.reading.parameters import (
    AXES,
    Field,
    Fields,
    Refused,
    choice,
    configured,
    flag,
    nested,
    optional,
    read_params,
    real,
    shown,
    size,
    text,
    whole,
    word,
)  # fmt: skip
from grader.graph.reading.preparation import FIELDS as PREPARATION

ACTIVATIONS = frozenset({
    "celu", "elu", "exponential", "gelu", "glu", "hard_shrink", "hard_sigmoid", "hard_silu", "hard_tanh", "leaky_relu",
    "linear", "log_sigmoid", "log_softmax", "mish", "relu", "relu6", "selu", "sigmoid", "silu", "soft_shrink",
    "softmax", "softplus", "softsign", "sparse_plus", "sparse_sigmoid", "sparsemax", "squareplus", "tanh",
    "tanh_shrink", "threshold",
})  # fmt: skip
ALIASES: Mapping[str, str] = {"swish": "silu", "hard_swish": "hard_silu", "identity": "linear"}

ACTIVATION_LAYERS: Mapping[str, Fields] = {
    "ReLU": {
        "max_value": Field(optional(real(0, 1e6)), None),
        "negative_slope": Field(real(0, 1e3), 0.0),
        "threshold": Field(real(0, 1e3), 0.0),
    },
    "LeakyReLU": {"negative_slope": Field(real(0, 1e3), 0.3)},
    "ELU": {"alpha": Field(real(0, 1e3), 1.0)},
    "Softmax": {"axis": Field(AXES, -1)},
}
# A layer with default parameters that computes exactly what a named activation computes.
PLAIN_LAYERS: Mapping[str, str] = {"ReLU": "relu", "ELU": "elu", "Softmax": "softmax"}
_ANY = real(-1e6, 1e6)
_FACTOR = real(0.0, 1e6)


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


_FANS: Fields = {"input_axes": Field(optional(AXES), None), "output_axes": Field(optional(AXES), None)}

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
    "constant": "Constant", "variance_scaling": "VarianceScaling",
}  # fmt: skip
REGULARIZERS: Mapping[str, Fields] = {
    "L1": {"l1": Field(_FACTOR, 0.01)},
    "L2": {"l2": Field(_FACTOR, 0.01)},
    "L1L2": {"l1": Field(_FACTOR, 0.0), "l2": Field(_FACTOR, 0.0)},
    "OrthogonalRegularizer": {"factor": Field(_FACTOR, 0.01), "mode": Field(word("rows", "columns"), "rows")},
}
CONSTRAINTS: Mapping[str, Fields] = {
    "MaxNorm": {"max_value": Field(_FACTOR, 2.0), "axis": Field(AXES, 0)},
    "MinMaxNorm": {
        "min_value": Field(_FACTOR, 0.0), "max_value": Field(_FACTOR, 1.0), "rate": Field(real(0.0, 1.0), 1.0),
        "axis": Field(AXES, 0),
    },
    "NonNeg": {},
    "UnitNorm": {"axis": Field(AXES, 0)},
}  # fmt: skip
initializer = choice(INITIALIZERS, INITIALIZER_ALIASES, "initializer")
regularizer = choice(REGULARIZERS, {"l1": "L1", "l2": "L2", "l1_l2": "L1L2"}, "regularizer")
constraint = choice(CONSTRAINTS, {"max_norm": "MaxNorm", "non_neg": "NonNeg", "unit_norm": "UnitNorm"}, "constraint")


def _weight(name: str, default: str | None = "GlorotUniform") -> Fields:
    """The fields of one weight: initializer, regularizer, constraint."""
    return {
        f"{name}_initializer": Field(initializer, Configured(default) if default else None),
        f"{name}_regularizer": Field(regularizer, None),
        f"{name}_constraint": Field(constraint, None),
    }


_UNITS = Field(whole(1))
_RATE = Field(real(0.0, 1.0))
_NO_RATE = Field(real(0.0, 1.0), 0.0)
_AXIS = Field(AXES, -1)
_BIASED: Fields = {
    "use_bias": Field(flag, True),
    "activity_regularizer": Field(regularizer, None),
    **_weight("bias", "Zeros"),
}
_ACTIVATED: Fields = {"activation": Field(activation, "linear"), **_BIASED}
_FORMAT: Fields = {"data_format": Field(optional(word("channels_last")), "channels_last")}
_KEEPDIMS: Fields = {**_FORMAT, "keepdims": Field(flag, False)}


def _affine() -> Fields:
    weights: dict[str, Field] = {}
    for name, start in (("beta", "Zeros"), ("gamma", "Ones")):
        weights |= _weight(name, start)
    return {
        "axis": _AXIS,
        "epsilon": Field(real(0.0, 1.0), 0.001),
        "center": Field(flag, True),
        "scale": Field(flag, True),
        **weights,
    }


def _convolution(ndim: int, extra: Fields, padding: tuple[str, ...] = ("valid", "same")) -> Fields:
    ones = (1,) * ndim
    return {
        "kernel_size": Field(size(ndim)), "strides": Field(size(ndim), ones), "padding": Field(word(*padding), "valid"),
        "dilation_rate": Field(size(ndim), ones), **_FORMAT, **_ACTIVATED, **extra,
    }  # fmt: skip


def _full(ndim: int, padding: tuple[str, ...] = ("valid", "same")) -> Fields:
    return _convolution(ndim, {"filters": _UNITS, "groups": Field(whole(1), 1), **_weight("kernel")}, padding)


def _transpose(ndim: int) -> Fields:
    padding = Field(optional(size(ndim, 0)), None)
    return _convolution(ndim, {"filters": _UNITS, "output_padding": padding, **_weight("kernel")})


def _depthwise(ndim: int) -> Fields:
    return _convolution(ndim, {"depth_multiplier": Field(whole(1), 1), **_weight("depthwise")})


def _separable(ndim: int) -> Fields:
    return _depthwise(ndim) | {"filters": _UNITS} | _weight("pointwise")


def _pooling(ndim: int, default: bool) -> Fields:
    pool = Field(size(ndim), (2,) * ndim) if default else Field(size(ndim))
    return {
        "pool_size": pool,
        "strides": Field(optional(size(ndim)), None),
        "padding": Field(word("valid", "same"), "valid"),
        **_FORMAT,
    }


_SEQUENCES = ("return_sequences", "return_state", "go_backwards", "stateful", "unroll", "zero_output_for_mask")


def _recurrent(*extra: tuple[str, Field], gates: bool = True) -> Fields:
    fields: dict[str, Field] = {
        "units": _UNITS, **_BIASED, "activation": Field(activation, "tanh"), **_weight("kernel"),
        **_weight("recurrent", "Orthogonal"), "dropout": _NO_RATE, "recurrent_dropout": _NO_RATE,
        **{name: Field(flag, False) for name in _SEQUENCES},
    }  # fmt: skip
    if gates:
        fields["recurrent_activation"] = Field(activation, "sigmoid")
    return fields | dict(extra)


def _cell(gates: bool = True, **extra: Field) -> Fields:
    """One step of a recurrent layer: its fields without those about the sequence."""
    fields = _recurrent(gates=gates)
    return {name: field for name, field in fields.items() if name not in (*_SEQUENCES, "activity_regularizer")} | extra


def _recurrent_convolution(ndim: int) -> Fields:
    own = _recurrent(("unit_forget_bias", Field(flag, True)))
    del own["units"]
    return _convolution(ndim, {"filters": _UNITS}) | own


def _held_cell(value: object) -> Configured:
    """The cell inside an `RNN`, or the cells of a stack."""
    kind, config = configured(value)
    if kind not in CELLS:
        raise Refused(f"`{kind}` inside `RNN` cannot be graded; use a Keras cell")
    return Configured(kind, read_params(LAYERS[kind], config, IGNORED).params)


def _held_cells(value: object) -> Value:
    if not isinstance(value, list) or len(value) > 16 or any(configured(one)[0] == "StackedRNNCells" for one in value):
        raise Refused("expected at most 16 cells")
    return tuple(_held_cell(one) for one in value)


def _wrapped(value: object) -> Configured:
    """The layer inside a wrapper, by the same allow-list."""
    kind, config = configured(value)
    if kind not in LAYERS or kind in WRAPPERS:
        raise Refused(f"`{kind}` inside a wrapper cannot be graded")
    return Configured(kind, read_params(LAYERS[kind], config, IGNORED).params)


IGNORED = frozenset({"name", "trainable", "dtype", "seed", "build_config", "implementation", "time_major"})
WRAPPERS = frozenset({"TimeDistributed", "Bidirectional", "SpectralNormalization", "RNN"})
HOLDING = frozenset({"layer", "backward_layer", "cell", "cells"})  # what the parameters that hold a layer are called
CELLS = frozenset({"SimpleRNNCell", "LSTMCell", "GRUCell", "StackedRNNCells"})
MERGES = ("Add", "Average", "Maximum", "Minimum", "Multiply", "Subtract")
_PAIR = nested(whole(0), depth=1, length=2)
_PAIRS = nested(whole(0), depth=2, length=3)
_ATTENTION: Fields = {
    "use_scale": Field(flag, False),
    "dropout": _NO_RATE,
    "score_mode": Field(word("dot", "concat"), "dot"),
}

LAYERS: Mapping[str, Fields] = {
    # core
    "Dense": {"units": _UNITS, **_ACTIVATED, **_weight("kernel")},
    "EinsumDense": {
        "equation": Field(text), "output_shape": Field(nested(optional(whole(1)), depth=1)),
        "bias_axes": Field(optional(text), None),
        "activation": Field(activation, "linear"), **_weight("kernel"), **_weight("bias", "Zeros"),
        "activity_regularizer": Field(regularizer, None),
    },
    "Embedding": {
        "input_dim": Field(whole(1, 100_000)), "output_dim": _UNITS, "mask_zero": Field(flag, False),
        "activity_regularizer": Field(regularizer, None), **_weight("embeddings", "RandomUniform"),
    },
    "Identity": {},
    "Masking": {"mask_value": Field(_ANY, 0.0)},
    "Rescaling": {"scale": Field(_ANY), "offset": Field(_ANY, 0.0)},
    # activation
    "Activation": {"activation": Field(activation)},
    **ACTIVATION_LAYERS,
    "PReLU": {**_weight("alpha", "Zeros"), "shared_axes": Field(optional(AXES), None)},
    # merging
    **{kind: {} for kind in MERGES},
    "Concatenate": {"axis": _AXIS},
    "Dot": {"axes": Field(AXES), "normalize": Field(flag, False)},
    # reshaping
    "Flatten": _FORMAT,
    "Reshape": {"target_shape": Field(nested(whole(-1, 1_000_000), depth=1))},
    "Permute": {"dims": Field(nested(whole(1, 8), depth=1))},
    "RepeatVector": {"n": _UNITS},
    "Cropping1D": {"cropping": Field(_PAIR, (1, 1))},
    "Cropping2D": {"cropping": Field(_PAIRS, ((0, 0), (0, 0))), **_FORMAT},
    "Cropping3D": {"cropping": Field(_PAIRS, ((1, 1),) * 3), **_FORMAT},
    "ZeroPadding1D": {"padding": Field(_PAIR, (1, 1)), **_FORMAT},
    "ZeroPadding2D": {"padding": Field(_PAIRS, ((1, 1),) * 2), **_FORMAT},
    "ZeroPadding3D": {"padding": Field(_PAIRS, ((1, 1),) * 3), **_FORMAT},
    "UpSampling1D": {"size": Field(whole(1, 64), 2)},
    "UpSampling2D": {
        "size": Field(size(2), (2, 2)),
        "interpolation": Field(word("nearest", "bilinear", "bicubic"), "nearest"), **_FORMAT,
    },
    "UpSampling3D": {"size": Field(size(3), (2, 2, 2)), **_FORMAT},
    # regularisation
    "Dropout": {"rate": _RATE, "noise_shape": Field(optional(nested(optional(whole(1)), depth=1)), None)},
    "AlphaDropout": {"rate": _RATE, "noise_shape": Field(optional(nested(optional(whole(1)), depth=1)), None)},
    "GaussianDropout": {"rate": _RATE},
    "GaussianNoise": {"stddev": Field(real(0, 1e3))},
    "SpatialDropout1D": {"rate": _RATE},
    "SpatialDropout2D": {"rate": _RATE, **_FORMAT},
    "SpatialDropout3D": {"rate": _RATE, **_FORMAT},
    "ActivityRegularization": {"l1": Field(_FACTOR, 0.0), "l2": Field(_FACTOR, 0.0)},
    # normalisation
    "BatchNormalization": {
        **_affine(), "momentum": Field(real(0, 1), 0.99), "renorm": Field(flag, False),
        "renorm_momentum": Field(real(0, 1), 0.99),
        "moving_mean_initializer": Field(initializer, Configured("Zeros")),
        "moving_variance_initializer": Field(initializer, Configured("Ones")),
    },
    "LayerNormalization": _affine(),
    "GroupNormalization": {**_affine(), "groups": Field(whole(-1), 32)},
    "RMSNormalization": {"axis": _AXIS, "epsilon": Field(real(0, 1), 1e-6)},
    "UnitNormalization": {"axis": _AXIS},
    # convolution and pooling
    "Conv1D": _full(1, ("valid", "same", "causal")), "Conv2D": _full(2), "Conv3D": _full(3),
    "Conv1DTranspose": _transpose(1), "Conv2DTranspose": _transpose(2), "Conv3DTranspose": _transpose(3),
    "DepthwiseConv1D": _depthwise(1), "DepthwiseConv2D": _depthwise(2),
    "SeparableConv1D": _separable(1), "SeparableConv2D": _separable(2),
    **{f"MaxPooling{n}D": _pooling(n, True) for n in (1, 2, 3)},
    **{f"AveragePooling{n}D": _pooling(n, False) for n in (1, 2, 3)},
    **{f"Global{how}Pooling{n}D": _KEEPDIMS for how in ("Max", "Average") for n in (1, 2, 3)},
    **{f"Adaptive{how}Pooling{n}D": {"output_size": Field(size(n)), **_FORMAT}
       for how in ("Max", "Average") for n in (1, 2, 3)},
    # recurrent and attention
    "SimpleRNN": _recurrent(gates=False),
    "LSTM": _recurrent(("unit_forget_bias", Field(flag, True)), ("use_cudnn", Field(text, "auto"))),
    "GRU": _recurrent(("reset_after", Field(flag, True)), ("use_cudnn", Field(text, "auto"))),
    **{f"ConvLSTM{n}D": _recurrent_convolution(n) for n in (1, 2, 3)},
    "SimpleRNNCell": _cell(gates=False),
    "LSTMCell": _cell(unit_forget_bias=Field(flag, True)),
    "GRUCell": _cell(reset_after=Field(flag, True)),
    "StackedRNNCells": {"cells": Field(_held_cells)},
    "RNN": {"cell": Field(_held_cell), **{name: Field(flag, False) for name in _SEQUENCES}},
    "TimeDistributed": {"layer": Field(_wrapped)},
    "SpectralNormalization": {"layer": Field(_wrapped), "power_iterations": Field(whole(1, 100), 1)},
    "Bidirectional": {
        "layer": Field(_wrapped), "merge_mode": Field(optional(word("sum", "mul", "concat", "ave")), "concat"),
        "backward_layer": Field(_wrapped, None),
    },
    "Attention": _ATTENTION,
    "AdditiveAttention": _ATTENTION | {"use_scale": Field(flag, True)},
    "MultiHeadAttention": {
        "num_heads": Field(whole(1, 256)), "key_dim": _UNITS, "value_dim": Field(optional(whole(1)), None),
        "dropout": _NO_RATE, "output_shape": Field(optional(nested(whole(1), depth=1)), None),
        "attention_axes": Field(optional(AXES), None),
        **_BIASED, **_weight("kernel"),
    },
    "GroupQueryAttention": {
        "head_dim": _UNITS, "num_query_heads": Field(whole(1, 256)), "num_key_value_heads": Field(whole(1, 256)),
        "dropout": _NO_RATE, **_BIASED, **_weight("kernel"),
    },
    "ReversibleEmbedding": {
        "input_dim": Field(whole(1, 100_000)), "output_dim": _UNITS, "tie_weights": Field(flag, True),
        "mask_zero": Field(flag, False), "activity_regularizer": Field(regularizer, None),
        "logit_soft_cap": Field(optional(_FACTOR), None), **_weight("embeddings", "RandomUniform"),
    },
    # preparing data
    **PREPARATION,
}  # fmt: skip

LOSSES: Mapping[str, str] = {
    "mse": "MeanSquaredError", "mae": "MeanAbsoluteError", "mape": "MeanAbsolutePercentageError",
    "msle": "MeanSquaredLogarithmicError", "huber": "Huber", "log_cosh": "LogCosh", "poisson": "Poisson",
    "cosine_similarity": "CosineSimilarity", "kl_divergence": "KLDivergence",
    "hinge": "Hinge", "squared_hinge": "SquaredHinge", "categorical_hinge": "CategoricalHinge",
    "binary_crossentropy": "BinaryCrossentropy", "categorical_crossentropy": "CategoricalCrossentropy",
    "sparse_categorical_crossentropy": "SparseCategoricalCrossentropy",
}  # fmt: skip
"""The losses that a network can be trained with: our names, and Keras's classes."""


def bare(name: str) -> str:
    """A name without capitals, spaces and underscores, as different spellings of a class and its function agree."""
    return name.replace("_", "").replace(" ", "").lower()


_LOSS_NAMES = {
    **{bare(spelling): name for name, kind in LOSSES.items() for spelling in (name, kind)},
    "bce": "binary_crossentropy",
    "huberloss": "huber",
}


def is_loss(name: str) -> bool:
    """Whether the trainer has a loss of that name, in any of its spellings."""
    return bare(name) in _LOSS_NAMES


def loss_name(setting: Settings) -> str | None:
    """`mse` for `"MSE"`, `"mean_squared_error"`, `MeanSquaredError()` and the like; `None` if there is none.

    A function of the student's own is the loss that it computes: whoever claims that could have typed the name.
    """
    if not isinstance(setting, Setting):
        return None
    if setting.config.get("custom"):
        computed = bare(str(setting.config.get("computes")))
        return _LOSS_NAMES.get(computed, f"{setting.name} of your own")
    name = _LOSS_NAMES.get(bare(setting.name)) or re.sub(r"(?<=[a-z])(?=[A-Z])", "_", setting.name).lower()
    reduction = setting.config.get("reduction", "sum_over_batch_size")
    usual = reduction in ("sum_over_batch_size", "mean", "auto", None)
    return name if usual else f"{name} with reduction {reduction}"


def optimizer_name(setting: Settings) -> str | None:
    """`rmsprop` for `"RMSprop"`, `RMSprop()` and the like."""
    if not isinstance(setting, Setting):
        return None
    return f"{setting.name} of your own" if setting.config.get("custom") else bare(setting.name)


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
