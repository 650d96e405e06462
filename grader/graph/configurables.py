"""Initializers, regularizers and constraints: every one that the trainer may build, by all of Keras's names for it."""

from __future__ import annotations

from collections.abc import Mapping

from grader.graph.schema import Field, choice, nested, optional, real, whole, word

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
