"""Variants are equal networks in other words, wherever a rule of equality applies."""

from __future__ import annotations

from collections import Counter

from tests.spellings.program import program_of
from tests.spellings.variants import variants
from tests.spellings.writer import write

RULES = {
    "as it is", "imports", "inputs", "activation", "head", "initializer", "merge", "operands", "sharing", "statements",
    "names", "ends", "input_order", "optimizer", "loss", "loss_weights", "metrics", "layout", "fit", "identity layer",
    "nested model", "nested merge", "dead end", "freedom", "everything at once", "surroundings",
}  # fmt: skip


def test_every_rule_of_equality_applies_somewhere() -> None:
    """Over three references, no rule stays untried."""
    names = ("shared_layer", "three_inputs", "weighted_losses")
    found = Counter(
        variant.rule for program in map(program_of, names) for variant in variants(program.assignment, program.graph)
    )
    assert set(found) == RULES


def test_variants_differ_in_their_text() -> None:
    """A rule that changes nothing is not counted."""
    program = program_of("two_inputs")
    texts = [write(variant.program) for variant in variants(program.assignment, program.graph)]
    assert len(set(texts)) == len(texts) > 100


def test_freedoms_are_tried_at_their_ends() -> None:
    """The third branch of `three_inputs` may have from 1 to 256 units and any activation."""
    program = program_of("three_inputs")
    free = {variant.name for variant in variants(program.assignment, program.graph) if variant.rule == "freedom"}
    assert {"`third` with 1 units", "`third` with 256 units", "`third` with activation tanh"} <= free


def test_surroundings_stand_before_a_network_that_is_as_it_was() -> None:
    """A screen, a person, a package and a log that are not there: what is built is the reference."""
    program = program_of("one_input")
    found = [one for one in variants(program.assignment, program.graph) if one.rule == "surroundings"]
    assert len(found) == 4
    assert all(one.program.graph is program.graph for one in found)
    texts = [write(one.program) for one in found]
    assert [text.startswith("import keras") for text in texts] == [False, False, False, True]
    assert "callbacks=[keras.callbacks.TensorBoard(" in texts[-1]
