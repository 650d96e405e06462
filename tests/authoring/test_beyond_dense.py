"""Mutants of networks beyond Dense: each can be built, and is another network than the reference."""

from __future__ import annotations

from pathlib import Path

import pytest

from grader.assignments.folder import CourseFolder
from grader.authoring.mutants import mutants
from grader.authoring.validate import validate
from grader.graph import align
from grader.graph.edits import unshaped
from grader.graph.source import program
from tests.authoring.other_networks import EXAMPLES, course_of
from tests.graph.networks import all_confirmed, built, confirmed

SUBJECTS = {
    "sequence": {"width", "head activation", "layer class", "layer setting", "depth", "dropout", "initializer"},
    "normalisation": {"layer order", "regularisation", "activation", "layer count"},
    "nested": {"sharing", "width", "merge", "wiring"},
    "several": {"input shape", "output order", "head width"},
}  # fmt: skip


@pytest.mark.parametrize("name", EXAMPLES)
def test_each_kind_of_layer_has_its_mistakes_and_all_can_be_built(name: str, tmp_path: Path) -> None:
    """Shapes follow from the layers, and Keras counts weights as we do: the trainer would refuse another number."""
    course = course_of(name, tmp_path)
    (assignment,) = course.assignments
    graph = course.calibrations[name].reference
    assert graph is not None
    assert confirmed(unshaped(graph)) == graph
    assert align(built(program(graph, None)), graph, {}, assignment.data.inputs) is not None
    mistakes = mutants(
        assignment, graph, all_confirmed if name == "several" else list
    )  # Keras describes some of them below
    assert len(mistakes) >= 25
    assert SUBJECTS[name] <= {mutant.subject for mutant in mistakes}
    # An image and words are fed by their places: their shapes tell them apart, so that turning them is no mistake.
    assert name != "several" or "input order" not in {mutant.subject for mutant in mistakes}
    for mutant in mistakes[::7]:
        described = confirmed(unshaped(mutant.graph))
        if mutant.graph is not graph and not described.untrainable:
            rebuilt = built(program(described, mutant.compiled))
            assert (rebuilt.untrainable, rebuilt.parameters) == ((), described.parameters), mutant.words


@pytest.mark.long
@pytest.mark.parametrize("name", [pytest.param("sequence", marks=pytest.mark.slow), "nested"])
def test_their_rubrics_have_no_gap(name: str, tmp_path: Path) -> None:
    place = CourseFolder(tmp_path, tmp_path, tmp_path)
    validation = validate(course_of(name, tmp_path), place, lambda _: None, every=23)
    assert [f"{gap.tried} {gap.what}" for gap in validation.gaps] == []
    assert validation.is_sound
    assert validation.passed == validation.variants == 1
    assert validation.caught == validation.mutants > 1
