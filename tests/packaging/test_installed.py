"""The grader as it is installed, and Keras where others install it: both work at each level."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import sysconfig
import venv
import zipfile
from pathlib import Path

import pytest

from grader.sandbox.spec import interpreter
from tests.levels import missing

pytestmark = pytest.mark.long

REPOSITORY = Path(__file__).parents[2]
RIGHT = REPOSITORY / "tests" / "submissions" / "good" / "one_input" / "activation_layers.py"


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Built from this checkout."""
    out = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(out)]
    subprocess.run(command, cwd=REPOSITORY, check=True, capture_output=True, timeout=120)
    (found,) = out.glob("*.whl")
    return found


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A Python with that wheel, which takes everything else from this one, by a `.pth` file."""
    folder = tmp_path_factory.mktemp("installed") / "venv"
    venv.create(folder, symlinks=True)
    packages = folder / "lib" / f"python{sys.version_info.major}.{sys.version_info.minor}" / "site-packages"
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(packages)
    (packages / "others.pth").write_text(sysconfig.get_paths()["purelib"])
    return folder / "bin" / "python"


@pytest.mark.parametrize("level", ["full", "partial"])
def test_an_installed_grader_grades(installed: Path, tmp_path: Path, level: str) -> None:
    """What it hides of itself from a run does not hide what the run needs; and Keras outside of its Python is found."""
    if reason := missing(level):
        pytest.skip(reason)
    assert interpreter(installed).elsewhere
    command = [installed, "-m", "grader", "check", RIGHT, "--assignment", "one_input", "--isolation", level, "--json"]
    environment = {**os.environ, "GRADER_CACHE": str(tmp_path / "cache"), "PYTHONPATH": ""}
    done = subprocess.run(
        list(map(str, command)), capture_output=True, text=True, timeout=240, check=False, cwd=tmp_path, env=environment
    )
    assert done.stdout, done.stderr
    (grade,) = json.loads(done.stdout)["grades"]
    assert (grade["score"], grade["status"], grade["execution"]["isolation"]) == (10, "graded", level), done.stderr


def test_no_solution_is_in_the_wheel(wheel: Path) -> None:
    """Students install it; it has the assignments."""
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
    assert any(name.endswith("one_input/assignment.toml") for name in names)
    assert [name for name in names if "reference_solutions" in name or name.startswith("tests/")] == []
