"""Which tests `make quick` and CI choose."""

from __future__ import annotations

import re

import pytest

from tests.conftest import LONGEST, SHARING
from tests.quick import ALWAYS, REPOSITORY, chosen_for, room

ROOMS = {path.stem for path in (REPOSITORY / "grader").glob("[a-z]*") if path.suffix in ("", ".py")} - {"errors"}


@pytest.mark.parametrize(
    ("path", "chosen"),
    [
        ("grader/checks/kinds/widths.py", ["tests/checks"]),
        ("grader/submissions/identity.py", ["tests/submissions_discovery"]),
        ("tests/checks/students.py", ["tests/checks"]),
        ("tests/test_filesystem.py", ["tests/test_filesystem.py"]),
        ("docs/authors.md", ["tests/docs"]),
        ("CHANGELOG.md", []),
    ],
)
def test_a_changed_file_has_the_tests_of_its_room(path: str, chosen: list[str]) -> None:
    assert chosen_for([room(path)]) == sorted([*chosen, *ALWAYS])


def test_every_room_has_tests() -> None:
    assert [name for name in ROOMS if len(chosen_for([name])) < 2] == []


def test_folders_that_are_named_elsewhere_are_there() -> None:
    """One that gets another name does not drop out of the pass without bubblewrap, nor is it started last."""
    (line,) = re.findall(r"^again=.*", (REPOSITORY / ".ci" / "run").read_text("utf-8"), re.MULTILINE)
    paths = re.findall(r"tests/[\w/.]+", line)
    assert len(paths) >= 3
    places = [*paths, *(f"tests/{folder}" for folder in (*LONGEST, *SHARING))]
    assert [place for place in places if not (REPOSITORY / place).exists()] == []
