"""`widths`: hidden layers as wide as the exercise says, where it says so."""

from __future__ import annotations

from dataclasses import replace

import keras

from grader.domain import Status
from tests.checks.students import about, chain, dense, evidence, look, two_branches, veiled


def test_many_different_steps_are_lines_to_write() -> None:
    parts = [dense(units, name=f"h{units}") for units in range(11, 17)]
    expected = chain(*[dense(units) for units in range(21, 27)], dense(1, None))
    facts = about(chain(*parts, dense(1, None)), expected)
    finding = look("widths", facts, units=list(range(21, 27)))
    assert finding.hint.startswith("Write these lines in place of what makes `h11`, `h12`")
    assert all(f"Dense({units}, " in finding.hint for units in range(21, 27))
    assert finding.message.endswith("Layer `h16`: expected 26 units, found 16.")


def test_a_missing_layer_without_a_width_is_not_why_one_is_missing() -> None:
    """The dropout is missing first; to add it would leave the widths as they are. A hint says no more than the place."""
    expected = chain(keras.layers.Dropout(0.5), dense(9), dense(6), dense(1, None))
    facts = about(chain(dense(9, name="h"), dense(1, None)), expected)
    assert "Dropout" in facts.differences[0].message
    for kind, options in (("widths", {"units": [9, 6]}), ("layers", {"of": "Dense", "at_least": 3})):
        finding = look(kind, facts, **options)
        assert finding.message.startswith("`Dense(6, activation='sigmoid')` is missing between ")
        hint = look(kind, veiled(facts), **options)
        assert hint.message == "Look at `h`: what follows it does not match the task."
        assert hint.hint == "Compare it with the task."
        assert all(not difference.expected and not difference.expected_layers for difference in hint.differences)


def test_a_dense_layer_without_a_width_is_none() -> None:
    """A forged layer that says no units, or words, breaks no check: the network lacks a layer."""
    facts = evidence(two_branches())
    layers_ = tuple(
        replace(layer, params=(("units", "many"),), untrainable="odd") if layer.name == "left" else layer
        for layer in facts.graph.layers
    )
    odd = replace(facts, graph=replace(facts.graph, layers=layers_))
    assert look("widths", odd, units=[32, 32, 20]).status is Status.FAILED
