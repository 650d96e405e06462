"""Machines for the scripts, and grades for the stub of the grader."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.integrations.places import REPOSITORY, Machine

WRONG = REPOSITORY / "tests" / "submissions" / "class" / "student-05.py"


@pytest.fixture
def machine(tmp_path: Path) -> Callable[..., Machine]:
    """A machine whose grader finds grades of these situations."""

    def make(*situations: str, **options: Any) -> Machine:
        return Machine(tmp_path / "machine", situations, **options)

    return make


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A student's repository. What Python would import from it, if it could, leaves a file behind."""
    folder = tmp_path / "checkout"
    folder.mkdir()
    shutil.copy(WRONG, folder / "work.py")
    return folder
