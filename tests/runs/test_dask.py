"""A class on a Dask cluster: a real scheduler and real workers on loopback, one of which is lost half way."""

from __future__ import annotations

import json
import os
import pickle
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from pathlib import Path
from types import SimpleNamespace

import psutil
import pytest
from distributed import Client
from typer.testing import CliRunner

from grader.assignments.course import load_course
from grader.assignments.folder import tutorial
from grader.cli import app
from grader.errors import UsageError
from grader.grading.overrides import Overrides, load_overrides
from grader.pipeline import grade_part
from grader.runs import dask as cluster_of
from grader.runs.dask import Part, pack, part_of
from grader.runs.folder import RunFolder
from grader.runs.grading_process import Task
from grader.runs.options import RunOptions, run_key
from grader.sandbox import resolve_isolation
from grader.submissions import discover
from tests.runs.programs import hand_in, one_input
from tests.submissions_discovery import downloads
from tests.submissions_discovery.downloads import taken, tree, zipped

pytestmark = pytest.mark.long

PROGRAMS = (one_input(), *(f"print('nothing yet, {number}')" for number in range(2)))


def dask(*arguments: str, folder: Path) -> subprocess.Popen[bytes]:
    environment = {**os.environ, "GRADER_CACHE": str(folder / "cache")}
    return subprocess.Popen(
        [sys.executable, "-m", "dask", *arguments],
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )


def end(process: subprocess.Popen[bytes]) -> None:
    """With all that it started."""
    below = psutil.Process(process.pid).children(recursive=True) if process.poll() is None else []
    for one in (*below, process):
        with suppress(psutil.NoSuchProcess):  # it has ended meanwhile
            one.kill()
    process.wait()


def is_monitor(process: psutil.Process) -> bool:
    try:
        return "grader.sandbox.monitor" in process.cmdline()
    except psutil.NoSuchProcess:  # it has ended meanwhile
        return False


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


def answers(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), 1).close()
    except OSError:
        return False
    return True


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[tuple[str, list[subprocess.Popen[bytes]]]]:
    """The address of a scheduler, and its two workers."""
    port = free_port()
    address = f"tcp://127.0.0.1:{port}"
    with ExitStack() as stack:
        scheduler = dask("scheduler", "--host", "127.0.0.1", "--port", str(port), "--no-dashboard", folder=tmp_path)
        stack.callback(end, scheduler)
        deadline = time.monotonic() + 60
        while not answers(port) and time.monotonic() < deadline:
            time.sleep(0.1)
        workers = []
        for number in (1, 2):
            options = ["--nthreads", "1", "--no-nanny", "--no-dashboard", "--host", "127.0.0.1"]
            local = tmp_path / f"worker-{number}"
            worker = dask("worker", address, *options, "--local-directory", str(local), folder=tmp_path)
            stack.callback(end, worker)
            workers.append(worker)
        yield address, workers


def test_a_lost_worker_costs_only_its_running_submissions(
    cluster: tuple[str, list[subprocess.Popen[bytes]]], tmp_path: Path
) -> None:
    """Every submission is graded as on one machine, though a worker is killed after the first results."""
    address, workers = cluster
    hand_in(tmp_path, **{f"student-{number}": program for number, program in enumerate(PROGRAMS)})
    command = [sys.executable, "-m", "grader", "grade", str(tmp_path / "class"), "--out", str(tmp_path / "out")]
    command += ["-a", "one_input", "--isolation", resolve_isolation("auto"), "--dask", address]
    with Client(address, set_as_default=False) as client:
        client.wait_for_workers(2, timeout=120)
    with subprocess.Popen(command, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True) as grading:
        assert grading.stderr is not None
        said = []
        for line in grading.stderr:
            said.append(line)
            if line.startswith("1 of 3 done"):
                break
        assert said[-1].startswith("1 of 3 done"), said
        end(workers[0])
        rest = grading.stderr.read()
    assert grading.returncode == 0, rest
    results = sorted((tmp_path / "out" / "results").glob("*.json"))
    assert [json.loads(path.read_text("utf-8"))["score"] for path in results] == [10, 0, 0]


WORKER = "import sys; from grader.pipeline import grade_part; grade_part(sys.stdin.buffer.read())"


def test_nothing_of_a_part_outlives_who_asked_for_it(tmp_path: Path) -> None:
    """With a worker that is killed its runs end, and the folder of the part goes."""
    source = hand_in(tmp_path, anna="import time\nprint('here', flush=True)\ntime.sleep(600)") / "class"
    course, options = load_course(["one_input"]), RunOptions(isolation=resolve_isolation("auto"))
    run = RunFolder(tmp_path / "out", source, run_key(course, options), load_overrides(tmp_path / "none.toml", set()))
    (temporary := tmp_path / "tmp").mkdir()
    with psutil.Popen(
        [sys.executable, "-c", WORKER], stdin=subprocess.PIPE, env={**os.environ, "TMPDIR": str(temporary)}
    ) as process:
        process.stdin.write(pack(part_of(discover(source), course, options, run)))
        process.stdin.close()
        below: list[psutil.Process] = []
        deadline = time.monotonic() + 60
        while not any(map(is_monitor, below)) and time.monotonic() < deadline:
            time.sleep(0.1)
            below = process.children(recursive=True)
        process.kill()
    assert any(map(is_monitor, below))
    _, alive = psutil.wait_procs(below, timeout=60)
    assert alive == []
    assert list(temporary.iterdir()) == []


@pytest.mark.parametrize("as_zip", [False, True], ids=["folder", "zip"])
def test_what_was_unpacked_or_renamed_arrives_as_it_was(tmp_path: Path, as_zip: bool) -> None:
    """The key of a submission and all that an LMS said about it are the same on both sides."""
    course, options = load_course([], tutorial()), RunOptions()
    download = zipped(tmp_path / "c.zip", downloads.CANVAS) if as_zip else tree(tmp_path / "c", downloads.CANVAS)
    with taken(download) as intake:
        folder = RunFolder(tmp_path / "out", intake.source, "key", Overrides())
        part: Part = pickle.loads(pickle.dumps(part_of(intake.submissions, course, options, folder)))
        for one, back in zip(intake.submissions, part.submissions, strict=True):
            assert (back.origin, folder._key(back)) == (one.origin, folder._key(one))
            assert back.problem or part.files[back.entry] == one.entry.read_bytes()


def test_no_scheduler_is_a_usage_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It names the address."""
    monkeypatch.setattr("grader.runs.dask.CONNECT_SECONDS", 1)
    hand_in(tmp_path, anna="x = 1", ben="x = 2")
    nobody = f"tcp://127.0.0.1:{free_port()}"
    with pytest.raises(UsageError, match=f"--dask {nobody}"):
        CliRunner().invoke(
            app, ["grade", str(tmp_path / "class"), "--out", str(tmp_path / "out"), "--dask", nobody], catch_exceptions=False
        )


class Deserted:
    """A cluster whose one worker is lost as soon as it has work."""

    def __init__(self, *_: object, **__: object) -> None:
        self.looks = iter([1, 0, 0])

    def __enter__(self) -> Deserted:
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def as_current(self) -> Deserted:
        return self

    def scheduler_info(self, n_workers: int) -> dict[str, list[int]]:
        return {"workers": [0] * next(self.looks)}

    def submit(self, *_: object, **__: object) -> str:
        return "work"


def test_a_class_does_not_wait_for_workers_that_are_gone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It says what to do; what was graded until then is kept."""

    def wait(*_: object, **__: object) -> None:
        raise TimeoutError

    monkeypatch.setattr(cluster_of, "_distributed", lambda: SimpleNamespace(Client=Deserted, wait=wait))
    monkeypatch.setattr(cluster_of, "MOST_LOOKS", 2)
    source = hand_in(tmp_path, anna="x = 1") / "class"
    run = RunFolder(tmp_path / "out", source, "key", Overrides())
    groups = [[one] for one in discover(source)]
    with pytest.raises(UsageError, match="all workers are gone"):
        list(cluster_of.grade_on_cluster("tcp://there", groups, Task(load_course(["one_input"]), RunOptions(), run, {}), grade_part))
