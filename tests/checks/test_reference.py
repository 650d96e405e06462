"""Checks that know the reference tell one cause, with its place, and no more than the spec reveals."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import keras
from keras import layers

from grader.checks import Evidence, Finding
from grader.domain import Location, Status
from tests.checks.students import dense, evidence, look, two_branches
from tests.graph.networks import model_of, read

PLACES = {"left": Location(3, 5), "right": Location(3, 6), "top": Location(3, 8)}


def given(model: Any, reveal: str = "difference", unused: tuple[Any, ...] = ()) -> Evidence:
    """Evidence about a model of `two_inputs`, with the reference and the places of its layers."""
    found = evidence(model, reference=read(two_branches()))
    recorded = replace(found.model, layer_locations=PLACES, unused=unused)
    return replace(found, model=recorded, assignment=replace(found.assignment, reveal=reveal))


def findings(about: Evidence) -> dict[str, Finding]:
    return {
        "widths": look("widths", about, units=[32, 20, 32]),
        "merge": look("merge", about, joins=2, width=52),
        "graph": look("graph", about),
    }


def test_all_checks_blame_the_layer_that_is_wrong() -> None:
    """One and the same, though several have the width that was found; what is joined is right all the same."""
    found = findings(given(two_branches(left=32, right=33)))
    assert found["merge"].status is Status.PASSED
    failed = [finding for finding in found.values() if finding.status is Status.FAILED]
    assert {finding.message for finding in failed} == {"Layer `right` (cell 3, line 6): expected 20 units, found 33."}
    assert {finding.hint for finding in failed} == {"Write `Dense(20, …)` for `right`."}
    alike = findings(given(two_branches(left=32, right=32)))
    assert len({finding.message for finding in alike.values() if finding.status is Status.FAILED}) == 1
    assert found["graph"].actual == ""


def test_a_merge_of_something_else_than_the_branch_fails() -> None:
    """A wrong width of one branch forgives nothing about the other, which is not joined at all."""
    a, b = keras.Input((1,)), keras.Input((1,))
    joined = layers.concatenate([dense(33, name="left")(a), b])
    about = given(keras.Model([a, b], dense(1, None)(dense(32, name="top")(joined))))
    assert look("merge", about, joins=2, width=52).status is Status.FAILED


def test_every_width_wrong_still_joins_the_branches() -> None:
    """However many layers are too wide or too narrow."""
    assert look("merge", given(two_branches(left=31, right=21)), joins=2, width=52).status is Status.PASSED


def three_branches(joined: Callable[[list[Any]], list[Any]]) -> Evidence:
    """Evidence about a model of `three_inputs` that joins what is chosen of its three branches."""

    def model(chosen: Callable[[list[Any]], list[Any]]) -> Any:
        inputs = [keras.Input((1,), name=name) for name in "abc"]
        names = zip((32, 20, 8), ("left", "middle", "third"), inputs, strict=True)
        branches = [dense(units, name=name)(source) for units, name, source in names]
        top = dense(32, name="top")(layers.concatenate(chosen(branches), name="joined"))
        return model_of(inputs, dense(1, None, name="head")(top))

    reference = read(model(lambda branches: branches))
    return evidence(model(joined), assignment="three_inputs", reference=reference)


def shares(chosen: Callable[[list[Any]], list[Any]]) -> tuple[Status, float]:
    finding = look("merge", three_branches(chosen), joins=3, widths=[32, 20])
    return finding.status, finding.share


def test_a_branch_counts_once() -> None:
    """Joining one twice in place of another is worth what joining two is; an activation makes it no other branch."""
    two = shares(lambda one: one[:2])
    assert two == (Status.FAILED, 2 / 3)
    assert shares(lambda one: [one[0], one[1], one[1]]) == two
    assert shares(lambda one: [one[0], one[2], one[2]]) == two
    assert shares(lambda one: [one[0], one[1], keras.ops.tanh(one[1])]) == two
    assert shares(lambda one: [one[0], one[0], one[0]]) == (Status.FAILED, 1 / 3)
    assert shares(lambda one: [*one, one[2]]) == (Status.FAILED, 1.0)  # which a runner cuts to all but a point
    assert shares(lambda one: one)[0] is Status.PASSED


def test_a_branch_that_is_joined_twice_gives_way_to_the_one_that_is_not() -> None:
    """Following the hint to the letter makes the network right: nothing in it requires a fourth tensor."""
    finding = look("merge", three_branches(lambda one: [one[0], one[1], one[1]]), joins=3, widths=[32, 20])
    assert finding.hint.endswith("`concatenate([…])` instead of the second `middle`.")
    assert "(2 branches)" in finding.actual


def test_the_equal_network_passes_and_has_no_difference() -> None:
    """Whatever the branches are called."""
    about = given(two_branches())
    assert look("graph", about).status is Status.PASSED
    assert about.differences == ()


def test_further_differences_are_listed_after_the_first() -> None:
    """The first is the message, the others are what was found beside it."""
    finding = look("graph", given(two_branches(right=21, head=dense(1, "tanh", name="head"))))
    assert finding.message.endswith("expected 20 units, found 21.")
    assert finding.actual == "More differences: Layer `head`: expected no activation, found `tanh`."
    assert [one.kind for one in finding.differences] == ["width", "activation"]


def test_a_hint_tells_where_and_not_what() -> None:
    """Where the spec reveals a hint only, no finding says what is expected."""
    found = findings(given(two_branches(right=33), reveal="hint"))
    assert found.pop("merge").status is Status.PASSED
    for finding in found.values():
        assert finding.message == "Look at `right` (cell 3, line 6): its width does not match the task."
        assert "20" not in finding.hint + finding.actual


def test_a_layer_left_unused_is_read_from_the_recording() -> None:
    """What was built beside the model explains what it lacks; entries that are no layers are passed over."""
    a, b = keras.Input((1,)), keras.Input((1,))
    joined = layers.concatenate([dense(32, name="left")(a), b])
    model = keras.Model([a, b], dense(1, None)(dense(32, name="top")(joined)))
    config = {"units": 20, "activation": "sigmoid"}
    entries = ({"class_name": "Dense", "name": "lost", "config": config}, {"class_name": 3}, {})
    (found,) = given(model, unused=entries).differences
    assert (found.kind, found.layer) == ("wiring", "lost")


def test_places_leave_out_the_file_that_the_model_is_in() -> None:
    """Only another file needs a name."""
    about = given(two_branches(right=21))
    recorded = replace(about.model, location=Location(None, 9, "a.py"), layer_locations={"right": Location(None, 6, "a.py")})
    assert "`right` (line 6)" in look("graph", replace(about, model=recorded)).message
    recorded = replace(recorded, layer_locations={"right": Location(None, 6, "helpers.py")})
    assert "`right` (helpers.py, line 6)" in look("graph", replace(about, model=recorded)).message


def test_the_order_of_a_concatenation_counts_where_the_spec_says_so() -> None:
    """Elsewhere it is one of the spellings of the same network."""
    a, b = keras.Input((1,)), keras.Input((1,))
    left, right = dense(32, name="left")(a), dense(20, name="right")(b)
    model = keras.Model([a, b], dense(1, None)(dense(32)(layers.concatenate([right, left]))))
    about = given(model)
    assert look("graph", about).status is Status.PASSED
    checks = tuple(
        replace(check, options={**check.options, "concatenate_order": True}) if check.kind == "graph" else check
        for check in about.assignment.checks
    )
    about = replace(about, assignment=replace(about.assignment, checks=checks))
    assert "in this order" in look("graph", about, concatenate_order=True).message
