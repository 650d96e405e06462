"""Layers that are there, in another place: one change of order, and no layer that is missing or too many."""

from __future__ import annotations

from dataclasses import replace

import pytest

from grader.domain import Call, Layer, Location, ModelGraph, Tensor
from grader.graph import LayerNames, differences
from grader.graph.edits import rewired
from tests.graph.references import reference

DROP = Layer("drop", "Dropout", (("rate", 0.2),))
NORM = Layer("norm", "BatchNormalization")
RELU = Layer("act", "Activation", (("activation", "relu"),))
FLAT, WIDE, TOP = (
    Layer(name, "Dense", (("activation", "tanh"), ("units", units))) for name, units in (("f", 8), ("w", 9), ("t", 7))
)
PLAIN, OUT = Layer("plain", "Dense", (("units", 5),)), Layer("out", "Dense", (("units", 1),))


def chain(*layers: Layer) -> ModelGraph:
    inputs = Layer("x", "InputLayer", (("batch_shape", (None, 1)),))
    calls = (Call(0, shapes=((None, 1),)), *(Call(number + 1, (Tensor(number),)) for number in range(len(layers))))
    return ModelGraph(
        "m", "Functional", (inputs, *layers), calls, (Tensor(0),), (Tensor(len(layers)),), ("x",), ("y",)
    )  # fmt: skip


@pytest.mark.parametrize(
    ("student", "expected", "line"),
    [
        ((FLAT, WIDE, DROP, OUT), (FLAT, DROP, WIDE, OUT), "net1 = Dense(9, activation='tanh')(drop)"),
        ((FLAT, WIDE, OUT), (WIDE, FLAT, OUT), "net1 = Dense(8, activation='tanh')(w)"),
        ((FLAT, OUT, DROP), (FLAT, DROP, OUT), "net1 = Dense(1)(drop)"),
        ((FLAT, DROP, OUT), (FLAT, OUT, DROP), "net1 = Dropout(0.2)(out)"),
        ((PLAIN, RELU, NORM, OUT), (PLAIN, NORM, RELU, OUT), "net1 = Activation('relu')(norm)"),
        ((PLAIN, NORM, RELU, OUT), (PLAIN, RELU, NORM, OUT), "plain = Activation('relu')(Dense(5)(x))"),
    ],
)  # fmt: skip
def test_exchanged_layers_are_an_order(student: tuple[Layer, ...], expected: tuple[Layer, ...], line: str) -> None:
    (difference,) = differences(chain(*student), chain(*expected), ("x",))
    assert (difference.kind, difference.subject) == ("order", "layer order")
    assert f"    {line}\n" in f"{difference.hint}\n"


def test_a_wrong_width_and_a_layer_elsewhere_are_no_order() -> None:
    """Three layers of three widths, turned round: two widths are quicker to correct than two places."""
    diffs = differences(chain(FLAT, WIDE, TOP, OUT), chain(TOP, WIDE, FLAT, OUT), ("x",))
    assert [difference.kind for difference in diffs] == ["width", "width"]


@pytest.mark.parametrize(("right", "wrong"), [(0, 1), (1, 0)])
def test_both_calls_of_a_shared_layer_are_in_one_message(right: int, wrong: int) -> None:
    graph = reference("shared_layer")
    calls = [number for number, call in enumerate(graph.calls) if graph.layers[call.layer].name == "shared"]
    source = graph.calls[calls[right]].sources[0]
    changed = rewired(graph, calls[wrong], graph.calls[calls[wrong]].sources[0], source)
    lines = [Location(None, 9), Location(None, 10)]
    (difference,) = differences(changed, graph, ("x", "x"), names=LayerNames(calls={"shared": lines}))
    assert difference.message.startswith("`shared` (called on line 9 and line 10) is called on `")
    assert difference.location == lines[0]
    assert " twice; expected " in difference.message
    assert difference.hint.endswith(f"    shared_{wrong + 1} = shared({('left', 'right')[wrong]})")


def test_numbers_that_python_takes_for_equal_are_compared_each_by_itself() -> None:
    """Nobody is told what the network of somebody else was told, in which `True` stands for 1."""
    expected = chain(replace(PLAIN, params=(("units", 5), ("rank", 2))), OUT)
    ranked = [chain(replace(PLAIN, params=(("units", 5), ("rank", value))), OUT) for value in (True, 1)]
    first, second = (differences(graph, expected, ("x",))[0].actual for graph in ranked)
    assert first != second


def test_an_expected_network_of_other_names_is_told_by_them() -> None:
    for name in ("first", "second"):
        missing = Layer(name, "Dense", (("units", 7),))
        (difference,) = differences(chain(PLAIN, OUT), chain(PLAIN, missing, OUT), ("x",))
        assert difference.expected_layers == (name,)
