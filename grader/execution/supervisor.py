"""Runs submissions one after another in a sandbox of its own, through a warden, and says how each ended."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from uuid import uuid4

from grader.domain import Limits, Submission
from grader.errors import GraderFault, UsageError
from grader.execution.surroundings import PLACES, environment
from grader.execution.workspace import Workspace
from grader.files import remove
from grader.isolation import INSIDE, Box, Plan, plan_for

STUDENT_SIDE = Path(__file__).with_name("student")
RUNS_PER_SERVER = 200
NOTEBOOKS_NEED = ("nbclient", "nbformat", "ipykernel")


@dataclass(frozen=True)
class Ending:
    """How a run ended. `exit_code` is `None` where it was stopped; `stopped` is the name of the limit, or empty.

    `cut` says that it printed more than was kept.
    """

    exit_code: int | None
    seconds: float
    stopped: str
    output: str
    cut: bool = False


class Supervisor:
    """One place for runs. Its warden starts with the first of them, and ends with the `with` block, or with us.

    `slot` of `slots` is its place among those that work at the same time. `warm` runs are forked from a process that
    has imported Keras; by default where that is possible.
    """

    def __init__(
        self, isolation: str, python: Path | None = None, *, slot: int = 0, slots: int = 1, warm: bool | None = None
    ) -> None:
        self.isolation = isolation
        self.python = checked_interpreter(python)
        self._plan: Plan = plan_for(isolation, warm=warm)
        self._place = (slot, slots)
        self._warden: subprocess.Popen[bytes] | None = None
        self._space: Workspace | None = None
        self._runs = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the lifeline, and wait until nothing is left, the folder of the runs included."""
        if self._warden:
            for stream in (self._warden.stdin, self._warden.stdout, self._warden.stderr):
                if stream:
                    with suppress(OSError):  # a pipe that is broken already
                        stream.close()
            self._warden.wait()
        if self._space:  # whose owner may have ended early
            remove(self._space.root)
        self._warden = self._space = None
        self._runs = 0

    def run(
        self, submission: Submission, job: Mapping[str, Any], limits: Limits, seconds: float
    ) -> tuple[Ending, Path]:
        """Returns when nothing of the run is alive any more, however it tried to stay; and where its recording is.

        A fault of ours is tried once more, with everything started anew.
        """
        try:
            return self._run(submission, job, limits, seconds)
        except GraderFault:
            self.close()
            return self._run(submission, job, limits, seconds)
        except BaseException:
            self.close()  # also when interrupted: an answer that nobody waits for must not meet the next run
            raise

    def _run(
        self, submission: Submission, job: Mapping[str, Any], limits: Limits, seconds: float
    ) -> tuple[Ending, Path]:
        if self._runs >= RUNS_PER_SERVER:
            self.close()
        self._runs += 1
        space = self._start()
        space.prepare(submission, dict(job), limits)
        self._plan.hand_over(self._box)
        answer = self._ask(self._request(space, limits, seconds))
        if answer["fault"]:
            raise GraderFault(f"The sandbox of a run could not be set up: {answer['fault']}")
        code = self._plan.exit_code(answer["exit"])
        ending = Ending(code, float(answer["seconds"]), answer["stopped"], answer["output"], answer["cut"])
        return ending, space.out

    def _start(self) -> Workspace:
        if self._space and self._warden and self._warden.poll() is None:
            return self._space
        self.close()
        root = Path(os.path.realpath(tempfile.gettempdir()), f"grader-{uuid4().hex}")
        slot, slots = self._place
        self._box = Box(self.isolation, self.python, root, (STUDENT_SIDE,), own_packages(self.python), slot, slots)
        self._space = Workspace(root, self._box.root_inside, apart=self._plan.apart)
        self._environment = environment(self._box.root_inside, self.python)
        server = None
        if self._plan.warm:
            serve = (str(self.python), "-X", "utf8", "-P", str(INSIDE / "main.py"), "serve")
            server = {"command": self._plan.command(self._box, serve), "environment": self._environment}
        spec = json.dumps({"root": str(root), "server": server})
        self._warden = subprocess.Popen(
            [sys.executable, "-P", "-X", "utf8", "-m", "grader.execution.warden", spec],
            env=_own_environment(),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        # Made when there is somebody who removes it, whatever becomes of us.
        root.mkdir(mode=0o700)
        self._space.furnish(self._plan.uid(self._box))
        return self._space

    def _request(self, space: Workspace, limits: Limits, seconds: float) -> dict[str, Any]:
        limits = replace(limits, cpu_seconds=max(limits.cpu_seconds, seconds))
        walls = self._plan.walls(self._box, limits, PLACES)
        arguments = (str(STUDENT_SIDE / "main.py"), f"{space.inside}/job.json")
        request = {
            "seconds": seconds,
            "memory_mb": limits.memory_mb,
            "cpu_seconds": limits.cpu_seconds,
            "processes": limits.processes,
            "disk_mb": limits.disk_mb,
            "disk": str(space.out if space.apart else space.root),
            "output_kb": limits.output_kb,
            "folder": space.inside if self._plan.warm else str(space.root),
        }
        if self._plan.warm:
            return {**request, "walls": walls, "arguments": arguments}
        student = (str(self.python), "-X", "utf8", "-P", *arguments)
        return {**request, "command": self._plan.alone(self._box, walls, student), "environment": self._environment}

    def _ask(self, request: dict[str, Any]) -> dict[str, Any]:
        warden = self._warden
        if warden is None or warden.stdin is None or warden.stdout is None or warden.stderr is None:
            raise GraderFault("The warden of the runs has no pipes.")
        try:
            warden.stdin.write(json.dumps(request).encode() + b"\n")
            warden.stdin.flush()
            return dict(json.loads(warden.stdout.readline()))
        except (OSError, ValueError):
            warden.kill()
            last = warden.stderr.read().decode("utf-8", "replace").strip().splitlines()[-1:] or ["it said nothing"]
            raise GraderFault(f"The process that watches runs ended early: {last[0]}") from None


def own_packages(python: Path) -> tuple[Path, ...]:
    """Where a Python keeps the grader itself, which no run is to see."""
    from grader.isolation.box import interpreter

    return tuple(path for folder in interpreter(python).packages if (path := folder / "grader").is_dir())


def checked_interpreter(python: Path | None) -> Path:
    """An absolute path without resolving links: a virtual environment is known by its link."""
    if python is None:
        return Path(sys.executable)
    if not python.is_file():
        raise UsageError(f"--python {python}: there is no such interpreter.")
    return Path.cwd() / python


@cache
def check_packages(python: Path) -> None:
    """Raise `UsageError` where an interpreter lacks what notebooks need: asked here, not taken from a recording."""
    program = "import importlib.util as u, sys; print(*[name for name in sys.argv[1:] if u.find_spec(name) is None])"
    command = [str(python), "-I", "-c", program, *NOTEBOOKS_NEED]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True, stdin=subprocess.DEVNULL)
    except (OSError, subprocess.SubprocessError) as error:
        raise GraderFault(f"{python} cannot be asked what it has installed: {error}") from None
    if lacking := done.stdout.split():
        names = " ".join(lacking)
        raise UsageError(f"Notebooks need {names}, which {python} does not have: {python} -m pip install {names}")


def _own_environment() -> dict[str, str]:
    """For a process of ours: the package importable, and what Windows needs."""
    kept = {name: os.environ[name] for name in ("SYSTEMROOT", "TMPDIR", "PATH") if name in os.environ}
    return {**kept, "PYTHONPATH": str(Path(__file__).resolve().parents[2])}
