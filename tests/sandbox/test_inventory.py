"""What a run has is what `docs/security.md` says."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from grader.sandbox import probes
from tests.levels import missing

SECURITY = Path(__file__).parents[2] / "docs" / "security.md"


@pytest.mark.parametrize("level", ["full", "partial"])
def test_a_run_has_what_the_document_lists(level: str) -> None:
    """Found by a process in the sandbox, which tries to write everywhere: not one place more, and not one less."""
    if reason := missing(level):
        pytest.skip(reason)
    promised = re.findall(rf"^- `{level}`: (.*?)(?=^- |^$)", SECURITY.read_text("utf-8"), re.MULTILINE | re.DOTALL)
    found = probes.inventory(level)
    assert found is not None
    assert [" ".join(text.split()) for text in promised] == [found.words]
