"""What went wrong, in words."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest

from grader.domain import METRICS, DataSpec, Diagnosis, ModelGraph, TrainingRun
from grader.training.verdicts.diagnosis import diagnose, worded
from grader.training.verdicts.provable_limits import HeadFacts, heads_of
from tests.training.networks import CALIBRATION, FLOORS, SINE_AND_EXP, Drawing, chain, two_outputs, with_hidden
from tests.training.networks import SINE as SINE_DATA

X = tuple(i / 99 for i in range(100))
SINE = tuple(math.sin(2 * math.pi * x) for x in X)
EXP = tuple(math.exp(x) for x in X)
EXP_FLOORS = {"constant": 0.208, "non_negative": 0.0, "straight_line": 0.0035, "monotone": 0.0}
HEAD = HeadFacts(0, "sine", 0.01, FLOORS, SINE)
PLATEAU = [0.17] * 16


def diagnosed(
    prediction: list[float | None], errors: list[float | None], head: HeadFacts = HEAD, every: int = 25
) -> Diagnosis:
    curve = tuple((error,) for error in errors)
    epochs = every * len(curve)
    diagnosis = diagnose(head, TrainingRun(1, curve[-1], curve, epochs, None, (tuple(prediction),), every=every))
    assert diagnosis is not None
    return diagnosis


def first_head(graph: ModelGraph, data: DataSpec = SINE_DATA) -> HeadFacts:
    of_both = {"thresholds": (0.01, 0.003), "floors": (FLOORS, EXP_FLOORS), "validation": (X, SINE, EXP)}
    return heads_of(graph, data, replace(CALIBRATION, **of_both))[0]


@pytest.mark.parametrize(
    ("prediction", "errors", "name", "figures"),
    [
        pytest.param([None] * 100, [0.5, None], "diverged", [], id="not finite"),
        pytest.param([50.0 * x for x in X], [0.5] * 8 + [900.0], "diverged", ["900", "0.483"], id="exploded"),
        pytest.param([0.01 + x / 1000 for x in X], [0.484] * 16, "constant", ["0.483"], id="constant"),
        pytest.param([0.9 - 1.9 * x for x in X], [0.178] * 16, "plateau", ["0.178", "best straight line", "0.176"], id="line"),
        pytest.param([0.9 * y for y in SINE], [0.02] * 16, "plateau", ["0.02", "0.01"], id="plateau"),
        pytest.param([0.4 * y for y in SINE], [0.2 - i / 100 for i in range(16)], "still falling", ["0.105"], id="falling"),
        pytest.param([0.4 * y for y in SINE], [0.2] * 15 + [0.15], "plateau", [], id="one lucky checkpoint"),
        pytest.param([0.4 * y for y in SINE], [0.2, 0.1], "plateau", [], id="too short to fall"),
    ],
)  # fmt: skip
def test_each_failure_has_its_name(
    prediction: list[float | None], errors: list[float | None], name: str, figures: list[str]
) -> None:
    diagnosis = diagnosed(prediction, errors)
    assert diagnosis.name == name
    assert all(figure in diagnosis.cause for figure in figures)
    assert (worded(diagnosis) or "").startswith(f"{name}: {diagnosis.cause}")
    assert diagnosis.hint or diagnosis.advice


@pytest.mark.parametrize(
    ("errors", "every", "figures"),
    [
        (
            [0.2] * 4 + [0.1, 0.1, 0.1, 0.19],
            25,
            "0.122 over the last 100 epochs, compared with 0.2 over the 100 before",
        ),
        ([0.2] * 4 + [0.1] * 4, 1, "0.1 over the last 4 epochs, compared with 0.2 over the 4 before"),
    ],
)
def test_falling_figures_fall(errors: list[float | None], every: int, figures: str) -> None:
    """Means are told, as means decide: a last checkpoint that jumps up does not contradict the word."""
    diagnosis = diagnosed([0.4 * y for y in SINE], errors, every=every)
    assert f"averages {figures}" in diagnosis.cause


def test_a_head_that_was_at_its_threshold_is_healthy() -> None:
    curve = ((0.2,), (0.009,), (0.02,))
    assert diagnose(HEAD, TrainingRun(1, curve[-1], curve, 75, None, (SINE,))) is None


def frozen(graph: ModelGraph) -> ModelGraph:
    return replace(graph, layers=(*graph.layers[:-1], replace(graph.layers[-1], frozen=True)))


@pytest.mark.parametrize(
    ("graph", "name", "words", "hint"),
    [
        (chain(32, 32, activation=None), "straight line",
         "draw only a straight line: the best straight line has an error of 0.176", "each hidden layer"),
        (chain(), "straight line", "without a hidden layer", ""),
        (chain(1), "monotone", "single unit of `layer_1`", ""),
        (chain(8, activation=None, last="tanh"), "monotone", "single unit", "Leave out the activation of `layer_2`, and"),
        # What the last activation cannot give, no training can; the number is the best that fits between its bounds.
        *((chain(8, activation="tanh", last=activation), name, words, "Leave out the activation of `layer_4`")
          for activation, name, words in (
              ("sigmoid", "squeezed", "no values below 0 or above 1: the best curve of that kind has an error of 0.26"),
              ("relu", "squeezed", "no values below 0: the best curve of that kind has an error of 0.26"),
              ("softmax", "constant", "is 1"))),
        # Weights that stay as they were drawn keep the error up.
        (frozen(chain(32)), "frozen", "`layer_3`", ""),
    ],
)  # fmt: skip
def test_what_a_network_cannot_draw_is_the_cause(graph: ModelGraph, name: str, words: str, hint: str) -> None:
    diagnosis = diagnosed([0.4 * y for y in SINE], PLATEAU, first_head(graph))
    assert (diagnosis.name, words in diagnosis.cause, hint in f"{diagnosis.hint}. {diagnosis.advice}") == (
        name,
        True,
        True,
    ), diagnosis


def test_data_that_never_reach_the_output_are_missed() -> None:
    drawing = Drawing()
    left, right = drawing.input(), drawing.input()
    graph = drawing.graph([left, right], [drawing.dense(drawing.dense(left, 8, "tanh"), 1)])
    assert first_head(graph, DataSpec(("x", "z"), ("sin",))).unread == ("layer_1",)
    assert first_head(graph, DataSpec(("x", "x"), ("sin",))).unread == ()


def test_an_accuracy_is_told_as_one() -> None:
    head = HeadFacts(0, "kind", 0.1, {"constant": 0.4, "monotone": 0.2}, metric=METRICS["accuracy"])
    near = diagnosed([30.0, 10.0, 10.0, 50.0], [0.2] * 16, head)
    already = "the best curve that only rises or only falls already reaches 0.8"
    assert near.cause == f"the accuracy stays at 0.8, and at least 0.9 is required; {already}"


def test_an_open_task_is_told_what_is_left_to_try() -> None:
    """What keeps a network from its targets comes first, then what it does not have yet."""
    open_task = replace(HEAD, is_open=True, may_help=("use `tanh`", "leave out it", "use more units"))
    step = "As far as the task allows it, use `tanh` and leave out it; if that is not enough, use more units"
    assert diagnosed([], PLATEAU, open_task).advice == step
    assert first_head(with_hidden("Dropout", rate=0.5)).may_help[0] == "leave out `Dropout`"
    shared, apart, drawing = first_head(two_outputs(), SINE_AND_EXP), first_head(chain(8)), Drawing()
    start = drawing.input()
    first = drawing.dense(drawing.dense(start, 8, "tanh"), 1)
    chained = drawing.graph([start], [drawing.dense(drawing.dense(first, 8, "tanh"), 1), first])
    for head in (shared, first_head(chained, SINE_AND_EXP)):
        assert "give each output a branch of its own" in head.may_help
    assert "give each output a branch of its own" not in apart.may_help
    assert first_head(chain(8, last="relu")).may_help[0] == "leave out the `relu` of `layer_4`"
