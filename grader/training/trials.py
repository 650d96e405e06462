"""Many seeds of one training on several trainers at once, in the order of the seeds."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from queue import SimpleQueue
from typing import Protocol

from grader.domain import TrainingRun
from grader.domain.words import time_left
from grader.training.job import TrainingJob

WORTH_SAYING = 10.0  # seconds
SAID_EVERY = 2.0  # seconds
Progress = Callable[[str], None]
"""Called with what is being trained and how much of it is finished, in words."""


class TrainsMany(Protocol):
    """What the training of many seeds needs of a trainer."""

    def train(self, job: TrainingJob) -> tuple[TrainingRun, ...]: ...


def run_trials(
    job: TrainingJob, trainers: Sequence[TrainsMany], title: str, progress: Progress
) -> tuple[TrainingRun, ...]:
    """The job's runs in the order of its seeds; each is trained by the next trainer that is free."""
    free: SimpleQueue[TrainsMany] = SimpleQueue()
    for trainer in trainers:
        free.put(trainer)

    def train(seed: int) -> TrainingRun:
        trainer = free.get()
        try:
            (run,) = trainer.train(job.with_seeds((seed,)))
        finally:
            free.put(trainer)
        return run

    runs: list[TrainingRun] = []
    started = said = time.monotonic()
    with ThreadPoolExecutor(len(trainers)) as pool:
        for run in pool.map(train, job.seeds):
            runs.append(run)
            now = time.monotonic()
            if now - said >= SAID_EVERY or len(runs) == len(job.seeds):
                said, left = now, (now - started) / len(runs) * (len(job.seeds) - len(runs))
                soon = f", {time_left(left)}" if left >= WORTH_SAYING else ""
                progress(f"{title}, {len(runs)} of {len(job.seeds)} seeds{soon}")
    return tuple(runs)
