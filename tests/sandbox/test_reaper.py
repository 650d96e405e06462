"""Everything ends with a run, and a run with whoever watches it, whatever its first thread and its watcher do."""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from uuid import uuid4

import psutil
import pytest

from grader.domain import Limits
from grader.errors import GraderFault
from grader.execution import Supervisor
from grader.sandbox.inside import reaper
from tests.execution.running import submission
from tests.levels import missing
from tests.notebooks import notebook

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="this is about the processes of Linux")

JOB = {"functions": (), "marks": {}, "full_fit": False, "steps": (), "goes_on": False}
START_SECONDS, END_SECONDS, SLACK_SECONDS = 60.0, 20.0, 20.0  # what it ends would go on for 90
STAYS = """
import ctypes, os, select, signal
for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT):
    signal.signal(number, signal.SIG_IGN)
if os.fork() == 0:
    os.setsid()
    if os.fork():
        os._exit(0)
    os.closerange(0, 256)
ctypes.CDLL(None).prctl(15, b"{name}", 0, 0, 0)
select.select([], [], [], 90)
"""


def named(name: str) -> list[psutil.Process]:
    """All that live under a name, whatever became of their first thread."""
    return [process for process in psutil.process_iter(["name"]) if process.info["name"] == name]


def wait_until(true: Callable[[], object], seconds: float) -> float:
    """The seconds that it took."""
    started = time.monotonic()
    while not true():
        assert time.monotonic() < started + seconds, "it took too long"
        time.sleep(0.02)
    return time.monotonic() - started


@pytest.fixture
def running(request: pytest.FixtureRequest, tmp_path: Path, bare_python: Path) -> Iterator[tuple[psutil.Process, str]]:
    """One of our processes above a program that wants to stay, and the name of the program's two."""
    level, form, who = request.param
    if reason := missing(level):
        pytest.skip(reason)
    name = f"stay-{uuid4().hex[:8]}"
    text, suffix = STAYS.replace("{name}", name), "ipynb" if form == "notebook" else "py"
    entry = tmp_path / f"program.{suffix}"
    entry.write_text(notebook(text) if form == "notebook" else text, "utf-8")
    with Supervisor(level, bare_python if form == "module" else None) as supervisor:

        def run() -> None:
            with suppress(GraderFault):  # of `run` itself, which would begin once more
                supervisor._run(submission(entry), JOB, Limits(seconds=80), 80)

        thread = threading.Thread(target=run, daemon=True)
        thread.start()
        wait_until(lambda: len(named(name)) == 2, START_SECONDS)
        assert supervisor._monitor is not None
        ours = named(name)[0].parents()[1 if level == "full" else 0 :]  # above the first process of its namespace
        above = {"reaper": ours[0], "server": ours[1], "monitor": psutil.Process(supervisor._monitor.pid)}
        yield above[who], name
        supervisor._monitor.kill()
        thread.join(START_SECONDS)


OF_MODULES = [(level, "module", who) for level in ("full", "partial") for who in ("monitor", "server", "reaper")]
OF_NOTEBOOKS = [  # what a module starts in a session of its own is as far from us as a kernel is
    pytest.param((level, "notebook", "monitor"), marks=pytest.mark.slow) for level in ("full", "partial")
]


@pytest.mark.parametrize("running", [*OF_MODULES, *OF_NOTEBOOKS], indirect=True, ids=" ".join)
def test_a_run_ends_with_any_of_ours_that_is_killed(running: tuple[psutil.Process, str]) -> None:
    """With it go all of ours below it, and all that the run has started."""
    ours, name = running
    below = ours.children(recursive=True)
    assert {process.pid for process in named(name)} <= {process.pid for process in below}
    os.kill(ours.pid, signal.SIGKILL)
    wait_until(lambda: not named(name) and not any(map(lives, below)), END_SECONDS)


def lives(process: psutil.Process) -> bool:
    with suppress(psutil.Error):
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    return False


def test_a_full_disk_of_ours_is_no_fault_of_a_run(tmp_path: Path) -> None:
    """What it left can be read; what cannot be written is ours."""
    (tmp_path / "run.json").write_text("{}")
    with open("/dev/full", "wb") as full:
        said = reaper.keep(str(tmp_path / "run.json"), 1024, full.fileno())
    assert said == {
        "refused": "",
        "unstored": "the recording of a run cannot be stored on this machine: No space left on device",
    }
