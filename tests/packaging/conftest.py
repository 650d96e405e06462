"""What is published, built from this checkout, and Pythons in which it is installed."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from tests.pythons import new_python

REPOSITORY = Path(__file__).parents[2]
Grader = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture(scope="session")
def published(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """The wheel and the sdist."""
    out = tmp_path_factory.mktemp("published")
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-t", "sdist", "-d", str(out)]
    subprocess.run(command, cwd=REPOSITORY, check=True, capture_output=True, timeout=240)
    (wheel,), (sdist,) = out.glob("*.whl"), out.glob("*.tar.gz")
    return wheel, sdist


def unpacked(wheel: Path, folder: Path) -> Path:
    """A Python with that wheel, which takes everything else from this one."""
    _, packages = new_python(folder, as_here=True)
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(packages)
    return packages


@pytest.fixture(scope="session")
def installed(published: tuple[Path, Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("installed") / "venv"
    unpacked(published[0], folder)
    return folder / "bin" / "python"


@pytest.fixture(scope="session", params=["win32", "darwin"])
def platform(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="session")
def elsewhere(published: tuple[Path, Path], platform: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A Python whose grader sees another operating system; see `another_platform.py`."""
    folder = tmp_path_factory.mktemp(platform) / "venv"
    packages = unpacked(published[0], folder)
    shutil.copy(Path(__file__).with_name("another_platform.py"), packages)
    (packages / "another_platform.txt").write_text(platform)
    (packages / "another_platform.pth").write_text("import another_platform\n")
    return folder / "bin" / "python"


WITHOUT_TENSORFLOW = """
import importlib.abc, sys
class Missing(importlib.abc.MetaPathFinder):
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in ("tensorflow", "keras"):
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)
sys.meta_path.insert(0, Missing())
"""


@pytest.fixture(scope="session")
def core(published: tuple[Path, Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A Python in which neither TensorFlow nor Keras can be imported."""
    folder = tmp_path_factory.mktemp("core") / "venv"
    packages = unpacked(published[0], folder)
    (packages / "without_tensorflow.py").write_text(WITHOUT_TENSORFLOW)
    (packages / "without_tensorflow.pth").write_text("import without_tensorflow\n")
    return folder / "bin" / "python"


@pytest.fixture
def run(tmp_path: Path) -> Grader:
    """Runs the grader of a Python, which sees nothing of this checkout."""

    def grader(python: Path, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
        return started(python, tmp_path, "-m", "grader", *map(str, arguments))

    return grader


def started(python: Path, place: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "GRADER_CACHE": str(place / "cache"), "PYTHONPATH": ""}
    return subprocess.run(
        [str(python), "-P", *arguments],
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
        cwd=place,
        env=environment,
    )


def printed(python: Path, place: Path, commands: Mapping[str, Sequence[object]], program: str = "") -> dict[str, Any]:
    """What each command of that grader prints, one after the other in one process, and then a `program`."""
    lists = {name: list(map(str, arguments)) for name, arguments in commands.items()}
    terminal = (REPOSITORY / "tests" / "terminal.py").read_text("utf-8")
    answer = f"import json\nprint(json.dumps({{name: vars(grader(*words)) for name, words in {lists!r}.items()}}))\n"
    done = started(python, place, "-c", terminal + answer + program)
    assert done.returncode == 0, done.stderr
    line, _, rest = done.stdout.partition("\n")
    return {name: SimpleNamespace(**result) for name, result in json.loads(line).items()} | {"program": rest}
