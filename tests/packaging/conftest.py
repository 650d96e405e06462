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


def started(python: Path, place: Path, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
    """A Python that sees nothing of this checkout."""
    environment = {**os.environ, "GRADER_CACHE": str(place / "cache"), "PYTHONPATH": ""}
    return subprocess.run(
        [python, "-P", *arguments], cwd=place, env=environment, capture_output=True, text=True, timeout=240, check=False
    )


def checked(python: Path, place: Path, path: Path, assignment: str, level: str) -> dict[str, Any]:
    """The document of the one grade that the grader of that Python gives a file."""
    done = started(python, place, "-m", "grader", "check", path, "-a", assignment, "--isolation", level, "--json")
    assert done.stdout, done.stderr
    (grade,) = json.loads(done.stdout)["grades"]
    return dict(grade)


def printed(python: Path, place: Path, commands: Mapping[str, Sequence[object]], program: str = "") -> dict[str, Any]:
    """What each command of that grader prints, one after the other in one process, and then a `program`."""
    lists = {name: list(map(str, arguments)) for name, arguments in commands.items()}
    terminal = (REPOSITORY / "tests" / "terminal.py").read_text("utf-8")
    answer = f"import json\nprint(json.dumps({{name: vars(grader(*words)) for name, words in {lists!r}.items()}}))\n"
    done = started(python, place, "-c", terminal + answer + program)
    assert done.returncode == 0, done.stderr
    line, _, rest = done.stdout.partition("\n")
    return {name: SimpleNamespace(**result) for name, result in json.loads(line).items()} | {"program": rest}
