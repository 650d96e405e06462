"""What works where Linux's means are missing: no `fork`, no `resource`, no `fcntl`, no C library.

The grader's own modules see Windows, or a Mac, in all of its processes; libraries go on as they are here.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.packaging.conftest import Installed, checked, printed

SUBMISSIONS = Path(__file__).parents[1] / "submissions"
RIGHT = SUBMISSIONS / "good" / "one_input" / "activation_layers.py"
EVERY_MODULE = """
import importlib, pkgutil, grader as package
from grader import filesystem
failed = {}
for module in pkgutil.walk_packages(package.__path__, "grader."):
    parts = module.name.split(".")
    if not {"inside", "student", "engine"} & set(parts) and parts[-1] != "__main__":
        try:
            importlib.import_module(module.name)
        except (ImportError, AttributeError) as error:
            failed[module.name] = str(error)
print(filesystem.os.name, filesystem.sys.platform, failed)
"""
NEED_LINUX = {f"{name} {level}": (name, RIGHT.parent, "--isolation", level)
              for name, level in (("check", "full"), ("check", "partial"), ("grade", "auto"))}  # fmt: skip
COMMANDS = {"show": ("show", "one_input"), "doctor": ("doctor", "--json"), **NEED_LINUX}


@pytest.fixture(scope="module", params=["win32", "darwin"])
def platform(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def elsewhere(installed: Installed, platform: str) -> Path:
    """A Python whose grader sees another operating system; see `another_platform.py`."""
    text = Path(__file__).with_name("another_platform.py").read_text("utf-8")
    return installed(another_platform=text.replace("@PLATFORM@", platform))


@pytest.fixture(scope="module")
def said(elsewhere: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    return printed(elsewhere, tmp_path_factory.mktemp("there"), COMMANDS, EVERY_MODULE)


def test_every_module_of_the_coordinator_can_be_imported(said: dict[str, Any], platform: str) -> None:
    assert said["program"].split(maxsplit=2) == [{"win32": "nt", "darwin": "posix"}[platform], platform, "{}\n"]


def test_information_works_and_the_doctor_names_what_needs_linux(said: dict[str, Any]) -> None:
    show, doctor = said["show"], said["doctor"]
    assert (show.returncode, show.stderr, bool(show.stdout), doctor.returncode) == (0, "", True, 0)
    rows = {row["name"]: row for row in json.loads(doctor.stdout)}
    assert "Linux" in rows["bubblewrap"]["advice"]
    assert rows["isolation"]["found"].startswith("none: ")


@pytest.mark.parametrize("command", NEED_LINUX)
def test_a_sandbox_that_needs_linux_is_refused(said: dict[str, Any], command: str) -> None:
    """Never silently replaced by a weaker level; a class is refused, with what can be done."""
    done = said[command]
    assert (done.returncode, "Linux" in done.stderr, "Traceback" in done.stderr) == (2, True, False)
    assert "--isolation none" in done.stderr or command != "grade auto"


@pytest.mark.slow
@pytest.mark.parametrize("path", [RIGHT, SUBMISSIONS / "good" / "branching_network" / "helper_functions.ipynb"])
def test_a_file_is_checked_without_a_sandbox(elsewhere: Path, tmp_path: Path, path: Path) -> None:
    grade = checked(elsewhere, tmp_path, path, path.parent.name, "none")
    assert (grade["execution"]["outcome"], grade["score"]) == ("ok", 10)
