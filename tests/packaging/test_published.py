"""What a wheel and an sdist hold, and what they do not; and the grader as it is installed."""

from __future__ import annotations

import email
import os
import subprocess
import sys
import tarfile
import venv
import zipfile
from pathlib import Path
from typing import Any

import pytest

from grader.assignments.spec import load_assignments
from grader.cli.export import SCRIPTS
from grader.sandbox.packages import interpreter
from tests.levels import missing
from tests.packaging.conftest import Installed, checked, printed, started

REPOSITORY = Path(__file__).parents[2]
ALLOWED = {
    "grader", "assignments", "integrations", "docs", ".gitignore", "CHANGELOG.md", "CITATION.cff", "CONTRIBUTING.md", "LICENSE",
    "PKG-INFO", "README.md", "SECURITY.md", "pyproject.toml",
}  # fmt: skip
Published = tuple[Path, Path]


def contents(published: Published) -> list[tuple[str, bytes]]:
    """Name and content of each file of both."""
    wheel, sdist = published
    with zipfile.ZipFile(wheel) as archive:
        files = [(name, archive.read(name)) for name in archive.namelist()]
    with tarfile.open(sdist) as archive:
        files += [(member.name, file.read()) for member in archive if (file := archive.extractfile(member))]
    return files


def metadata(published: Published) -> Any:
    with zipfile.ZipFile(published[0]) as archive:
        (name,) = (name for name in archive.namelist() if name.endswith(".dist-info/METADATA"))
        return email.message_from_bytes(archive.read(name))


def test_no_reference_solution_is_published(published: Published) -> None:
    """Neither by its place, nor by its name, nor by its content under another name."""
    solutions = {path.read_bytes() for path in (REPOSITORY / "reference_solutions").glob("*.py")}
    assert len(solutions) >= 8
    for name, content in contents(published):
        assert not {"reference_solutions", "tests", "examples"} & set(Path(name).parts), name
        assert Path(name).name != "reference.py", name
        assert content not in solutions, name


def test_an_sdist_holds_what_is_named_and_nothing_else(published: Published) -> None:
    with tarfile.open(published[1]) as archive:
        assert {Path(name).parts[1] for name in archive.getnames()} <= ALLOWED


def test_the_sdist_makes_the_same_wheel(published: Published, tmp_path: Path) -> None:
    with tarfile.open(published[1]) as archive:
        archive.extractall(tmp_path, filter="data")
    (unpacked,) = tmp_path.iterdir()
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path / "again")]
    subprocess.run(command, cwd=unpacked, check=True, capture_output=True, timeout=240)
    (rebuilt,) = (tmp_path / "again").glob("*.whl")
    with zipfile.ZipFile(published[0]) as first, zipfile.ZipFile(rebuilt) as second:
        assert sorted(first.namelist()) == sorted(second.namelist())


def test_a_wheel_holds_every_assignment_and_what_bundles_are_made_of(published: Published) -> None:
    """And says that it is typed."""
    with zipfile.ZipFile(published[0]) as archive:
        names = set(archive.namelist())
    for assignment in load_assignments():
        for file in ("assignment.toml", "calibration.json", "README.md", "starter.py", "starter.ipynb"):
            assert f"grader/_assignments/{assignment.id}/{file}" in names
    assert {f"grader/_integrations/gradescope/{name}" for name in SCRIPTS} <= names
    assert {"grader/py.typed", "grader/hints/notes.toml"} <= names


def test_the_core_asks_for_no_tensorflow(published: Published) -> None:
    """Two distributions of it overwrite each other: Colab has its own. The extras bring one."""
    required = metadata(published).get_all("Requires-Dist")
    core = [line for line in required if "extra ==" not in line]
    assert not [line for line in core if line.startswith(("tensorflow", "keras", "matplotlib", "pydot"))]
    for extra in ("cpu", "tensorflow"):
        brought = {line.partition(">")[0].partition("!")[0] for line in required if f"extra == '{extra}'" in line}
        assert {"keras", "matplotlib", "pydot"} <= brought
        assert brought & {"tensorflow", "tensorflow-cpu"}


def test_who_wrote_it_and_where_it_lives_is_said(published: Published) -> None:
    fields = metadata(published)
    urls = dict(line.split(", ") for line in fields.get_all("Project-URL"))
    assert set(urls) >= {"Homepage", "Documentation", "Changelog", "Issues"}
    assert fields["Author"]
    citation = (REPOSITORY / "CITATION.cff").read_text(encoding="utf-8")
    assert f"\nversion: {fields['Version']}\n" in citation
    assert urls["Homepage"] in citation


def test_a_release_is_published_nowhere_unless_an_address_is_given() -> None:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("TWINE_")}
    command = [str(REPOSITORY / ".ci" / "release"), "--publish"]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stdout) == (2, "")
    assert "TWINE_REPOSITORY_URL" in done.stderr


def test_the_lock_names_no_place() -> None:
    lines = (REPOSITORY / "requirements.txt").read_text(encoding="utf-8").splitlines()
    options = [line for line in lines if line.startswith("-") or "://" in line]
    assert lines
    assert options == []


RIGHT = REPOSITORY / "tests" / "submissions" / "good" / "one_input" / "activation_layers.py"
LIGHT = {"list": ["list"], "show": ["show", "one_input"], "explain": ["explain", "misspelt-name"], "cache": ["cache"]}
HEAVY = {name: [name, RIGHT, "--isolation", "none"] for name in ("check", "grade", "inspect")}
HEAVY["validate"] = ["validate", "one_input"]


WITHOUT_TENSORFLOW = """
import importlib.abc, sys
class Missing(importlib.abc.MetaPathFinder):
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in ("tensorflow", "keras"):
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)
sys.meta_path.insert(0, Missing())
"""


@pytest.fixture(scope="module")
def said(installed: Installed, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """By a grader that has neither TensorFlow nor Keras."""
    core = installed(without_tensorflow=WITHOUT_TENSORFLOW)
    return printed(core, tmp_path_factory.mktemp("core"), {**LIGHT, **HEAVY})


@pytest.mark.parametrize("command", LIGHT)
def test_the_core_does_what_needs_no_tensorflow(said: dict[str, Any], command: str) -> None:
    done = said[command]
    assert (done.returncode, done.stderr, bool(done.stdout)) == (0, "", True)


@pytest.mark.parametrize("command", HEAVY)
def test_the_core_says_what_to_install(said: dict[str, Any], command: str) -> None:
    done = said[command]
    (sentence,) = [line for line in done.stderr.splitlines() if line.startswith("grader: ")]
    assert (done.returncode, 'pip install "keras-grader[cpu]"' in sentence) == (3, True), done.stderr


@pytest.mark.long
@pytest.mark.parametrize("level", ["full", pytest.param("partial", marks=pytest.mark.slow)])
def test_an_installed_grader_grades(installed: Installed, tmp_path: Path, level: str) -> None:
    """What it hides of itself from a run does not hide what the run needs; and Keras outside of its Python is found."""
    if reason := missing(level):
        pytest.skip(reason)
    python = installed()
    assert interpreter(python).elsewhere
    grade = checked(python, tmp_path, RIGHT, "one_input", level)
    assert (grade["score"], grade["status"], grade["execution"]["isolation"]) == (10, "graded", level)


@pytest.mark.slow
def test_pip_installs_what_grades(published: Published, tmp_path: Path) -> None:
    """In an environment that holds nothing; the notebook is graded by what was installed."""
    folder = tmp_path / "venv"
    venv.create(folder, with_pip=True)
    python = folder / "bin" / "python"
    install = [python, "-m", "pip", "install", "--quiet", f"{published[0]}[cpu]"]
    subprocess.run(list(map(str, install)), check=True, timeout=1200, env={**os.environ, "PYTHONPATH": ""})
    assert started(python, tmp_path, "-m", "grader", "doctor").returncode == 0
    notebook = REPOSITORY / "tests" / "submissions" / "good" / "branching_network" / "helper_functions.ipynb"
    assert checked(python, tmp_path, notebook, "branching_network", "none")["score"] == 10
