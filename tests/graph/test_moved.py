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
    ("student", "expected", "hint"),
    [
        ((FLAT, WIDE, DROP, OUT), (FLAT, DROP, WIDE, OUT), "Write the network out, a layer a line."),
        ((FLAT, WIDE, OUT), (WIDE, FLAT, OUT), "Write the network out, a layer a line."),
        ((FLAT, OUT, DROP), (FLAT, DROP, OUT), "x3 = layers.Dense(1)(x2)"),
        ((FLAT, DROP, OUT), (FLAT, OUT, DROP), "x3 = layers.Dropout(0.2)(x2)"),
        ((PLAIN, RELU, NORM, OUT), (PLAIN, NORM, RELU, OUT),
         "Apply `relu` to the result of `norm`, and not to that of `plain`."),
        ((PLAIN, NORM, RELU, OUT), (PLAIN, RELU, NORM, OUT),
         "Apply `relu` to the result of `plain`, and not to that of `norm`."),
    ],
)  # fmt: skip
def test_exchanged_layers_are_an_order(student: tuple[Layer, ...], expected: tuple[Layer, ...], hint: str) -> None:
    (difference,) = differences(chain(*student), chain(*expected), ("x",))
    assert (difference.kind, difference.subject, hint in difference.hint) == ("order", "layer order", True), (
        difference.hint
    )


def test_a_wrong_width_and_a_layer_elsewhere_are_no_order() -> None:
    """Three layers of three widths, turned round: two widths are quicker to correct than two places."""
    diffs = differences(chain(FLAT, WIDE, TOP, OUT), chain(TOP, WIDE, FLAT, OUT), ("x",))
    assert [difference.kind for difference in diffs] == ["width", "width"]


@pytest.mark.parametrize(("right", "wrong"), [(0, 1), (1, 0)])
def test_both_calls_of_a_shared_layer_are_in_one_step(right: int, wrong: int) -> None:
    """A step about one of the calls would be followed at both, since their line is one: left and right for ever."""
    graph = reference("shared_layer")
    calls = [number for number, call in enumerate(graph.calls) if graph.layers[call.layer].name == "shared"]
    source = graph.calls[calls[right]].sources[0]
    changed = rewired(graph, calls[wrong], graph.calls[calls[wrong]].sources[0], source)
    lines = [Location(None, 9), Location(None, 10)]
    (difference,) = differences(changed, graph, ("x", "x"), names=LayerNames(calls={"shared": lines}))
    assert difference.message.startswith("`shared` (called on line 9 and line 10) is called on `")
    assert difference.location == lines[0]
    assert " twice; expected " in difference.message
    assert difference.hint in ("Call `shared` on `left` and `right`, each separately.",
                          "Call `shared` on `right` and `left`, each separately.")  # fmt: skip


def test_an_output_that_is_built_and_not_listed_is_told_so() -> None:
    graph = reference("two_outputs")
    few = replace(graph, outputs=graph.outputs[:1], output_names=graph.output_names[:1])
    (difference,) = differences(few, graph, ("x",))
    assert difference.message == "`exponential` is built, but not listed in `outputs=[…]`."
    step = "List the results of `sine` and `exponential` in `outputs=[…]`, in this order."
    data = "Give `fit` and its `validation_data` 2 arrays of targets. If `compile` has metrics, give it a list for each"
    assert difference.hint == f"{step} {data}, `metrics=[['mse'], ['mse']]`. `predict` gives a list, too."


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
