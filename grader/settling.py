"""A grade's last steps: its status with the reasons for it, and the notes that belong to it."""

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
    RecordedModel,
    Status,
    Training,
)
from grader.training.drift import differs
from grader.training.trainer import Trainer


def settled(grade: Grade) -> Grade:
    """The grade with its status and the reasons for it."""
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
    packages = dict.fromkeys(note.detail for note in execution.notes if note.code == "missing-package")
    reasons += [f"the package `{package}` is not installed where it was graded" for package in packages]
    return tuple(dict.fromkeys(reasons))


def relevant_notes(notes: Sequence[Note], model: RecordedModel, execution: Execution) -> tuple[Note, ...]:
    """Notes about the model itself or about no model in particular; in a notebook of many, not its neighbours'."""
    own = _cells(model)
    others = {cell for other in execution.models if other.index != model.index for cell in _cells(other)}
    return tuple(note for note in notes if note.place.cell in own or note.place.cell not in others)


def _cells(model: RecordedModel) -> set[int | None]:
    """The cells that a model was built, compiled and fitted in."""
    places = (model.place, *(call.place for call in model.compiles), *(fit.place for fit in model.fits))
    return {place.cell for place in places}


def own_notes(
    graph: ModelGraph, calibration: Calibration, trainer: Trainer, training: Training | None
) -> tuple[Note, ...]:
    notes = [] if graph.outputs_ordered else [Note("model-unordered", ", ".join(graph.output_names), Place())]
    if training is not None and differs(calibration, trainer.versions()):
        notes.append(Note("keras-versions", _versions(calibration.versions), Place()))
    return tuple(notes)


def _versions(versions: Mapping[str, str]) -> str:
    return f"calibrated with Keras {versions.get('keras', '?')}, TensorFlow {versions.get('tensorflow', '?')}"
