"""No next step of a page contradicts another one, and none makes a check worse: for each mistake, and for two."""

from __future__ import annotations

import re
from collections.abc import Iterator
from random import Random

import pytest

from grader.assignments.course import load_course
from grader.authoring.mutation_table import mutations
from grader.checks import Evidence, run_checks
from grader.domain import CheckResult, Execution, Location, ModelGraph, Outcome, RecordedModel, Status, Training
from grader.graph import reaches
from grader.graph.differences.explain import compared
from grader.graph.edits import unshaped
from tests.graph.applied import all_resized, applied
from tests.graph.references import NETWORKS, mistakes

NAMES = ("two_inputs", "three_inputs", "branching_network", "shared_layer", "two_outputs")
ADDING = ("depth", "intruder", "layer count")
FEW_OR_ALL = (5, pytest.param(1, marks=pytest.mark.slow))


def untrained() -> Training:
    raise NotImplementedError


def looked_at(graph: ModelGraph, name: str) -> list[CheckResult]:
    """What each check of structure says of a network."""
    (assignment,) = load_course([name]).assignments
    model = RecordedModel(0, "functional", "Functional", ("model",), "", False, Location(), (), None, "")
    ran = Execution(Outcome.OK, 0.0, "none")
    results = run_checks(Evidence(assignment, ran, model, graph, NETWORKS[name][0], untrained, lambda: reaches(graph)))
    assert [result for result in results if result.status is Status.ERRORED and result.check.kind != "learns"] == []
    return [result for result in results if result.check.kind not in ("learns", "compiled", "runs", "initializers")]


def mistaken(name: str, every: int) -> Iterator[tuple[str, ModelGraph]]:
    """The expected network with one mistake more or less of a layer, and with another mistake beside it."""
    random, free = Random(name), NETWORKS[name][2]
    for first in [mutant for mutant in mistakes(name) if mutant.subject in ADDING][::every]:
        yield first.words, first.graph
        second = random.choice(list(mutations(first.graph, free, list)))
        yield f"{first.words}, and {second.words}", unshaped(second.graph)


@pytest.mark.parametrize("every", FEW_OR_ALL)
@pytest.mark.parametrize("name", NAMES)
def test_a_layer_to_remove_gets_no_other_advice(name: str, every: int) -> None:
    for words, graph in mistaken(name, every):
        hints = {result.check.id: result.hint for result in looked_at(graph, name) if result.status is Status.FAILED}
        gone = {layer for hint in hints.values() for layer in re.findall(r"Remove `([^`]+)`", hint)}
        for check, hint in hints.items():
            advice = re.findall(r"[^.]*\bin `[^.]*|[^.]*\bfor `[^.]*", hint)
            kept = {layer for step in advice for layer in re.findall(r"`([^`]+)`", step)}
            assert not gone & kept, (words, check, hint, hints)


@pytest.mark.parametrize("every", FEW_OR_ALL)
@pytest.mark.parametrize("name", NAMES)
def test_no_check_is_worse_when_all_steps_of_a_page_are_followed(name: str, every: int) -> None:
    (reference, labels, free), random = NETWORKS[name], Random(name)
    for first in mistakes(name)[:: 2 * every]:
        second = random.choice(list(mutations(first.graph, free, all_resized)))
        for words, graph in ((first.words, first.graph), (f"{first.words}, and {second.words}", second.graph)):
            corrected = applied(compared(graph, reference, labels, free)[0])
            for before, after in zip(looked_at(graph, name), looked_at(corrected, name), strict=True):
                assert after.score >= before.score, (words, before.check.id, before.hint, after.message)
