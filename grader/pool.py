"""Grades submissions side by side, each worker with a trainer of its own; one bad submission costs only itself."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import ExitStack

from grader.domain import Submission
from grader.errors import UsageError
from grader.grading import Graded, our_fault
from grader.training.memo import Memo, default_folder
from grader.training.trainer import Trainer

Work = Callable[[Submission, Trainer], Graded]


def grade_side_by_side(todo: Sequence[Submission], work: Work, jobs: int) -> Iterator[Graded]:
    """Grades as they come. Threads suffice: the work is done by processes that they wait for."""
    own = threading.local()
    memo = Memo(default_folder())
    with ExitStack() as trainers, ThreadPoolExecutor(jobs, thread_name_prefix="grade") as pool:

        def one(submission: Submission) -> Graded:
            if not hasattr(own, "trainer"):
                own.trainer = trainers.enter_context(Trainer(memo))
            return surviving(submission, work, own.trainer)

        futures = [pool.submit(one, submission) for submission in todo]
        try:
            for future in as_completed(futures):
                yield future.result()
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise


def surviving(submission: Submission, work: Work, trainer: Trainer) -> Graded:
    """A fault of ours is retried once, and then reported with the submission that it met."""
    problem = ""
    for _ in range(2):
        try:
            return work(submission, trainer)
        except UsageError:
            raise  # it would meet every submission alike
        except Exception as error:  # whatever it is, the rest of the class goes on
            problem = f"{type(error).__name__}: {error}"
    return our_fault(submission, "none", problem)
