"""The registry of kinds: each has a module of its own, and a file of tests."""

from __future__ import annotations

from pathlib import Path

import pytest

from grader.checks import KINDS


@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_has_its_file_of_tests(kind: str) -> None:
    """Whoever changes a check finds what holds it by its name."""
    own = Path(__file__).with_name(f"test_{kind}.py")
    assert f'look("{kind}"' in own.read_text("utf-8")


@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_has_a_module_of_its_name(kind: str) -> None:
    """And its spec accepts that name only."""
    assert KINDS[kind].check.__module__ == f"grader.checks.{kind}"
    assert kind in str(KINDS[kind].spec.model_fields["kind"].annotation)
