"""Which tests `make quick` chooses."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.conftest import LONGEST
from tests.quick import ALWAYS, REPOSITORY, base, changed, for_files, for_room

PACKAGE = REPOSITORY / "grader"
UNTESTED = {"__init__", "__main__", "errors"}  # they hold names


@pytest.mark.parametrize(
    ("path", "chosen"),
    [
        ("grader/checks/widths.py", "tests/checks"),
        ("grader/graph/differences/words.py", "tests/graph"),
        ("grader/submissions/identity.py", "tests/submissions_discovery"),
        ("grader/hints/notes.toml", "tests/hints"),
        ("grader/filesystem.py", "tests/test_filesystem.py"),
        ("tests/checks/test_widths.py", "tests/checks/test_widths.py"),
        ("tests/checks/students.py", "tests/checks"),
        ("assignments/one_input/assignment.toml", "tests/assignments"),
        ("docs/authors.md", "tests/docs"),
        ("README.md", "tests/docs"),
        ("benchmarks/error_rates.py", "tests/benchmarks"),
    ],
)
def test_a_changed_file_has_the_tests_of_its_room(path: str, chosen: str) -> None:
    """And the test of imports, which any file can break."""
    assert set(for_files([path])) == {chosen, ALWAYS}


@pytest.mark.parametrize("path", ["CHANGELOG.md", "tests/submissions/good/one_input/x.py", "gone.py"])
def test_what_no_room_holds_has_no_tests_but_one(path: str) -> None:
    """A page, a submission and a file that is gone choose nothing."""
    assert for_files([path]) == [ALWAYS]


def test_what_all_tests_share_concerns_all_of_them() -> None:
    """A folder takes the place of what is in it."""
    assert for_files(["tests/notebooks.py", "grader/checks/widths.py"]) == ["tests"]
    assert for_files(["tests/checks/students.py", "tests/checks/test_widths.py"]) == ["tests/checks", ALWAYS]


@pytest.mark.parametrize("room", sorted({path.relative_to(PACKAGE).parts[0] for path in PACKAGE.rglob("*.py")}))
def test_every_room_has_tests(room: str) -> None:
    """A folder that gets another name, or a new one, is not left without any."""
    name = room.removesuffix(".py")
    if name not in UNTESTED:
        assert [one for one in for_room(name) if one != ALWAYS]


def test_a_room_that_does_not_exist_is_named_with_those_that_do() -> None:
    """Instead of running nothing."""
    with pytest.raises(SystemExit, match=r"no tests of `chekcs`: one of .*checks"):
        for_room("chekcs")


def test_files_that_git_does_not_know_yet_have_changed(tmp_path: Path) -> None:
    """The test that was just written is among those that run."""
    mine = REPOSITORY / "tests" / f"untracked_{tmp_path.name}.txt"
    mine.write_text("")
    try:
        assert f"tests/{mine.name}" in changed(base())
    finally:
        mine.unlink()


def test_what_ci_runs_once_more_is_there() -> None:
    """A folder of tests that gets another name does not drop out of the pass without bubblewrap."""
    (again,) = [line for line in (REPOSITORY / ".ci" / "run").read_text("utf-8").splitlines() if "GRADER_BWRAP" in line]
    named = [part for part in again.split() if part.startswith("tests/")]
    assert len(named) >= 3
    assert [part for part in named if not (REPOSITORY / part).exists()] == []


def test_the_longest_folders_are_there() -> None:
    """One that gets another name would be started last, and keep a worker waiting."""
    assert [name for name in LONGEST if not (REPOSITORY / "tests" / name).exists()] == []
