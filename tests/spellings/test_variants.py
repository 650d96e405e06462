"""Variants are equal networks in other words, wherever a rule of equality applies."""

from __future__ import annotations

from collections import Counter

from tests.spellings.program import program_of
from tests.spellings.variants import variants
from tests.spellings.writer import write

RULES = {
    "as it is", "imports", "inputs", "activation", "head", "initializer", "merge", "operands", "sharing", "statements",
    "names", "ends", "input_order", "optimizer", "loss", "loss_weights", "metrics", "layout", "fit", "identity layer",
    "nested model", "nested merge", "dead end", "freedom", "everything at once",
}  # fmt: skip


def test_every_rule_of_equality_applies_somewhere() -> None:
    names = ("shared_layer", "three_inputs", "weighted_losses")
    found = Counter(
        variant.rule for program in map(program_of, names) for variant in variants(program.assignment, program.graph)
    )
    assert set(found) == RULES


def test_variants_differ_in_their_text() -> None:
    program = program_of("two_inputs")
    texts = [write(variant.program) for variant in variants(program.assignment, program.graph)]
    assert len(set(texts)) == len(texts) > 100


def test_freedoms_are_tried_at_their_ends() -> None:
    """The third branch of `three_inputs` may have from 1 to 256 units and any activation."""
    program = program_of("three_inputs")
    free = {variant.name for variant in variants(program.assignment, program.graph) if variant.rule == "freedom"}
    assert {"`third` with 1 units", "`third` with 256 units", "`third` with activation tanh"} <= free
