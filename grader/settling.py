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
from grader.hints import EXPLANATIONS, SENTENCES
from grader.training.drift import differs
from grader.training.trainer import Trainer

_FIT_THE_DATA = frozenset({"target-shape-broadcast", "arrays-for-inputs", "arrays-for-outputs", "input-shape"})
SAME_RANGE = 0.1  # the course's points and a student's own are not the very same


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


def costs(note: Note, results: Sequence[CheckResult], execution: Execution) -> bool:
    """Whether a check lost points for what a note is about, which is then no mere remark."""
    lost = {one.check.kind for one in results if one.status is Status.FAILED and one.check.points}
    about = EXPLANATIONS[note.code].about if note.code in EXPLANATIONS else ""
    ended = "runs" in lost and any(
        cause(failure, execution) == note or (note.code, note.place) == ("missing-package", failure.place)
        for failure in execution.failures
    )
    return ended or about in lost


def contradicted(note: Note, results: Sequence[CheckResult]) -> bool:
    """Whether a note would have the network fit the data, while a check says what the network itself lacks."""
    return note.code in _FIT_THE_DATA and any(one.differences for one in results if one.status is Status.FAILED)


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


def other_targets(model: RecordedModel, graph: ModelGraph, data: DataSpec, calibration: Calibration) -> list[Note]:
    """That the last `fit` was given numbers of another range than the task's; of outputs in the targets' order."""
    fit = model.fits[-1] if model.fits else None
    if fit is None or not graph.outputs_ordered or not calibration.validation:
        return []
    wanted = [(min(values), max(values)) for values in calibration.validation[1:]]
    if len(fit.ranges) != len(wanted) or swapped_targets(model, graph, data, calibration):
        return []
    first = next((number for number, ends in enumerate(fit.ranges) if not _alike(ends, wanted[number])), None)
    if first is None:
        return []
    (low, high), (least, most) = fit.ranges[first], wanted[first]
    said = f"those of output {first + 1} run" if len(wanted) > 1 else "they run"
    found, asked = f"from {low:.2g} to {high:.2g}", f"from {least:.2g} to {most:.2g}"
    return [Note("targets-other", f"Here {said} {found}, and the task's `{data.targets[first]}` {asked}.", fit.place)]


def _alike(one: tuple[float, float], other: tuple[float, float]) -> bool:
    return all(abs(left - right) < SAME_RANGE for left, right in zip(one, other, strict=True))


def _versions(versions: Mapping[str, str]) -> str:
    return f"calibrated with Keras {versions.get('keras', '?')}, TensorFlow {versions.get('tensorflow', '?')}"
