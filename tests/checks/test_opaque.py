"""A class may hold layers that nobody sees: what depends on them is for a person, and what does not is decided."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import keras
import pytest
from keras import layers

from grader.checks import Evidence, run_checks
from grader.domain import Check, CheckResult, ModelGraph, ModelMatch, Status
from grader.grading.grade import review_reasons
from grader.graph import align, reaches
from grader.graph.edits import unshaped
from tests.checks.students import compile_call, dense, evidence, two_branches
from tests.graph.networks import confirmed, model_of, read

HIDDEN = {"widths", "merge", "activations", "initializers", "graph", "learns"}


class MyBlock(layers.Layer):
    """Both branches of `two_inputs`, their concatenation and the layer after it."""

    def __init__(self, **more: Any) -> None:
        super().__init__(**more)
        self.left, self.right, self.top = dense(32), dense(20), dense(32)

    def call(self, inputs: Any) -> Any:
        return self.top(layers.concatenate([self.left(inputs[0]), self.right(inputs[1])]))

    def compute_output_shape(self, shapes: Any) -> Any:
        return (*shapes[0][:-1], 32)


class Head(MyBlock):
    """A whole network, output included."""

    def call(self, inputs: Any) -> Any:
        return super().call(inputs)[:, :1]

    def compute_output_shape(self, shapes: Any) -> Any:
        return (*shapes[0][:-1], 1)


class Inner(keras.Model):
    """A subclassed model, used as a layer."""

    def build(self, shape: Any) -> None:
        self.hidden = dense(32)
        self.hidden.build(shape)

    def call(self, inputs: Any) -> Any:
        return self.hidden(inputs)

    def compute_output_shape(self, shape: Any) -> Any:
        return (*shape[:-1], 32)


class Identity(layers.Layer):
    """Called like a layer of Keras that changes nothing."""

    def call(self, inputs: Any) -> Any:
        return -inputs


def in_a_block() -> Any:
    a, b = keras.Input((1,), name="a"), keras.Input((1,), name="b")
    return keras.Model([a, b], dense(1, None, name="head")(MyBlock(name="block")([a, b])))


def given(model: Any, graph: ModelGraph | None = None) -> Evidence:
    graph = graph or read(model)
    facts = replace(evidence(model, reference=read(two_branches()), call=compile_call()), graph=graph)
    return replace(facts, moves=lambda: reaches(graph))  # as for every network that cannot be trained


def graded(model: Any, graph: ModelGraph | None = None) -> dict[str, CheckResult]:
    return {result.check.id: result for result in run_checks(given(model, graph))}


def statuses(results: dict[str, CheckResult], status: Status) -> set[str]:
    return {name for name, result in results.items() if result.status is status}


def test_a_network_in_a_layer_is_for_a_person() -> None:
    """No check says that something is missing; the class is named; what can be seen has its points."""
    results = graded(in_a_block())
    assert statuses(results, Status.FAILED) == set()
    assert statuses(results, Status.SKIPPED) == HIDDEN
    assert statuses(results, Status.PASSED) == {"runs", "inputs", "heads"}
    assert all("`block` is a `MyBlock`" in results[name].message for name in HIDDEN)
    assert sum(results[name].score for name in HIDDEN) == 0
    facts = given(in_a_block())
    (reason,) = review_reasons(tuple(results.values()), ModelMatch("found"), facts.execution)
    assert "the class `MyBlock` of `block`" in reason


@pytest.mark.parametrize(
    ("output", "skipped"),
    [
        (lambda ends, _: Head()(ends), HIDDEN | {"heads"}),  # its width may be right; what squeezes it is inside
        (lambda _, joined: dense(1, None)(Inner()(joined)), HIDDEN),
        (lambda _, joined: dense(1, None)(dense(32)(Identity()(joined))), HIDDEN),
        (lambda _, joined: [dense(1, None)(dense(32)(joined)), Inner()(joined)][0], set()),
    ],
    ids=["an output", "a subclassed model", "called like a layer of Keras", "beside the network"],
)
def test_only_what_leads_to_an_output_through_a_class_is_undecided(output: Any, skipped: set[str]) -> None:
    a, b = keras.Input((1,)), keras.Input((1,))
    model = keras.Model([a, b], output([a, b], layers.concatenate([dense(32)(a), dense(20)(b)])))
    assert statuses(graded(model), Status.SKIPPED) == skipped
    assert (align(read(model), read(two_branches()), {}, ("x", "x")) is None) is bool(skipped)


def test_an_output_of_unknown_width_is_open_too() -> None:
    """Where the recording does not say what a class returns, nobody knows what comes of it."""
    results = graded(in_a_block(), confirmed(unshaped(read(in_a_block()))))
    assert statuses(results, Status.FAILED) == set()
    assert statuses(results, Status.SKIPPED) == HIDDEN | {"heads"}


def test_what_can_be_seen_fails_all_the_same() -> None:
    a, b = keras.Input((1,), name="a"), keras.Input((1,), name="idle")
    results = graded(model_of([a, b], dense(1, "sigmoid", name="head")(Inner()(a))))
    assert statuses(results, Status.FAILED) == {"inputs", "heads"}
    assert results["inputs"].message.startswith("No output depends on `idle`.")
    assert "missing" not in results["inputs"].hint


def test_a_wrapper_around_a_class_is_named_by_the_class() -> None:
    """`TimeDistributed` shows what it holds, but not what that holds."""
    a, b = keras.Input((1,)), keras.Input((1,))
    rows = layers.Reshape((1, 1))(layers.add([a, b]))
    wrapped = layers.TimeDistributed(Inner(), name="rows")(rows)
    facts = given(keras.Model([a, b], dense(1, None)(layers.Flatten()(wrapped))))
    assert facts.opaque is not None
    assert facts.opaque.opaque == "Inner"


def test_a_check_that_waits_for_an_undecided_one_is_undecided_too() -> None:
    """Nothing is to be fixed first: a person looks at both."""
    facts = given(in_a_block())
    second = Check("after", "initializers", "After", 1, requires=("widths",), options={"kernel": "uniform"})
    checks = (*facts.assignment.checks, second)
    results = run_checks(replace(facts, assignment=replace(facts.assignment, checks=checks)))
    assert results[-1].status is Status.SKIPPED
    assert "MyBlock" in results[-1].review
