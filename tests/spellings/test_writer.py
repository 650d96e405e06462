"""Programs are written as source that builds the network they are of, by every rule of equality."""

from __future__ import annotations

import pytest

from grader.domain import ModelGraph
from grader.graph import align
from tests.graph.networks import read
from tests.spellings.variants import variants
from tests.spellings.writer import Program, program_of, write

SHARED = program_of("shared_layer")
NESTED = {
    variant.name: variant.program
    for variant in variants(SHARED.assignment, SHARED.graph)
    if variant.rule == "sharing" or "three models" in variant.name or "the whole network" in variant.name
}
NAMES = ("one_input", "three_inputs", "shared_layer", "branching_network", "two_outputs")
REFERENCES = {name: program_of(name) for name in NAMES}


def built(source: str) -> ModelGraph:
    """The network that a program builds, run in this process."""
    namespace: dict[str, object] = {"__name__": "__main__"}
    exec(compile(source, "program", "exec"), namespace)
    model: object = namespace["model"]
    return read(model)


@pytest.mark.parametrize("program", [*REFERENCES.values(), *NESTED.values()], ids=[*REFERENCES, *NESTED])
def test_a_program_builds_the_network_that_it_is_of(program: Program) -> None:
    """Also where a layer is shared between models: in two towers, outside and inside of one, three deep."""
    assert align(built(write(program)), program.graph, {}, program.assignment.data.inputs) is not None


RULES = {
    "as it is", "imports", "inputs", "activation", "head", "initializer", "merge", "operands", "sharing", "statements",
    "names", "ends", "input order", "optimizer", "loss", "loss_weights", "metrics", "layout", "fit", "identity layer",
    "nested model", "nested merge", "dead end", "freedom", "everything at once",
}  # fmt: skip


def test_every_rule_of_equality_applies_somewhere() -> None:
    programs = map(program_of, ("shared_layer", "three_inputs", "weighted_losses"))
    assert {one.rule for program in programs for one in variants(program.assignment, program.graph)} == RULES
