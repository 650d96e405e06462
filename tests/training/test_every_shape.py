"""Data of every shape, as the second course has them: graded and pictured."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import pytest

from grader.assignments.course import Course, load_course
from grader.domain import CheckResult, Status
from grader.grading.grade import Graded
from grader.pipeline import grade_submission
from grader.runs.folder import page
from grader.runs.options import RunOptions
from grader.runs.workers import Worker
from grader.submissions import discover
from grader.training.calibration.decoys import decoys
from grader.training.engine.build import build
from grader.training.trainer import Trainer
from tests.conftest import Supervisors
from tests.training.networks import COURSE, example, recipe

pytestmark = pytest.mark.long

OPTIONS = RunOptions(isolation="none")
FEW = ("words_and_numbers", "shared_autoencoder")
MANY = (*FEW, *(pytest.param(name, marks=pytest.mark.slow) for name in ("three_widths", "small_images")))
WRONG = {  # what is replaced, by what, and what the message says
    "three_widths": ('activation="tanh"', "activation=None", "the network can draw only a straight line"),
    "words_and_numbers": ("concatenate([words, numbers])", "concatenate([words, words])", "input `numbers`"),
    "small_images": ('Conv2D(8, 3, padding="same", activation="relu"', "Conv2D(1, 1", "accuracy"),
    "shared_autoencoder": ("layers.Dense(16)(x)", 'layers.Dense(16, activation="sigmoid")(x)', "in none of 5 runs"),
}
PICTURES = {
    "three_widths": ("validation MSE at most 0.12 and 0.12", "Prediction against target"),
    "words_and_numbers": ("validation accuracy at least 0.9 and cross-entropy at most 0.5", "Confusion matrix"),
    "small_images": ("validation accuracy at least 0.9", "Confusion matrix"),
    "shared_autoencoder": ("validation MSE at most 0.03 and 0.03", "Prediction against target"),
}


@dataclass(frozen=True)
class Exercise:
    """One of the course's, and how a changed reference is graded for it."""

    name: str
    course: Course
    grade: Callable[[str, str], Graded]


@pytest.fixture(scope="module", params=MANY)
def exercise(
    request: pytest.FixtureRequest, trainer: Trainer, supervisors: Supervisors, tmp_path_factory: pytest.TempPathFactory
) -> Exercise:
    name = request.param
    course, path = load_course([name], COURSE), tmp_path_factory.mktemp(name) / "work.py"
    reference = COURSE.reference(name).read_text(encoding="utf-8")

    def grade(old: str, new: str) -> Graded:
        assert old in reference
        path.write_text(f"{reference.replace(old, new)}\nmodel = build_model()\n", encoding="utf-8")
        (submission,) = discover(path, of_one=True)
        return grade_submission(submission, course, OPTIONS, Worker(supervisors("none"), trainer))

    return Exercise(name, course, grade)


def learns(graded: Graded) -> CheckResult:
    (grade,) = graded.grades
    return next(result for result in grade.results if result.check.kind == "learns")


def test_the_reference_passes_and_is_pictured(exercise: Exercise) -> None:
    """Every head reaches its threshold, worded in its direction, and the page shows what it predicts."""
    graded = exercise.grade("", "")
    result, (grade,) = learns(graded), graded.grades
    expected, picture = PICTURES[exercise.name]
    assert (result.status, result.expected) == (Status.PASSED, expected), result.message
    assert grade.training
    assert len(grade.training.runs[0].predictions[0]) <= 1200
    assert f"<title>{picture}</title>" in page(graded, exercise.course, {"started": "", "versions": {}}, {})


def test_a_network_that_lacks_something_fails(exercise: Exercise) -> None:
    old, new, words = WRONG[exercise.name]
    result = learns(exercise.grade(old, new))
    assert result.status is Status.FAILED
    assert words.lower() in result.message.lower()


def test_decoys_of_every_shape_can_be_built(exercise: Exercise) -> None:
    (assignment,) = exercise.course.assignments
    graph, data = example(exercise.name)
    assert all(build(decoy.graph, 1).count_params() > 0 for decoy in decoys(graph, assignment.recipe, data.inputs))


def test_what_does_not_fit_the_data_is_told(trainer: Trainer) -> None:
    graph, spec = example("words_and_numbers")
    how = recipe("binary_crossentropy", "sparse_categorical_crossentropy")
    assert trainer.unsuitable(graph, spec, how) == ""
    few = replace(graph, layers=tuple(
        replace(layer, params=tuple((key, 9 if key == "input_dim" else value) for key, value in layer.params))
        for layer in graph.layers
    ))  # fmt: skip
    assert "has `input_dim=9`, but its data go up to index 19" in trainer.unsuitable(few, spec, how)
    swapped = replace(graph, inputs=graph.inputs[::-1])
    assert (
        trainer.unsuitable(swapped, spec, how) == "input 1 of the network has shape (2,), but its data have shape (6,)"
    )
