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
    Location,
    ModelGraph,
    ModelMatch,
    Note,
    RecordedModel,
    Status,
    Training,
)
from grader.notes import EXPLANATIONS, SENTENCES
from grader.training.calibration.drift import differs
from grader.training.trainer import Trainer

_FIT_THE_DATA = frozenset({"target-shape-broadcast", "arrays-for-inputs", "arrays-for-outputs", "input-shape"})
SAME_RANGE = 0.1  # the course's data and a student's own are not exactly the same


def settled(grade: Grade) -> Grade:
    """The grade with its status and the reasons for it, and with what explains an error of the program."""
    results = tuple(explained(result, grade.execution, grade.results) for result in grade.results)
    notes = (replace(note, costs=costs(note, results, grade.execution)) for note in grade.notes)
    grade = replace(grade, results=results, notes=tuple(note for note in notes if not contradicted(note, results)))
    reasons = review_reasons(grade.results, grade.match, grade.execution)
    status = GradeStatus.NEEDS_REVIEW if reasons else GradeStatus.GRADED
    return replace(grade, reasons=reasons, status=status)


def review_reasons(results: Sequence[CheckResult], found: ModelMatch, execution: Execution) -> tuple[str, ...]:
    """Why a person must look at a grade; empty if none must."""
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
    reasons += [f"the package `{package}` is not installed on the machine that graded it" for package in packages]
    return tuple(dict.fromkeys(reasons))


def explained(result: CheckResult, execution: Execution, results: Sequence[CheckResult]) -> CheckResult:
    """A failed `runs` with the note that explains it as its next step; or, if a difference is the cause, that hint."""
    if result.check.kind != "runs" or result.status is not Status.FAILED or not execution.failures:
        return result
    note = cause(execution.failures[0], execution)
    if note is not None and contradicted(note, results):
        first = next(one for one in results if one.differences)
        return replace(result, hint=f"The network does not match the task yet, so the data do not fit it: {first.hint}")
    return replace(result, hint=remedy(execution.failures[0], execution) or result.hint)


def costs(note: Note, results: Sequence[CheckResult], execution: Execution) -> bool:
    """Whether a check lost points for what a note is about, so that it is more than a remark."""
    lost = {one.check.kind for one in results if one.status is Status.FAILED and one.check.points}
    about = EXPLANATIONS[note.code].about if note.code in EXPLANATIONS else ""
    ended = "runs" in lost and any(
        cause(failure, execution) == note or (note.code, note.location) == ("missing-package", failure.location)
        for failure in execution.failures
    )
    return ended or about in lost


def contradicted(note: Note, results: Sequence[CheckResult]) -> bool:
    """Whether a note is about fitting the data, while a check reports what is wrong with the network itself."""
    return note.code in _FIT_THE_DATA and any(one.differences for one in results if one.status is Status.FAILED)


def remedy(failure: Failure, execution: Execution) -> str:
    """What a failure's note says to write; empty if none explains it."""
    note = cause(failure, execution)
    return f"{SENTENCES[note.code]} {note.detail}".strip() if note else ""


def cause(failure: Failure, execution: Execution) -> Note | None:
    """A note in the line that failed; or, if a `fit` failed, the last note before it that makes a `fit` fail."""
    location = failure.location
    notes = [note for note in execution.notes if stops(note) and note.location.file == location.file]
    here = [note for note in notes if (note.location.cell, note.location.line) == (location.cell, location.line)]
    broken = any(fit.location == location and not fit.finished for model in execution.models for fit in model.fits)
    before = [note for note in notes if stops(note) == "fit" and position(note.location) <= position(location)]
    found = here or (sorted(before, key=lambda note: position(note.location))[-1:] if broken else [])
    return found[0] if found else None


def stops(note: Note) -> str:
    """Where the cause that a note names ends a program, if it does."""
    return EXPLANATIONS[note.code].stops if note.code in EXPLANATIONS else ""


def position(location: Location) -> tuple[int, int]:
    return (location.cell or 0, location.line or 0)


def relevant_notes(notes: Sequence[Note], model: RecordedModel, execution: Execution) -> tuple[Note, ...]:
    """Notes about this model or about no model in particular; in a notebook with several, not those of the others."""
    own = _cells(model)
    others = {cell for other in execution.models if other.index != model.index for cell in _cells(other)}
    return tuple(note for note in notes if note.location.cell in own or note.location.cell not in others)


def _cells(model: RecordedModel) -> set[int | None]:
    """The cells that a model was built, compiled and fitted in."""
    locations = (model.location, *(call.location for call in model.compiles), *(fit.location for fit in model.fits))
    return {location.cell for location in locations}


def own_notes(
    graph: ModelGraph, calibration: Calibration, trainer: Trainer, training: Training | None
) -> tuple[Note, ...]:
    notes = (
        []
        if graph.outputs_ordered or len(graph.outputs) < 2
        else [Note("model-unordered", ", ".join(graph.output_names), Location())]
    )
    if training is not None and differs(calibration, trainer.versions()):
        notes.append(Note("keras-versions", _versions(calibration.versions), Location()))
    return tuple(notes)


def swapped_targets(model: RecordedModel, graph: ModelGraph, data: DataSpec, calibration: Calibration) -> list[Note]:
    """That the last `fit` gave each output the target of another one, judged by their ranges; for outputs in order.

    This is only a hint: the grader trains with its own data. If the ranges fit no target well, there is no note, nor
    for outputs in a dict, which Keras puts into its own order.
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
    return [Note("targets-swapped", f"`fit` gets {said}, but the outputs are for {right}.", fit.location)]


def other_targets(model: RecordedModel, graph: ModelGraph, data: DataSpec, calibration: Calibration) -> list[Note]:
    """That the targets of the last `fit` have another range than the task's; for outputs in the targets' order."""
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
    said = f"those of output {first + 1} range" if len(wanted) > 1 else "they range"
    found, asked = f"from {low:.2g} to {high:.2g}", f"from {least:.2g} to {most:.2g}"
    detail = f"Here {said} {found}; in the task, `{data.targets[first]}` ranges {asked}."
    return [Note("targets-other", detail, fit.location)]


def _alike(one: tuple[float, float], other: tuple[float, float]) -> bool:
    return all(abs(left - right) < SAME_RANGE for left, right in zip(one, other, strict=True))


def _versions(versions: Mapping[str, str]) -> str:
    return f"calibrated with Keras {versions.get('keras', '?')}, TensorFlow {versions.get('tensorflow', '?')}"
