"""Values that have broken parsers before: strings, numbers, and objects that make Keras load or run something."""

from __future__ import annotations

from random import Random
from typing import Any

TOKEN = "fuzz"  # as `injection` looks for it
ATTACKS = (
    f"<x-{TOKEN}>", f"<script>pwn{TOKEN}()</script>", "\"><img src=x onerror=alert(2)>", "' onfuzz='1", "</svg><iframe>",
    "]]>", "{{ 7*7 }}", "{% include 'x' %}", "[red]loud[/red]", "=cmd|'/c calc'!A1", "@SUM(1)", "+1", "-1", "\t=1", "＝1",
    "\x1b[31mred", "\x1b]0;owned\x07", "\x1b]8;;http://x\x1b\\", "\x9b31m", "\u202egnp.exe", "\u2066a\u2069", "\x00", "\x08\x7f",
    "\r\n::error::forged", "\rover", "\u2028", "a\u0301" * 40, "\U000e0041", "😀", "`code`", "%0A", "../../etc/passwd",
    "__class__", "constructor", "", " ", "\ufeff", "\uffff", "\u200d", "x" * 300, "名前", "é", "a,b\"c\nd",
)  # fmt: skip
NUMBERS = (
    0, -1, 1, 2, 3, 20, 32, 4095, 4096, 4097, 2**31, 2**53, 2**63, 10**12, 10**39, -(10**39), 0.5, -0.0, 1e308, 1e-320,
    True, False, None,
)  # fmt: skip
FITTING: tuple[Any, ...] = (  # what a parameter of a layer may be
    0, 1, 2, 3, 4, -1, -2, 20, 4_096, 0.5, 1.0, True, False, None, "same", "relu", "tanh", "sum", "float32", "...,ab->...b",
    [1], [2, 2], [1, 2, 3], [3, 1, 2], [[1, 1], [0, 2]], [-1, 4], {"class_name": "L2", "module": "keras", "config": {"l2": 0.1}},
    {"class_name": "Dense", "module": "keras.layers", "config": {"units": 2}},
    {"class_name": "LSTM", "module": "keras.layers", "config": {"units": 2, "return_sequences": True}},
)  # fmt: skip
NO_JSON = (10**41, float("nan"), float("inf"), float("-inf"))  # a file with one of these is unreadable as a whole
LONE = ("\ud800", "\udfff", "a\udc80b")
CLASSES = (
    "Lambda", "TFSMLayer", "TorchModuleWrapper", "JaxLayer", "FlaxLayer", "StringLookup", "TextVectorization", "Pipeline",
    "FeatureSpace", "__lambda__", "__numpy__", "__tensor__", "__typespec__", "__keras_tensor__", "__slice__",
    "__ellipsis__", "__opaque__", "function", "DTypePolicy", "Functional", "Sequential", "Model", "InputLayer", "RNN",
)  # fmt: skip
MODULES = (
    "os", "subprocess", "builtins", "keras", "keras.layers", "keras.src.ops.numpy", "keras.src.activations", "keras.ops.",
    "kerasx", "keras.src.saving", "tensorflow", "pickle", "", None, 3, ("keras",), "importlib", "__main__",
)  # fmt: skip


def text(random: Random) -> str:
    """A hostile string, at times a very long one, at times several in one."""
    roll = random.random()
    if roll < 0.01:
        return random.choice(ATTACKS) * random.choice((100, 1_000))
    return random.choice(ATTACKS) + (random.choice(ATTACKS) if roll < 0.3 else "")


def number(random: Random) -> Any:
    """A number, at the edge of some range; now and then one that strict JSON does not have."""
    return random.choice(NO_JSON if random.random() < 0.02 else NUMBERS)


def gadget(random: Random) -> dict[str, Any]:
    """What a loader of Keras configs would import, call or open."""
    function = random.choice(("system", "eval", "load_model", "set_floatx", "get_file", "relu"))
    entry: dict[str, Any] = {
        "module": random.choice(MODULES),
        "class_name": random.choice(CLASSES),
        "config": random.choice(
            (function, {"value": "gANjb3MK"}, {"function": {"class_name": "__lambda__", "config": {"value": "AAAA"}}},
             {"function": {"module": "os", "class_name": "function", "config": function, "registered_name": function}},
             {"filepath": "/etc/passwd"}, {"vocabulary": "/etc/passwd"}, {"value": [[1, 2], [3]]}, {"value": 1e308},
             {"start": 0, "stop": 10**30, "step": 0}, {}, None, [])
        ),
        "registered_name": random.choice((None, "os>system", "Custom>Dense", 3, "builtins>eval", "Dense")),
    }  # fmt: skip
    return entry


def deep(depth: int, leaf: Any = 1) -> Any:
    """One value inside so many lists or objects."""
    for level in range(depth):
        leaf = [leaf] if level % 2 else {"config": leaf}
    return leaf


def value(random: Random) -> Any:
    """Anything at all."""
    kind = random.randrange(9)
    if kind == 0:
        return text(random)
    if kind in (1, 2):
        return number(random)
    if kind == 3:
        return gadget(random)
    if kind == 4:
        return deep(random.choice((1, 3, 20, 45)), number(random))
    if kind == 5:
        return [number(random)] * random.choice((0, 1, 2, 17, 65, 1_100))
    if kind == 6:
        return {text(random): number(random) for _ in range(random.choice((0, 1, 3)))}
    return random.choice(([], {}, "", None, [[]], [{}], {"": {}}, "linear", "relu", random.choice(CLASSES)))
