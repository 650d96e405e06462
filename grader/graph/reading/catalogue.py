"""The allow-list: every layer and operation that the trainer may build, and all names that Keras has for such.

What can be built, with its parameters and defaults, is the table `keras.json`, which `benchmarks/keras_table.py`
writes out of Keras's own signatures. What is refused although it is there, and why, is written here. A `Layer` holds
only what the student chose, which is what differs from a default.

An untrusted plain value becomes a typed one, or is refused: it is a number, a truth value, a short text, a tuple of
these, or an object of Keras out of the table. Nothing is imported by name and nothing is built here. What Keras makes
of a value, the trainer finds out. A reason reads on from "`Dense` layer `d1`: ".
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from grader.domain import CompileCall, Configured, Setting, Settings, Value

Reader = Callable[[Any], Value]

LARGEST = 10**9
LONGEST_TEXT = 64
MOST_VALUES = 4096  # in all the tuples of a parameter together
MOST_DEPTH = 4
IGNORED = frozenset({"name", "trainable", "dtype", "seed", "build_config", "implementation", "time_major"})


class ValueRefused(Exception):
    """An untrusted value is not of the required kind; the text is the reason."""


class Required:
    """Marks a parameter that has no default."""


REQUIRED = Required()


@dataclass(frozen=True)
class Field:
    """One parameter of a class: how it is read, Keras's default in read form, and its `words` if it has only these."""

    read: Reader
    default: Value | Required = REQUIRED
    words: tuple[str, ...] = ()


Fields = dict[str, Field]


def shown(value: Any) -> str:
    """A short form of an untrusted value for a message."""
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "..."


def plain(held: Reader, *, number: bool = False, sizes: int = 0) -> Reader:
    """Reads any plain value; objects of Keras in it by `held`.

    A `number` that is whole is read as a float, so that 1 and 1.0 are the same; one number for all of several `sizes`
    is written for each.
    """

    def read(value: Any) -> Value:
        whole = value if not sizes or value is None or isinstance(value, list | tuple) else [value] * sizes
        return _read(whole, held, number, [MOST_VALUES], MOST_DEPTH)

    return read


def _read(value: Any, held: Reader, number: bool, budget: list[int], depth: int) -> Value:
    budget[0] -= 1
    match value:
        case None | bool():
            return value
        case int() | float() if math.isfinite(value) and abs(value) <= LARGEST:
            return float(value) if number else value
        case str() if len(value) <= LONGEST_TEXT:
            return value
        case dict():
            return held(value)
        case list() | tuple() if depth and len(value) <= budget[0]:
            return tuple(_read(item, held, number, budget, depth - 1) for item in value)
    raise ValueRefused(f"expected a number, a short text or a short list of these, found {shown(value)}")


def configured(value: Any) -> tuple[str, Mapping[str, Any]]:
    """Class name and config of a serialised Keras object, refusing anything that is not of Keras."""
    if not isinstance(value, dict) or not isinstance(value.get("class_name"), str):
        raise ValueRefused(f"expected a Keras object, found {shown(value)}")
    config = value.get("config") or {}
    module = value.get("module")
    if (module is not None and str(module).split(".")[0] != "keras") or not isinstance(config, dict):
        raise ValueRefused(f"`{value['class_name']}` is not a Keras class")
    return value["class_name"], config


def read_params(
    fields: Mapping[str, Field], config: Mapping[str, Any], ignored: frozenset[str] = IGNORED
) -> tuple[tuple[str, Value], ...]:
    """Read a config by a table of fields: parameters that differ from Keras's defaults, sorted by name.

    Keys that the table does not know are accepted when `null` or `false`, since a newer Keras adds such.
    """
    params: dict[str, Value] = {}
    for key, raw in config.items():
        if key in ignored:
            continue
        field = fields.get(key)
        if field is None:
            if raw is None or raw is False:
                continue
            raise ValueRefused(f"`{key}={shown(raw)}` is not known to the grader")
        try:
            value = field.read(raw)
        except ValueRefused as refusal:
            raise ValueRefused(f"`{key}`: {refusal}") from None
        if isinstance(field.default, bool) and isinstance(value, int | float | str):
            value = bool(value)  # Keras asks only for its truth
        is_default = value == field.default and isinstance(value, bool) == isinstance(field.default, bool)
        if not is_default:
            params[key] = value
    missing = [key for key, field in fields.items() if field.default is REQUIRED and key not in params]
    if missing:
        raise ValueRefused(f"`{missing[0]}` is missing")
    return tuple(sorted(params.items()))


def choice(table: Mapping[str, Mapping[str, Field]], aliases: Mapping[str, str], noun: str) -> Reader:
    """An object out of a table of Keras classes, or `None`: initializers, regularizers, constraints."""

    def read(value: Any) -> Value:
        if value is None:
            return None
        if isinstance(value, str):
            value = {"class_name": value, "config": {}}
        kind, config = configured(value)
        kind = aliases.get(kind, kind)
        if kind not in table:
            raise ValueRefused(f"`{kind}` is not a {noun} that the grader knows; use one from Keras")
        return Configured(kind, read_params(table[kind], config, frozenset({"seed"})))

    return read


_TABLE = json.loads(Path(__file__).with_name("keras.json").read_bytes())

AROUND_OTHERS = ("TFSMLayer", "TorchModuleWrapper", "FlaxLayer", "JaxLayer")  # another library's networks
REFUSED: Mapping[str, str] = {
    "Lambda": "cannot be graded; use `Rescaling`, `Multiply` or another Keras layer",
    **dict.fromkeys(AROUND_OTHERS, "cannot be graded; build the network from Keras layers"),
    **dict.fromkeys(
        ("StringLookup", "IntegerLookup", "TextVectorization"),
        "it looks words up in a vocabulary, which is no part of a network; encode the words before the network",
    ),
    **dict.fromkeys(("CutMix", "MixUp"), "it mixes the samples of a batch with each other"),
    **dict.fromkeys(("Hashing", "HashedCrossing"), "it is made for texts, and the grader trains on numbers"),
    "RandomShear": "Keras does not build it again from its own description",
    "RandomCrop": "it crops in training only, so its size is another one afterwards; use `CenterCrop`",
    "MaxNumBoundingBoxes": "it computes with boxes in images, and the grader trains on arrays",
    "Pipeline": "cannot be graded; call its layers one after the other",
    "Wrapper": "it computes nothing",
    "InputLayer": "it is no layer to call",
}
"""Classes that are not built, and why. Those whose constructors read files are not in the table either."""
_FOUND_BY_ADAPT = {("Normalization", "mean"), ("Normalization", "variance"), ("Discretization", "bin_boundaries")}

ACTIVATIONS = frozenset(_TABLE["activations"])
ALIASES: Mapping[str, str] = {"swish": "silu", "hard_swish": "hard_silu", "identity": "linear"}
# A layer with default parameters that computes exactly what a named activation computes.
PLAIN_LAYERS: Mapping[str, str] = {"ReLU": "relu", "ELU": "elu", "Softmax": "softmax"}
_ACTIVATION_LAYERS = ("ReLU", "LeakyReLU", "ELU", "Softmax")


def activation(value: Any) -> Value:
    """A named activation, or a parametrised one as the `Configured` layer that computes it."""
    if value is None:
        return "linear"
    if isinstance(value, str):
        name = ALIASES.get(value, value)
        if name not in ACTIVATIONS:
            raise ValueRefused(f"`{shown(value)}` is not a Keras activation")
        return name
    if isinstance(value, dict) and value.get("class_name") in ("function", "__lambda__"):
        raise ValueRefused("your own function cannot be graded; use a Keras activation by name")
    kind, config = configured(value)
    if kind == "Activation":
        return activation(config.get("activation"))
    if kind not in ACTIVATION_LAYERS:
        raise ValueRefused(f"`{kind}` cannot be graded as an activation; use a Keras activation by name")
    params = read_params(ACTIVATION_LAYERS[kind], config)
    return PLAIN_LAYERS[kind] if kind in PLAIN_LAYERS and not params else Configured(kind, params)


def family(name: str) -> str:
    """The module of Keras that has the objects which a parameter of that name takes: `Identity` is in two of them."""
    return next((module for module in _READERS if name.endswith(module[:-1])), "layers")


def held(value: Any) -> Configured:
    """A layer or cell inside another one, by the same allow-list."""
    kind, config = configured(value)
    if kind not in LAYERS:
        raise ValueRefused(f"`{kind}` inside another layer cannot be graded")
    return Configured(kind, read_params(LAYERS[kind], config))


def _fields(kind: str, entry: Mapping[str, Any]) -> Fields:
    return {name: _field(kind, name, part) for name, part in entry.items()}


def _field(kind: str, name: str, part: Mapping[str, Any]) -> Field:
    default = part.get("default")
    read: Reader = (
        activation
        if name.endswith("activation")
        else _READERS.get(family(name))
        or plain(held, number=type(default) is float or part.get("required") == "number", sizes=part.get("sizes", 0))
    )
    if (kind, name) in _FOUND_BY_ADAPT:
        return Field(_given(name, read))
    return Field(read, read(default), tuple(part.get("words", ()))) if "default" in part else Field(read)


def _given(name: str, read: Reader) -> Reader:
    def needed(value: Any) -> Value:
        if value is None:
            raise ValueRefused(f"it is not given, and what `adapt` finds is not recorded; write `{name}=…`")
        return read(value)

    return needed


_READERS: dict[str, Reader] = {}
OBJECTS: Mapping[str, Mapping[str, Fields]] = {
    name: {kind: _fields(kind, entry) for kind, entry in _TABLE[name].items()}
    for name in ("initializers", "regularizers", "constraints")
}
"""What parameters of layers can hold besides plain values and other layers, by Keras's module."""
INITIALIZER_ALIASES: Mapping[str, str] = _TABLE["aliases"]["initializers"]
"""Keras's class for its other names: `RandomUniform` for `uniform`."""
_READERS |= {name: choice(table, _TABLE["aliases"][name], name[:-1]) for name, table in OBJECTS.items()}
LAYERS: Mapping[str, Fields] = {
    kind: _fields(kind, entry) for kind, entry in _TABLE["layers"].items() if kind not in REFUSED
}
ACTIVATION_LAYERS: Mapping[str, Fields] = {kind: LAYERS[kind] for kind in _ACTIVATION_LAYERS}
AUGMENTING = frozenset(_TABLE["augmenting"])
"""Layers that Keras calls with `training=True` by default."""
OPERATIONS: Mapping[str, str] = {f"ops.{kind}": entry["function"] for kind, entry in _TABLE["operations"].items()}
"""By kind of layer, such as `ops.Add`, the function of `keras.ops` that the trainer calls: `+ - * /` and slicing leave
such classes in a config too. What they keep in it are keyword arguments of the function, the rest positional ones."""
OPERATION_FIELDS: Mapping[str, Fields] = {
    f"ops.{kind}": _fields(kind, entry["parameters"]) for kind, entry in _TABLE["operations"].items()
}
MATRIX_OPERATIONS = frozenset(
    f"ops.{kind}" for kind, entry in _TABLE["operations"].items() if entry["module"] == "linalg"
)
ELEMENTWISE = ("Add", "Average", "Maximum", "Minimum", "Multiply", "Subtract")

LOSSES: Mapping[str, str] = {
    "mse": "MeanSquaredError", "mae": "MeanAbsoluteError", "mape": "MeanAbsolutePercentageError",
    "msle": "MeanSquaredLogarithmicError", "huber": "Huber", "log_cosh": "LogCosh", "poisson": "Poisson",
    "cosine_similarity": "CosineSimilarity", "kl_divergence": "KLDivergence",
    "hinge": "Hinge", "squared_hinge": "SquaredHinge", "categorical_hinge": "CategoricalHinge",
    "binary_crossentropy": "BinaryCrossentropy", "categorical_crossentropy": "CategoricalCrossentropy",
    "sparse_categorical_crossentropy": "SparseCategoricalCrossentropy",
}  # fmt: skip
"""The losses that a network can be trained with: our names, and Keras's classes."""
OTHER_LOSSES = tuple(kind for kind in _TABLE["losses"] if kind not in LOSSES.values())
"""Keras's classes of those that it can only be compiled with."""


def bare(name: str) -> str:
    """A name without capitals, spaces and underscores, as different spellings of a class and its function agree."""
    return name.replace("_", "").replace(" ", "").lower()


_NOT_FOR_SPECS = ("MultiOptimizer", "ScheduleFreeAdamW")  # several; and one that needs other weights to evaluate
OPTIMIZERS: Mapping[str, str] = {bare(kind): kind for kind in _TABLE["optimizers"] if kind not in _NOT_FOR_SPECS}
"""Keras's class of each optimizer, by its name in recordings and specs."""
OPTIMIZER_SETTINGS: Mapping[str, frozenset[str]] = {
    name: frozenset(_TABLE["optimizers"][kind]) for name, kind in OPTIMIZERS.items()
}
OWN = "your own "  # before the name of what is none of Keras's
LOSS_NAMES: Mapping[str, str] = {
    **{bare(spelling): name for name, kind in LOSSES.items() for spelling in (name, kind)},
    "bce": "binary_crossentropy",
    "huberloss": "huber",
}
"""Our name for each spelling, as it is bare."""


def loss_name(setting: Settings) -> str | None:
    """`mse` for `"MSE"`, `"mean_squared_error"`, `MeanSquaredError()` and the like; `None` if there is none.

    A function of the student's own is the loss that it computes: whoever claims that could have typed the name.
    """
    if not isinstance(setting, Setting):
        return None
    if setting.config.get("custom"):
        computed = bare(str(setting.config.get("computes")))
        return LOSS_NAMES.get(computed, f"{OWN}{setting.name}")
    name = LOSS_NAMES.get(bare(setting.name)) or re.sub(r"(?<=[a-z])(?=[A-Z])", "_", setting.name).lower()
    reduction = setting.config.get("reduction", "sum_over_batch_size")
    usual = reduction in ("sum_over_batch_size", "mean", "auto", None)
    return name if usual else f"{name} with reduction {reduction}"


def optimizer_name(setting: Settings) -> str | None:
    """`rmsprop` for `"RMSprop"`, `RMSprop()` and the like."""
    if not isinstance(setting, Setting):
        return None
    return f"{OWN}{setting.name}" if setting.config.get("custom") else bare(setting.name)


def by_name(call: CompileCall, names: Sequence[str]) -> CompileCall:
    """The same call, with lists by name, of a model that gives a dict: Keras gives their entries to its sorted keys."""
    keys = sorted(names)

    def named(settings: Settings) -> Settings:
        is_for_each = isinstance(settings, tuple) and len(settings) == len(keys)
        return dict(zip(keys, settings, strict=True)) if is_for_each else settings  # type: ignore[arg-type]

    return replace(call, loss=named(call.loss), loss_weights=named(call.loss_weights), metrics=named(call.metrics))


def losses_by_head(call: CompileCall, names: Sequence[str]) -> tuple[str | None, ...]:
    """The loss of each head in the order of `names`; `None` for a head that no loss reaches."""
    return tuple(loss_name(part) for part in _by_head(call.loss, names))


def weights_by_head(call: CompileCall, names: Sequence[str]) -> tuple[float | None, ...]:
    """The loss weight of each head; 1 for each where none were given."""
    weights = _by_head(1.0 if call.loss_weights is None else call.loss_weights, names)
    return tuple(float(part) if isinstance(part, int | float) else None for part in weights)


def _by_head(settings: Settings, names: Sequence[str]) -> list[Settings]:
    """By name, by place, or one for all; `None` where nothing is given."""
    if isinstance(settings, Mapping):
        return [settings.get(name) for name in names]
    parts = settings if isinstance(settings, tuple) else (settings,) * len(names)
    return [*parts, *[None] * len(names)][: len(names)]
