"""A Python that lives beneath /tmp, as in a clone made there, works in the sandbox too."""

from __future__ import annotations

import sys
import tempfile
import venv
from collections.abc import Iterator
from pathlib import Path

import pytest

from grader.domain import Limits, Submission
from grader.execution import Supervisor, execute
from grader.sandbox.inside.restrictions import outermost
from tests.levels import missing

pytestmark = pytest.mark.long


@pytest.fixture
def python() -> Iterator[Path]:
    """An environment with one package of its own, which no run has imported yet."""
    with tempfile.TemporaryDirectory(dir="/tmp", prefix="a python ") as folder:
        venv.create(folder, symlinks=True)
        version = f"python{sys.version_info.major}.{sys.version_info.minor}"
        Path(folder, "lib", version, "site-packages", "of_the_course.py").write_text("here = True\n")
        Path(folder).chmod(0o755)
        yield Path(folder, "bin", "python")


@pytest.mark.parametrize("warm", [True, False], ids=["forked", "alone"])
def test_packages_beneath_tmp_are_found(python: Path, tmp_path: Path, warm: bool) -> None:
    """The private /tmp of a run does not cover what its Python imports, and nothing else of the old one is seen."""
    if reason := missing("full"):
        pytest.skip(reason)
    module = tmp_path / "program.py"
    with tempfile.NamedTemporaryFile(dir="/tmp") as other:
        module.write_text(
            "import os, of_the_course\n"
            f"print(of_the_course.here, os.path.exists({other.name!r}))\nopen('/tmp/x', 'w').close()\n"
        )
        submission = Submission("program", "program", module, None, "")
        with Supervisor("full", python, warm=warm) as supervisor:
            execution = execute(submission, supervisor, functions=(), marks=(), limits=Limits())
    assert [output.content for output in execution.outputs] == ["True False"], execution.message


def test_of_places_within_each_other_the_outer_one_counts() -> None:
    """What lies in it comes along."""
    places = ["/tmp", "/tmp/venv/lib/hidden", "/tmp/venv", "/tmp/venv2", "/usr"]
    assert outermost(places, "/tmp/") == ["/tmp/venv", "/tmp/venv2"]
