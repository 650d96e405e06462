"""The grader that is installed in the Python of the course is not for its runs to read."""

from __future__ import annotations

import sys
import venv
from pathlib import Path

import pytest

from grader.domain import Limits, Submission
from grader.execution import Supervisor, execute
from grader.sandbox.inside.landlock import around
from tests.levels import missing

pytestmark = pytest.mark.long


@pytest.fixture
def packages(tmp_path: Path) -> Path:
    """Where an environment keeps a grader with answers in it, and a package of the course."""
    venv.create(tmp_path / "venv", symlinks=True)
    version = f"python{sys.version_info.major}.{sys.version_info.minor}"
    folder = tmp_path / "venv" / "lib" / version / "site-packages"
    (folder / "grader").mkdir()
    (folder / "grader" / "answers.txt").write_text("the canary sings")
    (folder / "of_the_course.py").write_text("here = True\n")
    return folder


@pytest.mark.parametrize("level", ["full", "partial"])
@pytest.mark.parametrize("by_link", [False, True], ids=["by its path", "by way of lib64"])
def test_an_installed_grader_cannot_be_read(packages: Path, tmp_path: Path, level: str, by_link: bool) -> None:
    """Packages beside it can be imported."""
    if reason := missing(level):
        pytest.skip(reason)
    place = str(packages).replace("/lib/", "/lib64/") if by_link else str(packages)
    module = tmp_path / "program.py"
    module.write_text(
        f"import of_the_course\ntry:\n    print(open({place + '/grader/answers.txt'!r}).read())\n"
        "except OSError:\n    print('refused', of_the_course.here)\n"
    )
    submission = Submission("program", "program", module, None, "")
    with Supervisor(level, tmp_path / "venv" / "bin" / "python") as supervisor:
        execution = execute(submission, supervisor, functions=(), marks=(), limits=Limits())
    assert [output.content for output in execution.outputs] == ["refused True"], execution.message


def test_all_beside_what_is_hidden_is_shown(tmp_path: Path) -> None:
    """A rule has no exceptions, so each neighbour on the way gets one of its own; links back in get none."""
    for name in ("lib/packages/grader", "lib/packages/numpy", "bin"):
        (tmp_path / name).mkdir(parents=True)
    (tmp_path / "lib64").symlink_to("lib")
    shown = {path.removeprefix(f"{tmp_path}/") for path, _ in around(str(tmp_path), [f"{tmp_path}/lib/packages/grader"])}
    assert shown == {str(tmp_path), "lib", "lib/packages", "lib/packages/numpy", "bin"}
