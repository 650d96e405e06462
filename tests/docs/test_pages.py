"""What the documentation shows can be typed and is what happens, its links lead somewhere, and it makes a site."""

from __future__ import annotations

import ast
import json
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from tests.docs.blocks import DOCS, PAGES, REPOSITORY, agrees, blocks
from tests.docs.commands import problems
from tests.docs.sessions import run_page
from tests.levels import missing

MOST_BYTES = 150_000
READERS = {"python": ast.parse, "toml": tomllib.loads, "json": json.loads}
LINK = re.compile(r"\]\((?!https?:|mailto:)(?P<path>[^)#\s]*)(?:#(?P<anchor>[^)\s]*))?\)")
BY_NAME = pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(REPOSITORY).as_posix())


@BY_NAME
def test_every_command_of_a_page_parses(page: Path) -> None:
    assert problems(page.read_text(encoding="utf-8")) == []


def test_a_wrong_command_is_found() -> None:
    text = (
        "```console\n$ grader chek a.py\n```\n\n```sh\ngrader grade a --jobs many\n```\n\n"
        "Say `grader list --color`, or `make tea`.\n"
    )
    assert [fault.partition(":")[0] for fault in problems(text)] == ["2", "6", "9", "9"]


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


@BY_NAME
def test_blocks_are_of_the_language_that_they_name(page: Path) -> None:
    for block in blocks(page.read_text(encoding="utf-8")):
        if block.language in READERS:
            try:
                READERS[block.language](block.text)
            except (SyntaxError, ValueError) as error:
                pytest.fail(f"line {block.line}: {error}")


def test_pictures_are_small_and_shown() -> None:
    text = "".join(page.read_text(encoding="utf-8") for page in PAGES)
    for picture in (DOCS / "images").iterdir():
        assert picture.stat().st_size <= MOST_BYTES, picture.name
        assert f"images/{picture.name}" in text


def test_every_page_is_in_the_contents() -> None:
    index = (DOCS / "index.md").read_text(encoding="utf-8")
    listed = {line.strip() for block in blocks(index) if block.language == "{toctree}" for line in block.lines}
    pages = {page.relative_to(DOCS).with_suffix("").as_posix() for page in DOCS.rglob("*.md")} - {"index"}
    assert pages <= listed


@pytest.mark.slow
def test_the_documented_python_grades_a_file(tmp_path: Path) -> None:
    """The blocks of docs/python.md about `grader.grade`, one after another, as a reader would type them."""
    shutil.copy(REPOSITORY / "tests" / "submissions" / "class" / "student-06.ipynb", tmp_path / "work.ipynb")
    texts = [
        block.text for block in blocks((DOCS / "python.md").read_text(encoding="utf-8")) if block.language == "python"
    ]
    texts = [text for text in texts if "grader.grade(" in text]
    program = tmp_path / "program.py"
    program.write_text("\n".join(texts), encoding="utf-8")
    command = [sys.executable, str(program)]
    environment = {"PYTHONPATH": str(REPOSITORY), "PATH": "/usr/bin:/bin", "HOME": str(tmp_path)}
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)

    assert len(texts) == 2
    assert "one_input 8 10 graded" in done.stdout, done.stderr
    assert "Activations of the hidden layers" in done.stdout


WITH_SESSIONS = [page for page in PAGES if "```console" in page.read_text(encoding="utf-8")]


def test_an_output_agrees_up_to_what_is_left_open() -> None:
    real = ["first", "took 3.2 s", "a", "b", "last"]
    assert agrees(["first", "took … s", "…", "last"], real)
    assert not agrees(["first", "…"], ["second", "third"])
    assert not agrees(["first"], real)


@pytest.mark.slow
@pytest.mark.parametrize("page", WITH_SESSIONS, ids=lambda page: page.relative_to(REPOSITORY).as_posix())
def test_a_page_shows_what_its_commands_print(page: Path, tmp_path: Path) -> None:
    """Every console session, from the top of the page to its end."""
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


@pytest.mark.long
def test_the_site_is_built_without_a_warning(tmp_path: Path) -> None:
    """Where Sphinx is installed (`make docs` installs it)."""
    for package in ("sphinx", "myst_parser", "furo"):
        pytest.importorskip(package, reason="`make docs` installs what builds the site")
    options = ["-W", "--keep-going", "-q", "-E", "-b", "html", "-d", str(tmp_path / "doctrees")]
    command = [sys.executable, "-m", "sphinx", *options, str(DOCS), str(tmp_path / "html")]
    done = subprocess.run(command, capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stderr
    assert "--fail-under" in (tmp_path / "html" / "reference" / "commands.html").read_text(encoding="utf-8")
