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
    places = sorted(re.sub(r"^/.*/root/", "RUN/", path) for path in found["writable"])
    held = ", ".join("{} ({})".format(*one.split(" ", 1)) for one in found["descriptors"])
    capabilities = int(found["capabilities"], 16)
    names = sorted(name for name in found["namespaces"] if not name.endswith("_for_children"))
    words = (
        f"writes to {', '.join(places)}; holds descriptors {held}; {capabilities or 'no'} capabilities; "
        f"{'its own ' + ', '.join(names) if names else 'no namespaces of its own'}; "
        f"system calls up to {found['newest call']}"
    )
    assert [" ".join(text.split()) for text in promised] == [words]
