"""Programs are written as source that builds the network they are of."""

from __future__ import annotations

from dataclasses import replace

import pytest

from grader.domain import ModelGraph
from grader.graph import Rejection, align, parse
from grader.graph.source import UnwritableError
from tests.graph.networks import recorded
from tests.spellings.program import CHOICES, Style, program_of, random_style
from tests.spellings.variants import Variant, variants
from tests.spellings.writer import sections, write


def built(source: str) -> ModelGraph:
    """The network that a program builds, run in this process."""
    namespace: dict[str, object] = {"__name__": "__main__"}
    exec(compile(source, "program", "exec"), namespace)
    model: object = namespace["model"]
    graph = parse(recorded(model))
    assert not isinstance(graph, Rejection)
    return graph


@pytest.mark.parametrize("name", ["one_input", "three_inputs", "shared_layer", "branching_network", "two_outputs"])
def test_a_reference_written_down_builds_itself(name: str) -> None:
    """Widths, activations, merges, sharing and outputs survive the way through source code."""
    program = program_of(name)
    assert align(built(write(program)), program.graph, {}, program.assignment.data.inputs) is not None


def test_a_style_has_a_choice_for_every_part() -> None:
    """What the table of choices knows, a style holds, and the usual choice comes first."""
    usual = Style()
    assert {part: getattr(usual, part) for part in CHOICES} == {part: choices[0] for part, choices in CHOICES.items()}


def test_a_shared_layer_is_written_once() -> None:
    text = write(program_of("shared_layer"))
    assert text.count("Dense(") == 3
    assert text.count("shared_2(") == 2


NESTED = [
    variant
    for variant in variants(program_of("shared_layer").assignment, program_of("shared_layer").graph)
    if variant.rule == "sharing" or "three models" in variant.name or "the whole network" in variant.name
]


@pytest.mark.parametrize("variant", NESTED, ids=[variant.name for variant in NESTED])
def test_a_layer_may_be_shared_between_models(variant: Variant) -> None:
    """In two towers, outside and inside of one, three deep, and all of it in another model: one and the same layer."""
    program = variant.program
    assert align(built(write(program)), program.graph, {}, program.assignment.data.inputs) is not None


def test_towers_are_written_around_the_layer_that_they_share() -> None:
    """The layer stands once, and a model of its own is around each of its calls."""
    text = write(program_of("shared_layer").styled(sharing="two towers"))
    assert (text.count("Dense("), text.count("keras.Model(tower_")) == (3, 2)


def test_a_random_style_is_reproducible() -> None:
    program = program_of("two_inputs")
    texts = [write(replace(program, style=random_style(seed))) for seed in (3, 3, 4)]
    assert texts[0] == texts[1] != texts[2]


def test_a_branching_network_is_no_sequential_one() -> None:
    """What cannot be said is an error that names the reason, and no wrong program."""
    with pytest.raises(UnwritableError, match="no chain"):
        write(replace(program_of("two_inputs"), form="sequential"))


def test_a_chain_is_written_as_a_sequential_one() -> None:
    program = program_of("one_input")
    assert "keras.Sequential([" in write(replace(program, form="sequential"))


def test_sections_are_the_cells_of_a_notebook() -> None:
    parts = sections(program_of("one_input").styled(fit="column"))
    assert parts[0].startswith("import keras")
    assert "model.fit(" in parts[2]
    assert "Dense(" in parts[1]
