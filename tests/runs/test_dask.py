"""A class on a Dask cluster: a real scheduler and real workers on loopback, one of which is lost half way."""

from __future__ import annotations

import json
import os
import pickle
import signal
import subprocess
import sys
import time
from pathlib import Path
from unittest.mock import MagicMock

import psutil
import pytest
from distributed import LocalCluster

from grader.assignments.course import load_course
from grader.assignments.folder import tutorial
from grader.errors import UsageError
from grader.grading.overrides import Overrides, load_overrides
from grader.pipeline import grade_part
from grader.runs import dask as cluster_of
from grader.runs.dask import Share, pack, part_of
from grader.runs.folder import RunFolder
from grader.runs.grading_process import Task
from grader.runs.options import RunOptions, basis_of
from grader.sandbox import resolve_isolation
from grader.submissions import discover
from tests.runs.programs import command_of, hand_in, without_networks
from tests.submissions_discovery import downloads
from tests.submissions_discovery.downloads import taken, tree, zipped
from tests.terminal import grader

pytestmark = pytest.mark.long


def test_a_lost_worker_costs_only_its_running_submissions(
    tmp_path: Path, bare_python: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every submission is graded, though the worker is killed after the first result, while it runs another one."""
    monkeypatch.setenv("GRADER_CACHE", str(tmp_path / "cache"))
    waiting = "import time\ntime.sleep({})"  # so that another one runs when the first result is seen
    hand_in(tmp_path, **{f"student-{number}": waiting.format(number + 2) for number in range(3)})
    command = [sys.executable, "-m", "grader", "grade", str(tmp_path / "class"), "--out", str(tmp_path / "out")]
    command += ["--course", str(without_networks(tmp_path / "course")), "--python", str(bare_python)]
    command += ["--isolation", resolve_isolation("auto"), "--dask"]
    with (
        LocalCluster(
            n_workers=1, threads_per_worker=1, dashboard_address=":0", local_directory=tmp_path / "w"
        ) as cluster,
        subprocess.Popen(
            [*command, cluster.scheduler_address], stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True
        ) as grading,
    ):
        while not (graded := list((tmp_path / "out" / "results").glob("*.json"))) and grading.poll() is None:
            time.sleep(0.05)
        assert len(graded) in {1, 2}
        (worker,) = cluster.workers.values()
        os.kill(worker.pid, signal.SIGKILL)
        _, said = grading.communicate(timeout=120)
    assert grading.returncode == 0, said
    results = sorted((tmp_path / "out" / "results").glob("*.json"))
    assert [json.loads(path.read_text("utf-8"))["execution"]["outcome"] for path in results] == ["ok"] * 3


def part(tmp_path: Path, program: str, isolation: str) -> bytes:
    """Of a class of one, as a worker gets it."""
    source = hand_in(tmp_path, anna=program) / "class"
    course, options = load_course(["one_input"]), RunOptions(isolation)
    run = RunFolder(tmp_path / "out", basis_of(course, options), load_overrides(tmp_path / "none.toml", set()))
    return pack(part_of(discover(source), Task(course, options, run, {})))


WORKER = "import sys; from grader.pipeline import grade_part; grade_part(sys.stdin.buffer.read())"


def test_nothing_of_a_part_outlives_who_asked_for_it(tmp_path: Path) -> None:
    """With a worker that is killed its runs end, and the folder of the part goes."""
    (temporary := tmp_path / "tmp").mkdir()
    with psutil.Popen(
        [sys.executable, "-c", WORKER], stdin=subprocess.PIPE, env={**os.environ, "TMPDIR": str(temporary)}
    ) as process:
        process.stdin.write(part(tmp_path, "import time\ntime.sleep(600)", resolve_isolation("auto")))
        process.stdin.close()
        below: list[psutil.Process] = []
        deadline = time.monotonic() + 60
        while not any("grader.sandbox.monitor" in command_of(child) for child in below) and time.monotonic() < deadline:
            time.sleep(0.1)
            below = process.children(recursive=True)
        process.kill()
    assert any("grader.sandbox.monitor" in command_of(child) for child in below)
    _, alive = psutil.wait_procs(below, timeout=60)
    assert alive == []
    assert list(temporary.iterdir()) == []


@pytest.mark.parametrize("as_zip", [False, True], ids=["folder", "zip"])
def test_what_was_unpacked_or_renamed_arrives_as_it_was(tmp_path: Path, as_zip: bool) -> None:
    """The key of a submission and all that an LMS said about it are the same on both sides."""
    course, options = load_course([], tutorial()), RunOptions()
    download = zipped(tmp_path / "c.zip", downloads.CANVAS) if as_zip else tree(tmp_path / "c", downloads.CANVAS)
    with taken(download) as intake:
        folder = RunFolder(tmp_path / "out", basis_of(course, options), Overrides())
        arrived: Share = pickle.loads(pickle.dumps(part_of(intake.submissions, Task(course, options, folder, {}))))
        for submission, back in zip(intake.submissions, arrived.submissions, strict=True):
            assert (back.origin, folder._key(back)) == (submission.origin, folder._key(submission))
            assert back.problem or arrived.files[back.entry] == submission.entry.read_bytes()


def test_no_scheduler_is_a_usage_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It names the address."""
    monkeypatch.setattr("grader.runs.dask.CONNECT_SECONDS", 1)
    hand_in(tmp_path, anna="x = 1", ben="x = 2")
    nobody = "tcp://127.0.0.1:1"
    done = grader("grade", tmp_path / "class", "--out", tmp_path / "out", "--dask", nobody)
    assert (done.returncode, f"--dask {nobody}" in done.stderr) == (2, True)


def test_a_class_does_not_wait_for_workers_that_are_gone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It says what to do; what was graded until then is kept."""
    distributed, workers = MagicMock(), [[0], [], []]  # the only one is lost as soon as it has work
    distributed.Client.return_value.scheduler_info.side_effect = [{"workers": left} for left in workers]
    distributed.wait.side_effect = TimeoutError
    monkeypatch.setattr(cluster_of, "_distributed", lambda: distributed)
    monkeypatch.setattr(cluster_of, "MOST_LOOKS", 2)
    source = hand_in(tmp_path, anna="x = 1") / "class"
    task = Task(load_course(["one_input"]), RunOptions(), RunFolder(tmp_path / "out"), {})
    with pytest.raises(UsageError, match="all workers are gone"):
        list(cluster_of.grade_on_cluster("tcp://there", [list(discover(source))], task, grade_part))
