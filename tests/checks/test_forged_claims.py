"""Shapes and numbers of weights that a recording claims: none of them earns a point."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import keras
import pytest
from keras import layers

from grader.checks import Evidence, Finding
from grader.domain import Call, Layer, ModelGraph, Status, Tensor
from grader.graph import Rejection, parse
from tests.checks.students import dense, evidence, look, two_branches
from tests.graph.networks import confirmed, read, recorded


def claiming(model: Any, layer: str, shape: list[int | None], weights: int = 0, **changes: Any) -> Evidence:
    """Evidence about a model whose recording was forged: what one layer returns, and how many weights it has."""
    config = recorded(model)
    (entry,) = [item for item in config["layers"] if item["name"] == layer]
    for item in config["layers"]:
        item.pop("weights")  # else what follows contradicts the claim
    entry |= {"weights": weights, **changes.pop("entry", {})}
    entry["config"] |= changes
    for node in entry["inbound_nodes"]:
        node["shapes"] = [shape]
    graph = parse(config)
    assert not isinstance(graph, Rejection)
    return replace(evidence(model), graph=confirmed(graph))


def one_head(*, behind: Any) -> Any:
    x = keras.Input((1,))
    return keras.Model(x, behind(dense(3, None, name="wide")(x)))


def unconvincing(finding: Finding) -> bool:
    return finding.status is not Status.PASSED and finding.share < 1


LAMBDA = {"class_name": "Lambda", "module": "keras.layers"}
OWN = {"class_name": "Mine", "module": "student"}
UNREADABLE = {"kernel_initializer": {"module": "student", "class_name": "Mine", "config": {}}}


@pytest.mark.parametrize("entry", [LAMBDA, OWN], ids=["Lambda", "own class"])
@pytest.mark.parametrize("options", [{}, {"shape": [1]}], ids=["width", "shape"])
def test_a_width_of_an_output_that_only_the_submission_knows(entry: dict[str, Any], options: dict[str, Any]) -> None:
    facts = claiming(one_head(behind=layers.ReLU(name="last")), "last", [None, 1], entry=entry)
    assert facts.graph.shape(facts.graph.outputs[0]) == (None, 1)
    assert unconvincing(look("heads", facts, count=1, **options))


def test_a_layer_after_it_decides_the_width_itself() -> None:
    x = keras.Input((1,))
    model = keras.Model(x, dense(1, None)(layers.ReLU(name="odd")(x)))
    assert look("heads", claiming(model, "odd", [None, 5], entry=LAMBDA), count=1).status is Status.PASSED


@pytest.mark.parametrize("claim", [[None, 1], [None, 1, 1, 1, 1], []], ids=str)
def test_a_width_of_a_layer_that_the_grader_knows_better(claim: list[int | None]) -> None:
    """A part of it cannot be read, so that it is not trained; its `units` can."""
    facts = claiming(one_head(behind=lambda x: x), "wide", claim, **UNREADABLE)
    assert facts.graph.untrainable
    assert unconvincing(look("heads", facts, count=1))


@pytest.mark.parametrize("claimed", [0, 5])
def test_a_number_of_weights(claimed: int) -> None:
    """None at all is what it says, and the budget is five: a `Dense(3)` of one number has six."""
    model = one_head(behind=layers.ReLU(name="last"))
    for entry in (LAMBDA, OWN):
        facts = claiming(model, "last", [None, 3], weights=claimed, entry=entry)
        assert unconvincing(look("parameters", facts, most=5))


@pytest.mark.parametrize(
    ("kind", "options"), [("widths", {"units": [3]}), ("heads", {"count": 1, "activation": "linear"})]
)
def test_an_activation_that_reads_no_tensor(kind: str, options: dict[str, Any]) -> None:
    """It says that it is called on a number: the output comes from nothing, and no check breaks."""
    model = one_head(behind=layers.Activation("relu", name="last"))
    parts = (Layer("x", "InputLayer"), Layer("last", "Activation", (("activation", "relu"),)))
    calls = (Call(0, (), (), ((None, 1),)), Call(1, (1.0,), (), ((None, 1),)))
    graph = ModelGraph("forged", "Functional", parts, calls, (Tensor(0),), (Tensor(1),))
    facts = replace(evidence(model, reference=read(model)), graph=graph)
    assert look(kind, facts, **options).status is Status.FAILED


def test_a_dense_layer_without_a_width_is_none() -> None:
    """A forged layer that says no units, or words, breaks no check: the network lacks a layer."""
    facts = evidence(two_branches())
    layers_ = tuple(
        replace(layer, params=(("units", "many"),), untrainable="odd") if layer.name == "left" else layer
        for layer in facts.graph.layers
    )
    odd = replace(facts, graph=replace(facts.graph, layers=layers_))
    assert look("widths", odd, units=[32, 32, 20]).status is Status.FAILED
