"""A process between the recordings of a submission and its grade, which can be killed: the coordinator's side.

Whatever a student made is read there: source files, recordings, networks, texts. What exceeds its limits is that
submission's own, and a person reviews it. The coordinator executes and trains on request, and takes nothing back but
short lines of JSON; what is published is in the run's folder. `grading_main` is the other side.

    down   pickled objects: a `Task`, one `Submission` of it after another, and answers to requests;
           instead of a submission there may be another task
    up     lines of JSON: {"do": "ready" | "run" | "train" | "announce" | "done" | "fault" | "usage", …}

Time in which the process waits for a run or a training does not count: these have limits of their own.
"""

from __future__ import annotations

import json
import os
import pickle
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from grader.assignments.course import Course
from grader.domain import Limits, Submission
from grader.errors import GraderFault, SubmissionLimit, TrainerLimit, UsageError
from grader.grading.grade import our_fault
from grader.runs.folder import RunFolder
from grader.runs.options import RunOptions
from grader.runs.workers import Worker
from grader.sandbox.dialogue import Dialogue, ProcessEnded, start_dialogue
from grader.training.trainer import SECONDS_PER_SEED
from grader.training.verdicts.learning import longest_training

MODULE = "grader.runs.grading_main"
MOST_SECONDS = 60.0
MEMORY_MB = 2048
START_SECONDS = 60.0
MOST_MESSAGE = 64 * 2**20
ATTEMPTS = 2
COMPILE_SECONDS = 15.0


@dataclass(frozen=True)
class Task:
    """All that the grades of a class depend on besides its submissions. `facts` are the provenance of the run."""

    course: Course
    options: RunOptions
    folder: RunFolder
    facts: Mapping[str, Any]


class GradingProcess:
    """Grades one submission at a time. The process starts at once, and again after one that was killed.

    It ends with the thread that makes it, see `grading_main`: make it in one that stays.
    """

    def __init__(self, *, seconds: float = MOST_SECONDS, memory_mb: int = MEMORY_MB) -> None:
        self._seconds, self._memory_mb = seconds, memory_mb
        self._dialogue: Dialogue | None = self._started()  # it imports while the first submission runs
        self._interrupted = False
        self._task: Task | None = None

    def __enter__(self) -> GradingProcess:
        return self

    def __exit__(self, *_: object) -> None:
        self._end()

    def interrupt(self) -> None:
        """End the grading that another thread waits for, which raises `GraderFault`."""
        self._interrupted = True
        if self._dialogue:
            self._dialogue.close()

    def grade(
        self, submission: Submission, task: Task, here: Worker, announce: Callable[[str], None] = lambda text: None
    ) -> str:
        """Publish the grades of a submission, which `here` executes and trains; what takes long about it is announced.

        If grading it exceeds a limit, nothing is published, and the result says in words what was exceeded. An error of
        the grader is retried once, and then reported for this submission. Raises `UsageError` for what would affect
        every submission alike.
        """
        ended, fault, allowance, self._interrupted = "", "", Allowance(task.course), False
        for _ in range(ATTEMPTS):
            dialogue = self._ready(task)
            try:
                if not (fault := self._converse(dialogue, submission, here, allowance, announce)):
                    return ""
            except TimeoutError:
                self._end()
                return f"grading it took longer than {self._seconds:.0f} s"
            except ProcessEnded as end:
                self._end()
                if self._interrupted:
                    raise GraderFault("The grading was interrupted.") from None
                ended = str(end)
            except BaseException:
                self._end()  # also when interrupted: an old message must not be taken for one about the next
                raise
        if fault:
            graded = our_fault(submission, task.options.isolation, fault)
            task.folder.publish(graded, task.course, task.facts, {})
            return ""
        return f"the process that grades it ended twice; it may use {self._memory_mb} MB of memory ({ended})"

    def _ready(self, task: Task, *, again: bool = True) -> Dialogue:
        """The process, once it waits for a submission of this task. One that has ended meanwhile is started `again`."""
        self._dialogue = dialogue = self._dialogue or self._started()
        try:
            _message(dialogue.receive(START_SECONDS))
        except (TimeoutError, ProcessEnded) as error:
            self._end()
            if again and not self._interrupted:
                return self._ready(task, again=False)
            why = str(error) or "it takes too long"
            raise GraderFault(f"The process that grades did not start: {why}") from None
        if task is not self._task:
            dialogue.send(pickle.dumps(task))
            self._task = task
        return dialogue

    def _converse(
        self,
        dialogue: Dialogue,
        submission: Submission,
        here: Worker,
        allowance: Allowance,
        announce: Callable[[str], None],
    ) -> str:
        """Until it is done, or what went wrong; what it asks for meanwhile is executed or trained."""
        budget = self._seconds
        dialogue.send(pickle.dumps(submission))
        while True:
            started = time.monotonic()
            message = _message(dialogue.receive(budget))
            budget -= time.monotonic() - started
            match message["do"]:
                case "run":
                    dialogue.send(pickle.dumps(_executed(message, submission, here)))
                case "train":
                    dialogue.send(pickle.dumps(allowance.trained(message["request"], message["seconds"], here)))
                case "announce":
                    announce(str(message["text"]))
                case "usage":
                    raise UsageError(message["text"])
                case "done" | "fault":
                    return str(message.get("text", ""))
                case unknown:
                    raise ProcessEnded(f"it said {unknown!r}")

    def _end(self) -> None:
        if self._dialogue:
            self._dialogue.close()
        self._dialogue = self._task = None

    def _started(self) -> Dialogue:
        places = [str(Path(__file__).resolve().parents[2]), *filter(None, [os.environ.get("PYTHONPATH")])]
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join(places)}
        command = [sys.executable, "-P", "-X", "utf8", "-m", MODULE, str(self._seconds), str(self._memory_mb)]
        return start_dialogue(command, environment, MOST_MESSAGE)


def _message(line: bytes) -> dict[str, Any]:
    """What the process says: an object with a text `do`, whatever else is in it."""
    try:
        message = json.loads(line)
    except (ValueError, RecursionError):
        message = None
    if not isinstance(message, dict) or not isinstance(message.get("do"), str):
        raise ProcessEnded("it wrote something else than its messages")
    return message


class Allowance:
    """The time of a trainer that all networks of one submission may take, whatever files and exercises they are in.

    It is what one slow network may take, and the reference of each exercise. What is asked about data is the author's.
    """

    def __init__(self, course: Course) -> None:
        references = (COMPILE_SECONDS + longest_training(calibration) for calibration in course.calibrations.values())
        self.seconds = self._left = SECONDS_PER_SEED + sum(references)

    def trained(self, request: dict[str, Any], seconds: float, here: Worker) -> Any:
        """The answer of the trainer, or its fault, for the other side to handle as everywhere."""
        if not ("data" in request or self._left > 0):
            return self._used_up()
        most = seconds if "data" in request else min(seconds, self._left)
        try:
            answer = here.trainer.ask(request, most)
        except TrainerLimit as limit:
            self._left -= limit.seconds
            return self._used_up() if most < seconds and limit.seconds >= most else limit
        except GraderFault as fault:
            return fault
        self._left -= 0.0 if "data" in request else answer["seconds"]
        return answer

    def _used_up(self) -> SubmissionLimit:
        return SubmissionLimit(f"training all networks of this submission takes longer than {self.seconds:.0f} s")


def _executed(message: Mapping[str, Any], submission: Submission, here: Worker) -> Any:
    """What a run gave, or the fault of ours."""
    try:
        part = submission.parts[message["part"]]
        limits = Limits(**message["limits"])
        return here.supervisor.run(part, message["job"], limits, message["seconds"])
    except GraderFault as fault:
        return fault
