"""Where the value of a layer's parameter is written, as far as that is certain."""

from __future__ import annotations

import re
import sys
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from grader.execution.student.source.layer_origins import Created
from grader.execution.student.source.sources import Source, Sources

LITERAL = re.compile(r"\d+|'\w+'")


def written(tmp_path: Path, *cells: str) -> list[dict[str, Any]]:
    """By layer, in order of creation, what gives its parameters their values: the text, and where."""
    sources = Sources(str(tmp_path), ())
    created, layers = Created(sources), []

    class Dense:
        def __init__(self, units: int, activation: str | None = None) -> None:
            created.note(self, sys._getframe())  # as Keras does, before the layer has anything
            layers.append(self)
            self.units, self.name = units, f"layer {len(layers)}"

    namespace: dict[str, Any] = {"Dense": Dense, "partial": partial}
    for number, text in enumerate(cells, start=1):
        sources.add(f"<cell {number}>", Source("work", text, number if len(cells) > 1 else None))
        exec(compile(text, f"<cell {number}>", "exec"), namespace)
    by_layer = created.known_of(layers)["layer_values"]
    values = [by_layer.get(layer.name, {}) for layer in layers]
    return [{name: [as_told(entry) for entry in entries] for name, entries in value.items()} for value in values]


def as_told(entry: dict[str, Any]) -> tuple[Any, ...]:
    return entry["text"], entry["location"]["line"], *filter(None, [entry["ordinal"]])


def literals(tmp_path: Path, *cells: str) -> list[dict[str, Any]]:
    """Those of the parameters that have one."""
    return [
        {name: entries[0] for name, entries in value.items() if entries and LITERAL.fullmatch(entries[0][0])}
        for value in written(tmp_path, *cells)
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("UNITS = [32, 23]\nDense(UNITS[0])\nDense(units=UNITS[1])", [{"units": ("32", 1)}, {"units": ("23", 1)}]),
        ("made = [Dense(n, a) for n, a in [(8, 'relu'),\n (9, 'tanh')]]",
         [{"units": ("8", 1), "activation": ("'relu'", 1)}, {"units": ("9", 2), "activation": ("'tanh'", 2)}]),
        ("units = 32\nsize = units\nDense(size)", [{"units": ("32", 1)}]),
        ("kw = dict(units=5)\nDense(kw['units'])", [{"units": ("5", 1)}]),
        ("def block(units, act='relu'):\n    return Dense(units, act)\n\nblock(20)\nblock(act='tanh', units=21)",
         [{"units": ("20", 4), "activation": ("'relu'", 1)}, {"units": ("21", 5), "activation": ("'tanh'", 5)}]),
        ("def outer(n):\n    def inner(m):\n        return Dense(m)\n    return inner(n)\nouter(7)", [{"units": ("7", 5)}]),
        ("for i, (n, a) in enumerate(zip([3, 4], ['relu', 'tanh'])):\n    Dense(n, a)",
         [{"units": ("3", 1), "activation": ("'relu'", 1)}, {"units": ("4", 1), "activation": ("'tanh'", 1)}]),
        ("SIZES = {'left': 32,\n 'right': 24}\nmade = [Dense(n) for _, n in SIZES.items()]",
         [{"units": ("32", 1)}, {"units": ("24", 2)}]),
        ("SIZES = {'left': [20, 30],\n 'right': [24]}\nfor name in SIZES:\n    for n in SIZES[name]:\n        Dense(n)",
         [{"units": ("20", 1)}, {"units": ("30", 1)}, {"units": ("24", 2)}]),
        ("UNITS = [7,\n 8]\nfor i in range(2):\n    Dense(UNITS[i])", [{"units": ("7", 1)}, {"units": ("8", 2)}]),
        ("units = 32\nunits = 33\nDense(units)", [{"units": ("33", 2)}]),
        ("n = 4\ndef set():\n    global n\n    n = 5\nset()\nDense(n)", [{"units": ("5", 4)}]),
        ("for n in [32]:\n    Dense(n)\nfor n in [32]:\n    Dense(n)", [{"units": ("32", 1)}, {"units": ("32", 3)}]),
        ("class A:\n    def __init__(self):\n        self.n = 6\n\n    def build(self):\n        Dense(self.n)\nA().build()",
         [{"units": ("6", 3)}]),
        ("def block(n=3):\n    Dense(n)\nblock(3)\nblock()", [{"units": ("3", 3)}, {"units": ("3", 1)}]),
        ("def block(n):\n    Dense(n)\nblock(20)\nblock(20)", [{"units": ("20", 3)}, {"units": ("20", 4)}]),
        ("SIZES = [" + "3, 4, " * 60 + "]\nDense(SIZES[0])", [{}]),
        ("n = 30\nprint(n)\nDense(n)", [{"units": ("30", 1)}]),
        # What is about more than the network is not corrected where it is written.
        ("import math\nn = 30\nmath.sqrt(n)\nDense(n)\nn, m = 3, 4\nDense(m)", [{}, {"units": ("4", 5)}]),
        # What one line creates in turn has the values of a collection in turn.
        ("for n in (32, 32):\n    Dense(n)", [{"units": ("32", 1, 1)}, {"units": ("32", 1, 2)}]),
        # In doubt nothing: the second layer has the first 8.
        ("for n in (8, 8):\n    for m in (4, 4):\n        Dense(n)", [{}] * 4),
        ("HEADS = {'sine': 20,\n 'exp': 20}\nfor name, n in HEADS.items():\n    Dense(n)",
         [{"units": ("20", 1)}, {"units": ("20", 2)}]),
        ("HEADS = {'sine': (20, 20), 'exp': [20]}\nfor sizes in HEADS.values():\n    for n in sizes:\n        Dense(n)",
         [{"units": ("20", 1, place)} for place in (1, 2, 3)]),
        ("for n, m in [(2, 2), (3, 2)]:\n    Dense(n)\n    Dense(m)",
         [{"units": ("2", 1, 1)}, {"units": ("2", 1, 2)}, {"units": ("3", 1)}, {"units": ("2", 1, 3)}]),
        ("SETTINGS = {'units': 7}\nDense(**SETTINGS)", [{"units": ("7", 1)}]),
        ("D = partial(Dense, activation='tanh')\nn = 4\nD(n)", [{"units": ("4", 2), "activation": ("'tanh'", 1)}]),
        ("D = partial(Dense, activation='tanh')\nD(4, activation='relu')", [{"units": ("4", 2), "activation": ("'relu'", 2)}]),
        ("D = partial(Dense, 4)\nD('relu')", [{"units": ("4", 1), "activation": ("'relu'", 2)}]),
        # Attributes of objects of the program's own classes.
        ("from dataclasses import *\n@dataclass\nclass Cfg:\n    sizes: list = field(default_factory=lambda: [7, 8])\ncfg = Cfg()\nfor n in cfg.sizes:\n    Dense(n)",
         [{"units": ("7", 4)}, {"units": ("8", 4)}]),
        ("from dataclasses import *\n@dataclass\nclass Cfg:\n    a: int\n    b: int = 4\ncfg = Cfg(3)\nDense(cfg.a)\nDense(cfg.b)",
         [{"units": ("3", 6)}, {"units": ("4", 5)}]),
        ("class A:\n    def __init__(self, n):\n        self.n = n\n\n    def build(self):\n        Dense(self.n)\nA(6).build()",
         [{"units": ("6", 7)}]),
        # In doubt nothing is said: several could be meant, or something is computed.
        ("for n in zip([3, 4]):\n    Dense(*n)", [{}, {}]),
        ("units = 32\nunits = 32\nDense(units)", [{}]),
        ("a, b = 40, 20\nDense(a - b)\nDense(a // 2)", [{}, {}]),
        ("pairs = [(2, 2)]\nfor n, m in pairs:\n    Dense(n)", [{}]),
        ("for i, n in enumerate((3, 3)):\n    Dense(n) if i else None", [{}]),
        ("Dense(2 * 16)\nunits = int('5')\nDense(units)", [{}, {}]),
        ("make = lambda units: Dense(units)\nlist(map(make, [4]))", [{}]),
        ("def block(*sizes):\n    return Dense(sizes[0])\nblock(4)", [{}]),
        ("def block(units):\n    return Dense(units)\nblock(*[4])", [{}]),
    ],
)  # fmt: skip
def test_a_value_is_found_where_it_is_written(text: str, expected: list[dict[str, Any]], tmp_path: Path) -> None:
    assert literals(tmp_path, text) == expected


def test_a_name_may_be_bound_in_another_cell(tmp_path: Path) -> None:
    assert literals(tmp_path, "units = 3", "Dense(units)") == [{"units": ("3", 1)}]
    assert literals(tmp_path, "units = 3", "Dense(units)", "units = 4") == [{"units": ("3", 1)}]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Dense(2 * 16)", [{"units": [("2 * 16", 1)]}]),
        ("units = 3\nDense(units)", [{"units": [("3", 1), ("units", 2)]}]),
        ("n = 3\nDense(n + 1, Dense(n + 1))", [{"units": [("n + 1", 2, 2)]}, {"units": [("n + 1", 2, 1)], "activation": [("Dense(n + 1)", 2)]}]),
        ("Dense(**dict(units=int('3')))", [{"units": []}]),
        ("Dense(\n  3 +\n  4)", [{"units": []}]),
    ],
)  # fmt: skip
def test_what_a_call_has_for_a_value_is_told_with_the_literal(
    text: str, expected: list[dict[str, Any]], tmp_path: Path
) -> None:
    """Nothing where it is not on one line, or unpacked: then it is not known to be missing."""
    assert written(tmp_path, text) == expected
