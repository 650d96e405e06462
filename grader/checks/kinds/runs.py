"""`runs`: the submission executes from top to bottom without an error."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

from grader.checks.evidence import CheckOptions, Evidence
from grader.checks.findings import Finding, failed, passed
from grader.checks.kinds.compiled import compiled_in_vain, step_to_compile, uncompiled
from grader.domain import CompileCall, Execution, Failure, Location, Outcome, Setting, Step, Subject
from grader.domain.words import ended, in_location, listed
from grader.graph.keras_code import arguments, compile_arguments

MOST_TOLD = 7
TITLE = "Runs from top to bottom"
SUBJECTS: tuple[Subject, ...] = ("runs",)


class Spec(CheckOptions):
    """The file runs to the end, and builds the exercise's model."""

    kind: Literal["runs"]


def check(spec: Spec, evidence: Evidence) -> Finding:
    finding, failures = judge(evidence.execution), evidence.execution.failures
    steps = _without_compile(evidence, failures[0]) if failures and evidence.model.compiled is None else ()
    if evidence.is_broken:
        return failed(
            finding.message if evidence.execution.failures else _BROKEN,
            expected=finding.expected,
            actual=finding.actual,
            hint=evidence.correction or finding.steps,
        )
    return replace(finding, steps=steps) if steps else finding


def _without_compile(evidence: Evidence, failure: Failure) -> tuple[Step, ...]:
    """The step where the model is not compiled: that call failed, or `fit` lacks it; none if it is another matter."""
    model, assignment = evidence.model, evidence.assignment
    title = next((check.title for check in assignment.checks if check.kind == "compiled"), "")
    fails = compiled_in_vain(failure, model.variables)
    if not fails and not uncompiled(failure, model.variables):
        return ()
    if title:
        words = "The whole call is written under" if fails else "Compile the model first, see"
        return (Step(f'{words} "{title}".'),)
    recipe = assignment.recipe
    losses = tuple(map(Setting, recipe.loss))
    loss = losses[0] if len(losses) == 1 else losses
    call = CompileCall(0, Location(), Setting(recipe.optimizer, dict(recipe.settings)), loss)
    return (step_to_compile(evidence, arguments(compile_arguments(call, evidence.graph.output_names))),)


def judge(execution: Execution) -> Finding:
    """Whether an execution finished; also for a submission without a model."""
    expected = "the program runs to the end without an error"
    if execution.outcome is Outcome.OK and not execution.failures:
        return passed("The program runs to the end.", expected=expected, actual="it does")
    if execution.failures:
        first = execution.failures[0]
        where = in_location(first.location)
        _, *others = dict.fromkeys(f"{failure.type}{in_location(failure.location)}" for failure in execution.failures)
        also = f" It also raises {listed(others, most=MOST_TOLD - 1)}." if others else ""
        also += f" The limit is {execution.limit}." if execution.limit else ""
        return failed(
            f"{ended(f'The program raises an error{where}: {first.type}: {first.message}')}{also}",
            expected=expected,
            actual=f"{first.type}{where}",
            hint=Step(_EXIT)
            if first.type == "SystemExit"
            else Step(f"Correct the error{where} ({first.type}), and run the whole file from the top.", is_vague=True),
        )
    return failed(
        ended(f"The program did not run to the end: {execution.message or execution.outcome}"),
        expected=expected,
        actual=_ending(execution),
        hint=_HINTS.get(execution.outcome, "Run the whole file from the top."),
    )


def _ending(execution: Execution) -> str:
    """What was seen of a program that a limit ended; without one, how it ended."""
    if not execution.limit:
        return str(execution.outcome)
    if execution.outcome is Outcome.TIMEOUT:
        return f"still running after {execution.limit}, so it was stopped"
    return f"more than {execution.limit}, so it was stopped"


_BROKEN = "The program raises an error where it builds the network."
_EXIT = "Delete this call of `exit()`, or comment out what comes after it; then run the whole file from the top."
_HINTS = {
    Outcome.TIMEOUT: "Look for a loop that never ends, or takes very long: let a training of your own end after a few "
    "epochs, since the grader does the training.",
    Outcome.MEMORY: "Look for arrays or networks that are much larger than the task needs.",
    Outcome.CRASHED: "Remove what ends the program early (`exit()`, `os._exit`), and run the whole file from the top.",
}
