"""What the documentation shows can be typed, and its links lead somewhere. Nothing is run here."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.docs.blocks import PAGES, REPOSITORY, agrees, blocks, commands, in_prose
from tests.docs.commands import problem

LINK = re.compile(r"\]\((?!https?:|mailto:)(?P<path>[^)#\s]*)(?:#(?P<anchor>[^)\s]*))?\)")
BY_NAME = pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(REPOSITORY).as_posix())


@BY_NAME
def test_every_command_of_a_page_parses(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    wrong = [f"{command.line}: {command.text}: {fault}" for command in commands(text) if (fault := problem(command))]
    wrong += [
        f"{command.line}: {command.text}: {fault}"
        for command in in_prose(text)
        if (fault := problem(command, in_prose=True))
    ]
    assert not wrong, "\n".join(wrong)


@BY_NAME
def test_sessions_and_commands_to_copy_are_told_apart(page: Path) -> None:
    """A prompt stands in `console` blocks only, and each of these begins with one."""
    for block in blocks(page.read_text(encoding="utf-8")):
        prompts = [line for line in block.lines if line.startswith("$ ")]
        if block.language == "console":
            assert block.lines[0].startswith("$ "), f"line {block.line}"
        else:
            assert not prompts, f"line {block.line}: say ```console"


@BY_NAME
def test_links_lead_to_files_and_headings(page: Path) -> None:
    """Relative links, as GitHub follows them; headings that the site generates are Sphinx's to check."""
    wrong = []
    for match in LINK.finditer(page.read_text(encoding="utf-8")):
        target = (page.parent / match["path"]).resolve() if match["path"] else page
        to_heading = match["anchor"] and target.suffix == ".md"
        if not target.exists() or (to_heading and match["anchor"] not in _anchors(target)):
            wrong.append(match[0])
    assert not wrong


def _anchors(page: Path) -> set[str]:
    headings = re.findall(r"^#+ (.+)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def test_an_output_agrees_up_to_what_is_left_open() -> None:
    real = ["first", "took 3.2 s", "a", "b", "last"]
    assert agrees(["first", "took … s", "…", "last"], real)
    assert not agrees(["first", "…"], ["second", "third"])
    assert not agrees(["first"], real)


def test_a_wrong_command_is_found(tmp_path: Path) -> None:
    text = "```console\n$ grader chek a.py\n```\n\n```sh\ngrader grade a --jobs many\n```\n\nSay `grader list --color`, or `make tea`.\n"
    problems = [problem(command) for command in commands(text)] + [
        problem(command, in_prose=True) for command in in_prose(text)
    ]
    assert all(problems), problems
    assert len(problems) == 4
