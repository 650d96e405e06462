"""Grades with the same mistakes: what is wrong, without a name or a line of the student's, and what follows from what.

A network that is not the expected one is described by its differences, and all checks of structure that fail are
consequences of these. What has nothing to do with the structure is a cause of its own: an error, a setting, a training.
A check is asked again about the network in neutral names, so that its own sentence is the one for the class.
"""

from __future__ import annotations

import builtins
import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from grader.checks import Evidence, ended, freedoms, kinds_of, run_checks, veiled
from grader.domain import (
    AnswerGroup,
    Assignment,
    Check,
    CheckResult,
    CompileCall,
    Difference,
    Execution,
    Failure,
    Grade,
    HeadTraining,
    Location,
    ModelGraph,
    Outcome,
    RecordedModel,
    Setting,
    Settings,
    Status,
    Training,
)
from grader.execution.recording import MISSING_PACKAGE
from grader.grading.missing_network import failed_function
from grader.graph import Nameless, nameless, reaches, with_unused
from grader.graph.differences.changes import KINDS_OF_CHANGE
from grader.hints import EXPLANATIONS, cause, contradicted, miscounted

MOST_CAUSES = 8
MOST_DRAWN = 60  # calls of a network that is kept for a drawing
_LAYER = re.compile(r"`[a-z][\w ]*`")
_TYPES = frozenset(name for name, value in vars(builtins).items() if isinstance(value, type)) | {
    "InvalidArgumentError", "ResourceExhaustedError", "UnimplementedError", "FailedPreconditionError",
}  # fmt: skip
_ENDED = {
    Outcome.TIMEOUT: "The program does not end within the time limit.",
    Outcome.MEMORY: "The program needs more memory than is allowed.",
    Outcome.CRASHED: "The process ends before the program is finished.",
}
_EARLY = "before the network is built"
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

    @classmethod
    def of(cls, kind: str, sentence: str, *key: str) -> Cause:
        return cls(kind, (kind, *key), sentence)


def answer_group(grade: Grade, reference: ModelGraph | None = None) -> AnswerGroup | None:
    """The group of a grade; `None` where nothing is wrong, there is no program, or the grader itself is at fault.

    `reference` is the expected network of an exercise with a prescribed structure.
    """
    lost = [result for result in grade.results if result.is_open]
    if (grade.results and not lost) or grade.execution.outcome is Outcome.UNREADABLE:
        return None
    cost = sum(result.max_score - result.score for result in lost)
    if grade.assignment is None or grade.match.graph is None or grade.match.model is None:
        name = grade.assignment.id if grade.assignment else ""
        return _group(name, [replace(_without_network(grade), cost=cost)], [], None)
    assignment, graph, model = grade.assignment, grade.match.graph, grade.match.model
    expected = reference if any(check.kind == "graph" for check in assignment.checks) else None
    built = with_unused(graph, model.unused, len(assignment.data.inputs))
    described = nameless(built, expected, assignment.data.inputs, freedoms(assignment))
    case = _Case(grade, assignment, graph, model, described)
    causes, consequences = case.sorted(lost)
    return _group(assignment.id, causes, consequences, described, assignment.reveal)


def _group(
    assignment: str,
    causes: Sequence[Cause],
    consequences: Sequence[str],
    described: Nameless | None,
    reveal: str = "difference",
) -> AnswerGroup:
    ranked = sorted(causes, key=lambda cause: -cause.cost)
    key = json.dumps([assignment, sorted(cause.key for cause in causes)])
    drawn = described if described and len(described.network.calls) <= MOST_DRAWN else None
    differs = drawn is not None and any(cause.kind == "network" for cause in causes)
    differences = drawn.differences if drawn is not None and differs else ()
    seen = drawn is not None and bool(differences) and reveal != "hint"
    marked = [*(difference.layers for difference in differences), *(cause.layers for cause in causes)]
    return AnswerGroup(
        hashlib.sha256(key.encode()).hexdigest()[:12],
        ranked[0].sentence,
        tuple(cause.sentence for cause in ranked[:MOST_CAUSES]),
        ranked[0].kind,
        tuple(dict.fromkeys(consequences)),
        drawn.network if drawn else None,
        drawn.expected if drawn and seen else None,
        tuple(dict.fromkeys(name for layers in marked for name in layers)) if drawn else (),
        tuple(dict.fromkeys(name for difference in differences for name in difference.expected_layers)) if seen else (),
        tuple(cause.topic or cause.sentence for cause in ranked[:MOST_CAUSES]),
    )


@dataclass(frozen=True)
class _Case:
    """A grade with a network, which is `described` beside the expected one if all of it is compared with that."""

    grade: Grade
    assignment: Assignment
    graph: ModelGraph
    model: RecordedModel
    described: Nameless

    def sorted(self, lost: Sequence[CheckResult]) -> tuple[list[Cause], list[str]]:
        """The causes, and the titles of the checks that failed only because of one."""
        differences = self._differences(lost)
        explained = [result for result in lost if self._follows(result, lost, bool(differences))]
        causes = self._of_network(differences, sum(result.max_score - result.score for result in explained))
        own = [result for result in lost if result not in explained]
        causes += [replace(self._of_check(result), cost=result.max_score - result.score) for result in own]
        return causes or [self._unchecked(lost)], [result.check.title for result in explained]

    def _differences(self, lost: Sequence[CheckResult]) -> tuple[Difference, ...]:
        is_seen = any(result.check.kind == "graph" and not result.review for result in lost)
        differences = self.described.differences if is_seen else ()
        return tuple(map(veiled, differences)) if self.assignment.reveal == "hint" else differences

    def _follows(self, result: CheckResult, lost: Sequence[CheckResult], differs: bool) -> bool:
        """Whether a check failed only because of something else that is wrong."""
        kind = result.check.kind
        failed = [entry for entry in lost if entry is not result and entry.status is Status.FAILED]
        if result.status is Status.SKIPPED:
            return bool(failed) and not result.review
        if kind == "runs":
            return self._misfits()
        if kind == "learns":
            return differs or any(entry.check.kind == "initializers" for entry in failed)
        if kind == "compiled" and "heads" in miscounted(self.graph, self.assignment.data):
            return differs and any(result.check.options.get(name) for name in ("losses", "weights", "larger"))
        return differs and self._is_of_structure(kind)

    def _is_of_structure(self, kind: str) -> bool:
        return kinds_of(self.assignment.folder)[kind].structure

    def _of_network(self, differences: Sequence[Difference], cost: int) -> list[Cause]:
        """A cause for each difference; together they cost what the checks lost that failed because of them."""
        text = "\n".join(difference.message for difference in self.described.differences)
        key = ("network", hashlib.sha256(text.encode()).hexdigest())
        topics = {kind: topic for kind, (topic, *_) in KINDS_OF_CHANGE.items()}
        return [
            Cause("network", key, difference.message, cost, topics.get(difference.kind, ""))
            for difference in differences
        ]

    def _of_check(self, result: CheckResult) -> Cause:
        """A check that failed for a reason of its own."""
        kind = result.check.kind
        if result.status is Status.SKIPPED:
            return self._unchecked([result])
        if kind == "runs":
            execution = self.grade.execution
            return _stopped(execution.failures, execution, "although the network is built")
        if kind == "learns" and self.grade.training is not None:
            head = result.check.options.get("head")
            return _not_learned(head if isinstance(head, int) else None, self.assignment, self.grade.training)
        sentence = self._asked_again(result.check)
        group = "network" if self._is_of_structure(kind) else "learning" if kind == "learns" else "settings"
        detail = (
            sentence if self.described.expected else "" if kind == "parameters" else _LAYER.sub("`layer`", sentence)
        )
        layers = tuple(layer.name for layer in self.described.network.layers if f"`{layer.name}`" in sentence)
        return Cause(group, (result.check.id, detail), sentence, topic=result.check.title, layers=layers)

    def _asked_again(self, check: Check) -> str:
        """What the check says of the same network in neutral names; without a sentence that is certain, its title."""
        plain = f"“{check.title}” failed."
        if check.kind == "learns" or not kinds_of(self.assignment.folder)[check.kind].ignores_names:
            return plain
        network = self.described.network
        whole = [entry for entry in self.assignment.checks if entry.kind == "graph"]  # it names what is free
        assignment = replace(self.assignment, checks=(replace(check, requires=()), *whole), reveal="difference")
        outcome, model = Execution(self.grade.execution.outcome, 0.0, ""), _neutral_model(self.model, self.graph)
        expected = self.described.expected
        answer, *_ = run_checks(
            Evidence(assignment, outcome, model, network, expected, _no_training, lambda: reaches(network))
        )
        return answer.message if answer.status is Status.FAILED else plain

    def _misfits(self) -> bool:
        """Whether the program stopped only because its network is not the one that the data are for."""
        execution, wrong = self.grade.execution, miscounted(self.graph, self.assignment.data)
        note = cause(execution.failures[0], execution) if execution.failures else None
        return note is not None and contradicted(note, self.grade.results, wrong) is not None

    def _unchecked(self, lost: Sequence[CheckResult]) -> Cause:
        """What keeps checks from being evaluated, where nothing failed."""
        if any(layer.opaque for layer in self.graph.layers):
            sentence = "Layers are hidden in a class of the student's own, so a person must review them."
            return Cause.of("absent", sentence, "hidden")
        kinds = sorted({layer.kind for layer in self.graph.layers if layer.untrainable})
        if kinds:
            return Cause.of("absent", f"The grader cannot train `{'`, `'.join(kinds)}`.", *kinds)
        titles = [result.check.title for result in lost]
        return Cause("absent", ("unchecked", *titles), f"“{titles[0]}” could not be evaluated.")


def _neutral_model(model: RecordedModel, graph: ModelGraph) -> RecordedModel:
    """What was recorded of a model, without names and places; only the `compile` and the `fit` that count."""
    compiled, here = model.compiled, Location()
    if compiled is not None:
        names = ("optimizer", "loss", "loss_weights", "metrics")
        parts: dict[str, Any] = {name: _neutral(getattr(compiled, name), graph.output_names) for name in names}
        compiled = CompileCall(compiled.order, here, **parts)
    kind = {"functional": "Functional", "sequential": "Sequential"}.get(model.kind, "Model")
    compiles, fits = (compiled,) if compiled else (), tuple(replace(fit, location=here) for fit in model.fits[-1:])
    return RecordedModel(0, model.kind, kind, ("model",), "", False, here, (), None, "", compiles, fits)


def _no_training() -> Training:
    raise NotImplementedError("a training is not asked for its words again")


def _neutral(settings: Settings, outputs: Sequence[str]) -> Settings:
    """What `compile` was given, by the place of the output that it is for, without names of students."""
    if isinstance(settings, Setting):
        return replace(settings, name="one") if settings.config.get("custom") else settings
    if isinstance(settings, Mapping):
        named = set(settings) <= set(outputs)
        settings = tuple(settings.get(name) for name in outputs) if named else tuple(settings.values())
    return tuple(_neutral(part, outputs) for part in settings) if isinstance(settings, tuple) else settings


# What ends a program, or leaves it without a network, in words without a name or a line of the student's


def _without_network(grade: Grade) -> Cause:
    """Why there is no network to look at."""
    execution, assignment, model = grade.execution, grade.assignment, grade.match.model
    name = failed_function(assignment, execution) if assignment else None
    if model is not None and model.kind == "subclass":
        return Cause.of("absent", "The layers are hidden in a subclass of `keras.Model`.", "subclass")
    if name is not None:
        return _stopped([execution.function_failures[name]], execution, "in the function that builds the network")
    if execution.outcome in _ENDED or (execution.failures and execution.outcome is not Outcome.OK):
        return _stopped(execution.failures, execution, _EARLY)
    if grade.match.outcome == "unreadable":
        return Cause.of("absent", "The network has a part that the grader cannot read.", "unreadable")
    if lacking := _lacking(execution):
        return lacking
    if execution.models:
        sentence = "There are networks, but none is recognised as the one for this exercise."
        return Cause.of("absent", sentence, "unrecognised")
    return Cause.of("absent", "No network is built.", "none")


def _lacking(execution: Execution) -> Cause | None:
    """A package that the program needs, and that is not installed where it is graded."""
    package = next((note.detail for note in execution.notes if note.code == MISSING_PACKAGE), None)
    if package is None:
        return None
    sentence = f"The package `{package}` is not installed where this was graded."
    return Cause.of("grader", sentence, MISSING_PACKAGE, package)


def _stopped(failures: Sequence[Failure], execution: Execution, place: str) -> Cause:
    """What ended a program: an exception by its type, its known cause, and where it was raised; else a limit."""
    if not failures:
        sentence = _ENDED.get(execution.outcome, "The program does not run to the end.")
        return Cause.of("error", sentence, execution.outcome.value)
    if lacking := _lacking(execution):  # then no error is certain to be the student's
        return lacking
    kind = failures[0].type if failures[0].type in _TYPES else "An exception"
    note = cause(failures[0], execution)
    if note is not None and note.code in EXPLANATIONS:
        sentence = f"`{kind}` {place}: {EXPLANATIONS[note.code].sentence}"
        return Cause.of("error", sentence, kind, note.code, place)
    return Cause.of("error", ended(f"`{kind}` {place}"), kind, place)


def _not_learned(number: int | None, assignment: Assignment, training: Training) -> Cause:
    """Why a training missed: the diagnosis of each output that did not learn; `number` is the one that counts."""
    if training.outcome == "borderline":
        sentence = "The result of the training is too close to the threshold to be certain."
        return Cause.of("learning", sentence, "borderline")
    heads: list[tuple[int, HeadTraining]] = list(enumerate(training.heads, start=1))
    wrong = [(place, head) for place, head in heads if number in (None, place) and not head.learned]
    names = {place: head.diagnosis.name for place, head in wrong if head.diagnosis}
    if not names:
        return Cause.of("learning", "No run brought every output to its threshold.", f"together {number}")
    several = len(heads) > 1
    sentences = [
        (f"Output {place}: " if several else "") + _LEARNING.get(name, f"The network does not learn: {name}.")
        for place, name in names.items()
    ]
    key = ", ".join(f"{place} {name}" for place, name in names.items())
    return Cause.of("learning", " ".join(sentences), key)
