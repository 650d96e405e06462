"""Every console session of the documentation is run, page by page, and prints what the page shows."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.docs.blocks import PAGES, REPOSITORY, blocks
from tests.docs.sessions import run_page
from tests.levels import missing

WITH_SESSIONS = [
    page for page in PAGES if any(block.language == "console" for block in blocks(page.read_text(encoding="utf-8")))
]


@pytest.mark.slow
@pytest.mark.parametrize("page", WITH_SESSIONS, ids=lambda page: page.relative_to(REPOSITORY).as_posix())
def test_a_page_shows_what_its_commands_print(page: Path, tmp_path: Path) -> None:
    if page.name == "instructors.md" and (why := missing("full")):
        pytest.skip(f"a class is graded in a sandbox: {why}")
    folder = tmp_path / "work"
    folder.mkdir()
    wrong = [
        f"{page.name}:{step.command.line}: {step.command.text}\n" + "\n".join(step.real)
        for step in run_page(page, folder)
        if not step.holds
    ]
    assert not wrong, "\n\n".join(wrong)
