"""Recordings made from nothing, by hypothesis: networks of any layers with parameters that may fit, and what is odd."""

from __future__ import annotations

import json
from collections.abc import Callable
from random import Random
from typing import Any

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import seed as seeded
from hypothesis import strategies as st

from grader.graph.reading.catalogue import LAYERS, OPERATION_FIELDS, REQUIRED
from tests.fuzz import hostile
from tests.fuzz.bombs import layer, model, node, start, tensor
from tests.fuzz.cases import Case, recording_of

KINDS = [*(("keras.layers", kind) for kind in LAYERS),
         *(("keras.src.ops.numpy", label.removeprefix("ops.")) for label in OPERATION_FIELDS)]  # fmt: skip
EVERYDAY = [("keras.layers", kind) for kind in ("Dense", "Concatenate", "Add", "Activation", "Dropout", "Flatten")]
FITTING = st.sampled_from(hostile.FITTING)
ODD = st.one_of(
    st.integers(-(10**39), 10**39), st.floats(allow_nan=False, allow_infinity=False), st.sampled_from(hostile.ATTACKS), st.text(max_size=20),
    st.randoms(use_true_random=False).map(hostile.value),
)  # fmt: skip
ANY = st.recursive(
    ODD,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)
VALUES = st.one_of(FITTING, FITTING, FITTING, ODD)
SHAPES = st.lists(st.sampled_from((None, 1, 2, 3, 4, 8, 0, 2**50)), min_size=1, max_size=5)
SLICES = st.builds(
    lambda start, stop, step: {"class_name": "__slice__", "config": {"start": start, "stop": stop, "step": step}},
    *[st.sampled_from((None, None, 0, 1, -1, 2**70))] * 3,
)
NAMES = st.one_of(st.sampled_from(("a", "b", "model")), st.sampled_from(hostile.ATTACKS), st.text(max_size=12))


@st.composite
def networks(draw: st.DrawFn) -> dict[str, Any]:
    """A Functional config: each layer reads some of those before it, and at times one that is not there."""
    names, layers = ["x"], [start()]
    layers[0]["config"]["batch_shape"] = draw(SHAPES)
    for number in range(draw(st.integers(0, 7))):
        module, kind = draw(st.sampled_from(KINDS) | st.sampled_from(EVERYDAY))
        fields = {**LAYERS, **OPERATION_FIELDS}.get(kind if module == "keras.layers" else f"ops.{kind}", {})
        wanted = [name for name, field in fields.items() if field.default is REQUIRED or draw(st.integers(0, 2)) == 0]
        config = {name: draw(VALUES) for name in wanted}
        name = draw(NAMES) if draw(st.integers(0, 9)) == 0 else f"l{number}"
        nodes = [draw(_calls(names)) for _ in range(draw(st.sampled_from((1, 1, 1, 1, 2))))]
        layers.append(
            layer(kind, name, nodes, module, **{key: value for key, value in config.items() if key != "name"})
        )
        names.append(name)
    ends = draw(st.lists(st.sampled_from(names[-2:]), min_size=1, max_size=3))
    outputs: Any = [[name, 0, draw(st.sampled_from((0, 0, 0, 1)))] for name in ends]
    if draw(st.integers(0, 5)) == 0:
        outputs = {draw(NAMES): output for output in outputs}
    return {**model(layers, []), "output_layers": outputs, "name": draw(NAMES)}


@st.composite
def _calls(draw: st.DrawFn, names: list[str]) -> dict[str, Any]:
    read = st.builds(
        tensor, st.sampled_from(names[-3:]), st.sampled_from((0, 0, 0, 0, 0, 0, 1)), st.sampled_from((0, 0, 0, 1))
    )
    if draw(st.booleans()):
        args: list[Any] = [draw(read)]
    else:
        args = draw(st.sampled_from((lambda items: [items], lambda items: items)))(draw(st.lists(read, max_size=3)))
    if draw(st.integers(0, 4)) == 0:
        args.append(draw(st.one_of(SLICES, st.lists(SLICES, max_size=3), FITTING, ODD)))
    kwargs = draw(
        st.dictionaries(st.sampled_from(("training", "mask", "value", "key")), st.one_of(read, ODD), max_size=1)
    )
    return {**node(*args, **kwargs), **({"shapes": [draw(SHAPES)]} if draw(st.booleans()) else {})}


@st.composite
def recordings(draw: st.DrawFn) -> Case:
    """A recording: networks mostly, and around them what may be odd."""
    configs = draw(st.lists(st.one_of(networks(), networks(), networks(), ANY), min_size=1, max_size=2))
    content = recording_of(*configs)
    entry = content["models"][0]
    entry["variables"] = draw(st.lists(NAMES | st.just("one_input"), max_size=2))
    entry["marks"] = draw(st.sampled_from(([], ["two_inputs"], ["two_outputs"], ["shared_layer"], ["three_inputs"])))
    entry["unused"] = draw(st.lists(networks().map(lambda config: config["layers"][-1]), max_size=1))
    entry["layer_locations"] = draw(st.dictionaries(NAMES, st.just({"cell": 1, "line": 2, "file": "a.py"}), max_size=2))
    if draw(st.booleans()):
        entry["compiles"] = [draw(_compiles())]
    if draw(st.integers(0, 9)) == 0:
        entry[draw(st.sampled_from(sorted(entry)))] = draw(ANY)
    if draw(st.integers(0, 4)) == 0:
        failure = {
            "type": "E",
            "message": draw(NAMES),
            "location": {"cell": 1, "line": 1, "file": draw(NAMES)},
            "traceback": draw(NAMES),
        }
        content["failures"] = [failure]
        content["outputs"] = [
            {"kind": draw(st.sampled_from(("text", "error", "png"))), "content": draw(NAMES), "cell": 1}
        ]
    if draw(st.integers(0, 19)) == 0:
        content[draw(st.sampled_from(sorted(content)))] = draw(ANY)
    return Case(_bytes(content), "hypothesis")


@st.composite
def _compiles(draw: st.DrawFn) -> dict[str, Any]:
    word = st.sampled_from(("rmsprop", "mse", "mean_squared_error", "Adam", "mae")) | NAMES
    single = st.builds(lambda name, config: {"setting": name, "config": config}, word,
                       st.dictionaries(st.sampled_from(("learning_rate", "name", "reduction")), VALUES, max_size=2))  # fmt: skip
    several = st.lists(single | VALUES, max_size=3) | st.dictionaries(NAMES, single | VALUES, max_size=2).map(
        lambda named: {"by_name": named}
    )
    parts = {key: draw(single | several | VALUES) for key in ("optimizer", "loss", "loss_weights", "metrics")}
    return {"order": draw(st.integers(0, 3)), "location": {"cell": 1, "line": 3, "file": ""}, **parts}


def _bytes(content: Any) -> bytes:
    return json.dumps(content, ensure_ascii=False).encode("utf-8", "surrogatepass")


def generated(feed: Callable[[Case], None], count: int, number: int) -> None:
    """Feed so many recordings, of a seed of their own; nothing is kept between runs, and nothing is shrunk."""

    @seeded(number)
    @settings(max_examples=count, database=None, deadline=None, phases=[Phase.generate],
              suppress_health_check=list(HealthCheck))  # fmt: skip
    @given(recordings())
    def each(case: Case) -> None:
        feed(case)

    each()


def anything(random: Random) -> Case:
    """A file that is JSON and nothing else."""
    return Case(_bytes(hostile.value(random)), "anything")
