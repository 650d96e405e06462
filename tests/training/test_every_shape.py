"""Data of every shape, from the spec to the page: calibrated, graded and pictured."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest

from grader.assignments.calibration import save_calibration
from grader.assignments.course import Course, load_course
from grader.assignments.folder import read_course
from grader.assignments.spec import load_assignments
from grader.authoring.references import author_code, reference_cases
from grader.domain import Calibration, Grade, Status
from grader.execution import Supervisor
from grader.grading.grade import Graded
from grader.pipeline import grade_submission
from grader.runs.folder import page
from grader.runs.options import RunOptions
from grader.runs.workers import Worker
from grader.submissions import discover
from grader.training.calibration import calibrate as module
from grader.training.calibration.decoys import decoys
from grader.training.engine.build import build
from grader.training.trainer import Trainer
from tests.training.shapes import EXERCISES, course_of

pytestmark = pytest.mark.long

OPTIONS = RunOptions(isolation="none")


@dataclass(frozen=True)
class Exercise:
    """One of the four, calibrated from few seeds, and how a program is graded for it."""

    course: Course
    calibration: Calibration
    reference: str
    grade: Callable[[str], Graded]


@pytest.fixture(scope="module")
def supervisor() -> Iterator[Supervisor]:
    with author_code() as shared:
        yield shared


@pytest.fixture(scope="module", params=EXERCISES)
def exercise(request: pytest.FixtureRequest, trainer: Trainer, supervisor: Supervisor, tmp_path_factory: pytest.TempPathFactory) -> Exercise:
    name = request.param
    root = read_course(course_of(tmp_path_factory.mktemp(name), name))
    (assignment,) = load_assignments([name], root)
    cases = reference_cases(assignment, root, supervisor)
    for decoy in decoys(cases[0][1], assignment.recipe, assignment.data.inputs):
        assert build(decoy.graph, 1).count_params() > 0
    with pytest.MonkeyPatch.context() as patch:
        # each decoy would have to be compiled
        patch.setattr(module.Study, "decoy", lambda _, decoy, *rest: {"name": decoy.name, "proven": True})
        found = module.calibrate(assignment, cases, [trainer], lambda _: None, 5)
    save_calibration(found, assignment.folder / "calibration.json")
    course = load_course([name], root)
    here, folder = Worker(supervisor, trainer), tmp_path_factory.mktemp("submitted")

    def grade(program: str) -> Graded:
        path = folder / "work.py"
        path.write_text(f"{program}\nmodel = build_model()\n", encoding="utf-8")
        (submission,) = discover(path, of_one=True)
        return grade_submission(submission, course, OPTIONS, here)

    return Exercise(course, found, EXERCISES[name][1], grade)


def learns(graded: Graded) -> tuple[Grade, Status, str, str]:
    (grade,) = graded.grades
    result = next(one for one in grade.results if one.check.kind == "learns")
    return grade, result.status, result.expected, result.message


EXPECTED = {
    "wide": "validation MSE at most 0.07 and 0.07",
    "words": "validation accuracy at least 0.9 and cross-entropy at most 0.5",
    "images": "validation accuracy at least 0.9",
    "codes": "validation MSE at most 0.01",
}
PICTURES = {
    "wide": "Prediction against target",
    "words": "Confusion matrix",
    "images": "Confusion matrix",
    "codes": "Target and predicted images",
}
WRONG = {  # what is replaced, by what, and what the message says
    "wide": ('activation="tanh"', "activation=None", "without `activation=` the network can draw only a straight line"),
    "words": ("layers.concatenate([words, numbers])", "words", "input `numbers`"),
    "images": ('Conv2D(8, 3, padding="same", activation="relu")', "Conv2D(1, 1)", "accuracy"),
    "codes": ("Dense(4,", "Dense(1,", "error stays at"),
}


def test_the_reference_passes_and_is_pictured(exercise: Exercise) -> None:
    """Every head reaches its threshold, worded in its direction, and the page shows what it predicts."""
    graded = exercise.grade(exercise.reference)
    name = exercise.course.assignments[0].id
    grade, status, expected, message = learns(graded)
    assert status is Status.PASSED, message
    assert expected == EXPECTED[name]
    assert grade.training
    assert len(grade.training.runs[0].predictions[0]) <= 1200
    text = page(graded, exercise.course, {"started": "", "versions": {}})
    assert f"<title>{PICTURES[name]}</title>" in text


def test_a_network_that_lacks_something_fails(exercise: Exercise) -> None:
    """With the cause in the words of the head's own measure."""
    name = exercise.course.assignments[0].id
    right, wrong, words = WRONG[name]
    assert right in exercise.reference
    _, status, _, message = learns(exercise.grade(exercise.reference.replace(right, wrong)))
    assert status is Status.FAILED
    assert words.lower() in message.lower()


def test_a_network_of_another_shape_is_told_so(exercise: Exercise) -> None:
    sizes = {"wide": ("(4,)", "(3,)"), "words": ("(2,)", "(5,)"), "images": ("(8, 8, 1)", "(9, 8, 1)"),
             "codes": ("(8, 8), name", "(8, 4, 2), name")}  # fmt: skip
    right, wrong = sizes[exercise.course.assignments[0].id]
    _, status, _, message = learns(exercise.grade(exercise.reference.replace(right, wrong)))
    assert status is Status.SKIPPED
    assert "but its data have shape" in message
