"""A Python of the course in the sandbox: its packages can be imported, wherever it is, and a grader in it cannot be read."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from grader.execution import Supervisor
from tests.execution.running import executed, printed
from tests.levels import missing
from tests.pythons import new_python

PROGRAM = """
import os, of_the_course
for path in {answers!r}:
    try:
        print(open(path).read())
    except OSError:
        print("refused", of_the_course.here, os.path.exists({other!r}))
if not os.path.exists({other!r}):
    open("/tmp/x", "w").close()
"""


@pytest.fixture
def packages() -> Iterator[Path]:
    """Where an environment beneath /tmp keeps a grader with answers in it, and a package of the course."""
    with tempfile.TemporaryDirectory(dir="/tmp", prefix="a python ") as folder:
        _, place = new_python(Path(folder))
        (place / "grader").mkdir()
        (place / "grader" / "answers.txt").write_text("the canary sings")
        (place / "of_the_course.py").write_text("here = True\n")
        Path(folder).chmod(0o755)
        yield place


@pytest.mark.long
@pytest.mark.parametrize(("level", "nested"), [("full", True), ("full", False), ("partial", False)])
def test_packages_can_be_imported_but_the_grader(packages: Path, tmp_path: Path, level: str, nested: bool) -> None:
    """At full, the private /tmp of a run does not cover what its Python imports, and nothing else of the old one is seen.

    The grader is not there by its path, nor by a link.
    """
    if reason := missing(level):
        pytest.skip(reason)
    places = [str(packages), str(packages).replace("/lib/", "/lib64/")]
    answers = [f"{place}/grader/answers.txt" for place in places]
    module = tmp_path / "program.py"
    with tempfile.NamedTemporaryFile(dir="/tmp") as file:
        module.write_text(PROGRAM.format(answers=answers, other=file.name))
        with Supervisor(level, packages.parents[2] / "bin" / "python", nested=nested) as supervisor:
            text = printed(executed(supervisor, module))
    assert text.splitlines() == [f"refused True {level == 'partial'}"] * len(answers)
