"""Works through a list in parallel, each worker with its own sandbox; all share a trainer."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass
from itertools import count
from typing import Any, TypeVar

from grader.assignments.course import Course
from grader.checks import looks_at_networks
from grader.domain import Submission
from grader.execution import Supervisor
from grader.execution.execute import job_of
from grader.execution.recordings import Recordings, Replaying, Runs, environment_of
from grader.execution.supervisor import among_system_files, checked_interpreter
from grader.runs.options import RunOptions
from grader.training.host import TrainerHost
from grader.training.memo import Memo, default_folder
from grader.training.trainer import Trainer

P = TypeVar("P")
R = TypeVar("R")
T = TypeVar("T")


@dataclass(frozen=True)
class Worker:
    """Processes one submission at a time: a supervisor to run it, and a trainer for its networks.

    `slot` is its number among those that work at the same time.
    """

    supervisor: Runs
    trainer: Trainer
    slot: int = 0


class Processes(ExitStack):
    """The supervisors and trainers of one command, each made when it is first asked for, ended with the `with` block.

    What grades several times, such as pytest, keeps one of these, so that Keras is imported once for all of them.
    """

    def __init__(self) -> None:
        super().__init__()
        self._made: dict[object, Any] = {}

    def interrupt(self) -> None:
        """End what another thread executes, trains or grades here; all that is started stays, or starts again."""
        for process in list(self._made.values()):
            process.interrupt()

    def supervisor(self, course: Course, options: RunOptions, slot: int = 0, slots: int = 1) -> Supervisor:
        """The `slot`-th of `slots` that work at the same time, started with its first run."""
        python = checked_interpreter(options.python)
        secret = among_system_files((*options.secret, *course.folders, default_folder()), python)
        beside = course.files_beside
        key = (options.isolation, python, slot, slots, frozenset(beside.items()), secret)
        return self.kept(key, lambda: Supervisor(
            options.isolation, options.python, slot=slot, slots=slots, beside=beside, secret=secret
        ))  # fmt: skip

    def trainer(self, course: Course, options: RunOptions, *, lazy: bool = False) -> Trainer:
        """For all workers. It starts at once, and imports Keras while the first submission runs.

        If it is `lazy`, it starts only for a network that no earlier grading has trained.
        """
        level, data = options.isolation, course.data_files
        host = self.kept((level, data), lambda: TrainerHost(isolation=level, readable=data))
        if not lazy:
            host.start()
        return Trainer(Memo(default_folder()), ask=host.ask)

    def kept(self, key: object, make: Callable[[], AbstractContextManager[P]]) -> P:
        """What was made for this key, until the end."""
        if key not in self._made:
            self._made[key] = self.enter_context(make())
        process: P = self._made[key]
        return process


@dataclass(frozen=True)
class Replay:
    """What need not be executed: `known` submissions, and whether that is all of them."""

    kept: Recordings | None = None
    known: int = 0
    is_all: bool = False


NO_REPLAY = Replay()


def replay_of(
    kept: Recordings | None, groups: Sequence[list[Submission]], course: Course, options: RunOptions
) -> Replay:
    """What of these groups of equal submissions is kept, if anything can be."""
    if kept is None:
        return NO_REPLAY
    job = job_of(course.functions, course.marks, full=options.full_fit)
    seconds = course.limits.full_fit_seconds if options.full_fit else course.limits.seconds

    def is_kept(submission: Submission) -> bool:
        """Whether its first run need not be repeated."""
        return kept.load(submission, kept.key(submission, job, course.limits, seconds), seconds) is not None

    runs = [group for group in groups if not all(part.problem for part in group[0].parts)]  # the others cannot run
    kept_groups = [group for group in runs if all(part.problem or is_kept(part) for part in group[0].parts)]
    return Replay(kept, sum(map(len, kept_groups)), len(kept_groups) == len(runs))


def environment(course: Course, options: RunOptions) -> str:
    """A digest of what executes the submissions of a course."""
    return environment_of(options.isolation, checked_interpreter(options.python), course.files_beside)


def side_by_side(
    todo: Iterable[T],
    work: Callable[[T, Worker], R],
    course: Course,
    options: RunOptions,
    jobs: int,
    processes: Processes,
    replay: Replay = NO_REPLAY,
) -> Iterator[R]:
    """Results as they come. Threads suffice: the work is done by processes that they wait for.

    What is kept for a `replay` is not executed again: if that is all, no trainer starts before one is needed.
    """
    own = threading.local()
    slots = count()
    lazy = replay.is_all or not any(map(looks_at_networks, course.assignments))
    with ThreadPoolExecutor(jobs, thread_name_prefix="worker") as pool:
        trainer = processes.trainer(course, options, lazy=lazy)

        def work_on(item: T) -> R:
            if not hasattr(own, "worker"):
                slot = next(slots)
                supervises = processes.supervisor(course, options, slot, jobs)
                runs = Replaying(supervises, replay.kept) if replay.kept else supervises
                own.worker = Worker(runs, trainer, slot)
            return work(item, own.worker)

        try:
            for future in as_completed([pool.submit(work_on, item) for item in todo]):
                yield future.result()
        except BaseException:
            pool.shutdown(cancel_futures=True)
            raise
