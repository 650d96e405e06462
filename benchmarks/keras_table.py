"""What Keras can be asked for: `python -m benchmarks.keras_table` writes `keras.json` again.

Every class of which samples make an object is in it, and the config of that object says what each parameter is by
default, and which words it may be where Keras refuses others. With `--show`, the table of the Keras that is installed
goes to stdout. The table is data, which `graph/reading/catalogue` reads; what of it is refused stands there.
"""

from __future__ import annotations

import importlib
import inspect
import json
import pkgutil
import re
import sys
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

TABLE = Path(__file__).parents[1] / "grader" / "graph" / "reading" / "keras.json"
IGNORED = frozenset({"name", "trainable", "dtype", "seed", "autocast", "implementation", "bounding_box_format"})
"""Parameters of layers that say nothing about what a network computes."""
SAMPLES: Mapping[str, tuple[Any, ...]] = {
    "activation": ("linear",), "axes": (1,), "bin_boundaries": ([1.0],), "dtype": ("float32",),
    "equation": ("ab,bc->ac",), "output_shape": (1,), "pattern": ("a b -> b a",), "rate": (0.5,), "scale": (0.5,),
    "stddev": (0.5,), "subscripts": ("ab,bc->ac",),
}  # fmt: skip
"""What to give a parameter without default, where the first of `TRIED` would be of the wrong kind."""
TRIED: tuple[Any, ...] = (1, 0.5, (1,), (1, 1), ((1, 1), (1, 1)))
READS_FILES = re.compile(r"path|file|vocabulary|url")
FAMILIES = ("initializers", "regularizers", "constraints")


def table() -> dict[str, Any]:
    """All that the table holds, of the Keras that is installed."""
    import keras

    def classes(module: str, base: type) -> dict[str, Any]:
        members = {member for member in vars(getattr(keras, module)).values() if isinstance(member, type)}
        kinds = {kind for kind in members if issubclass(kind, base) and kind is not base}
        entries = {_name(kind): _entry(kind, IGNORED, held) for kind in kinds}
        return {name: entry for name, entry in entries.items() if entry is not None}

    cell = keras.layers.LSTMCell(1)
    held = {"layer": (keras.layers.Dense(1), keras.layers.LSTM(1)), "cell": (cell,), "cells": ([cell],)}

    bases = (keras.initializers.Initializer, keras.regularizers.Regularizer, keras.constraints.Constraint)
    return {
        "keras": keras.__version__,
        "activations": sorted(_functions(keras.activations)),
        **{family: classes(family, base) for family, base in zip(FAMILIES, bases, strict=True)},
        "aliases": {family: _aliases(family) for family in FAMILIES},
        "layers": classes("layers", keras.layers.Layer),
        "losses": sorted(classes("losses", keras.Loss)),
        "optimizers": {kind: sorted(entry) for kind, entry in classes("optimizers", keras.Optimizer).items()},
        "augmenting": sorted(_augmenting(keras)),
        "operations": dict(_operations(keras)),
    }


def _functions(module: Any) -> Iterator[str]:
    for name, value in vars(module).items():
        if inspect.isfunction(value) and name not in ("get", "serialize", "deserialize"):
            yield value.__name__


def _aliases(family: str) -> dict[str, str]:
    """The other names under which Keras has the classes of a family."""
    objects = importlib.import_module(f"keras.src.{family}").ALL_OBJECTS_DICT
    return {name: kind.__name__ for name, kind in objects.items() if isinstance(kind, type) and name != kind.__name__}


def _augmenting(keras: Any) -> Iterator[str]:
    """The layers that are called with `training=True` unless one says otherwise."""
    for kind in vars(keras.layers).values():
        if isinstance(kind, type) and issubclass(kind, keras.layers.Layer):
            parameter = inspect.signature(getattr(kind, "call", kind)).parameters.get("training")
            if parameter is not None and parameter.default is True:
                yield _name(kind)


def _name(kind: type) -> str:
    """What a config calls a class."""
    from keras.src.api_export import get_name_from_symbol

    return (get_name_from_symbol(kind) or kind.__name__).rpartition(".")[2]


def _parameters(kind: type) -> dict[str, inspect.Parameter]:
    """What constructors take by name: the class's own, and those that it passes the rest on to."""
    parameters: dict[str, inspect.Parameter] = {}
    for base in kind.__mro__:
        if "__init__" in vars(base) and base.__name__ not in ("Layer", "Operation", "object"):
            for parameter in list(inspect.signature(vars(base)["__init__"]).parameters.values())[1:]:
                if parameter.kind in (parameter.POSITIONAL_OR_KEYWORD, parameter.KEYWORD_ONLY):
                    parameters.setdefault(parameter.name, parameter)
    return parameters


def _entry(kind: Any, ignored: frozenset[str], more: Mapping[str, tuple[Any, ...]]) -> dict[str, Any] | None:
    """By parameter, its default, and how many axes it has a number for; `None` if no sample makes an object."""
    own = inspect.signature(kind.__init__).parameters
    parameters = {name: parameter for name, parameter in _parameters(kind).items() if name not in ignored}
    if any(READS_FILES.search(name) for name in parameters):
        return None
    needed = [name for name, parameter in parameters.items() if name in own and parameter.default is parameter.empty]
    optional = [name for name, parameter in parameters.items() if name in own and parameter.default is None]
    for extra in ([], *([name] for name in optional)):  # some need one of what is optional by their signature
        for sample in _samples([*needed, *extra], more):
            config = _config(kind, sample)
            if config is not None:
                return {name: _field(kind, parameter, config, sample) for name, parameter in parameters.items()
                        if name in config or (name in own and _is_plain(parameter.default))}  # fmt: skip
    return None


def _samples(names: list[str], more: Mapping[str, tuple[Any, ...]]) -> Iterator[dict[str, Any]]:
    choices = {name: more.get(name) or SAMPLES.get(name, TRIED) for name in names}
    for place in range(max(map(len, choices.values()), default=1)):
        yield {name: values[min(place, len(values) - 1)] for name, values in choices.items()}


def _config(kind: Any, sample: Mapping[str, Any]) -> dict[str, Any] | None:
    try:
        config: dict[str, Any] = json.loads(json.dumps(kind(**sample).get_config()))
    except Exception:  # whatever a constructor thinks of such values
        return None
    return config


def _field(
    kind: Any, parameter: inspect.Parameter, config: Mapping[str, Any], sample: Mapping[str, Any]
) -> dict[str, Any]:
    name, value = parameter.name, config.get(parameter.name, parameter.default)
    # What Keras makes of `None` depends on the other parameters, but for the order of the axes.
    derived = parameter.default is None and name not in ("data_format", "activation")
    field = {"default": None if derived else value}
    if name in sample:
        field = {"required": "number" if type(value) is float else "any"}
    sizes, words = _sizes(kind, name, value, sample), _words(kind, name, value, sample)
    return field | ({"sizes": sizes} if sizes else {}) | ({"words": words} if words else {})


def _sizes(kind: Any, name: str, value: Any, sample: Mapping[str, Any]) -> int:
    """How many equal numbers a config has where the constructor was given one."""
    if not isinstance(value, list):
        return 0
    sizes = (_config(kind, {**sample, name: 2}) or {}).get(name)
    return len(sizes) if isinstance(sizes, list) and sizes == [2] * len(value) else 0


def _words(kind: Any, name: str, value: Any, sample: Mapping[str, Any]) -> list[str]:
    """Of the words in its own code and documentation, those that the constructor takes, if it refuses any at all.

    A single one is no list of what there is, and activations are names of functions.
    """
    plain = isinstance(value, str) and name not in sample and not name.endswith("activation")
    if not plain or _config(kind, {**sample, name: "no such word"}) is not None:
        return []
    candidates = {value}.union(*(_quoted(base) for base in kind.__mro__ if base.__module__.startswith("keras.")))
    words = sorted(word for word in candidates if (_config(kind, {**sample, name: word}) or {}).get(name) == word)
    return words if len(words) > 1 else []


@cache
def _quoted(kind: type) -> frozenset[str]:
    """The words that stand in quotation marks in the code of a class."""
    return frozenset(re.findall(r"[\"']([a-z]\w*)[\"']", inspect.getsource(kind)))


def _is_plain(value: Any) -> bool:
    return value is None or isinstance(value, bool | int | float | str)


def _operations(keras: Any) -> Iterator[tuple[str, Any]]:
    """By class of operation, the function that computes it, its parameters and whether it multiplies matrices."""
    import keras.src.ops as package
    from keras.src.ops.operation import Operation

    for module in pkgutil.iter_modules(package.__path__):
        if module.name.endswith("_test"):
            continue
        members = vars(importlib.import_module(f"{package.__name__}.{module.name}"))
        for name, kind in members.items():
            if not isinstance(kind, type) or not issubclass(kind, Operation) or kind.__module__ != members["__name__"]:
                continue
            function = _function(keras.ops, members, name)
            entry = _entry(kind, frozenset({"name"}), {}) if function else None
            takes = set(inspect.signature(_at(keras.ops, function)).parameters) if function else set()
            if entry is not None and entry.keys() <= takes:
                yield name, {"function": function, "module": module.name, "parameters": entry}


def _function(ops: Any, module: Mapping[str, Any], name: str) -> str:
    """The public function that makes an operation of this class."""
    for key, value in module.items():
        if inspect.isfunction(value) and re.search(rf"\b{name}\(", inspect.getsource(value)):
            for place in (key, *(f"{sub}.{key}" for sub in ("nn", "numpy", "image", "linalg", "math"))):
                if _at(ops, place) is value:
                    return place
    return ""


def _at(ops: Any, place: str) -> Any:
    for part in place.split("."):
        ops = getattr(ops, part, None)
    return ops


def text(content: dict[str, Any]) -> str:
    """A line for each class, so that a new Keras is a short difference."""
    lines = []
    for name, part in content.items():
        if isinstance(part, dict) and name != "aliases":
            rows = [f"  {json.dumps(key)}: {json.dumps(value, sort_keys=True)}" for key, value in sorted(part.items())]
            lines.append(f"{json.dumps(name)}: {{\n" + ",\n".join(rows) + "\n}")
        else:
            lines.append(f"{json.dumps(name)}: {json.dumps(part, sort_keys=True)}")
    return "{\n" + ",\n".join(lines) + "\n}\n"


if __name__ == "__main__":
    if "--show" in sys.argv:
        sys.stdout.write(text(table()))
    else:
        TABLE.write_text(text(table()), encoding="utf-8")
