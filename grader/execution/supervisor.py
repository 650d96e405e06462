"""Runs submissions one after another in a sandbox of its own, through a monitor, and says how each ended."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Self
from uuid import uuid4

from grader.domain import Limits, Submission
from grader.errors import GraderFault, UsageError
from grader.execution.recording import RECORDING
from grader.execution.workspace import FOLDERS, Workspace, environment
from grader.filesystem import remove
from grader.sandbox import INSIDE, RECORDING_MB, SandboxSpec
from grader.sandbox.levels import can_nest
from grader.sandbox.packages import has_package, interpreter, require_training
from grader.sandbox.spec import FORKS, SYSTEM, command, restrictions

STUDENT_SIDE = Path(__file__).with_name("student")
RUNS_PER_SERVER = 200
BESIDE_MB = 256  # of a control group, for the recording, shared memory, and what the kernel keeps for the run
BESIDE_PROCESSES = 8
BUSY_SHARE = 0.25  # of its time, in which others had the processors
NOTEBOOKS_NEED = ("nbclient", "nbformat", "ipykernel")


@dataclass(frozen=True)
class RunEnd:
    """How a run ended. `exit_code` is `None` if it was stopped; `stopped` is the name of the limit, or empty.

    `cut` says that it printed more than was kept. `recording` is what it left, perhaps nothing, `refused` says why that
    cannot be used, and `nonce` is what the recording repeats. `waited` are seconds that others had the processors
    meanwhile.
    `data` are the most bytes that one of its processes was seen to hold, as the limit of memory counts them.
    """

    exit_code: int | None
    seconds: float
    stopped: str
    output: str
    cut: bool = False
    refused: str = ""
    waited: float = 0.0
    data: int = 0
    nonce: str = ""
    recording: bytes = field(default=b"", repr=False)

    def was_busy(self, seconds: float) -> bool:
        """Whether others had the processors for so long that a limit may have been met for it."""
        return self.waited > BUSY_SHARE * seconds


class Supervisor:
    """One worker for runs. Its monitor starts with the first run, and ends with the `with` block, or with this process.

    `slot` of `slots` is its number among those that work at the same time. `nested` runs have namespaces of their own
    within those of a server that has imported Keras; at `full`, by default where that is possible.
    `beside` are files that every run finds next to its entry, by these names, `secret` folders that none sees.
    """

    def __init__(
        self,
        isolation: str,
        python: Path | None = None,
        *,
        slot: int = 0,
        slots: int = 1,
        nested: bool | None = None,
        beside: Mapping[str, Path] | None = None,
        secret: tuple[Path, ...] = (),
    ) -> None:
        self.isolation = isolation
        self.python = checked_interpreter(python)
        self._nested = isolation == "full" and (can_nest() if nested is None else nested)
        self._place = (slot, slots)
        self._beside, self.secret = beside or {}, secret
        self._monitor: subprocess.Popen[bytes] | None = None
        self._space: Workspace | None = None
        self._runs = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the lifeline, and wait until nothing is left, the folder of the runs included."""
        if self._monitor:
            for stream in (self._monitor.stdin, self._monitor.stdout, self._monitor.stderr):
                if stream:
                    with suppress(OSError):  # a pipe that is broken already
                        stream.close()
            self._monitor.wait()
        if self._space:  # whose owner may have ended early
            remove(self._space.root)
        self._monitor = self._space = None
        self._runs = 0

    def interrupt(self) -> None:
        """End the run that another thread waits for, if there is one; the next one is as warm as before."""
        if self._monitor and self._monitor.stdin:
            with suppress(OSError, ValueError):  # it has ended, and so have its runs
                self._monitor.stdin.write(b"\n")
                self._monitor.stdin.flush()

    def run(self, submission: Submission, job: Mapping[str, Any], limits: Limits, seconds: float) -> RunEnd:
        """Returns when no process of the run is alive, however it tried to survive.

        After an error of the grader itself, everything is started again and the run is repeated once.
        """
        try:
            return self._run(submission, job, limits, seconds)
        except GraderFault:
            self.close()
            return self._run(submission, job, limits, seconds)
        except BaseException:
            self.close()  # also when interrupted: an old answer must not be taken for that of the next run
            raise

    def _run(self, submission: Submission, job: Mapping[str, Any], limits: Limits, seconds: float) -> RunEnd:
        if self._runs >= RUNS_PER_SERVER:
            self.close()
        if submission.entry.suffix.lower() == ".ipynb":
            check_packages(self.python)
        self._runs += 1
        space = self.start()
        nonce = uuid4().hex
        space.prepare(submission, job, limits, nonce)
        answer = self._ask(self._request(space, limits, seconds))
        if answer["fault"]:
            raise GraderFault(f"The sandbox of a run could not be set up: {answer['fault']}")
        fields = {name: answer[name] for name in ("seconds", "stopped", "output", "cut", "waited", "data")}
        recording, unreadable = space.recorded()
        refused = answer["refused"] or unreadable
        return RunEnd(exit_code=answer["exit"], **fields, refused=refused, nonce=nonce, recording=recording)

    def start(self) -> Workspace:
        """Import Keras, where that is not under way yet; the folder of the runs."""
        if self._space and self._monitor and self._monitor.poll() is None:
            return self._space
        self.close()
        root = Path(os.path.realpath(tempfile.gettempdir()), f"grader-{uuid4().hex}")
        slot, slots = self._place
        hidden = (*_own_packages(self.python), *among_system_files(self.secret, self.python))
        self._sandbox = SandboxSpec(
            self.isolation, self.python, root / "run", (STUDENT_SIDE,), hidden, slot, slots, nested=self._nested
        )
        self._space = Workspace(root, self._sandbox.root_inside, self._sandbox.apart, self._beside)
        details = interpreter(self.python)
        self._environment = environment(self._sandbox.root_inside, self.python, details.elsewhere)
        needs = ["keras"] if details.has_keras else []
        shared = FORKS and self._nested is self._sandbox.apart
        spec = json.dumps({"root": str(root), "server": self._server("serve", needs) if shared else None})
        self._monitor = subprocess.Popen(
            [sys.executable, "-P", "-X", "utf8", "-m", "grader.sandbox.monitor", spec],
            env=_own_environment(),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        # Created only once the monitor runs, which removes it even if this process is killed.
        root.mkdir(mode=0o700)
        self._space.set_up(self._sandbox.uid)
        return self._space

    def _server(self, verb: str, needs: list[str], limits: Limits | None = None) -> dict[str, Any]:
        started = command(self._sandbox, self._inside(verb), limits)
        return {"command": started, "environment": self._environment, "needs": needs}

    def _inside(self, verb: str, *arguments: str) -> tuple[str, ...]:
        return (str(self.python), "-X", "utf8", "-P", str(INSIDE / "main.py"), verb, str(STUDENT_SIDE), *arguments)

    def _request(self, space: Workspace, limits: Limits, seconds: float) -> dict[str, Any]:
        limits = replace(limits, cpu_seconds=max(limits.cpu_seconds, seconds))
        memory = space.apart * (limits.disk_mb + BESIDE_MB)  # what a run stores is memory there
        run: dict[str, Any] = {
            "restrictions": restrictions(self._sandbox, limits, FOLDERS),
            "arguments": [f"{space.inside}/job.json"],
            "folder": space.inside,
            "recording": {"path": f"{space.inside}/out/{RECORDING}", "most": RECORDING_MB << 20},
        }
        request = {
            "seconds": seconds,
            "memory_mb": limits.memory_mb,
            "cpu_seconds": limits.cpu_seconds,
            "processes": limits.processes,
            "disk_mb": None if space.apart else limits.disk_mb,
            "disk": str(space.visible),
            "output_kb": limits.output_kb,
            "group_mb": limits.memory_mb + memory if self.isolation != "none" else None,
            "group_processes": limits.processes + BESIDE_PROCESSES if self.isolation != "none" else None,
            "recording": str(space.recording / RECORDING),
            "parents": self._sandbox.parents,
            "run": run,
        }
        if FORKS:
            alone = space.apart and not self._nested
            return {**request, "server": self._server("serve-one", [], limits)} if alone else request
        plain = self._inside("student", *run["arguments"])
        return {**request, "command": plain, "environment": self._environment, "folder": space.inside}

    def _ask(self, request: dict[str, Any]) -> dict[str, Any]:
        monitor = self._monitor
        if monitor is None or monitor.stdin is None or monitor.stdout is None or monitor.stderr is None:
            raise GraderFault("The process monitor has no pipes.")
        try:
            monitor.stdin.write(json.dumps(request).encode() + b"\n")
            monitor.stdin.flush()
            return dict(json.loads(monitor.stdout.readline()))
        except (OSError, ValueError):
            monitor.kill()
            last = monitor.stderr.read().decode("utf-8", "replace").strip().splitlines()[-1:] or ["it reported nothing"]
            raise GraderFault(f"The process monitor ended early: {last[0]}") from None


def _own_packages(python: Path) -> tuple[Path, ...]:
    """Where a Python keeps the grader itself, which no run is to see."""
    return tuple(path for folder in interpreter(python).packages if (path := folder / "grader").is_dir())


def among_system_files(folders: Iterable[Path], python: Path) -> tuple[Path, ...]:
    """Those of these folders that a run would see, because they are beneath the system's or the Python's.

    One that contains the Python cannot be hidden.
    """
    prefixes = [Path(os.path.realpath(path)) for path in interpreter(python).prefixes]
    visible = [*prefixes, *(Path(os.path.realpath(path)) for path in SYSTEM)]
    paths = [Path(os.path.realpath(folder)) for folder in folders if folder.is_dir()]
    return tuple(
        folder
        for folder in dict.fromkeys(paths)
        if any(folder.is_relative_to(path) for path in visible)
        and not any(prefix.is_relative_to(folder) for prefix in prefixes)
    )


def checked_interpreter(python: Path | None) -> Path:
    """An absolute path without resolving links: a virtual environment is known by its link.

    Ours, if none is given, must have Keras: a submission would fail for want of it.
    """
    if python is None:
        require_training()
        return Path(sys.executable)
    if not python.is_file():
        raise UsageError(f"--python {python}: no such interpreter.")
    return Path.cwd() / python


def check_packages(python: Path) -> None:
    """Raise `UsageError` if an interpreter lacks what notebooks need."""
    if lacking := [name for name in NOTEBOOKS_NEED if not has_package(python, name)]:
        names = " ".join(lacking)
        raise UsageError(f"Notebooks need {names}. Install them: {python} -m pip install {names}")


def _own_environment() -> dict[str, str]:
    """For a process of the grader itself: the package importable, and what Windows needs."""
    variables = {name: os.environ[name] for name in ("SYSTEMROOT", "TMPDIR", "PATH") if name in os.environ}
    return {**variables, "PYTHONPATH": str(Path(__file__).resolve().parents[2])}
