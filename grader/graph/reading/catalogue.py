"""The allow-list: every layer and operation that the trainer may build, with the schema of its parameters.

Adding a row makes a layer trainable: its name must be that of a class in `keras.layers`, its fields the
constructor's arguments, and `graph/reading/shapes.py` must know how it changes shapes. Defaults are Keras's own, so
that a `Layer` holds only what the student chose. Source: signatures of Keras 3.15.
"""

from __future__ import annotations

from collections.abc import Mapping

from grader.domain import Configured
from grader.graph.reading.names import ACTIVATION_LAYERS, activation, constraint, initializer, regularizer
from grader.graph.reading.parameters import (
    Field,
    Refused,
    configured,
    flag,
    nested,
    optional,
    read_params,
    real,
    size,
    text,
    whole,
    word,
)  # fmt: skip

Fields = dict[str, Field]

_ANY = real(-1e6, 1e6)
_FACTOR = real(0.0, 1e6)
_RATE = Field(real(0.0, 1.0))
_NO_RATE = Field(real(0.0, 1.0), 0.0)
_AXES = nested(whole(-8, 8), depth=1)
_AXIS = Field(_AXES, -1)


def _weight(name: str, default: str | None = "GlorotUniform") -> Fields:
    """The fields of one weight: initializer, regularizer, constraint."""
    return {
        f"{name}_initializer": Field(initializer, Configured(default) if default else None),
        f"{name}_regularizer": Field(regularizer, None),
        f"{name}_constraint": Field(constraint, None),
    }


_UNITS = Field(whole(1))
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


def _recurrent(*extra: tuple[str, Field], gates: bool = True) -> Fields:
    fields: dict[str, Field] = {
        "units": _UNITS, **_BIASED, "activation": Field(activation, "tanh"), **_weight("kernel"),
        **_weight("recurrent", "Orthogonal"), "dropout": _NO_RATE, "recurrent_dropout": _NO_RATE,
        **{name: Field(flag, False) for name in ("return_sequences", "return_state", "go_backwards", "stateful",
                                                 "unroll", "zero_output_for_mask")},
    }  # fmt: skip
    if gates:
        fields["recurrent_activation"] = Field(activation, "sigmoid")
    return fields | dict(extra)


def _wrapped(value: object) -> Configured:
    """The layer inside a wrapper, by the same allow-list."""
    kind, config = configured(value)
    if kind not in LAYERS or kind in WRAPPERS:
        raise Refused(f"`{kind}` inside a wrapper cannot be graded")
    return Configured(kind, read_params(LAYERS[kind], config, IGNORED).params)


IGNORED = frozenset({"name", "trainable", "dtype", "seed", "build_config", "implementation", "time_major"})
WRAPPERS = frozenset({"TimeDistributed", "Bidirectional"})
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
    "PReLU": {**_weight("alpha", "Zeros"), "shared_axes": Field(optional(_AXES), None)},
    # merging
    **{kind: {} for kind in MERGES},
    "Concatenate": {"axis": _AXIS},
    "Dot": {"axes": Field(_AXES), "normalize": Field(flag, False)},
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
    # recurrent and attention
    "SimpleRNN": _recurrent(gates=False),
    "LSTM": _recurrent(("unit_forget_bias", Field(flag, True)), ("use_cudnn", Field(text, "auto"))),
    "GRU": _recurrent(("reset_after", Field(flag, True)), ("use_cudnn", Field(text, "auto"))),
    "TimeDistributed": {"layer": Field(_wrapped)},
    "Bidirectional": {
        "layer": Field(_wrapped), "merge_mode": Field(optional(word("sum", "mul", "concat", "ave")), "concat"),
        "backward_layer": Field(_wrapped, None),
    },
    "Attention": _ATTENTION,
    "AdditiveAttention": _ATTENTION | {"use_scale": Field(flag, True)},
    "MultiHeadAttention": {
        "num_heads": Field(whole(1, 256)), "key_dim": _UNITS, "value_dim": Field(optional(whole(1)), None),
        "dropout": _NO_RATE, "output_shape": Field(optional(nested(whole(1), depth=1)), None),
        "attention_axes": Field(optional(_AXES), None),
        **_BIASED, **_weight("kernel"),
    },
}  # fmt: skip
