"""Checks that know the reference tell one cause, with its place, and no more than the spec reveals."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import keras
from keras import layers

from grader.checks import Evidence, Finding
from grader.domain import Place, Status
from tests.checks.students import dense, evidence, look, two_branches
from tests.graph.networks import read

PLACES = {"left": Place(3, 5), "right": Place(3, 6), "top": Place(3, 8)}


def given(model: Any, reveal: str = "difference", unused: tuple[Any, ...] = ()) -> Evidence:
    """Evidence about a model of `two_inputs`, with the reference and the places of its layers."""
    found = evidence(model, reference=read(two_branches()))
    recorded = replace(found.model, layer_places=PLACES, unused=unused)
    return replace(found, model=recorded, assignment=replace(found.assignment, reveal=reveal))


def findings(about: Evidence) -> dict[str, Finding]:
    return {
        "widths": look("widths", about, units=[32, 20, 32]),
        "merge": look("merge", about, joins=2, width=52),
        "graph": look("graph", about),
    }


def test_all_checks_blame_the_layer_that_is_wrong() -> None:
    """One and the same, though several have the width that was found."""
    found = findings(given(two_branches(left=32, right=33)))
    assert {finding.message for finding in found.values()} == {
        "Layer `right` (cell 3, line 6): expected 20 units, found 33."
    }
    assert {finding.hint for finding in found.values()} == {"Write `Dense(20, …)` for `right`."}
    alike = findings(given(two_branches(left=32, right=32)))
    assert len({finding.message for finding in alike.values()}) == 1
    assert found["graph"].actual == ""


def test_the_equal_network_passes_and_has_no_difference() -> None:
    """Whatever the branches are called."""
    about = given(two_branches())
    assert look("graph", about).status is Status.PASSED
    assert about.differences == ()


def test_further_differences_are_listed_after_the_first() -> None:
    """The first is the message, the others are what was found beside it."""
    finding = look("graph", given(two_branches(right=21, head=dense(1, "tanh", name="head"))))
    assert finding.message.endswith("expected 20 units, found 21.")
    assert finding.actual == "Beside that: Layer `head`: expected activation none, found `tanh`."
    assert [one.kind for one in finding.differences] == ["width", "activation"]


def test_a_hint_tells_where_and_not_what() -> None:
    """Where the spec reveals a hint only, no finding says what is expected."""
    for finding in findings(given(two_branches(right=33), reveal="hint")).values():
        assert finding.message == "Look at `right` (cell 3, line 6): its width is not as the task asks."
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
    recorded = replace(about.model, place=Place(None, 9, "a.py"), layer_places={"right": Place(None, 6, "a.py")})
    assert "`right` (line 6)" in look("graph", replace(about, model=recorded)).message
    recorded = replace(recorded, layer_places={"right": Place(None, 6, "helpers.py")})
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
