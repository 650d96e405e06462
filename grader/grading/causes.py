"""What ends a program, or leaves it without a network, in words without a name or a line of the student's."""

from __future__ import annotations

import builtins
import re
from dataclasses import dataclass

from grader.checks import ended
from grader.domain import Assignment, Execution, Failure, Grade, HeadTraining, Outcome, Training
from grader.execution.recording import MISSING_PACKAGE
from grader.grading.status import failed_function
from grader.graph.reading.catalogue import LAYERS, MERGES
from grader.hints import EXPLANATIONS, cause

_TYPES = frozenset(name for name, value in vars(builtins).items() if isinstance(value, type)) | {
    "InvalidArgumentError", "ResourceExhaustedError", "UnimplementedError", "FailedPreconditionError",
}  # fmt: skip
_CALLS = frozenset({
    *LAYERS, *(name.lower() for name in MERGES), "Input", "Model", "Sequential", "compile", "concatenate", "dot",
    "evaluate", "figure", "fit", "linspace", "load_data", "open", "plot", "plot_model", "predict", "read_csv",
    "reshape", "sin", "subplots", "summary",
})  # fmt: skip
_CALLED = re.compile(r"(\w{1,60})\s*\(")
_CODE = re.compile(r"^(?:\s*-+>\s*\d+\s|    )(?!\s*File )(.*\S)")
_ENDED = {
    Outcome.TIMEOUT: "The program does not end within the time limit.",
    Outcome.MEMORY: "The program needs more memory than is allowed.",
    Outcome.CRASHED: "The process ends before the program is finished.",
}
_LEARNING = {
    "baseline": "This is exactly the network that must be beaten.",
    "computed": "The network is already the solution before any training, so it learns nothing.",
    "constant": "The output is the same for every input.",
    "diverged": "The training diverges.",
    "frozen": "A frozen layer keeps its random weights.",
    "monotone": "The output can only rise or only fall.",
    "plateau": "The error stays on a plateau above the threshold.",
    "squeezed": "An activation at the output cuts off values that the target has.",
    "starved": "One output is hardly trained compared with the other.",
    "still falling": "The error is still falling when the training ends.",
    "straight line": "The network has learned only a straight line.",
    "unconnected": "The output does not depend on every input.",
}


@dataclass(frozen=True)
class Cause:
    """One thing that is wrong: `key` is equal for all who have it, `cost` in points.

    `topic` is what it is about, wherever in a network that is; without one, the sentence. `layers` are those to mark.
    """

    kind: str
    key: tuple[str, ...]
    sentence: str
    cost: int = 0
    topic: str = ""
    layers: tuple[str, ...] = ()


def without_network(grade: Grade) -> Cause:
    """Why there is no network to look at."""
    execution, assignment, model = grade.execution, grade.assignment, grade.match.model
    name = failed_function(assignment, execution) if assignment else None
    if model is not None and model.kind == "subclass":
        return _absent("subclass", "The layers are hidden in a subclass of `keras.Model`.")
    if grade.match.outcome == "ambiguous":
        return _absent("ambiguous", "Several networks could be the one for this exercise, and none is marked.")
    if name is not None:
        return stopped(execution.function_failures[name], execution, "in the function that builds the network")
    if execution.failures and execution.outcome is not Outcome.OK:
        return before_network(execution)
    if execution.outcome in _ENDED:
        return _ended(execution)
    if grade.match.outcome == "unreadable":
        return _absent("unreadable", "The network has a part that the grader cannot read.")
    if lacking := _lacking(execution):
        return lacking
    if execution.models:
        return _absent("unrecognised", "There are networks, but none is recognised as the one for this exercise.")
    return _absent("none", "No network is built.")


def _lacking(execution: Execution) -> Cause | None:
    """A package that the program needs, and that is not installed where it is graded."""
    package = next((note.detail for note in execution.notes if note.code == MISSING_PACKAGE), None)
    if package is None:
        return None
    sentence = f"The package `{package}` is not installed where this was graded."
    return Cause("grader", ("grader", MISSING_PACKAGE, package), sentence)


def before_network(execution: Execution) -> Cause:
    """What ended a program that has no network, or only a part of it."""
    return stopped(execution.failures[0], execution, "before the network is built")


def after_network(execution: Execution) -> Cause:
    """What ended a program that has built its network."""
    if execution.failures:
        return stopped(execution.failures[0], execution, "although the network is built")
    return _ended(execution)


def _ended(execution: Execution) -> Cause:
    sentence = _ENDED.get(execution.outcome, "The program does not run to the end.")
    return Cause("error", ("error", execution.outcome.value), sentence)


def _absent(key: str, sentence: str) -> Cause:
    return Cause("absent", ("absent", key), sentence)


def stopped(failure: Failure, execution: Execution, place: str) -> Cause:
    """An exception by its type, its known cause or the function of Keras that was called, and where it was raised."""
    kind = failure.type if failure.type in _TYPES else "An exception"
    if lacking := _lacking(execution):  # then no error is certain to be the student's
        return lacking
    note = cause(failure, execution)
    if note is not None and note.code in EXPLANATIONS:
        why = EXPLANATIONS[note.code].sentence
        sentence = f"`{kind}` {place}: {why[:1].lower()}{why[1:]}"
        return Cause("error", ("error", kind, note.code, place), sentence)
    function = called(failure.traceback)
    where = f" in a line that calls `{function}`" if function else ""
    return Cause("error", ("error", kind, function, place), ended(f"`{kind}` {place}{where}"))


def called(traceback: str) -> str:
    """The function of Keras (or of plots and files) that the student's innermost line calls; empty if none is known."""
    lines = [found[1] for line in traceback.splitlines() if (found := _CODE.match(line))]
    for line in reversed(lines):
        for name in _CALLED.findall(line):
            if name in _CALLS:
                return str(name)
    return ""


def not_learned(number: int | None, assignment: Assignment, training: Training) -> Cause:
    """Why a training missed: the diagnosis of each output that did not learn; `number` is the one that counts."""
    if training.outcome == "borderline":
        return _learning("borderline", "The result of the training is too close to the threshold to be certain.")
    heads: list[tuple[int, HeadTraining]] = list(enumerate(training.heads, start=1))
    wrong = [(place, head) for place, head in heads if number in (None, place) and not head.learned]
    named = {place: head.diagnosis.name for place, head in wrong if head.diagnosis}
    if not named:
        return _learning(f"together {number}", "No run brought every output to its threshold.")
    several = len(heads) > 1
    told = [
        (f"Output {place}: " if several else "") + _LEARNING.get(name, f"The network does not learn: {name}.")
        for place, name in named.items()
    ]
    key = ", ".join(f"{place} {name}" for place, name in named.items())
    return _learning(key, " ".join(told))


def _learning(key: str, sentence: str) -> Cause:
    return Cause("learning", ("learning", key), sentence)
