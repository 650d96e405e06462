"""Exercises that a submission does not hold, and submissions in which nothing was recognised: why, in words."""

from __future__ import annotations

from collections.abc import Sequence

from grader.candidates import Candidate
from grader.checks import ended, located, without_model
from grader.domain import Assignment, Execution, Grade, ModelMatch, Outcome, Submission
from grader.hints import remedy
from grader.settling import settled

UNREAD = ("SyntaxError", "IndentationError", "TabError")


def failed_function(assignment: Assignment, execution: Execution) -> str | None:
    """The exercise's own function, where calling it raised."""
    return next((name for name in assignment.names if name in execution.function_failures), None)


def absent_from(
    submission: Submission, execution: Execution, assignment: Assignment, candidates: Sequence[Candidate]
) -> Grade:
    name, hint = failed_function(assignment, execution), ""
    if name is not None:
        # What fails in a function that could not be read as a whole follows from that.
        unread = next((one for one in execution.failures if one.type in UNREAD), None)
        failure = unread or execution.function_failures[name]
        hint = remedy(failure, execution)
        what = "cannot be read" if unread else "raises an error"
        reason = ended(f"`{name}()` {what}{located(failure.place)}: {failure.type}: {failure.message}")
    elif candidates:
        names = ", ".join(candidate.shown for candidate in candidates[:6])
        reason = f"No model of this submission is the one of `{assignment.id}`; found: {names}."
    elif execution.models:
        built_ones = [f"`{model.variables[0]}`" for model in execution.models if model.variables]
        built = ", ".join(built_ones[:6]) or "some without a name"
        reason = (
            f"No model of this submission was taken for `{assignment.id}`; it builds {built}. Call the right one "
            f"`{assignment.id}`, or write `# exercise: {assignment.id}` above it."
        )
    elif execution.outcome is not Outcome.OK:
        first = next(iter(execution.failures), None)  # whose message the check `runs` tells
        why = f"{first.type}{located(first.place)}" if first else how_it_ended(execution)
        reason = ended(f"No Keras model was built before the program ended: {why}")
    else:
        reason = f"No Keras model was built. Build it, compile it, and call it `{assignment.id}`."
    # A slip may hide a network that is nearly there: a zero for it is for a person to confirm.
    hidden = name is not None or execution.outcome is Outcome.ERROR
    review = "an error keeps it from building this network" if hidden else ""
    missing = ModelMatch("no_model", reason=reason, review=review)
    results = without_model(assignment, execution, reason, hint=hint)
    return settled(Grade(submission, assignment, execution, missing, results, notes=execution.notes))


def how_it_ended(execution: Execution) -> str:
    """The first error with its place, or what the supervisor saw."""
    if execution.failures:
        first = execution.failures[0]
        return f"{first.type}{located(first.place)}: {first.message}"
    return execution.message or execution.outcome.value


def nothing_recognised(execution: Execution, candidates: Sequence[Candidate]) -> str:
    if candidates:
        names = ", ".join(candidate.shown for candidate in candidates[:6])
        return f"none of its models belongs to an exercise for certain: {names}; name them, or use --assignment"
    if execution.outcome is not Outcome.OK:
        first = next(iter(execution.failures), None)
        told = f" {remedy(first, execution)}" if first else ""
        return f"it built no model before it ended: {ended(how_it_ended(execution))}{told}".rstrip()
    return "it built no Keras model"
