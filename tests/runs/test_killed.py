"""A grader that is killed leaves nothing running and nothing half written, and the next run completes.

`GRADER_KILLS=20` kills it that often; the moments are spread over a run.
"""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil
import pytest

from tests.levels import missing
from tests.runs.programs import hand_in, one_input
from tests.terminal import grader

pytestmark = pytest.mark.long

KILLS = int(os.environ.get("GRADER_KILLS", "2"))
LATEST = 6.0  # seconds: a run of these takes longer
WRONG = (2, 3, 4)  # units of a head, for which nothing needs to be trained
PATIENCE = 10.0


@pytest.fixture(scope="module")
def submissions(tmp_path_factory: pytest.TempPathFactory) -> Path:
    waiting = {f"student-{units}": one_input(head=units) + "import time\ntime.sleep(1)\n" for units in WRONG}
    return hand_in(tmp_path_factory.mktemp("killed"), **waiting) / "class"


def is_alive(process: psutil.Process) -> bool:
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def left(look: Callable[[], list[Any]]) -> list[Any]:
    """What is still there after a while; the dead that nobody has buried yet are dead."""
    deadline = time.monotonic() + PATIENCE
    while (rest := look()) and time.monotonic() < deadline:
        time.sleep(0.1)
    return rest


def start(submissions: Path, out: Path, level: str) -> subprocess.Popen[bytes]:
    temporary = out.parent / "tmp"
    temporary.mkdir(exist_ok=True)
    command = [sys.executable, "-m", "grader", "grade", str(submissions), "--out", str(out), "-a", "one_input"]
    return subprocess.Popen(
        [*command, "--isolation", level, "--quiet"],
        env={**os.environ, "TMPDIR": str(temporary), "GRADER_CACHE": str(out.parent / "cache")},
        stdout=subprocess.DEVNULL,
    )


@pytest.mark.parametrize("number", range(KILLS))
def test_killing_the_grader_leaves_nothing(submissions: Path, tmp_path: Path, number: int) -> None:
    """At a random moment, and without a chance to tidy up; the next run completes, and has no scraps of this one."""
    out = tmp_path / "out"
    levels = [level for level in ("full", "partial") if not missing(level)] or ["none"]
    killed = start(submissions, out, levels[number % len(levels)])
    time.sleep(random.Random(number).uniform(0.2, LATEST))
    below = psutil.Process(killed.pid).children(recursive=True)
    killed.kill()
    killed.wait()
    assert left(lambda: list(filter(is_alive, below))) == []
    assert left(lambda: list((tmp_path / "tmp").iterdir())) == []
    assert [
        process for process in psutil.process_iter(["cmdline"]) if str(tmp_path) in str(process.info["cmdline"])
    ] == []
    for path in out.rglob("*.json"):
        json.loads(path.read_text("utf-8"))
    if number == 0:
        (out / "results").mkdir(parents=True, exist_ok=True)
        (out / "results" / "student-9.one_input.json.abc.grader-part").write_text("{")
        again = grader("grade", submissions, "--out", out, "-a", "one_input", "--isolation", "none", "--jobs", 1)
        assert again.returncode == 0, again.stderr
        assert {path.name for path in (out / "results").iterdir()} == {
            f"student-{units}.one_input.json" for units in WRONG
        }
