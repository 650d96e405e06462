"""Checks that know the reference tell one cause, with its place, and no more than the spec reveals."""

from __future__ import annotations

from grader.checks import Evidence, Finding
from grader.domain import Status
from tests.checks.students import beside_reference, look, two_branches, veiled


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
