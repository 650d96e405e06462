"""Which note explains an error, which one costs points, and which ones belong to a model."""

from __future__ import annotations

from collections.abc import Sequence

from grader.domain import CheckResult, Execution, Failure, Location, Note, RecordedModel, Status
from grader.hints.catalogue import EXPLANATIONS

_FIT_THE_DATA = frozenset({"target-shape-broadcast", "arrays-for-inputs", "arrays-for-outputs", "input-shape"})


def remedy(failure: Failure, execution: Execution) -> str:
    """What a failure's note says to write; empty where none explains it."""
    note = cause(failure, execution)
    return f"{EXPLANATIONS[note.code].sentence} {note.detail}".strip() if note else ""


def cause(failure: Failure, execution: Execution) -> Note | None:
    """A note in the line that failed; or, where a `fit` failed, the last one before it that makes one fail."""
    location = failure.location
    notes = [note for note in execution.notes if _stops(note) and note.location.file == location.file]
    here = [note for note in notes if (note.location.cell, note.location.line) == (location.cell, location.line)]
    broken = any(fit.location == location and not fit.finished for model in execution.models for fit in model.fits)
    before = [note for note in notes if _stops(note) == "fit" and _position(note.location) <= _position(location)]
    found = here or (sorted(before, key=lambda note: _position(note.location))[-1:] if broken else [])
    return found[0] if found else None


def _stops(note: Note) -> str:
    """Where the cause that a note names ends a program, if it does."""
    return EXPLANATIONS[note.code].stops if note.code in EXPLANATIONS else ""


def _position(location: Location) -> tuple[int, int]:
    return (location.cell or 0, location.line or 0)


def costs(note: Note, results: Sequence[CheckResult], execution: Execution) -> bool:
    """Whether a check lost points for what a note is about, which is then no mere remark."""
    lost = {one.check.kind for one in results if one.status is Status.FAILED and one.check.points}
    about = EXPLANATIONS[note.code].about if note.code in EXPLANATIONS else ""
    ended = "runs" in lost and any(
        cause(failure, execution) == note or (note.code, note.location) == ("missing-package", failure.location)
        for failure in execution.failures
    )
    return ended or about in lost


def contradicted(note: Note, results: Sequence[CheckResult]) -> bool:
    """Whether a note would have the network fit the data, while a check says what the network itself lacks."""
    return note.code in _FIT_THE_DATA and any(one.differences for one in results if one.status is Status.FAILED)


def relevant_notes(notes: Sequence[Note], model: RecordedModel, execution: Execution) -> tuple[Note, ...]:
    """Notes about the model itself or about no model in particular; in a notebook of many, not its neighbours'."""
    own = _cells(model)
    others = {cell for other in execution.models if other.index != model.index for cell in _cells(other)}
    return tuple(note for note in notes if note.location.cell in own or note.location.cell not in others)


def _cells(model: RecordedModel) -> set[int | None]:
    """The cells that a model was built, compiled and fitted in."""
    locations = (model.location, *(call.location for call in model.compiles), *(fit.location for fit in model.fits))
    return {location.cell for location in locations}
