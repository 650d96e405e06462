"""Mutants have one thing wrong."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import get_args

import keras
import pytest
from keras import layers

from grader.assignments.course import load_course
from grader.assignments.folder import CourseFolder, find_course
from grader.authoring.mutants import mutants, variants
from grader.authoring.mutation_table import Mutant, mutations
from grader.checks import KINDS, freedoms
from grader.domain import Assignment, ModelGraph, Subject
from grader.graph import align
from grader.graph.edits import unshaped
from grader.graph.keras_code import program
from tests.graph.networks import built, confirmed, read
from tests.graph.references import resized


def reference_of(name: str, folder: CourseFolder | None = None) -> tuple[Assignment, ModelGraph]:
    course = load_course([name], folder)
    graph = course.calibrations[name].reference
    assert graph is not None
    return course.assignments[0], graph


def of(name: str, folder: CourseFolder | None = None) -> dict[str, Mutant]:
    """Without a trainer, which would leave out what cannot be built."""
    return {mutant.words: mutant for mutant in mutants(*reference_of(name, folder), lambda graph: graph)}


def test_every_subject_has_an_owner() -> None:
    """Whatever a spec may leave free, some kind of check looks at."""
    assert {subject for kind in KINDS.values() for subject in kind.subjects} == set(get_args(Subject))


def test_no_mutant_is_an_equal_network() -> None:
    assignment, reference = reference_of("three_inputs")
    labels = assignment.data.inputs
    for mutant in mutants(assignment, reference, resized):
        graph = mutant.graph
        same_ends = len(graph.inputs) == len(labels) and len(graph.outputs) == len(reference.outputs)
        if graph is not reference and mutant.subject != "initializer" and same_ends:
            assert align(graph, reference, freedoms(assignment), labels) is None, mutant.words


def test_each_mutant_is_tried_once() -> None:
    texts = [f"{program(mutant.graph, mutant.compiled)} {mutant.flaw}" for mutant in of("branching_network").values()]
    assert len(set(texts)) == len(texts) > 60


def test_what_is_free_is_tried_at_its_ends() -> None:
    """The third branch of `three_inputs` may have from 1 to 256 units and any activation."""
    allowed = {variant.words for variant in variants(*reference_of("three_inputs"))}
    free = {f"`third` with {choice}" for choice in ("1 units", "256 units", "activation tanh")}
    assert {"the reference", *free} <= allowed


def test_no_second_layer_takes_what_the_first_does_not_return() -> None:
    """Words go into an embedding, and no words come out of it."""
    course = find_course(Path(__file__).parents[2] / "examples")
    assert not [name for name in of("words_and_numbers", course) if name.startswith("a second `words`")]


def test_what_the_spec_leaves_free_is_no_mutant() -> None:
    """`one_input` does not grade `compile`; `better_two_outputs` leaves the design to the student."""
    assert "compile" in reference_of("one_input")[0].free
    assert not {"compile", "optimizer", "losses"} & {mutant.subject for mutant in of("one_input").values()}


def sequence() -> ModelGraph:
    x = start = keras.Input((9,), dtype="int32", name="words")
    x = layers.Embedding(50, 6, name="embedding")(x)
    x = layers.Bidirectional(layers.LSTM(7, return_sequences=True), name="both")(x)
    x = layers.Dropout(0.25, name="drop")(layers.GRU(8, name="last")(x))
    return read(keras.Model(start, layers.Dense(1, name="value")(x)))


def normalisation() -> ModelGraph:
    x = start = keras.Input((5,))
    for units in (16, 12):
        x = layers.Dense(units, kernel_regularizer="l2", name=f"dense{units}")(x)
        x = layers.Activation("relu", name=f"relu{units}")(layers.BatchNormalization(name=f"norm{units}")(x))
    return read(keras.Model(start, layers.Dense(1, name="value")(x)))


@pytest.mark.parametrize(
    ("build", "subjects"),
    [
        (sequence, {"width", "head activation", "layer class", "layer setting", "depth", "dropout", "initializer"}),
        (normalisation, {"layer order", "regularisation", "activation", "layer count"}),
    ],
)
def test_layers_of_all_kinds_have_mistakes_that_can_be_built(
    build: Callable[[], ModelGraph], subjects: set[str]
) -> None:
    """Each is another network, of which Keras counts the weights as we do."""
    graph = build()
    assert confirmed(unshaped(graph)) == graph
    mistakes = list(mutations(graph, {}, lambda graph: graph))
    assert subjects <= {mutant.subject for mutant in mistakes}
    for mutant in mistakes[::7]:
        described = confirmed(mutant.graph)
        if not described.untrainable:
            rebuilt = built(program(described, None))
            assert (rebuilt.untrainable, rebuilt.parameters) == ((), described.parameters), mutant.words
