"""What is published, built from this checkout, and Pythons in which it is installed."""

from __future__ import annotations

import json
import os
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
Installed = Callable[..., Path]


@pytest.fixture(scope="session")
def published(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """The wheel and the sdist."""
    out = tmp_path_factory.mktemp("published")
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-t", "sdist", "-d", str(out)]
    subprocess.run(command, cwd=REPOSITORY, check=True, capture_output=True, timeout=240)
    (wheel,), (sdist,) = out.glob("*.whl"), out.glob("*.tar.gz")
    return wheel, sdist


@pytest.fixture(scope="session")
def installed(published: tuple[Path, Path], tmp_path_factory: pytest.TempPathFactory) -> Installed:
    """Makes a Python with the wheel, and with modules that it imports when it starts; the rest it takes from this one."""

    def make(**modules: str) -> Path:
        python, packages = new_python(tmp_path_factory.mktemp("installed") / "venv", as_here=True)
        with zipfile.ZipFile(published[0]) as archive:
            archive.extractall(packages)
        for name, text in modules.items():
            (packages / f"{name}.py").write_text(text)
            (packages / f"{name}.pth").write_text(f"import {name}\n")
        return python

    return make


@pytest.fixture(scope="session", params=["win32", "darwin"])
def platform(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="session")
def elsewhere(installed: Installed, platform: str) -> Path:
    """A Python whose grader sees another operating system; see `another_platform.py`."""
    text = Path(__file__).with_name("another_platform.py").read_text("utf-8")
    return installed(another_platform=text.replace("@PLATFORM@", platform))


WITHOUT_TENSORFLOW = """
import importlib.abc, sys
class Missing(importlib.abc.MetaPathFinder):
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in ("tensorflow", "keras"):
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)
sys.meta_path.insert(0, Missing())
"""


@pytest.fixture(scope="session")
def core(installed: Installed) -> Path:
    """A Python in which neither TensorFlow nor Keras can be imported."""
    return installed(without_tensorflow=WITHOUT_TENSORFLOW)


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
