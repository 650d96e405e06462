"""The operations that `+ - * /`, slicing and `keras.ops` leave in a config, as calls of functions in `keras.ops`.

`OPERATIONS` maps a layer kind such as `ops.Add` to the function that the trainer calls. What such a class keeps in
its config are keyword arguments of that function, what it is called with positional ones. `ops.GetItem` is `x[key]`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from grader.graph.schema import Field, flag, nested, optional, real, text, whole, word

Fields = dict[str, Field]

_AXES = nested(whole(-8, 8), depth=1)
_LAST: Fields = {"axis": Field(_AXES, -1)}
_REDUCTION: Fields = {
    "axis": Field(optional(_AXES), None), "keepdims": Field(flag, False),
    "initial": Field(optional(real(-1e9, 1e9)), None), "dtype": Field(optional(text), None),
}  # fmt: skip

# Layer by layer twins of activations: `ops.Sigmoid` is `Activation("sigmoid")`.
ACTIVATION_OPERATIONS: Mapping[str, str] = {
    "Relu": "relu", "Relu6": "relu6", "Sigmoid": "sigmoid", "Tanh": "tanh", "Silu": "silu", "Softplus": "softplus",
    "Softsign": "softsign", "Selu": "selu", "Mish": "mish", "HardSigmoid": "hard_sigmoid", "HardSilu": "hard_silu",
    "HardTanh": "hard_tanh", "LogSigmoid": "log_sigmoid", "TanhShrink": "tanh_shrink", "Exp": "exponential",
}  # fmt: skip

UNARY = {
    "Abs": "abs", "Absolute": "absolute", "Negative": "negative", "Square": "square", "Sqrt": "sqrt", "Log": "log",
    "Log1p": "log1p", "Log2": "log2", "Log10": "log10", "Expm1": "expm1", "Sin": "sin", "Cos": "cos", "Tan": "tan",
    "Sinh": "sinh", "Cosh": "cosh", "Arcsin": "arcsin", "Arccos": "arccos", "Arctan": "arctan", "Arcsinh": "arcsinh",
    "Arccosh": "arccosh", "Arctanh": "arctanh", "Sign": "sign", "Reciprocal": "reciprocal", "Floor": "floor",
    "Ceil": "ceil", "Erf": "erf", "Rsqrt": "rsqrt", "Copy": "copy", "StopGradient": "stop_gradient",
}  # fmt: skip
BINARY = {
    "Add": "add", "Subtract": "subtract", "Multiply": "multiply", "Divide": "divide", "TrueDivide": "true_divide",
    "Power": "power", "Maximum": "maximum", "Minimum": "minimum", "FloorDivide": "floor_divide", "Mod": "mod",
    "Arctan2": "arctan2", "Logaddexp": "logaddexp", "Hypot": "hypot",
}  # fmt: skip
# They look at the shape of what they are called on, and not at its numbers.
LIKE = {"ZerosLike": "zeros_like", "OnesLike": "ones_like", "FullLike": "full_like"}
REDUCTIONS = {"Sum": "sum", "Mean": "mean", "Max": "max", "Min": "min", "Prod": "prod", "Var": "var", "Std": "std"}

_PLAIN = {**UNARY, **BINARY, **LIKE, "Matmul": "matmul", "Dot": "dot", "GetItem": "get_item"}
_PARAMETRIC: Mapping[str, tuple[str, Fields]] = {
    **{kind: (name, _REDUCTION) for kind, name in REDUCTIONS.items()},
    "Concatenate": ("concatenate", {"axis": Field(whole(-8, 8), 0)}),
    "Append": ("append", {"axis": Field(optional(whole(-8, 8)), None)}), "Hstack": ("hstack", {}),
    "Stack": ("stack", {"axis": Field(whole(-8, 8), 0)}),
    "Reshape": ("reshape", {"newshape": Field(nested(optional(whole(-1, 1_000_000)), depth=1))}),
    "ExpandDims": ("expand_dims", {"axis": Field(_AXES)}),
    "Squeeze": ("squeeze", {"axis": Field(optional(_AXES), None)}),
    "Transpose": ("transpose", {"axes": Field(optional(_AXES), None)}),
    "Swapaxes": ("swapaxes", {"axis1": Field(whole(-8, 8)), "axis2": Field(whole(-8, 8))}),
    "Repeat": (
        "repeat", {"repeats": Field(nested(whole(0, 1024), depth=1)), "axis": Field(optional(whole(-8, 8)), None)},
    ),
    "Clip": ("clip", {"x_min": Field(real(-1e9, 1e9)), "x_max": Field(real(-1e9, 1e9))}),
    "Cast": ("cast", {"dtype": Field(word("float32", "float64", "int32", "int64", "bool"))}),
    "Softmax": ("softmax", _LAST), "LogSoftmax": ("log_softmax", _LAST),
    "Elu": ("elu", {"alpha": Field(real(0, 1e3), 1.0)}), "Celu": ("celu", {"alpha": Field(real(0, 1e3), 1.0)}),
    "LeakyRelu": ("leaky_relu", {"negative_slope": Field(real(0, 1e3), 0.2)}),
    "Gelu": ("gelu", {"approximate": Field(flag, True)}),
    "Normalize": ("normalize", {**_LAST, "order": Field(whole(1, 8), 2), "epsilon": Field(optional(real(0, 1)), None)}),
}  # fmt: skip

OPERATIONS: Mapping[str, str] = {
    **{f"ops.{kind}": name for kind, name in _PLAIN.items()},
    **{f"ops.{kind}": name for kind, (name, _) in _PARAMETRIC.items()},
}
FIELDS: Mapping[str, Fields] = {
    **{f"ops.{kind}": {} for kind in _PLAIN},
    **{f"ops.{kind}": fields for kind, (_, fields) in _PARAMETRIC.items()},
}


def operation_name(kind: str) -> str:
    """The function in `keras.ops` of a kind such as `ops.Add`, also of one that the trainer does not know."""
    return OPERATIONS.get(kind, snake_case(kind.removeprefix("ops.")))


def snake_case(name: str) -> str:
    return re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower()
