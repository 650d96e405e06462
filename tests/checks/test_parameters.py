"""`parameters`: how many weights the network may have."""

from __future__ import annotations

from dataclasses import replace

from grader.domain import Status
from tests.checks.students import chain, dense, evidence, look


def test_a_budget_of_parameters() -> None:
    assert Status.PASSED is look("parameters", evidence(chain(dense(3))), most=6).status
    assert Status.FAILED is look("parameters", evidence(chain(dense(3))), most=5).status


def test_a_count_that_nobody_knows_is_not_judged() -> None:
    given = evidence(chain(dense(3)))
    finding = look("parameters", replace(given, graph=replace(given.graph, parameters=None)), most=6)
    assert finding.status is Status.SKIPPED
