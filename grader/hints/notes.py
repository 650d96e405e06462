"""The notes of a submission: which explain an error, cost points or belong to a model, and those of the grader's own.

Only the grader can compare the numbers that a student gave `fit` with those of the task. These notes are hints and no
more: the grader trains with its own data.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import chain

from grader.domain import (
    Calibration,
    CheckResult,
    DataSpec,
    Edit,
    Execution,
    Failure,
    Location,
    ModelGraph,
    Note,
    RecordedModel,
    Status,
    Step,
)
from grader.domain.told_edits import told
from grader.domain.words import beginning, in_location, listed
from grader.hints.explanations import EXPLANATIONS, own_edits

_ENDS = ("inputs", "heads")  # kinds of checks
_BY_SHAPE = ("input-shape", "target-shape-broadcast")  # notes that would have the network fit the data
# Notes on a call that has more or fewer of something than the network, by the ends that are counted.
_BY_NUMBER: Mapping[str, Collection[str]] = {
    "arrays-count": _ENDS,
    **dict.fromkeys(("loss-count", "metrics-count", "output-names"), _ENDS[1:]),
}
SAME_RANGE = 0.1  # the course's points and a student's own are not the very same
NAME = re.compile(r"`'([^`']+)'`")
Range = tuple[float, float]


def remedy(
    failures: Sequence[Failure],
    execution: Execution,
    results: Sequence[CheckResult] = (),
    wrong: Collection[str] = (),
) -> list[Step]:
    """What the notes of failures say to write, or checks in place of them; nothing where none explains any of them."""
    notes: list[Note] = []
    elsewhere: list[Step] = []
    causes = [note for failure in failures if (note := cause(failure, execution)) is not None]
    moving = next((number for number, note in enumerate(causes, start=1) if _moves_cell(note)), len(causes))
    for note in causes[:moving]:  # the run that follows it tells the others, by the new numbers of their cells
        result = contradicted(note, results, wrong)
        if result is None:
            extras = (extra for extra in _beside(note, execution) if contradicted(extra, results, wrong) is None)
            notes += [note, *extras]
        elif _writes_the_call(result, note) and not execution.went_on:  # else a step beside these corrects the network
            elsewhere += result.steps
    (first, *_) = (*execution.failures, *failures)
    return [*dict.fromkeys([*steps_for(notes, first.location.file), *elsewhere])]


def steps_for(notes: Iterable[Note], file: str) -> Iterator[Step]:
    """What notes say, each with its place, for somebody who looks at a file."""
    own = Location(file=file)
    firsts: list[Note] = []
    for note in notes:  # of those that one change corrects, the others follow from the first
        firsts += [] if any(first == note or _covers(first, note) for first in firsts) else [note]
    alike: dict[str, list[Note]] = {}
    for note in firsts:
        alike.setdefault(f"{EXPLANATIONS[note.code].sentence} {note.detail}".strip(), []).append(note)
    for words, group in alike.items():
        place, *more = (note.location.beside(own) for note in group)
        again = listed([in_location(location).strip() for location in more], "")
        text = f"{f'{beginning(place)}: ' if str(place) else ''}{words}{f' The same holds {again}.' if again else ''}"
        edits = [note.edits for note in group]
        yield Step(text, tuple(chain.from_iterable(edits)) if all(edits) else ())


def _covers(first: Note, second: Note) -> bool:
    """Whether what the second note says to write is written by whoever follows the first one, perhaps as another part
    of the same lines."""

    def is_same(edit: Edit, other: Edit) -> bool:
        wide, narrow = sorted((edit, other), key=lambda entry: -len(entry.old))
        is_within = narrow.old in wide.old and narrow.new in wide.new
        return (edit.cell, edit.line) == (other.cell, other.line) and narrow.old != "" and is_within

    if {*first.edits} == {*second.edits} != set():
        return True
    is_alike = first.code == second.code and bool(second.edits)
    return is_alike and all(any(is_same(edit, other) for other in first.edits) for edit in second.edits)


def _moves_cell(note: Note) -> bool:
    """Whether cells have other numbers once a note is followed."""
    return any(edit.moves_cell for edit in note.edits)


def explaining(execution: Execution) -> list[Note]:
    """The notes that explain errors, and those on what would come next in the same place."""
    failures = (*execution.failures, *execution.function_failures.values())
    notes = [note for failure in failures if (note := cause(failure, execution)) is not None]
    return [*notes, *(extra for note in notes for extra in _beside(note, execution))]


def _beside(note: Note, execution: Execution) -> Iterator[Note]:
    """The other notes of the cell that end the program, too: in the same line, or in a `fit`."""
    for extra in execution.notes:
        is_near = extra.location.cell == note.location.cell and extra != note
        if is_near and (stops(extra) == "fit" or (stops(extra) and extra.location == note.location)):
            yield extra


def cause(failure: Failure, execution: Execution) -> Note | None:
    """A note in the line that failed; or, where a `fit` failed, the last one about its model that makes it fail."""
    location = failure.location
    notes = [note for note in execution.notes if stops(note) and note.location.file == location.file]
    here = [note for note in notes if note.location.place == location.place]
    if here:
        return min(here, key=lambda note: _ends_later(note, failure))
    places = {place for model in failing_to_fit(failure, execution) for place in _places(model)}
    places = {place for place in places if _position(place) <= _position(location)}
    before = [note for note in notes if stops(note) == "fit" and note.location in places]
    return max(before, key=lambda note: _position(note.location)) if before else None


def failing_to_fit(failure: Failure, execution: Execution) -> list[RecordedModel]:
    """The models whose training a failure ended."""
    place = failure.location
    return [
        model for model in execution.models if any(fit.location == place and not fit.finished for fit in model.fits)
    ]


def _ends_later(note: Note, failure: Failure) -> tuple[bool, bool]:
    """Whether a note in the line of a failure is about something else: another name, or what only `fit` finds out."""
    names_it = any(name in failure.message for name in NAME.findall(note.detail))
    return note.code == "unknown-name" and not names_it, not names_it and stops(note) != "here"


def _places(model: RecordedModel) -> Iterator[Location]:
    """Where a model and its layers were built, and where it was compiled."""
    yield from (model.location, *(call.location for call in model.compiles), *model.layer_locations.values())


def stops(note: Note) -> str:
    """Where the cause that a note names ends a program, if it does."""
    return EXPLANATIONS[note.code].stops if note.code in EXPLANATIONS else ""


def by_grader(note: Note) -> bool:
    """Whether no run can have said so."""
    return note.code in EXPLANATIONS and EXPLANATIONS[note.code].by_grader


def _position(location: Location) -> tuple[int, int]:
    return (location.cell or 0, location.line or 0)


def with_costs(notes: Sequence[Note], results: Sequence[CheckResult], execution: Execution) -> Iterator[Note]:
    """The notes, each with whether a check lost points for it, which is then no mere remark."""
    lost_kinds = {result.check.kind for result in results if result.status is Status.FAILED and result.check.points}
    failures = execution.failures if "runs" in lost_kinds else ()
    causes = {cause(failure, execution) for failure in failures}
    places = {failure.location for failure in failures}
    for note in notes:
        about = EXPLANATIONS[note.code].about if note.code in EXPLANATIONS else ""
        ended = note in causes or (note.code == "missing-package" and note.location in places)
        yield replace(note, costs=ended or about in lost_kinds)


def miscounted(graph: ModelGraph, data: DataSpec) -> frozenset[str]:
    """Of which ends a network has another number than the task: "inputs", "heads"."""
    ends = zip(_ENDS, ((graph.inputs, data.inputs), (graph.outputs, data.targets)), strict=True)
    return frozenset(kind for kind, (tensors, names) in ends if len(tensors) != len(names))


def reconciled(notes: Iterable[Note], results: Sequence[CheckResult], wrong: Collection[str]) -> Iterator[Note]:
    """The notes that no check's own step would undo; of one on a call that the step rewrites, only the sentence."""
    for note in notes:
        result = contradicted(note, results, wrong)
        if result is None:
            yield note
        elif _writes_the_call(result, note):
            yield replace(note, detail="")


def contradicted(note: Note, results: Sequence[CheckResult], wrong: Collection[str]) -> CheckResult | None:
    """The failed check whose step would undo what a note says to write.

    That is one that writes the same call anew; or one that corrects the network, where the note would have it fit the
    data, or would have a call fit it although its own ends are `wrong` in number.
    """
    failed, ends = [result for result in results if result.status is Status.FAILED], _BY_NUMBER.get(note.code, ())
    if note.code in _BY_SHAPE or not {*ends}.isdisjoint(wrong):
        of_network = [result for result in failed if result.differences or result.check.kind in _ENDS]
        return min(of_network, key=lambda result: result.check.kind not in _ENDS, default=None)
    return next((result for result in failed if _writes_the_call(result, note)), None)


def _writes_the_call(result: CheckResult, note: Note) -> bool:
    """Whether the check's own step is the call that a note is about, or that it writes.

    Of a `compile` that failed itself, only the note knows what it was given.
    """
    if ".compile(" in note.detail:
        return result.check.kind == "compiled" and stops(note) != "here"
    return note.code in EXPLANATIONS and result.check.kind == EXPLANATIONS[note.code].about


def relevant_notes(notes: Sequence[Note], model: RecordedModel, execution: Execution) -> tuple[Note, ...]:
    """Notes about the model itself or about no model in particular; in a notebook of many, not its neighbours'; and not
    on errors that the program caught itself."""
    own_cells, failures = _cells(model), (*execution.failures, *execution.function_failures.values())
    failed_lines = {failure.location.place for failure in failures}
    notes = [note for note in notes if stops(note) != "here" or note.location.place in failed_lines]
    other_cells = {cell for other in execution.models if other.index != model.index for cell in _cells(other)}
    return tuple(note for note in notes if note.location.cell in own_cells or note.location.cell not in other_cells)


def _cells(model: RecordedModel) -> set[int | None]:
    """The cells that a model was built, compiled and fitted in."""
    locations = (model.location, *(call.location for call in model.compiles), *(fit.location for fit in model.fits))
    return {location.cell for location in locations}


def target_notes(model: RecordedModel, graph: ModelGraph, data: DataSpec, calibration: Calibration) -> tuple[Note, ...]:
    """That the last `fit` was given each output another one's numbers; of outputs in the targets' order.

    Where the ranges fit no target well, nothing is said; nor of outputs in a dict, which Keras puts in an order of its
    own, nor of data from a file, whose numbers for training have another range than those for validation.
    """
    fit = model.fits[-1] if model.fits else None
    if fit is None or not graph.outputs_ordered or not calibration.validation or data.file is not None:
        return ()
    expected = [(min(values), max(values)) for values in calibration.validation[1:]]
    order, numbers = _order(fit.ranges, expected), list(range(len(expected)))
    if order == numbers or {*order} != {*numbers} or len(order) != len(expected):
        return ()
    names = ", ".join(f"`{data.targets[number]}`" for number in order if number is not None)
    right = ", ".join(f"`{name}`" for name in data.targets)
    alike = [other for other in model.fits if _order(other.ranges, expected) == order and len(expected) == 2]
    edits = tuple(dict.fromkeys(edit for other in alike for edit in own_edits(other.exchange, other.location)))
    words = f"`fit` gets {names}, but the outputs are for {right}. {told(edits, Location(file=fit.location.file))}"
    return (Note("targets-swapped", words.strip(), fit.location, edits=edits),)


def _order(ranges: Sequence[Range], expected: Sequence[Range]) -> list[int | None]:
    """Which target each of these ranges is that of."""
    return [next((n for n, ends in enumerate(expected) if _alike(ends, bounds)), None) for bounds in ranges]


def _alike(first: Range, second: Range) -> bool:
    return all(abs(left - right) < SAME_RANGE for left, right in zip(first, second, strict=True))
