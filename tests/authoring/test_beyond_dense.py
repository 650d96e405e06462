"""Variants and mutants of networks beyond Dense: each builds, variants are equal, mutants are not."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from grader.authoring.mutants import mutants
from grader.authoring.mutations import Mutant
from grader.graph import align
from grader.graph.edits import unshaped
from grader.graph.source import program as canonical_program
from tests.authoring.other_networks import EXAMPLES, course_of, tried
from tests.graph.networks import all_confirmed, confirmed
from tests.spellings.program import Program, reference_program
from tests.spellings.test_writer import built
from tests.spellings.variants import Variant, variants
from tests.spellings.writer import write


@pytest.fixture(scope="module")
def programs(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Program]:
    root = tmp_path_factory.mktemp("courses")
    return {name: _program(name, root) for name in EXAMPLES}


def _program(name: str, root: Path) -> Program:
    course = course_of(name, root)
    (assignment,) = course.assignments
    graph = course.calibrations[name].reference
    assert graph is not None
    return reference_program(assignment, graph)


def mutants_of(program: Program) -> tuple[Mutant, ...]:
    return mutants(program.assignment, program.graph, all_confirmed)


def variants_of(program: Program) -> tuple[Variant, ...]:
    return variants(program.assignment, program.graph)


@pytest.mark.parametrize("name", EXAMPLES)
def test_a_reference_written_down_builds_itself(name: str, programs: dict[str, Program]) -> None:
    """Types of inputs, several arguments, several results, and layers shared between models survive."""
    program = programs[name]
    plain = Program(program.assignment, program.graph, program.compiled)
    assert align(built(write(plain)), program.graph, {}, program.assignment.data.inputs) is not None


@pytest.mark.parametrize("name", EXAMPLES)
def test_shapes_follow_from_the_layers(name: str, programs: dict[str, Program]) -> None:
    """What mutants are filtered by says of a reference what its reading said."""
    graph = programs[name].graph
    assert confirmed(unshaped(graph)) == graph


def test_the_type_of_an_input_is_written_in_every_spelling(programs: dict[str, Program]) -> None:
    """It belongs to the network, and every variant without it would be another one."""
    for variant in variants_of(programs["embedding"]):
        assert 'dtype="int32"' in write(variant.program), variant.name


def test_inputs_are_turned_round_only_where_their_data_are_the_same(programs: dict[str, Program]) -> None:
    """An image and words are fed by their places; as a mistake it is none, since their shapes tell them apart."""
    program = programs["several"]
    turned = program.styled(input_order="reversed")
    assert write(turned) == write(program)
    assert not any(mutant.subject == "input order" for mutant in mutants_of(program))


def test_operands_are_turned_round_only_where_the_order_is_free(programs: dict[str, Program]) -> None:
    """A concatenation before a Dense layer, and a sum; not the query and the value of attention."""
    for name, free in (("nested", True), ("residual", True), ("attention", True)):
        program = programs[name]
        assert (write(program.styled(operands="reversed")) != write(program)) is free


@pytest.mark.parametrize("name", EXAMPLES)
def test_mutants_can_be_built_and_are_other_networks(name: str, programs: dict[str, Program]) -> None:
    """Keras counts their weights as we do, for the trainer would refuse another number."""
    program = programs[name]
    found = mutants_of(program)
    assert len(found) >= 25
    for mutant in found[::7]:
        if mutant.graph is not program.graph:
            graph = built(write(Program(program.assignment, mutant.graph, None)))
            assert (graph.untrainable, graph.parameters) == ((), mutant.graph.parameters), mutant.words
            assert built(canonical_program(mutant.graph, mutant.compiled)).parameters == graph.parameters


SUBJECTS = {
    "convolutions": {"width", "activation", "layer setting", "layer class", "layer count", "dropout", "initializer"},
    "recurrent": {"width", "layer class", "layer setting", "depth"},
    "embedding": {"width", "head activation"},
    "attention": {"width", "merge", "layer setting", "layer class", "layer count"},
    "normalisation": {"layer order", "regularisation", "activation", "layer count"},
    "residual": {"merge", "activation", "layer class", "initializer"},
    "nested": {"sharing", "width", "merge", "wiring"},
    "several": {"input shape", "output order", "head width"},
}


@pytest.mark.parametrize("name", EXAMPLES)
def test_each_kind_of_layer_has_its_mistakes(name: str, programs: dict[str, Program]) -> None:
    found = Counter(mutant.subject for mutant in mutants_of(programs[name]))
    assert SUBJECTS[name] <= set(found)


@pytest.mark.long
@pytest.mark.parametrize("name", [pytest.param("embedding", marks=pytest.mark.slow), "nested"])
def test_their_rubrics_have_no_gap(name: str) -> None:
    found = tried(name, 23)
    assert [f"{gap.tried} {gap.what}" for gap in found.gaps] == []
    assert found.is_sound
    assert found.passed == found.variants == 1
    assert found.caught == found.mutants > 1
