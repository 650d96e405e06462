"""A grade's last steps: its status with the reasons for it, and what explains an error of the program."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from grader.domain import (
    Calibration,
    CheckResult,
    Execution,
    Grade,
    GradeStatus,
    ModelGraph,
    ModelMatch,
    Note,
    Place,
    Status,
    Training,
)
from grader.hints import cause, contradicted, costs, remedy
from grader.training.drift import differs
from grader.training.trainer import Trainer


def settled(grade: Grade) -> Grade:
    """The grade with its status and the reasons for it, and with what explains an error of the program."""
    results = tuple(explained(result, grade.execution, grade.results) for result in grade.results)
    notes = (replace(note, costs=costs(note, results, grade.execution)) for note in grade.notes)
    grade = replace(grade, results=results, notes=tuple(note for note in notes if not contradicted(note, results)))
    reasons = review_reasons(grade.results, grade.match, grade.execution)
    status = GradeStatus.NEEDS_REVIEW if reasons else GradeStatus.GRADED
    return replace(grade, reasons=reasons, status=status)


def review_reasons(results: Sequence[CheckResult], found: ModelMatch, execution: Execution) -> tuple[str, ...]:
    """Why a person must look at a grade; empty where none must."""
    reasons = [result.review for result in results if result.review]
    reasons += [
        f"check `{result.check.id}` errored"
        for result in results
        if result.status is Status.ERRORED and not result.review
    ]
    if found.review:
        reasons.append(found.review)
    if execution.undecided:
        reasons.append(execution.undecided)
    packages = dict.fromkeys(note.detail for note in execution.notes if note.code == "missing-package")
    reasons += [f"the package `{package}` is not installed where it was graded" for package in packages]
    return tuple(dict.fromkeys(reasons))


def explained(result: CheckResult, execution: Execution, results: Sequence[CheckResult]) -> CheckResult:
    """A failed `runs` with the note that tells why as its next step; or, where it gives way, the step before that."""
    if result.check.kind != "runs" or result.status is not Status.FAILED or not execution.failures:
        return result
    note = cause(execution.failures[0], execution)
    if note is not None and contradicted(note, results):
        first = next(one for one in results if one.differences)
        return replace(result, hint=f"The network is not yet the task's, and the data fit no other: {first.hint}")
    return replace(result, hint=remedy(execution.failures[0], execution) or result.hint)


def own_notes(
    graph: ModelGraph, calibration: Calibration, trainer: Trainer, training: Training | None
) -> tuple[Note, ...]:
    notes = (
        []
        if graph.outputs_ordered or len(graph.outputs) < 2
        else [Note("model-unordered", ", ".join(graph.output_names), Place())]
    )
    if training is not None and differs(calibration, trainer.versions()):
        notes.append(Note("keras-versions", _versions(calibration.versions), Place()))
    return tuple(notes)


def _versions(versions: Mapping[str, str]) -> str:
    return f"calibrated with Keras {versions.get('keras', '?')}, TensorFlow {versions.get('tensorflow', '?')}"
