"""The sample submissions: whoever is right gets full marks, and a mistake costs the checks that its first line names."""

from __future__ import annotations

from pathlib import Path

import pytest

from grader.assignments.course import load_course
from grader.domain import GradeStatus, Status
from grader.execution import most_seconds
from grader.grading.grade import Graded, grade_execution
from grader.pipeline import runner
from grader.runs.options import RunOptions
from grader.runs.workers import Processes, Worker
from grader.sandbox import resolve_isolation
from grader.submissions import discover

pytestmark = pytest.mark.long

SUBMISSIONS = Path(__file__).parent / "submissions"
GOOD = sorted((SUBMISSIONS / "good").glob("*/*.*"))
WRONG = sorted((SUBMISSIONS / "wrong").glob("*/*.*"))
REVIEW = sorted((SUBMISSIONS / "review").glob("*/*.*"))
FAILS, REVIEWED, SCORES = "# fails: ", "# review: ", "; scores: "
OPTIONS = RunOptions(isolation=resolve_isolation("auto"))


@pytest.fixture(scope="module")
def here(processes: Processes) -> Worker:
    return Worker(processes.supervisor(load_course(), OPTIONS), processes.trainer(load_course(), OPTIONS))


def graded(path: Path, here: Worker) -> Graded:
    """By the assignment that its folder names, in one run: where its next steps lead is not asked here."""
    (submission,) = discover(path)
    course = load_course([path.parent.name])
    execution = runner(course, OPTIONS, here)(submission, most_seconds(course.limits))
    return grade_execution(submission, execution, course, here.trainer, OPTIONS.seed)


def name_of(path: Path) -> str:
    return f"{path.parent.name}/{path.name}"


@pytest.mark.parametrize("path", GOOD, ids=name_of)
def test_a_right_submission_gets_full_marks(path: Path, here: Worker) -> None:
    (grade,) = graded(path, here).grades
    assert [(result.check.id, result.message) for result in grade.results if result.status is not Status.PASSED] == []
    assert sum(result.score for result in grade.results) == 10


@pytest.mark.parametrize("path", WRONG, ids=name_of)
def test_a_mistake_costs_the_checks_that_own_it(path: Path, here: Worker) -> None:
    first = path.read_text("utf-8").splitlines()[0]
    assert first.startswith(FAILS)
    (grade,) = graded(path, here).grades
    failed = [result for result in grade.results if result.status is Status.FAILED]
    assert [result.check.id for result in failed] == first.removeprefix(FAILS).split(", ")
    assert all(result.message and result.hint for result in failed)


@pytest.mark.parametrize("path", REVIEW, ids=name_of)
def test_what_only_a_person_can_decide_is_for_a_person(path: Path, here: Worker) -> None:
    """For the reason in its first line, with the points of what can be seen; no check says that anything is wrong."""
    reason, score = path.read_text("utf-8").splitlines()[0].removeprefix(REVIEWED).split(SCORES)
    (grade,) = graded(path, here).grades
    assert grade.status is GradeStatus.NEEDS_REVIEW
    assert [text for text in grade.reasons if reason not in text] == []
    assert [result.check.id for result in grade.results if result.status is Status.FAILED] == []
    assert grade.score == int(score)
