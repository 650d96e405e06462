"""Many seeds of one training on several trainers at once, in the order of the seeds, for as long as there is time."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Protocol

from grader.domain import TrainingRun
from grader.domain.words import time_left
from grader.training.job import TrainingJob

BATCH, FIRST_BATCH = 10, 2
BATCH_SECONDS = 20.0
WORTH_SAYING = 10.0  # seconds
Progress = Callable[[str], None]
"""Called with what is being trained and how much of it is finished, in words."""


class TrainsMany(Protocol):
    """What a batch of seeds needs of a trainer."""

    def train(self, job: TrainingJob) -> tuple[TrainingRun, ...]: ...


def run_trials(
    job: TrainingJob,
    trainers: Sequence[TrainsMany],
    title: str,
    progress: Progress,
    enough: Callable[[int], bool] = lambda _: False,
) -> tuple[TrainingRun, ...]:
    """The job's runs in the order of its seeds, in batches; each goes to a free trainer.

    `enough` is asked before each batch, with the number of seeds that were handed out: it ends the trials early, and
    the runs are those of the first so many seeds.
    """
    batches = _Batches(job.seeds, enough)
    runs: dict[int, TrainingRun] = {}
    telling = threading.Lock()

    def work(trainer: TrainsMany) -> None:
        while seeds := batches.take():
            started = time.monotonic()
            found = trainer.train(replace(job, seeds=seeds))
            batches.finished(len(seeds), time.monotonic() - started)
            with telling:
                runs.update((run.seed, run) for run in found)
                progress(f"{title}, {len(runs)} of {len(job.seeds)} seeds{batches.left(len(runs))}")

    with ThreadPoolExecutor(len(trainers)) as pool:
        for finished in [pool.submit(work, trainer) for trainer in trainers]:
            finished.result()
    return tuple(runs[seed] for seed in job.seeds[: len(runs)])


class _Batches:
    """Hands out seeds in their order: few at first, then as many at once as take some seconds."""

    def __init__(self, seeds: tuple[int, ...], enough: Callable[[int], bool]) -> None:
        self._seeds, self._enough = seeds, enough
        self._given, self._size = 0, FIRST_BATCH
        self._started = time.monotonic()
        self._lock = threading.Lock()

    def take(self) -> tuple[int, ...]:
        with self._lock:
            if self._enough(self._given):
                return ()
            part = self._seeds[self._given : self._given + self._size]
            self._given += len(part)
            return part

    def finished(self, count: int, seconds: float) -> None:
        with self._lock:
            self._size = max(1, min(BATCH, int(count * BATCH_SECONDS / max(seconds, 1e-3))))

    def left(self, done: int) -> str:
        """How long the rest takes, if it is worth saying."""
        seconds = (time.monotonic() - self._started) / done * (len(self._seeds) - done)
        return f", {time_left(seconds)}" if seconds >= WORTH_SAYING else ""
