"""The grading process: `python -m grader.runs.grading_main SECONDS MEGABYTES`.

It is started by `grading_process`, whose page says what passes. It reads what students made, so it holds nothing that
they could want: no run and no training happens here. Beyond its limits it is killed; should the coordinator be killed
first, the kernel ends it, at the latest when its processor time is used up.
"""

from __future__ import annotations

import json
import os
import pickle
import signal
import sys
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import asdict
from typing import IO, Any

from grader.domain import Limits, Submission
from grader.errors import UsageError
from grader.execution.supervisor import RunEnd
from grader.pipeline import grade_submission, runner
from grader.runs.folder import sources_of
from grader.runs.grading_process import Task
from grader.runs.workers import Worker
from grader.training.memo import Memo, default_folder
from grader.training.trainer import Trainer

BEYOND = 2.0  # times its seconds, of processor time: nobody is left who would kill it


class Coordinator:
    """The other side: a request is a line of JSON, its answer an object that only the coordinator can have made."""

    def __init__(self, up: IO[bytes], down: IO[bytes]) -> None:
        self._up, self._down = up, down

    def say(self, kind: str, **fields: Any) -> None:
        self._up.write(json.dumps({"do": kind, **fields}, allow_nan=False).encode() + b"\n")
        self._up.flush()

    def receive(self) -> Any:
        """The next object. The coordinator has gone if there is none, and so has everybody who wants the grades."""
        try:
            return pickle.load(self._down)
        except EOFError:
            os._exit(0)

    def ask(self, kind: str, **fields: Any) -> Any:
        self.say(kind, **fields)
        answer = self.receive()
        if isinstance(answer, Exception):
            raise answer
        return answer


class RemoteRuns:
    """Runs of the parts of one submission, executed by the coordinator."""

    def __init__(self, coordinator: Coordinator, isolation: str) -> None:
        self._coordinator, self.isolation = coordinator, isolation
        self.parts: tuple[Submission, ...] = ()

    def run(self, submission: Submission, job: Mapping[str, Any], limits: Limits, seconds: float) -> RunEnd:
        """As `Supervisor.run`."""
        part = self.parts.index(submission)
        end: RunEnd = self._coordinator.ask("run", part=part, job=dict(job), limits=asdict(limits), seconds=seconds)
        return end


def publisher(task: Task, coordinator: Coordinator) -> Callable[[Submission], None]:
    """Grades one submission of a task after another, and publishes it. The coordinator executes and trains."""

    def ask(request: Mapping[str, Any], seconds: float) -> dict[str, Any]:
        return dict(coordinator.ask("train", request=request, seconds=seconds))

    runs = RemoteRuns(coordinator, task.options.isolation)
    here = Worker(runs, Trainer(Memo(default_folder()), ask=ask))
    run = runner(task.course, task.options, here, lambda text: coordinator.say("announce", text=text))

    def publish(submission: Submission) -> None:
        runs.parts = submission.parts
        graded = grade_submission(submission, task.course, task.options, here, run)
        task.folder.publish(graded, task.course, task.facts, sources_of(graded))

    return publish


def main(seconds: float, memory_mb: int) -> None:
    """Take submissions until there are no more; each is published, or what is wrong is said."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)  # heard even while Python is busy in one long call
    coordinator = Coordinator(os.fdopen(os.dup(1), "wb"), os.fdopen(os.dup(0), "rb"))
    os.dup2(2, 1)  # what a library prints is no message
    _die_with_parent()
    _limit_memory(memory_mb)
    while True:
        coordinator.say("ready")
        if isinstance(received := coordinator.receive(), Task):
            publish, received = publisher(received, coordinator), coordinator.receive()
        _limit_time(seconds)
        try:
            publish(received)
        except UsageError as error:  # it would affect every submission alike
            coordinator.say("usage", text=str(error))
        except MemoryError:
            raise  # only a new process is known to have any left
        except Exception as error:
            coordinator.say("fault", text=f"{type(error).__name__}: {error}")
        else:
            coordinator.say("done")


def _die_with_parent() -> None:
    if sys.platform == "linux":
        from grader.sandbox.inside import libc

        libc.prctl(libc.PR_SET_PDEATHSIG, signal.SIGKILL)


def _limit_memory(megabytes: int) -> None:
    with suppress(ImportError, OSError, ValueError):  # there is none on Windows
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (megabytes * 2**20, megabytes * 2**20))


def _limit_time(seconds: float) -> None:
    """Of the processor, for the next submission."""
    with suppress(ImportError, OSError, ValueError):
        import resource

        used = resource.getrusage(resource.RUSAGE_SELF)
        most = int(used.ru_utime + used.ru_stime + BEYOND * seconds) + 1
        resource.setrlimit(resource.RLIMIT_CPU, (most, resource.getrlimit(resource.RLIMIT_CPU)[1]))


if __name__ == "__main__":
    main(float(sys.argv[1]), int(sys.argv[2]))
