"""What authors of assignments do: calibrate from references, and validate that references get full marks."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from grader.assignments import assignments_root, load_assignments
from grader.course import load_course
from grader.domain import Assignment, Execution, ModelGraph, Outcome, Submission
from grader.errors import InvalidAssignment, UsageError
from grader.execution import execute
from grader.grading import grade_execution
from grader.graph import Rejection, parse
from grader.submissions import discover
from grader.training.calibrate import BASELINE, calibrate
from grader.training.files import save_calibration
from grader.training.memo import Memo, default_folder
from grader.training.trainer import Trainer

_CASE = """
import runpy
build = runpy.run_path({path!r})["build_model"]
model = build(**{arguments!r})
"""


def reference_path(assignment: Assignment) -> Path:
    """The reference solution of an assignment, which only a checkout has."""
    path = assignments_root().parent / "reference_solutions" / f"{assignment.id}.py"
    if not path.is_file():
        raise UsageError(f"there is no reference solution {path}; references are not part of an installation")
    return path


def calibrate_assignments(ids: Sequence[str], console: Any, say: Callable[[str], None]) -> None:
    """Calibrate each assignment on all cores, write its calibration.json, and print what was found."""
    from grader.authoring_tables import print_calibrations

    found = {}
    with ExitStack() as stack:
        memo = Memo(default_folder())
        trainers = [stack.enter_context(Trainer(memo)) for _ in range(os.cpu_count() or 1)]
        for assignment in load_assignments(ids):
            cases = reference_cases(assignment)
            found[assignment.id] = calibrate(assignment, cases, trainers, say)
            save_calibration(found[assignment.id], assignment.folder / "calibration.json")
    print_calibrations(console, found)


def reference_cases(assignment: Assignment) -> list[tuple[str, ModelGraph]]:
    """The reference's network in every case that the spec names; for `beats` also the baseline's."""
    path = reference_path(assignment)
    cases = [("", build_reference(path, {}))]
    for arguments in assignment.cases:
        if arguments:
            name = ", ".join(f"{key}={value}" for key, value in arguments.items())
            cases.append((name, build_reference(path, arguments)))
    if any(check.options.get("mode") == "beats" for check in assignment.checks):
        cases.append((BASELINE, build_reference(path.with_name("two_outputs.py"), {})))
    return cases


def build_reference(path: Path, arguments: Mapping[str, Any]) -> ModelGraph:
    """The graph that a reference's `build_model` returns; read by the same way as any submission's."""
    import tempfile

    with tempfile.TemporaryDirectory(prefix="grader-") as folder:
        entry = Path(folder) / "reference.py"
        entry.write_text(_CASE.format(path=str(path), arguments=dict(arguments)), encoding="utf-8")
        (submission,) = discover(entry)
        execution = _run(submission)
    if execution.outcome is not Outcome.OK or not execution.models:
        what = execution.failures[0].message if execution.failures else execution.message
        raise InvalidAssignment(f"{path}: build_model({dict(arguments)}) does not return a model: {what}")
    graph = parse(execution.models[-1].config or {})
    if isinstance(graph, Rejection):
        raise InvalidAssignment(f"{path}: {graph.reason}")
    if graph.untrainable:
        raise InvalidAssignment(f"{path}: {graph.untrainable[0]}")
    return graph


def _run(submission: Submission) -> Execution:
    from grader.domain import Limits

    return execute(submission, functions=(), marks=(), limits=Limits())


def validate_assignments(ids: Sequence[str], console: Any, isolation: str) -> bool:
    """Grade each reference by its own rubric, and print what it loses; whether all got full marks."""
    from grader.authoring_tables import print_validation

    rows = []
    with Trainer(Memo(default_folder())) as trainer:
        for assignment in load_assignments(ids):
            course = load_course([assignment.id])
            (submission,) = discover(reference_path(assignment))
            execution = execute(
                submission,
                functions=course.functions,
                marks=(assignment.id,),
                limits=assignment.limits,
                isolation=isolation,
            )
            (grade,) = grade_execution(submission, execution, course, trainer).grades
            rows.append(grade)
    print_validation(console, rows)
    return all(grade.score == grade.max_score and not grade.reasons for grade in rows)
