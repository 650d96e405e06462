"""Mutants have one thing wrong, and know which check owns it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import get_args

from grader.assignments.course import load_course
from grader.assignments.folder import find_course
from grader.authoring.mutants import mutants, ownership, variants
from grader.authoring.mutations import Mutant
from grader.checks import KINDS, freedoms
from grader.domain import Assignment, ModelGraph, Subject
from grader.graph import align
from grader.graph.source import program
from tests.graph.networks import all_confirmed


def reference_of(name: str) -> tuple[Assignment, ModelGraph]:
    course = load_course([name])
    graph = course.calibrations[name].reference
    assert graph is not None
    return course.assignments[0], graph


def of(name: str) -> tuple[Assignment, dict[str, Mutant]]:
    assignment, graph = reference_of(name)
    return assignment, {mutant.words: mutant for mutant in mutants(assignment, graph, all_confirmed)}


def test_every_subject_has_an_owner() -> None:
    """Whatever a spec may leave free, some kind of check looks at."""
    assert {subject for kind in KINDS.values() for subject in kind.subjects} == set(get_args(Subject))


def test_no_mutant_is_an_equal_network() -> None:
    """A change that the rules of equality or a freedom allow is no mutant."""
    for name in ("three_inputs", "shared_layer", "two_outputs"):
        assignment, reference = reference_of(name)
        labels = assignment.data.inputs
        for mutant in mutants(assignment, reference, all_confirmed):
            graph = mutant.graph
            same_ends = len(graph.inputs) == len(labels) and len(graph.outputs) == len(reference.outputs)
            if graph is not reference and mutant.subject != "initializer" and same_ends:
                assert align(graph, reference, freedoms(assignment), labels) is None, mutant.words


def test_each_mutant_is_tried_once() -> None:
    """They differ in more than in their names."""
    _, found = of("branching_network")
    texts = [f"{program(one.graph, one.compiled)} {one.flaw}" for one in found.values()]
    assert len(set(texts)) == len(texts) > 60


def test_what_is_free_is_tried_at_its_ends() -> None:
    """The third branch of `three_inputs` may have from 1 to 256 units and any activation."""
    allowed = {one.words for one in variants(*reference_of("three_inputs"))}
    assert {"the reference", "`third` with 1 units", "`third` with 256 units", "`third` with activation tanh"} <= allowed


def test_a_width_is_owned_by_widths_and_is_no_business_of_the_merge_it_feeds() -> None:
    """A layer that feeds a concatenation changes its width, and not what it joins; one that is dropped does."""
    assignment, found = of("three_inputs")
    branch = next(mutant for mutant in found.values() if mutant.words == "giving `left` (32 units) 33 units")
    right = ownership(branch, assignment)
    assert right.owner == "widths"
    assert {"graph", "learns"} <= right.touched
    assert not {"heads", "merge"} & right.touched
    depth = next(mutant for mutant in found.values() if mutant.words == "dropping `left` (32 units)")
    assert "merge" in ownership(depth, assignment).touched


def of_example(name: str) -> tuple[Assignment, dict[str, Mutant]]:
    """The same for an exercise of the second course."""
    course = load_course([name], find_course(Path(__file__).parents[2] / "examples"))
    (assignment,) = course.assignments
    graph = course.calibrations[name].reference
    assert graph is not None
    found = mutants(assignment, graph, all_confirmed)
    return assignment, {mutant.words: mutant for mutant in found}


def test_a_merge_that_leads_to_one_output_goes_with_it() -> None:
    """And no reference gets a second layer that takes what it does not return."""
    assignment, found = of_example("words_and_numbers")
    assignment = replace(assignment, checks=tuple(replace(check, points=1) for check in assignment.checks))
    assert "merge" in ownership(found["leaving out the output `topic`"], assignment).touched
    assert "merge" not in ownership(found["leaving out the output `kind`"], assignment).touched
    assert not [name for name in found if name.startswith("a second `words`")]
    # With `topic` go all hidden Dense layers; and the outputs differ, so that `heads` sees their order.
    assert "activations" in ownership(found["leaving out the output `topic`"], assignment).touched
    assert "activations" not in ownership(found["leaving out the output `kind`"], assignment).touched
    assert "heads" in ownership(found["giving the outputs in the other order"], assignment).touched


def test_a_shared_layer_goes_with_an_output_that_it_leads_to() -> None:
    """With one branch left, no layer is called twice."""
    assignment, found = of_example("shared_autoencoder")
    lost = [mutant for name, mutant in found.items() if name.startswith("leaving out the output")]
    assert len(lost) == 2
    assert all("shared" in ownership(mutant, assignment).touched for mutant in lost)


def test_sharing_another_layer_as_well_is_wiring() -> None:
    """`shared` finds the layer that it asks for, and only the whole network shows the other one."""
    assignment, found = of_example("shared_autoencoder")
    twins = [mutant for name, mutant in found.items() if " in place of " in name and name.startswith("calling")]
    assert twins
    assert {ownership(mutant, assignment).owner for mutant in twins} == {"graph"}
    own = next(mutant for name, mutant in found.items() if name.startswith("a layer of its own"))
    assert ownership(own, assignment).owner == "shared"


def test_without_a_check_for_it_the_graph_owns_a_change() -> None:
    """`weighted_losses` has no `widths`."""
    assignment, found = of("weighted_losses")
    width = next(mutant for mutant in found.values() if mutant.subject == "width")
    assert ownership(width, assignment).owner == "graph"


def test_a_subject_that_no_check_looks_at_has_no_owner() -> None:
    """Then the mutant mistakes through, and `validate` says so."""
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
