"""What a calibration is made of: references that stay the same, a baseline, and a rubric that the reference passes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from grader.assignments.calibration import load_calibration, save_calibration, source_digest
from grader.assignments.course import load_course
from grader.assignments.folder import CourseFolder, read_course
from grader.assignments.spec import load_assignments
from grader.authoring.lint import refuse_own_rubric, starter_findings
from grader.authoring.references import reference_cases, reference_files
from grader.authoring.validate import has_full
from grader.domain import Assignment, Execution, Failure, Grade, Location, ModelMatch, Outcome, Submission
from grader.errors import InvalidAssignment
from grader.graph import differences
from grader.pipeline import grade_submission
from grader.runs.folder import page
from grader.runs.options import RunOptions
from grader.runs.workers import Worker
from grader.submissions import discover
from grader.training.calibration.calibrate import calibrate
from tests.conftest import Authors

SPEC = """title = "A small network"
[data]
inputs = ["x"]
targets = ["sin"]
[training]
optimizer = "rmsprop"
loss = ["mse"]
epochs = 10
batch_size = 32
[[checks]]
kind = "widths"
points = 1
units = [UNITS]
"""
LEARNS = '[[checks]]\nkind = "learns"\npoints = 1\nthreshold = [0.01]\n'
REFERENCE = """import pathlib
from keras import Input, Model, layers
def build_model():
    x = Input((1,))
    model = Model(x, layers.Dense(1)(layers.Dense(UNITS, "tanh")(x)))
    model.compile("rmsprop", "mse")
    return model
"""


COUNTS = (
    "(lambda path: path.write_text(path.read_text() + 'x' if path.exists() else 'x'))"
    "(pathlib.Path(__file__).with_suffix('.calls'))"
)
"""A width that grows with each call: how many characters were written."""


def written(folder: Path, units: str = "8", spec: str = "", asked: str = "8") -> tuple[Assignment, CourseFolder]:
    """An assignment of its own, with a reference next to it, and the course of both."""
    own = folder / "assignments" / "small"
    own.mkdir(parents=True)
    (folder / "reference_solutions").mkdir()
    (folder / "reference_solutions" / "small.py").write_text(REFERENCE.replace("UNITS", units))
    (own / "assignment.toml").write_text(SPEC.replace("UNITS", asked) + spec)
    course = read_course(folder)
    return load_assignments(["small"], course)[0], course


@pytest.fixture
def here(authors: Authors) -> Iterator[Worker]:
    with authors.code() as code, authors.trainer() as trainer:
        yield Worker(code, trainer)


@pytest.mark.long
def test_a_reference_that_is_another_each_time_is_refused(tmp_path: Path, here: Worker) -> None:
    """It is built twice, and what a calibration says holds for one network only."""
    with pytest.raises(InvalidAssignment, match=r"small\.py: build_model.* a different network each time"):
        reference_cases(*written(tmp_path, COUNTS), here.supervisor)


@pytest.mark.long
def test_a_reference_that_returns_a_dict_equals_itself(tmp_path: Path, here: Worker) -> None:
    """Its outputs are in the order of the targets, whatever the order in which Keras lists them."""
    assignment, course = written(tmp_path)
    data = replace(assignment.data, targets=("sin", "exp"))
    path = tmp_path / "reference_solutions" / "small.py"
    layer = 'layers.Dense(1)(layers.Dense(8, "tanh")(x))'
    path.write_text(path.read_text().replace(layer, "{name: layers.Dense(1, name=name)(x) for name in ('exp', 'sin')}"))
    ((_, graph),) = reference_cases(replace(assignment, data=data), course, here.supervisor)
    assert graph.output_names == ("sin", "exp")
    assert differences(replace(graph, outputs_ordered=False), graph, ("x",)) == ()


def test_beats_needs_a_baseline(tmp_path: Path) -> None:
    """The reference of another assignment, or a file of its own next to it."""
    assignment, course = written(tmp_path, spec=LEARNS + 'mode = "beats"\n')
    (tmp_path / "reference_solutions" / "narrow.py").write_text(REFERENCE)

    def files(baseline: str) -> list[str]:
        check = replace(assignment.checks[-1], options={**assignment.checks[-1].options, "baseline": baseline})
        return [path.name for path in reference_files(replace(assignment, checks=(check,)), course)]

    with pytest.raises(InvalidAssignment, match="`beats` needs `baseline`"):
        reference_files(assignment, course)
    assert files("narrow") == files("narrow.py") == ["small.py", "narrow.py"]
    for name in ("wide", "../assignments/small/assignment"):
        with pytest.raises(InvalidAssignment, match="there is no file"):
            files(name)


@pytest.mark.long
def test_a_rubric_without_learns_is_graded(tmp_path: Path, here: Worker) -> None:
    """The calibration holds the reference and trains nothing; when the reference changes, it no longer counts."""
    assignment, folder = written(tmp_path)
    (path,) = reference_files(assignment, folder)
    cases = reference_cases(assignment, folder, here.supervisor)
    refuse_own_rubric(assignment, cases, path, here)
    sources = {"reference_solutions/small.py": source_digest(path)}
    calibration = calibrate(assignment, cases, here.trainer, lambda _: None, sources=sources)
    save_calibration(calibration, assignment.folder / "calibration.json")
    course = load_course(["small"], folder)
    (submission,) = discover(path, of_one=True)
    graded = grade_submission(submission, course, RunOptions(isolation="none"), here)
    (grade,) = graded.grades
    assert (grade.score, grade.max_score, grade.training) == (1, 1, None)
    assert "How it learned" not in page(graded, course, {"started": "", "versions": {}}, {})
    path.write_text(path.read_text().replace("tanh", "relu"))
    with pytest.raises(InvalidAssignment, match=r"small\.py has changed since this calibration"):
        load_course(["small"], folder)


@pytest.mark.long
def test_a_reference_that_its_rubric_refuses_is_told_before_any_training(tmp_path: Path, here: Worker) -> None:
    assignment, course = written(tmp_path, spec=LEARNS, asked="9")
    (path,), cases = reference_files(assignment, course), reference_cases(assignment, course, here.supervisor)
    with pytest.raises(InvalidAssignment, match=r"loses points under its own rubric(.|\n)*`widths`"):
        refuse_own_rubric(assignment, cases, path, here)


def test_a_quick_look_does_not_replace_a_full_calibration() -> None:
    """Unless what it was made of has changed."""
    (assignment,) = load_assignments(["one_input"])
    calibration = load_calibration(assignment.folder / "calibration.json")
    assert has_full(assignment, replace(calibration, quick=True))
    assert not has_full(assignment, replace(calibration, quick=True, digest="other"))
    assert not has_full(assignment, replace(calibration, quick=True, sources={"one_input.py": "other"}))
    assert not has_full(replace(assignment, folder=assignment.folder / "nowhere"), calibration)


def test_a_starter_that_stops_is_reported_where_it_stops(tmp_path: Path) -> None:
    """Students would begin with an error that is not theirs."""
    starter = tmp_path / "starter.py"
    failure = Failure("NameError", "name 'model' is not defined", Location(line=26, file="starter.py"))
    submission = Submission("starter", "starter", starter, None, "0")
    execution = Execution(Outcome.ERROR, 1.0, "none", failures=(failure,))
    (finding,) = starter_findings(starter, Grade(submission, None, execution, ModelMatch("no_model")))
    assert (finding.key, finding.severity) == ("line 26", "warning")
    assert "raises an error: NameError: name 'model' is not defined." in str(finding)
