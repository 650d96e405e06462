"""Where trials of one level happen: the grader's own supervisor and trainer, and a neighbour who works beside them."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any, Self

from grader.assignments.course import load_course
from grader.domain import Execution, Grade, Limits, Submission
from grader.execution import Supervisor, execute
from grader.execution.recording import read_recording
from grader.execution.supervisor import RUNS_PER_SERVER, RunEnd
from grader.grading.grade import grade_execution
from grader.sandbox.cgroups import groups_for
from grader.sandbox.monitor import MOST_PATIENCE
from grader.training.host import local_trainer
from grader.training.memo import Memo
from grader.training.trainer import Trainer
from tests.attacks.watch import processes
from tests.notebooks import notebook

HONEST = Path(__file__).resolve().parents[1] / "submissions" / "good" / "one_input" / "activation_layers.py"
FULL_MARKS = 10
PATIENT = Limits(seconds=120)
MOST_RUNS_OF_A_TRIAL = 12
FORMS = ("module", "notebook")
Verdict = tuple[object, ...]
Honest = tuple[Verdict, Execution]


@dataclass(frozen=True)
class Left:
    """One run, as seen from outside: its end, the seconds it took and took to be read, and the text it left."""

    ending: RunEnd
    seconds: float
    allowed_seconds: float
    read_seconds: float
    text: str


class WatchedSupervisor(Supervisor):
    """The grader's own, which also keeps what each run left, for the oracles."""

    left: tuple[Left, ...] = ()

    def run(self, submission: Submission, job: Mapping[str, Any], limits: Limits, seconds: float) -> RunEnd:
        started = time.monotonic()
        ending = super().run(submission, job, limits, seconds)
        ended = time.monotonic()
        read_recording(ending.recording, ending.nonce)
        read = time.monotonic() - ended
        allowed = seconds + min(ending.waited, MOST_PATIENCE * seconds)  # what others take away is not its own
        text = ending.output + ending.recording.decode("utf-8", "replace")
        self.left += (Left(ending, ended - started, allowed, read, text),)
        return ending

    @property
    def monitor(self) -> int | None:
        return self._monitor.pid if self._monitor else None

    @property
    def runs(self) -> int:
        return len(self.left)

    @property
    def root(self) -> Path | None:
        return self._space.root if self._space else None

    @property
    def is_worn(self) -> bool:
        """Whether one of the next runs will start new processes, which look like survivors of it."""
        return self._runs > RUNS_PER_SERVER - MOST_RUNS_OF_A_TRIAL


class Bench:
    """Warmed up at the start, so that what appears later is a trial's. `python` runs submissions, or the one with Keras."""

    def __init__(self, level: str, python: Path | None = None) -> None:
        self.level = level
        self.course = load_course(["one_input"])
        self.stack = ExitStack()
        self.supervisor = self.stack.enter_context(WatchedSupervisor(level, python, slot=0, slots=2))
        memo = Memo(Path(tempfile.mkdtemp(prefix="memo-")))
        self.trainer = self.stack.enter_context(local_trainer(memo, isolation=level))
        self.unrestricted = self.stack.enter_context(local_trainer(memo, isolation="none"))
        self.pool = self.stack.enter_context(ThreadPoolExecutor(1))
        self._beside: WatchedSupervisor | None = None
        self._alone: dict[str, Honest] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stack.close()

    def execute(self, submission: Submission, limits: Limits, supervisor: WatchedSupervisor | None = None) -> Execution:
        course, place = self.course, supervisor or self.supervisor
        return execute(submission, place, functions=course.functions, marks=course.marks, limits=limits)

    def grade(self, submission: Submission, execution: Execution, trainer: Trainer | None = None) -> Grade:
        """As the pipeline does it."""
        return grade_execution(submission, execution, self.course, trainer or self.trainer).grades[0]

    def honest(self, form: str = "module", supervisor: WatchedSupervisor | None = None) -> Honest:
        """What somebody gets and leaves who wants nothing but a grade."""
        submission = Submission("honest", "honest", HONEST if form == "module" else self.as_notebook, None, "")
        execution = self.execute(submission, PATIENT, supervisor)
        recorded = replace(execution, seconds=0.0, outputs=())  # a loss differs from run to run
        return verdict(self.grade(submission, execution)), recorded

    @cached_property
    def is_grouped(self) -> bool:
        """Whether a control group bounds the memory of each run here."""
        groups = groups_for(1024, None) if self.level != "none" else ()
        for group in groups:
            group.remove()
        return any("memory" in group.controllers for group in groups)

    @cached_property
    def as_notebook(self) -> Path:
        path = Path(tempfile.mkdtemp(prefix="honest-"), "honest.ipynb")
        path.write_text(notebook(HONEST.read_text("utf-8")), "utf-8")
        return path

    def alone(self, form: str = "module") -> Honest:
        """What the honest get and leave before anybody attacks."""
        if form not in self._alone:
            self._alone[form] = self.honest(form)
        return self._alone[form]

    def harmed(self, *forms: str) -> list[str]:
        """Whoever comes next in the same place, and gets or leaves something else than alone."""
        return [f"whoever came next, with a {form}" for form in forms if self.honest(form) != self.alone(form)]

    def warm_up(self) -> dict[int, str]:
        """All processes that the harness and the grader have by themselves."""
        for form in FORMS:
            if self.alone(form)[0][0] != FULL_MARKS:
                raise RuntimeError(f"nothing is proven where the honest get {self.alone(form)} for a {form}")
        if self.supervisor.is_worn:
            self.supervisor.close()
        if self.supervisor.monitor is None:
            self.honest()
        return processes()

    def neighbour(self) -> tuple[int | None, Future[Honest]]:
        """Somebody honest who is graded in another slot from now on; and the process that answers for the runs there."""
        assert self.alone()
        if self._beside is None:
            self._beside = self.stack.enter_context(WatchedSupervisor(self.level, slot=1, slots=2))
            self.honest(supervisor=self._beside)
        return self._beside.monitor, self.pool.submit(self.honest, supervisor=self._beside)


def verdict(grade: Grade) -> Verdict:
    """What has to be equal where grades are."""
    checks = tuple((result.check.id, str(result.status), result.score) for result in grade.results)
    return sum(result.score for result in grade.results), str(grade.status), checks
