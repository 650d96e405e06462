"""Variants are equal networks in other words, wherever a rule of equality applies."""

from __future__ import annotations

from tests.spellings.variants import variants
from tests.spellings.writer import program_of

RULES = {
    "as it is", "imports", "inputs", "activation", "head", "initializer", "merge", "operands", "sharing", "statements",
    "names", "ends", "input order", "optimizer", "loss", "loss_weights", "metrics", "layout", "fit", "identity layer",
    "nested model", "nested merge", "dead end", "freedom", "everything at once",
}  # fmt: skip


def test_every_rule_of_equality_applies_somewhere() -> None:
    programs = map(program_of, ("shared_layer", "three_inputs", "weighted_losses"))
    assert {one.rule for program in programs for one in variants(program.assignment, program.graph)} == RULES
