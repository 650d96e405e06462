"""What works where Linux's means are missing: no `fork`, no `resource`, no `fcntl`, no C library.

The grader's own modules see Windows, or a Mac, in all of its processes; libraries go on as they are here.
"""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

SUBMISSIONS = Path(__file__).parents[1] / "submissions"
RIGHT = SUBMISSIONS / "good" / "one_input" / "activation_layers.py"
PLATFORMS = ("win32", "darwin")
EVERY_MODULE = """
import importlib, pkgutil, sys, grader
def beside(name):
    parts = name.split(".")
    return {"inside", "student", "engine"} & set(parts) or parts[-1] == "__main__"
for one in pkgutil.walk_packages(grader.__path__, "grader."):
    if not beside(one.name):
        importlib.import_module(one.name)
from grader import filesystem
print(filesystem.os.name, filesystem.sys.platform)
"""


@pytest.mark.parametrize("platform", PLATFORMS)
def test_every_module_of_the_coordinator_can_be_imported(elsewhere: Callable[[str], Path], platform: str) -> None:
    done = subprocess.run(
        [elsewhere(platform), "-P", "-c", EVERY_MODULE], capture_output=True, text=True, timeout=300, check=False
    )
    assert done.stdout.split() == [{"win32": "nt", "darwin": "posix"}[platform], platform], done.stderr


@pytest.mark.parametrize("platform", PLATFORMS)
def test_information_works_and_the_doctor_names_what_needs_linux(
    elsewhere: Callable[[str], Path], run: Callable[..., Any], platform: str
) -> None:
    shown = run(elsewhere(platform), "show", "one_input")
    assert (shown.returncode, shown.stderr, bool(shown.stdout)) == (0, "", True)
    done = run(elsewhere(platform), "doctor", "--json")
    found = {one["name"]: one for one in json.loads(done.stdout)}
    assert done.returncode == 0
    assert "Linux" in found["bubblewrap"]["advice"]
    assert found["isolation"]["found"].startswith("none: ")


@pytest.mark.parametrize("platform", PLATFORMS)
@pytest.mark.parametrize(
    ("command", "level"),
    [("check", "full"), ("check", "partial"), ("grade", "auto")],
    ids=lambda value: value if isinstance(value, str) else " ".join(value),
)
def test_a_sandbox_that_needs_linux_is_refused(
    elsewhere: Callable[[str], Path], run: Callable[..., Any], platform: str, command: str, level: str
) -> None:
    """Never silently replaced by a weaker level; a class is refused, with what can be done."""
    done = run(elsewhere(platform), command, RIGHT.parent, "--isolation", level)
    assert done.returncode == 2
    assert "Linux" in done.stderr
    assert "Traceback" not in done.stderr
    assert "--isolation none" in done.stderr or command == "check"


@pytest.mark.slow
@pytest.mark.parametrize("platform", PLATFORMS)
@pytest.mark.parametrize(
    "path", [RIGHT, SUBMISSIONS / "good" / "branching_network" / "helper_functions.ipynb"], ids=["module", "notebook"]
)
def test_a_file_is_checked_without_a_sandbox(
    elsewhere: Callable[[str], Path], run: Callable[..., Any], platform: str, path: Path
) -> None:
    name = "one_input" if path == RIGHT else "branching_network"
    done = run(elsewhere(platform), "check", path, "--assignment", name, "--isolation", "none", "--json")
    (grade,) = json.loads(done.stdout)["grades"]
    assert (grade["execution"]["outcome"], grade["score"]) == ("ok", 10), done.stderr
