"""No next step of a page contradicts another one: for every mistake, and for two of them at once."""

from __future__ import annotations

import re
from collections.abc import Iterator
from random import Random

import pytest

from grader.assignments.course import load_course
from grader.authoring.mutations import mutations
from grader.checks import Evidence, freedoms, run_checks
from grader.domain import Execution, Location, ModelGraph, Outcome, RecordedModel, Status, Training
from grader.graph import reaches
from grader.graph.edits import unshaped

NAMES = ("two_inputs", "three_inputs", "branching_network", "shared_layer", "two_outputs")
ADDING = ("depth", "intruder", "layer count")


def untrained() -> Training:
    raise NotImplementedError


def steps(graph: ModelGraph, name: str) -> dict[str, str]:
    """The next step of each failed check of structure."""
    course = load_course([name])
    (assignment,) = course.assignments
    model = RecordedModel(0, "functional", "Functional", ("model",), "", False, Location(), (), None, "")
    ran = Execution(Outcome.OK, 0.0, "none")
    given = Evidence(
        assignment, ran, model, graph, course.references[name], untrained, lambda: reaches(graph)
    )
    results = run_checks(given)
    assert [one for one in results if one.status is Status.ERRORED and one.check.kind != "learns"] == []
    return {one.check.id: one.hint for one in results if one.status is Status.FAILED and one.check.kind != "compiled"}


def mistaken(name: str) -> Iterator[tuple[str, ModelGraph]]:
    """The expected network with one mistake more or less of a layer, and with another mistake beside it."""
    course, random = load_course([name]), Random(name)
    (assignment,) = course.assignments
    graph, free = course.references[name], freedoms(assignment)
    for first in mutations(graph, free, list):
        if first.subject in ADDING:
            yield first.words, first.graph
            second = random.choice(list(mutations(first.graph, free, list)))
            yield f"{first.words}, and {second.words}", unshaped(second.graph)


@pytest.mark.parametrize("name", NAMES)
def test_a_layer_to_remove_gets_no_other_advice(name: str) -> None:
    for words, graph in mistaken(name):
        told = steps(graph, name)
        gone = {one for hint in told.values() for one in re.findall(r"Remove `([^`]+)`", hint)}
        for check, hint in told.items():
            kept = {one for step in re.findall(r"[^.]*\bin `[^.]*|[^.]*\bfor `[^.]*", hint) for one in re.findall(r"`([^`]+)`", step)}
            assert not gone & kept, (words, check, hint, told)
