"""`trunk`: the layers that all outputs have in common."""

from __future__ import annotations

from typing import Any

import keras

from grader.domain import Status
from tests.checks.students import dense, evidence, look, two_heads
from tests.graph.networks import read


def test_a_trunk_leads_to_every_output() -> None:
    assert Status.PASSED is look("trunk", evidence(two_heads()), units=[20, 20]).status
    assert Status.FAILED is look("trunk", evidence(two_heads()), units=[20]).status


def test_one_tensor_listed_twice_parts_nowhere() -> None:
    """What the outputs share cannot be said while they are one and the same; that is fixed first."""
    x = keras.Input((1,))
    y = dense(1, None)(dense(20)(dense(20)(x)))
    finding = look("trunk", evidence(keras.Model(x, [y, y])), units=[20, 20])
    assert finding.status is Status.SKIPPED
    assert "its own branch first" in finding.message


def test_outputs_that_share_nothing_are_told_what_to_share() -> None:
    """Not which made-up name is called on which other."""
    x = keras.Input((1,))

    def branch(start: Any) -> Any:
        return dense(1, None)(dense(20)(dense(20)(start)))

    trunk = dense(20)(dense(20)(x))
    reference = keras.Model(x, [dense(1, None)(trunk), dense(1, None)(trunk)])
    given = evidence(keras.Model(x, [branch(x), branch(x)]), reference=read(reference), assignment="two_outputs")
    finding = look("trunk", given, units=[20, 20])
    assert finding.status is Status.FAILED
    assert finding.message == "The outputs share no hidden layer; the exercise asks for 2."
    assert finding.hint == "Build the layers of 20 and 20 units once, and start each branch from the last of them."
