"""Networks that are small to write down and large to look at, each with a size that is drawn."""

from __future__ import annotations

import json
from collections.abc import Callable
from random import Random
from typing import Any

from tests.fuzz.cases import Case, recording_of

Json = dict[str, Any]


def tensor(name: str, node: int = 0, index: int = 0) -> Json:
    config = {"shape": [None, 1], "dtype": "float32", "keras_history": [name, node, index]}
    return {"class_name": "__keras_tensor__", "config": config}


def node(*args: Any, **kwargs: Any) -> Json:
    return {"args": list(args), "kwargs": kwargs}


def layer(kind: str, name: str, nodes: list[Json], module: str = "keras.layers", **config: Any) -> Json:
    return {
        "module": module, "class_name": kind, "name": name, "registered_name": None,
        "config": {"name": name, **config}, "inbound_nodes": nodes,
    }  # fmt: skip


def start(name: str = "x") -> Json:
    return layer("InputLayer", name, [], batch_shape=[None, 1], dtype="float32")


def model(layers: list[Json], output: Any, inputs: Any = (("x", 0, 0),)) -> Json:
    outputs = output if isinstance(output, list) else [[output, 0, 0]]
    return {"name": "m", "layers": layers, "input_layers": [list(entry) for entry in inputs], "output_layers": outputs}


def chain(kind: str, length: int, arguments: Callable[[str], list[Any]], **config: Any) -> Json:
    """Layers of one kind, each reading the one before."""
    layers, last = [start(), layer("Dense", "d", [node(tensor("x"))], units=1)], "d"
    for number in range(length):
        layers.append(layer(kind, f"l{number}", [node(*arguments(last))], **config))
        last = f"l{number}"
    return model(layers, last)


def doubling(size: int) -> Json:
    """x + x, and that twice, and so on: as many summands as two to the number of layers."""
    return chain("Add", size, lambda last: [[tensor(last), tensor(last)]])


def running_sum(size: int) -> Json:
    return chain("Add", size, lambda last: [[tensor(last), tensor("d")]])


def dropouts(size: int, kind: str = "Dropout", **config: Any) -> Json:
    """A long chain behind a `Concatenate`, whose order may or may not count."""
    network = chain(kind, size, lambda last: [tensor(last)], **(config or {"rate": 0.5}))
    network["layers"][1] = layer("Concatenate", "d", [node([tensor("x"), tensor("x")])])
    return network


def normalisations(size: int) -> Json:
    return dropouts(size, "BatchNormalization", axis=-1)


def wide(size: int) -> Json:
    branches = [layer("Dense", f"d{i}", [node(tensor("x"))], units=1) for i in range(size)]
    join = layer("Concatenate", "c", [node([tensor(f"d{i}") for i in range(size)])])
    return model([start(), *branches, join], "c")


def fan_in(size: int) -> Json:
    """One tensor, joined with itself again and again."""
    return model([start(), layer("Concatenate", "c", [node([tensor("x")] * size * 20)])], "c")


def joins_of_joins(size: int) -> Json:
    """Each layer joins all layers before it."""
    layers = [start(), layer("Dense", "d0", [node(tensor("x"))], units=1)]
    for number in range(1, min(size, 300)):
        before = [tensor(f"d{i}") for i in range(number)]
        layers.append(layer("Average" if number % 2 else "Maximum", f"d{number}", [node(before)]))
    return model(layers, layers[-1]["name"])


def shared(size: int) -> Json:
    """One layer, called on its own result."""
    nodes = [node(tensor("x")), *(node(tensor("d", number)) for number in range(size))]
    return model([start(), layer("Dense", "d", nodes, units=1)], [["d", size, 0]])


def laughs(size: int) -> Json:
    """Models inside models, each called several times, with nothing in the innermost."""
    depth, calls = 2 + size % 16, 2 + size % 9
    inner = model([start()], "x")
    for _ in range(depth):
        nodes = [node(tensor("x")), *(node(tensor("n", number)) for number in range(calls - 1))]
        entry = {"class_name": "Functional", "module": "keras", "name": "n", "config": inner, "inbound_nodes": nodes}
        inner = model([start(), entry], [["n", calls, 0]])
    return inner


def lonely_layers(size: int) -> Json:
    """A model with many layers that are never called, called often."""
    many = model([start(), *(layer("Dense", f"d{i}", [], units=1) for i in range(size))], "x")
    nodes = [node(tensor("x")), *(node(tensor("n", number)) for number in range(size))]
    entry = {"class_name": "Functional", "module": "keras", "name": "n", "config": many, "inbound_nodes": nodes}
    return model([start(), entry], [["n", size + 1, 0]])


def growing(size: int) -> Json:
    """Shapes that grow until no machine word holds them, and then are sliced."""
    layers, last = [start()], "x"
    for number in range(1 + size % 40):
        layers.append(layer("RepeatVector", f"r{number}", [node(tensor(last))], n=4096))
        last = f"f{number}"
        layers.append(layer("Flatten", last, [node(tensor(f"r{number}"))]))
    part = {"class_name": "__slice__", "config": {"start": size % 3, "stop": None, "step": 1}}
    everything = {"class_name": "__slice__", "config": {"start": None, "stop": None, "step": None}}
    layers.append(layer("GetItem", "g", [node(tensor(last), [everything, part])], "keras.src.ops.numpy"))
    return model(layers, "g")


def circle(size: int) -> Json:
    network = running_sum(2 + size)
    network["layers"][2]["inbound_nodes"] = [node([tensor(f"l{size}"), tensor("x")])]
    return network


def many_outputs(size: int) -> Json:
    return model([start(), layer("Dense", "d", [node(tensor("x"))], units=1)], [["d", 0, 0]] * size)


BOMBS: tuple[Callable[[int], Json], ...] = (
    doubling, running_sum, dropouts, normalisations, wide, fan_in, joins_of_joins, shared, laughs, lonely_layers,
    growing, circle, many_outputs,
)  # fmt: skip
SIZES = (1, 3, 10, 30, 100, 300, 499, 900, 1_490, 4_900)


def bomb(random: Random) -> Case:
    """One such network in a recording."""
    make, size = random.choice(BOMBS), random.choice(SIZES)
    content = json.dumps(recording_of(make(size)))
    return Case(content.encode(), f"bomb: {make.__name__}({size})")


def flood(random: Random) -> Case:
    """A file near its limits: very many parts, or outputs, or one enormous string."""
    kind = random.randrange(5)
    size = random.choice((1_000, 50_000, 400_000))
    content = recording_of({"name": "m", "layers": []})
    if kind == 0:
        most = {"kind": "text", "content": "x" * size * 10, "cell": 1}
        content["outputs"] = [most, *({"kind": "text", "content": "y\r", "cell": 1} for _ in range(4_900))]
    elif kind == 1:
        content["outputs"] = [{"kind": "text", "content": random.choice("\x1b[\r]0;\b") * size * 10, "cell": 1}]
    elif kind == 2:
        content["models"][0]["config"]["layers"] = [{}] * size
    elif kind == 3:
        content["models"][0]["config"]["name"] = "n" * size * 20
    else:
        content["models"] = content["models"] * min(size, 1_100)
    return Case(json.dumps(content).encode(), f"flood: {kind} of {size}")
