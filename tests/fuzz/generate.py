"""Recordings made from nothing: networks of any layers with parameters that may fit, and some that are odd."""

from __future__ import annotations

import json
from random import Random
from typing import Any

from grader.graph.reading.catalogue import LAYERS, OPERATION_FIELDS, REQUIRED
from tests.fuzz import hostile
from tests.fuzz.bombs import Json, layer, model, node, start, tensor
from tests.fuzz.cases import Case, recording_of

KINDS = [*(("keras.layers", kind) for kind in LAYERS),
         *(("keras.src.ops.numpy", label.removeprefix("ops.")) for label in OPERATION_FIELDS)]  # fmt: skip
EVERYDAY = [("keras.layers", kind) for kind in ("Dense", "Concatenate", "Add", "Activation", "Dropout", "Flatten")]
SIZES = (None, 1, 2, 3, 4, 8, 0, 2**50)
ENDS = (None, None, 0, 1, -1, 2**70)  # of a slice


def network(random: Random) -> Json:
    """A Functional config: each layer reads some of those before it."""
    names, layers = ["x"], [start()]
    layers[0]["config"]["batch_shape"] = random.choices(SIZES, k=random.randint(1, 5))
    for number in range(random.randrange(8)):
        module, kind = random.choice(random.choice((KINDS, EVERYDAY)))
        fields = {**LAYERS, **OPERATION_FIELDS}.get(kind if module == "keras.layers" else f"ops.{kind}", {})
        wanted = [name for name, field in fields.items() if field.default is REQUIRED or random.random() < 0.3]
        config = {name: parameter(random) for name in wanted if name != "name"}
        name = f"l{number}" if random.random() < 0.9 else hostile.text(random)
        calls = [call(random, names[-3:]) for _ in range(random.choice((1, 1, 1, 1, 2)))]
        layers.append(layer(kind, name, calls, module, **config))
        names.append(name)
    outputs: Any = [
        [name, 0, random.choice((0, 0, 0, 1))] for name in random.choices(names[-2:], k=random.randint(1, 3))
    ]
    if random.random() < 0.2:
        outputs = {hostile.text(random): output for output in outputs}
    return {**model(layers, []), "output_layers": outputs}


def parameter(random: Random) -> Any:
    return random.choice(hostile.FITTING) if random.random() < 0.75 else hostile.value(random)


def call(random: Random, names: list[str]) -> Json:
    """With one tensor, with several or a list of them; and at times with slices or what is odd, by place or by name."""
    sources = [
        tensor(random.choice(names), random.choice((0, 0, 0, 0, 0, 0, 1)), random.choice((0, 0, 0, 1)))
        for _ in range(random.choice((1, 1, 1, 0, 2, 3)))
    ]
    args: list[Any] = sources if random.random() < 0.7 else [sources]
    if random.random() < 0.2:
        args.append(random.choice((slices(random), parameter(random))))
    kwargs = {random.choice(("training", "mask", "value", "key")): random.choice((*sources, parameter(random)))}
    return node(*args, **kwargs if random.random() < 0.3 else {})


def slices(random: Random) -> list[Json]:
    ends = [random.choices(ENDS, k=3) for _ in range(random.randint(1, 3))]
    return [
        {"class_name": "__slice__", "config": dict(zip(("start", "stop", "step"), end, strict=True))} for end in ends
    ]


def generated(random: Random) -> Case:
    """What is around the network is as a run writes it: `mutate` spoils that of real ones."""
    return Case(json.dumps(recording_of(network(random))).encode(), "generated")


def anything(random: Random) -> Case:
    """A file that is JSON and nothing else."""
    return Case(json.dumps(hostile.value(random)).encode(), "anything")
