"""What a network can draw, told from its graph: a proof is one, and where nothing is certain there is none."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from grader.domain import DataSpec, ModelGraph, Tensor
from grader.training.verdicts.provable_limits import proofs
from tests.training.networks import CALIBRATION, CASE, SINE, SINE_TWICE, Drawing, branches, chain

POINTS = ((0.0, 0.25, 0.75), (0.0, 1.0, -1.0))


def family(graph: ModelGraph, data: DataSpec = SINE, **changes: Any) -> str:
    """The family that a proof names, empty without one."""
    (proof,) = proofs(graph, data, replace(CALIBRATION, validation=POINTS, **changes))
    return proof.family if proof else ""


def ending(*kinds: str, units: int = 1, constant: float = 2.0, activation: str = "tanh") -> ModelGraph:
    """One hidden layer of so many units, then these layers, then a head."""
    drawing = Drawing()
    start = drawing.input()
    tensor: Tensor = drawing.dense(start, units, activation)
    for kind in kinds:
        args: tuple[object, ...] = ((tensor, tensor),) if kind in ("Add", "Multiply") else (tensor,)
        if kind.startswith("ops."):
            args = (tensor, constant)
        params = {"BatchNormalization": units * 4}
        extra = {"rate": 0.5} if kind == "Dropout" else {}
        tensor = drawing.add(kind, args, units, params.get(kind, 0), **extra)
    return drawing.graph([start], [drawing.dense(tensor, 1)])


@pytest.mark.parametrize(
    ("graph", "expected"),
    [
        pytest.param(chain(1, 1, 1, activation="relu"), "monotone", id="one unit in each layer"),
        pytest.param(ending("Dropout", "BatchNormalization", "Add"), "monotone", id="layers that only add up"),
        pytest.param(ending("ops.Multiply"), "monotone", id="twice as much"),
        pytest.param(ending("ops.Multiply", units=8, constant=0.0), "constant", id="nothing of it"),
        pytest.param(ending("Multiply"), "", id="a square turns back"),
        pytest.param(chain(2), "", id="two units"),
        pytest.param(chain(1, 8), "", id="many units after one"),
        pytest.param(chain(1, activation="gelu"), "", id="an activation that turns back"),
        pytest.param(chain(1, activation="my_own"), "", id="an activation beyond the table"),
    ],
)
def test_families_are_those_that_the_graph_proves(graph: ModelGraph, expected: str) -> None:
    assert family(graph) == expected


def test_a_floor_under_the_threshold_proves_nothing() -> None:
    assert family(chain(1), thresholds=(0.05,)) == ""
    assert family(chain(), thresholds=(0.05,)) == "straight_line"


def test_two_inputs_bend_only_together() -> None:
    """On the same data they are one axis; on different data a unit of both is no curve of either."""
    drawing = Drawing()
    left, right = drawing.input(), drawing.input()
    joined = drawing.dense(drawing.concatenate(left, right), 1, "tanh")
    graph = drawing.graph([left, right], [drawing.dense(joined, 1)])
    assert family(graph, SINE_TWICE) == "monotone"
    assert family(graph, DataSpec(("x", "z"), ("sin",))) == ""
    assert family(branches(8, 5), SINE_TWICE) == ""
    assert family(branches(1, 1), SINE_TWICE) == ""  # one unit on each makes a hill


def test_what_looks_only_at_the_shape_is_constant() -> None:
    """However many layers follow `zeros_like`."""
    drawing = Drawing()
    start = drawing.input()
    zeros = drawing.add("ops.ZerosLike", (start,), 1, 0)
    assert family(drawing.graph([start], [drawing.dense(drawing.dense(zeros, 8, "tanh"), 1)])) == "constant"


@pytest.mark.parametrize(("activation", "expected"), [("sigmoid", "range"), ("tanh", ""), ("elu", "")])
def test_bounds_are_held_against_the_target(activation: str, expected: str) -> None:
    """The sine needs -1 to 1; of the validation points of a file, only some are known."""
    squeezed = chain(8, activation="tanh", last=activation)
    assert family(squeezed) == expected
    assert family(squeezed, replace(SINE, file=Path("data.npz"))) == ""


def test_a_call_with_more_than_a_tensor_proves_nothing() -> None:
    """`training=True`, a mask: what the trainer does then is another matter."""
    graph = chain(1)
    calls = tuple(replace(call, kwargs=(("training", True),)) if call.args else call for call in graph.calls)
    assert family(replace(graph, calls=calls)) == ""


def test_another_measure_has_no_floor_of_squares() -> None:
    """What is proven for one metric says nothing about another."""
    by_mae = {"metrics": ("mae",), "floors": ({"constant": 0.6},), "cases": (replace(CASE, loss=("mae",)),)}
    assert [family(graph, **by_mae) for graph in (chain(8, last="sigmoid"), chain())] == ["", ""]
