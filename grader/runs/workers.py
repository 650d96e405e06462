"""Works through a list side by side, each worker with a sandbox and a trainer of its own."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from itertools import count, islice
from typing import TypeVar

from grader.assignments.course import Course
from grader.execution import Supervisor
from grader.runs.options import RunOptions
from grader.training.memo import Memo, default_folder
from grader.training.trainer import Trainer

T = TypeVar("T")
R = TypeVar("R")


@dataclass(frozen=True)
class Worker:
    """Where one submission at a time is worked on: a place to run it, and a trainer for its networks."""

    supervisor: Supervisor
    trainer: Trainer


@contextmanager
def worker(
    course: Course, options: RunOptions, memo: Memo | None = None, slot: int = 0, slots: int = 1
) -> Iterator[Worker]:
    """The `slot`-th of `slots` that work at the same time. Both processes start when they are first needed."""
    memo = memo or Memo(default_folder())
    with (
        Supervisor(options.isolation, options.python, slot=slot, slots=slots) as supervisor,
        Trainer(memo, isolation=options.isolation, readable=course.data_files, slot=slot) as trainer,
    ):
        trainer.start()  # it imports Keras while the first submission runs
        yield Worker(supervisor, trainer)


def side_by_side(
    todo: Iterable[T], work: Callable[[T, Worker], R], course: Course, options: RunOptions, jobs: int
) -> Iterator[R]:
    """Results as they come, and never more of them in memory than there are workers to make them.

    Threads suffice: the work is done by processes that they wait for.
    """
    own = threading.local()
    slots = count()
    memo = Memo(default_folder())
    with ExitStack() as workers, ThreadPoolExecutor(jobs, thread_name_prefix="worker") as pool:

        def one(item: T) -> R:
            if not hasattr(own, "worker"):
                own.worker = workers.enter_context(worker(course, options, memo, next(slots), jobs))
            return work(item, own.worker)

        waiting = iter(todo)
        running: set[Future[R]] = {pool.submit(one, item) for item in islice(waiting, jobs)}
        try:
            while running:
                done, running = wait(running, return_when=FIRST_COMPLETED)
                running |= {pool.submit(one, item) for item in islice(waiting, len(done))}
                for future in done:
                    yield future.result()
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise
