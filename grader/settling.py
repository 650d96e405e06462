"""A grade's last steps: its status with the reasons for it, and the notes that belong to it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from grader.domain import (
    Calibration,
    CheckResult,
    DataSpec,
    Execution,
    Failure,
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
from grader.notes import EXPLANATIONS, SENTENCES
from grader.training.drift import differs
from grader.training.trainer import Trainer

SAME_RANGE = 0.1  # the course's points and a student's own are not the very same


def settled(grade: Grade) -> Grade:
    """The grade with its status and the reasons for it, and with what explains an error of the program."""
    grade = replace(grade, results=tuple(explained(result, grade.execution) for result in grade.results))
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


def explained(result: CheckResult, execution: Execution) -> CheckResult:
    """A failed `runs` with the note that tells why as its next step."""
    if result.check.kind != "runs" or result.status is not Status.FAILED or not execution.failures:
        return result
    return replace(result, hint=remedy(execution.failures[0], execution) or result.hint)


def remedy(failure: Failure, execution: Execution) -> str:
    """What a failure's note says to write; empty where none explains it."""
    note = cause(failure, execution)
    return f"{SENTENCES[note.code]} {note.detail}".strip() if note else ""


def cause(failure: Failure, execution: Execution) -> Note | None:
    """A note in the line that failed; or, where a `fit` failed, the last one before it that makes one fail."""
    place = failure.place
    notes = [note for note in execution.notes if stops(note) and note.place.file == place.file]
    here = [note for note in notes if (note.place.cell, note.place.line) == (place.cell, place.line)]
    broken = any(fit.place == place and not fit.finished for model in execution.models for fit in model.fits)
    before = [note for note in notes if stops(note) == "fit" and position(note.place) <= position(place)]
    found = here or (sorted(before, key=lambda note: position(note.place))[-1:] if broken else [])
    return found[0] if found else None


def stops(note: Note) -> str:
    """Where the cause that a note names ends a program, if it does."""
    return EXPLANATIONS[note.code].stops if note.code in EXPLANATIONS else ""


def position(place: Place) -> tuple[int, int]:
    return (place.cell or 0, place.line or 0)


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
    notes = (
        []
        if graph.outputs_ordered or len(graph.outputs) < 2
        else [Note("model-unordered", ", ".join(graph.output_names), Place())]
    )
    if training is not None and differs(calibration, trainer.versions()):
        notes.append(Note("keras-versions", _versions(calibration.versions), Place()))
    return tuple(notes)


def swapped_targets(model: RecordedModel, graph: ModelGraph, data: DataSpec, calibration: Calibration) -> list[Note]:
    """That the last `fit` gave each output another one's numbers, told by their ranges; for outputs in right order.

    A hint and no more: the grader trains with its own data. Where the ranges fit no target well, nothing is said, nor
    of outputs in a dict, which Keras puts into an order of its own.
    """
    fit = model.fits[-1] if model.fits else None
    if fit is None or not graph.outputs_ordered or not calibration.validation:
        return []
    wanted = [(min(values), max(values)) for values in calibration.validation[1:]]
    given = [next((n for n, ends in enumerate(wanted) if _alike(ends, found)), None) for found in fit.ranges]
    if given == list(range(len(wanted))) or {*given} != {*range(len(wanted))} or len(given) != len(wanted):
        return []
    said = ", ".join(f"`{data.targets[number]}`" for number in given if number is not None)
    right = ", ".join(f"`{name}`" for name in data.targets)
    return [Note("targets-swapped", f"`fit` gets {said}, and the outputs are for {right}.", fit.place)]


def _alike(one: tuple[float, float], other: tuple[float, float]) -> bool:
    return all(abs(left - right) < SAME_RANGE for left, right in zip(one, other, strict=True))


def _versions(versions: Mapping[str, str]) -> str:
    return f"calibrated with Keras {versions.get('keras', '?')}, TensorFlow {versions.get('tensorflow', '?')}"
