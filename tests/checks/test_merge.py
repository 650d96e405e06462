"""`merge`: which branches are joined, how, and to what width."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import keras
from keras import layers

from grader.checks import Finding
from grader.domain import Status
from tests.checks.students import about, beside_reference, dense, evidence, look, two_branches
from tests.graph.networks import model_of


def test_a_merge_of_tensors_of_unknown_shape_fails() -> None:
    facts = evidence(two_branches())
    calls = tuple(replace(call, shapes=()) for call in facts.graph.calls)
    unknown = replace(facts, graph=replace(facts.graph, calls=calls))
    finding = look("merge", unknown, node="Concatenate", joins=2, widths=[32, 20])
    assert finding.status is Status.FAILED


def test_a_merge_of_something_else_than_the_branch_fails() -> None:
    """A wrong width of one branch forgives nothing about the other, which is not joined at all."""
    a, b = keras.Input((1,)), keras.Input((1,))
    joined = layers.concatenate([dense(33, name="left")(a), b])
    facts = beside_reference(keras.Model([a, b], dense(1, None)(dense(32, name="top")(joined))))
    assert look("merge", facts, joins=2, width=52).status is Status.FAILED


def test_every_width_wrong_still_joins_the_branches() -> None:
    assert look("merge", beside_reference(two_branches(left=31, right=21)), joins=2, width=52).status is Status.PASSED


def words_and_numbers(dimensions: int = 8, numbers: int = 2, pooled: bool = True) -> Any:
    text, more = keras.Input((6,), dtype="int32", name="text"), keras.Input((numbers,), name="numbers")
    words = layers.Embedding(20, dimensions, name="words")(text)
    mean = layers.GlobalAveragePooling1D(name="mean")(words)
    merged = layers.concatenate([mean, more] if pooled else [mean, mean])
    return model_of([text, more], dense(1, None)(dense(32)(merged)))


def test_the_width_of_a_branch_may_be_decided_before_the_layer_that_is_joined() -> None:
    """By an embedding that is pooled, or by the data; what is joined is the same."""
    for model in (words_and_numbers(9), words_and_numbers(numbers=3)):
        facts = about(model, words_and_numbers(), "two_inputs")
        assert look("merge", facts, joins=2, width=10).status is Status.PASSED
    facts = about(words_and_numbers(pooled=False), words_and_numbers(), "two_inputs")
    assert look("merge", facts, joins=2, width=10).status is Status.FAILED


def joining(joined: Callable[[list[Any]], list[Any]]) -> Finding:
    """What is said of a model that joins what is chosen of its three branches."""

    def model(chosen: Callable[[list[Any]], list[Any]]) -> Any:
        inputs = [keras.Input((1,), name=name) for name in "abc"]
        names = zip((32, 20, 8), ("left", "middle", "third"), inputs, strict=True)
        branches = [dense(units, name=name)(source) for units, name, source in names]
        top = dense(32, name="top")(layers.concatenate(chosen(branches), name="joined"))
        return model_of(inputs, dense(1, None, name="head")(top))

    facts = about(model(joined), model(lambda branches: branches), "three_inputs")
    return look("merge", facts, joins=3, widths=[32, 20])


def shares(chosen: Callable[[list[Any]], list[Any]]) -> tuple[Status, float]:
    finding = joining(chosen)
    return finding.status, finding.share


def test_a_branch_counts_once() -> None:
    """Joining one twice in place of another is worth what joining two is; an activation makes it no other branch."""
    two = shares(lambda branches: branches[:2])
    assert two == (Status.FAILED, 2 / 3)
    assert shares(lambda branches: [branches[0], branches[1], branches[1]]) == two
    assert shares(lambda branches: [branches[0], branches[2], branches[2]]) == two
    assert shares(lambda branches: [branches[0], branches[1], keras.ops.tanh(branches[1])]) == two
    assert shares(lambda branches: [branches[0], branches[0], branches[0]]) == (Status.FAILED, 1 / 3)
    # Which a runner cuts to all but a point.
    assert shares(lambda branches: [*branches, branches[2]]) == (Status.FAILED, 1.0)
    assert shares(lambda branches: branches)[0] is Status.PASSED


def test_a_branch_that_is_joined_twice_gives_way_to_the_one_that_is_not() -> None:
    finding = joining(lambda branches: [branches[0], branches[1], branches[1]])
    assert finding.hint.endswith(" joined = Concatenate()([left, middle, net1])")
    assert "(2 branches)" in finding.actual
