"""A grade's status with its reasons, and why a submission has no model for an exercise."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from grader.checks import ended, in_location, without_model
from grader.domain import (
    Assignment,
    Calibration,
    CheckResult,
    Execution,
    Failure,
    Grade,
    GradeStatus,
    Location,
    ModelGraph,
    ModelMatch,
    Note,
    Outcome,
    Status,
    Submission,
    Training,
)
from grader.domain.words import listed
from grader.execution.recording import MISSING_PACKAGE
from grader.grading.matching import GENERIC_NAMES, Candidate
from grader.grading.unbuilt import because_of, blamed_first, loss_of, no_network, unbuilt
from grader.hints import cause, contradicted, reconciled, remedy, with_costs
from grader.submissions.source import read_source
from grader.training.trainer import Trainer
from grader.training.verdicts.learning import differs

_QUOTED = re.compile(r"`([^`]+)`")
UNREAD = ("SyntaxError", "IndentationError", "TabError")


def failed_function(assignment: Assignment, execution: Execution) -> str | None:
    """The exercise's own function, where calling it raised."""
    return next((name for name in assignment.names if name in execution.function_failures), None)


def absent_from(
    submission: Submission, execution: Execution, assignment: Assignment, candidates: Sequence[Candidate]
) -> Grade:
    name, hint = failed_function(assignment, execution), ""
    if name is not None:
        # A syntax error in the function explains everything else that fails in it.
        unread = next((one for one in execution.failures if one.type in UNREAD), None)
        failure = unread or execution.function_failures[name]
        hint = remedy(failure, execution)
        what = "has a syntax error" if unread else "raises an error"
        reason = ended(f"`{name}()` {what}{in_location(failure.location)}: {failure.type}: {failure.message}")
    elif execution.models:
        built = [f"`{model.variables[0]}`" for model in execution.models if model.variables]
        found = listed([one.shown for one in candidates] or built, "some without a name", most=6)
        reason = (
            f"No model in this submission belongs to `{assignment.id}`; found: {found}. If you mean one of these, "
            f"name it `{assignment.id}`, or write `# exercise: {assignment.id}` above it."
        )
    elif execution.outcome is not Outcome.OK:
        first = _ended_by(execution)  # whose message the check `runs` shows
        why = f"{first.type}{in_location(first.location)}" if first else how_it_ended(execution)
        reason = ended(f"No Keras model was built before the program ended: {why}")
    else:
        why = no_network(read_source(submission.entry), execution, assignment.names)
        reason = f"No Keras model was built: {why}. Build it, compile it, and name it `{assignment.id}`."
    # A small mistake may hide a network that is nearly right, so a person must confirm a zero.
    hidden = name is not None or execution.outcome is Outcome.ERROR
    review = "an error may have prevented the program from building this network" if hidden else ""
    missing = ModelMatch("no_model", reason=reason, review=review)
    results = without_model(assignment, execution, reason, hint=hint)
    return settled(Grade(submission, assignment, execution, missing, results, notes=execution.notes))


def how_it_ended(execution: Execution) -> str:
    """The first error with its location, or what the supervisor saw."""
    if first := _ended_by(execution):
        return f"{first.type}{in_location(first.location)}: {first.message}"
    return execution.message or execution.outcome.value


def _ended_by(execution: Execution) -> Failure | None:
    """The first error of a program, unless it was stopped for something else."""
    return next(iter(execution.failures), None) if execution.outcome is Outcome.ERROR else None


def nothing_recognised(submission: Submission, execution: Execution, candidates: Sequence[Candidate]) -> str:
    if candidates:
        names = listed([candidate.shown for candidate in candidates], most=6)
        advice = "name them after the exercises, or use --assignment"
        return f"none of the models clearly belongs to an exercise: {names}; {advice}"
    return without_network(submission, execution)


def without_network(submission: Submission, execution: Execution) -> str:
    """Why nothing was built at all."""
    source = read_source(submission.entry)
    missing = unbuilt(source, execution)
    execution = replace(execution, failures=tuple(blamed_first(missing, execution.failures)))
    first, loss = _ended_by(execution), loss_of(missing)
    if execution.outcome is Outcome.OK:
        return f"no Keras model was built: {no_network(source, execution)}"
    if first and loss and because_of(first) != loss:
        return f"no Keras model was built: {loss}"
    told = f" {remedy(first, execution)}" if first else ""
    return f"no model was built before the program ended: {ended(how_it_ended(execution))}{told}".rstrip()


def settled(grade: Grade) -> Grade:
    """The grade with its status and the reasons for it, and with what explains an error of the program."""
    results = tuple(explained(result, grade.execution, grade.results) for result in grade.results)
    notes = with_costs(grade.notes, results, grade.execution)
    grade = replace(grade, results=results, notes=tuple(reconciled(notes, results)))
    reasons = review_reasons(grade.results, grade.match, grade.execution) + _instead_of_another(grade)
    status = GradeStatus.NEEDS_REVIEW if reasons else GradeStatus.GRADED
    return replace(grade, reasons=reasons, status=status)


def review_reasons(results: Sequence[CheckResult], found: ModelMatch, execution: Execution) -> tuple[str, ...]:
    """Why a person must look at a grade; empty if none must."""
    reasons = [result.review for result in results]
    reasons += [f"check `{one.check.id}` errored" for one in results if one.status is Status.ERRORED and not one.review]
    reasons += [found.review, execution.undecided]
    right = found.outcome == "found" and all(result.status is Status.PASSED for result in results)
    reasons += [
        f"the package `{note.detail}` is not installed where the program was graded"
        for note in execution.notes
        if note.code == MISSING_PACKAGE and not right  # a network with full marks lacks nothing
    ]
    return tuple(dict.fromkeys(filter(None, reasons)))


def _instead_of_another(grade: Grade) -> tuple[str, ...]:
    """Whether a network was graded only because an error kept the exercise's own from being built."""
    assignment = grade.assignment
    notes = (note.detail for note in grade.execution.notes if note.code == "never-built")
    lost = {name for detail in notes for name in _QUOTED.findall(detail)}
    right = all(one.status is Status.PASSED or one.check.kind == "runs" for one in grade.results)
    if assignment is None or grade.match.outcome != "found" or right:
        return ()
    own = lost & {assignment.id, *assignment.names}
    generic = lost & GENERIC_NAMES if grade.match.matched_by not in ("mark", "name") else set()
    names = ", ".join(f"`{name}`" for name in sorted(own or generic))
    return (f"an error kept {names} from being built, and another network was graded",) if names else ()


def explained(result: CheckResult, execution: Execution, results: Sequence[CheckResult]) -> CheckResult:
    """A failed `runs` with the note that explains it as its next step; or, if a difference is the cause, that hint."""
    if result.check.kind != "runs" or result.status is not Status.FAILED or not execution.failures:
        return result
    note = cause(execution.failures[0], execution)
    if note is not None and (other := contradicted(note, results)):
        why = "The network does not match the task yet, so the data do not fit it: " if other.differences else ""
        return replace(result, hint=f"{why}{other.hint}")
    return replace(result, hint=remedy(execution.failures[0], execution) or result.hint)


def own_notes(
    graph: ModelGraph, calibration: Calibration, trainer: Trainer, training: Training | None
) -> tuple[Note, ...]:
    notes = []
    if not graph.outputs_ordered and len(graph.outputs) > 1:
        notes.append(Note("model-unordered", ", ".join(graph.output_names), Location()))
    if training is not None and differs(calibration, trainer.versions()):
        keras, tensorflow = (calibration.versions.get(name, "?") for name in ("keras", "tensorflow"))
        notes.append(Note("keras-versions", f"calibrated with Keras {keras}, TensorFlow {tensorflow}", Location()))
    return tuple(notes)
