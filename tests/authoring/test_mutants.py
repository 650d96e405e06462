"""Mutants have one thing wrong, and know which check owns it."""

from __future__ import annotations

from dataclasses import replace
from typing import get_args

from grader.authoring.mutants import Mutant, mutants
from grader.authoring.owners import OWNERS, ownership
from grader.authoring.writer import write
from grader.checks import freedoms
from grader.domain import Assignment, Subject
from grader.graph import align
from tests.authoring.conftest import program_of


def of(name: str) -> tuple[Assignment, dict[str, Mutant]]:
    program = program_of(name)
    return program.assignment, {mutant.name: mutant for mutant in mutants(program.assignment, program.graph)}


def test_every_subject_has_an_owner() -> None:
    """The spec's list of subjects and the table of owners are one list."""
    assert set(OWNERS) == set(get_args(Subject))


def test_no_mutant_is_an_equal_network() -> None:
    """A change that the rules of equality or a freedom allow is no mutant."""
    for name in ("three_inputs", "shared_layer", "two_outputs"):
        program = program_of(name)
        for mutant in mutants(program.assignment, program.graph):
            graph, labels = mutant.program.graph, program.assignment.data.inputs
            changed = (
                graph is not program.graph and mutant.subject != "initializer" and len(graph.inputs) == len(labels)
            )
            if changed and len(graph.outputs) == len(program.graph.outputs):
                assert align(graph, program.graph, freedoms(program.assignment), labels) is None, mutant.name


def test_mutants_differ_in_their_text() -> None:
    """Each is tried once."""
    _, found = of("branching_network")
    texts = [write(mutant.program) for mutant in found.values()]
    assert len(set(texts)) == len(texts) > 60


def test_a_width_is_owned_by_widths_and_is_no_business_of_the_merge_it_feeds() -> None:
    """A layer that feeds a concatenation changes its width, and not what it joins; one that is dropped does."""
    assignment, found = of("three_inputs")
    branch = next(mutant for mutant in found.values() if mutant.name == "giving `left` (32 units) 33 units")
    right = ownership(branch, assignment)
    assert right.owner == "widths"
    assert {"graph", "learns"} <= right.touched
    assert not {"heads", "merge"} & right.touched
    depth = next(mutant for mutant in found.values() if mutant.name == "dropping `left` (32 units)")
    assert "merge" in ownership(depth, assignment).touched


def test_without_a_check_for_it_the_graph_owns_a_change() -> None:
    """`weighted_losses` has no `widths`."""
    assignment, found = of("weighted_losses")
    width = next(mutant for mutant in found.values() if mutant.subject == "width")
    assert ownership(width, assignment).owner == "graph"


def test_a_subject_that_no_check_looks_at_has_no_owner() -> None:
    """Then the mutant slips through, and `validate` says so."""
    assignment, found = of("two_inputs")
    initializer = next(mutant for mutant in found.values() if mutant.subject == "initializer")
    rest = tuple(check for check in assignment.checks if check.kind != "initializers")
    assert ownership(initializer, assignment).owner == "initializers"
    assert ownership(initializer, replace(assignment, checks=rest)).owner == ""


def test_settings_are_owned_by_the_check_that_asks_for_them() -> None:
    """`weighted_losses` splits `compile` over four checks."""
    assignment, found = of("weighted_losses")
    owners = {mutant.subject: ownership(mutant, assignment).owner for mutant in found.values()}
    assert owners["optimizer"] == "optimizer"
    assert owners["losses"] == "losses"
    assert owners["loss weights"] == "loss_weights"
    assert owners["weight order"] == "larger_weight"


def test_what_the_spec_leaves_free_is_no_mutant() -> None:
    """`one_input` does not grade `compile`; `better_two_outputs` leaves the design to the student."""
    assignment, found = of("one_input")
    assert "compile" in assignment.free
    assert not {"compile", "optimizer", "losses"} & {mutant.subject for mutant in found.values()}
