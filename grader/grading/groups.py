"""Grades with the same mistakes: what is wrong, without a name or a line of the student's, and what follows from what.

A network that is not the expected one is described by its differences, and all checks of structure that fail are
consequences of these. What has nothing to do with the structure is a cause of its own: an error, a setting, a training.
A check is asked again about the network in neutral names, so that its own sentence is the one for the class.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from grader.checks import Evidence, freedoms, run_checks, veiled
from grader.checks.registry import STRUCTURE
from grader.domain import (
    AnswerGroup,
    Assignment,
    Check,
    CheckResult,
    CompileCall,
    Difference,
    Execution,
    Grade,
    Location,
    ModelGraph,
    Outcome,
    RecordedModel,
    Setting,
    Settings,
    Status,
    Training,
)
from grader.grading.causes import Cause, after_network, before_network, not_learned, without_network
from grader.graph import Neutral, neutral, reaches, with_unused
from grader.graph.differences.changes import KINDS
from grader.hints import cause as cause_of
from grader.hints import contradicted

MOST_CAUSES = 8
MOST_DRAWN = 60  # calls of a network that is kept for a drawing


def answer_group(grade: Grade, reference: ModelGraph | None = None) -> AnswerGroup | None:
    """The group of a grade; `None` where nothing is wrong, there is no program, or the grader itself is at fault.

    `reference` is the expected network of an exercise with a prescribed structure.
    """
    lost = [result for result in grade.results if result.status in (Status.FAILED, Status.SKIPPED)]
    if (grade.results and not lost) or grade.execution.outcome is Outcome.UNREADABLE:
        return None
    if grade.assignment is None or grade.match.graph is None or grade.match.model is None:
        cost = sum(result.max_score - result.score for result in lost)
        found = replace(without_network(grade), cost=cost)
        return _group(grade.assignment.id if grade.assignment else "", [found], [], None)
    if _is_a_part(grade):
        found = replace(before_network(grade.execution), cost=sum(one.max_score - one.score for one in lost))
        return _group(grade.assignment.id, [found], [], None)
    case = _case(grade, grade.assignment, grade.match.graph, grade.match.model, reference)
    causes, consequences = case.sorted(lost)
    return _group(grade.assignment.id, causes, consequences, case.described, grade.assignment.reveal)


def _is_a_part(grade: Grade) -> bool:
    """Whether an error left only a part of the network, such as a nested model, which is nobody's answer."""
    model, failures = grade.match.model, grade.execution.failures
    if model is None or model.compiles or not failures:
        return False
    return grade.match.matched_by == "only model" or model.kind == "sequential"


def _group(
    assignment: str,
    causes: Sequence[Cause],
    consequences: Sequence[str],
    described: Neutral | None,
    reveal: str = "difference",
) -> AnswerGroup:
    ranked = sorted(causes, key=lambda one: -one.cost)
    key = json.dumps([assignment, sorted(one.key for one in causes)])
    drawn = described if described and len(described.network.calls) <= MOST_DRAWN else None
    differs = drawn is not None and any(one.kind == "network" for one in causes)
    found = drawn.differences if drawn is not None and differs else ()
    shown = drawn is not None and bool(found) and reveal != "hint"
    marked = [*(one.layers for one in found), *(one.layers for one in causes)]
    return AnswerGroup(
        hashlib.sha256(key.encode()).hexdigest()[:12],
        ranked[0].sentence,
        tuple(one.sentence for one in ranked[:MOST_CAUSES]),
        ranked[0].kind,
        tuple(dict.fromkeys(consequences)),
        drawn.network if drawn else None,
        drawn.expected if drawn and shown else None,
        tuple(dict.fromkeys(name for layers in marked for name in layers)) if drawn else (),
        tuple(dict.fromkeys(name for one in found for name in one.expected_layers)) if shown else (),
        tuple(one.topic or one.sentence for one in ranked[:MOST_CAUSES]),
    )


@dataclass(frozen=True)
class _Case:
    """A grade with a network. `whole` says that all of the network is compared with the expected one."""

    grade: Grade
    assignment: Assignment
    graph: ModelGraph
    model: RecordedModel
    described: Neutral | None
    whole: bool

    def sorted(self, lost: Sequence[CheckResult]) -> tuple[list[Cause], list[str]]:
        """The causes, and the titles of the checks that failed only because of one."""
        differences = self._differences(lost)
        explained = [one for one in lost if self._follows(one, lost, bool(differences))]
        causes, consequences = self._of_network(differences, explained) if differences else ([], [])
        if not differences:
            consequences = [one.check.title for one in explained]
        own = [one for one in lost if one not in explained]
        causes += [replace(self._of_check(one), cost=one.max_score - one.score) for one in own]
        return causes or [self._unchecked(lost)], consequences

    def _differences(self, lost: Sequence[CheckResult]) -> tuple[Difference, ...]:
        seen = [one for one in lost if one.check.kind == "graph" and not one.review]
        if not self.whole or not seen:
            return ()
        if self.described is None:
            first = seen[0].message
            return seen[0].differences or (Difference("network", first, ""),)
        found = self.described.differences
        return tuple(map(veiled, found)) if self.assignment.reveal == "hint" else found

    def _follows(self, result: CheckResult, lost: Sequence[CheckResult], differs: bool) -> bool:
        """Whether a check failed only because of something else that is wrong."""
        kind = result.check.kind
        others = [one for one in lost if one is not result and one.status is Status.FAILED]
        if result.status is Status.SKIPPED:
            return bool(others) and not result.review
        if kind == "runs":
            return _misfits(self.grade.execution, self.grade.results)
        if kind == "learns":
            return differs or any(one.check.kind == "initializers" for one in others)
        if kind == "compiled" and len(self.graph.outputs) != len(self.assignment.data.targets):
            return differs and any(result.check.options.get(name) for name in ("losses", "weights", "larger"))
        return differs and kind in STRUCTURE

    def _of_network(
        self, differences: Sequence[Difference], explained: Sequence[CheckResult]
    ) -> tuple[list[Cause], list[str]]:
        """A cause for each difference. Of the checks that it failed, those that are about more are consequences."""
        told = [one.message for one in self.described.differences] if self.described else [differences[0].kind]
        key = ("network", hashlib.sha256("\n".join(told).encode()).hexdigest())
        costs, consequences = [0] * len(differences), dict[int, list[str]]()
        for result in sorted(explained, key=lambda one: one.check.kind in ("graph", "learns")):
            number = _owner(result, differences)
            costs[number] += result.max_score - result.score
            consequences.setdefault(number, []).append(result.check.title)
        causes = [
            Cause("network", key, one.message, cost, KINDS[one.kind][0] if one.kind in KINDS else "")
            for one, cost in zip(differences, costs, strict=True)
        ]
        return causes, [title for _, *titles in consequences.values() for title in titles]

    def _of_check(self, result: CheckResult) -> Cause:
        """A check that failed for a reason of its own."""
        kind = result.check.kind
        if result.status is Status.SKIPPED:
            return self._unchecked([result])
        if kind == "runs":
            return after_network(self.grade.execution)
        if kind == "learns" and self.grade.training is not None:
            head = result.check.options.get("head")
            return not_learned(head if isinstance(head, int) else None, self.assignment, self.grade.training)
        sentence = self._asked_again(result.check)
        group = "network" if kind in STRUCTURE else "learning" if kind == "learns" else "settings"
        detail = "" if kind == "parameters" or self.described is None else _LAYER.sub("`layer`", sentence)
        if self.whole and self.described is not None:
            detail = sentence
        layers = self.described.network.layers if self.described else ()
        named = tuple(one.name for one in layers if f"`{one.name}`" in sentence)
        return Cause(group, (result.check.id, detail), sentence, topic=result.check.title, layers=named)

    def _asked_again(self, check: Check) -> str:
        """What the check says of the same network in neutral names; without a sentence that is certain, its title."""
        plain = f"“{check.title}” failed."
        if self.described is None or check.kind == "learns":
            return plain
        network = self.described.network
        whole = [one for one in self.assignment.checks if one.kind == "graph"]  # it names what is free
        assignment = replace(self.assignment, checks=(replace(check, requires=()), *whole), reveal="difference")
        outcome, model = Execution(self.grade.execution.outcome, 0.0, ""), _neutral_model(self.model, self.graph)
        expected = self.described.expected
        answer, *_ = run_checks(
            Evidence(assignment, outcome, model, network, expected, _no_training, lambda: reaches(network))
        )
        return answer.message if answer.status is Status.FAILED else plain

    def _unchecked(self, lost: Sequence[CheckResult]) -> Cause:
        """What keeps checks from being evaluated, where nothing failed."""
        if any(layer.opaque for layer in self.graph.layers):
            sentence = "Layers are hidden in a class of the student's own, so a person must review them."
            return Cause("absent", ("absent", "hidden"), sentence)
        kinds = sorted({layer.kind for layer in self.graph.layers if layer.untrainable})
        if kinds:
            return Cause("absent", ("absent", *kinds), f"The grader cannot train `{'`, `'.join(kinds)}`.")
        titles = [one.check.title for one in lost]
        return Cause("absent", ("unchecked", *titles), f"“{titles[0]}” could not be evaluated.")


_LAYER = re.compile(r"`[a-z][\w ]*`")


def _case(
    grade: Grade, assignment: Assignment, graph: ModelGraph, model: RecordedModel, reference: ModelGraph | None
) -> _Case:
    whole = reference is not None and any(check.kind == "graph" for check in assignment.checks)
    described = neutral(
        with_unused(graph, model.unused),
        reference if whole else None,
        assignment.data.inputs,
        freedoms(assignment),
    )
    return _Case(grade, assignment, graph, model, described, whole)


def _owner(result: CheckResult, differences: Sequence[Difference]) -> int:
    """The difference that a check lost its points for: the first about what it names itself, else the first."""
    if len(result.differences) != 1:
        return 0
    named = result.differences[0]
    near = [(one.subject == named.subject, one.expected == named.expected) for one in differences]
    return near.index(max(near))


def _misfits(execution: Execution, results: Sequence[CheckResult]) -> bool:
    """Whether the program stopped only because its network is not the one that the data are for."""
    note = cause_of(execution.failures[0], execution) if execution.failures else None
    return note is not None and contradicted(note, results)


def _neutral_model(model: RecordedModel, graph: ModelGraph) -> RecordedModel:
    """What was recorded of a model, without names and places; only the `compile` and the `fit` that count."""
    compiled, here = model.compiled, Location()
    if compiled is not None:
        settings = [_neutral(one, graph.output_names) for one in (compiled.optimizer, compiled.loss, compiled.metrics)]
        weights: Any = compiled.loss_weights
        if isinstance(weights, Mapping):
            weights = tuple(weights.get(name) for name in graph.output_names)
        compiled = CompileCall(compiled.order, here, settings[0], settings[1], weights, settings[2])
    kind = {"functional": "Functional", "sequential": "Sequential"}.get(model.kind, "Model")
    compiles, fits = (compiled,) if compiled else (), tuple(replace(one, location=here) for one in model.fits[-1:])
    return RecordedModel(0, model.kind, kind, ("model",), "", False, here, (), None, "", compiles, fits)


def _no_training() -> Training:
    raise NotImplementedError("a training is not asked for its words again")


def _neutral(settings: Settings, outputs: Sequence[str]) -> Settings:
    """Losses, metrics and optimizers by the place of their output, without the names that students gave their own."""
    if isinstance(settings, Setting):
        return replace(settings, name="one") if settings.config.get("custom") else settings
    if isinstance(settings, Mapping):
        named = set(settings) <= set(outputs)
        settings = tuple(settings.get(name) for name in outputs) if named else tuple(settings.values())
    return tuple(_neutral(part, outputs) for part in settings) if isinstance(settings, tuple) else settings
