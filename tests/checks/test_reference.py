"""Checks that know the reference tell one cause, with its place, and no more than the spec reveals."""

from __future__ import annotations

import keras

from grader.checks import Evidence, Finding
from grader.domain import Status
from tests.checks.students import about, beside_reference, chain, dense, look, two_branches, veiled


def findings(facts: Evidence) -> dict[str, Finding]:
    return {
        "widths": look("widths", facts, units=[32, 20, 32]),
        "merge": look("merge", facts, joins=2, width=52),
        "graph": look("graph", facts),
    }


def test_all_checks_blame_the_layer_that_is_wrong() -> None:
    """One and the same, though several have the width that was found; what is joined is right all the same."""
    by_check = findings(beside_reference(two_branches(left=32, right=33)))
    assert by_check["merge"].status is Status.PASSED
    failed = [finding for finding in by_check.values() if finding.status is Status.FAILED]
    assert {finding.message for finding in failed} == {"Layer `right` (cell 3, line 6): expected 20 units, found 33."}
    assert {finding.hint for finding in failed} == {"Write `units=20` in the call of `Dense` in cell 3, line 6."}
    alike = findings(beside_reference(two_branches(left=32, right=32)))
    assert len({finding.message for finding in alike.values() if finding.status is Status.FAILED}) == 1
    assert by_check["graph"].actual == ""


def test_a_hint_tells_where_and_not_what() -> None:
    by_check = findings(veiled(beside_reference(two_branches(right=33))))
    assert by_check.pop("merge").status is Status.PASSED
    for finding in by_check.values():
        assert finding.message == "Look at `right` (cell 3, line 6): its width does not match the task."
        assert "20" not in finding.hint + finding.actual


def test_many_different_steps_are_lines_to_write() -> None:
    parts = [dense(units, name=f"h{units}") for units in range(11, 17)]
    expected = chain(*[dense(units) for units in range(21, 27)], dense(1, None))
    facts = about(chain(*parts, dense(1, None)), expected)
    finding = look("widths", facts, units=list(range(21, 27)))
    assert finding.hint.startswith("Write these lines in place of what makes `h11`, `h12`")
    assert all(f"Dense({units}, " in finding.hint for units in range(21, 27))
    assert finding.message.endswith("Layer `h16`: expected 26 units, found 16.")


def test_a_missing_layer_without_a_width_is_not_why_one_is_missing() -> None:
    """The dropout is missing first; to add it would leave the widths as they are. A hint says no more than the place."""
    expected = chain(keras.layers.Dropout(0.5), dense(9), dense(6), dense(1, None))
    facts = about(chain(dense(9, name="h"), dense(1, None)), expected)
    assert "Dropout" in facts.differences[0].message
    for kind, options in (("widths", {"units": [9, 6]}), ("layers", {"of": "Dense", "at_least": 3})):
        finding = look(kind, facts, **options)
        assert finding.message.startswith("`Dense(6, activation='sigmoid')` is missing between ")
        hint = look(kind, veiled(facts), **options)
        assert hint.message == "Look at `h`: what follows it does not match the task."
        assert hint.hint == "Compare it with the task."
        assert all(not difference.expected and not difference.expected_layers for difference in hint.differences)
