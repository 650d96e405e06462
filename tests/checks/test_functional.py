"""`functional`: built with the Functional API, not with `Sequential`."""

from __future__ import annotations

from grader.domain import Status
from tests.checks.students import chain, dense, evidence, look, two_branches


def test_a_sequential_model_fails_functional_only() -> None:
    finding = look("functional", evidence(chain(dense(32), dense(1, None))))
    assert finding.status is Status.FAILED
    assert "Model(inputs=x0" in finding.hint
    assert Status.PASSED is look("functional", evidence(two_branches())).status
