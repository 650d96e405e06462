"""Many seeds of one network, spread over several trainers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from queue import SimpleQueue
from typing import Protocol

from grader.domain import TrainingRun
from grader.training.job import TrainingJob

BATCH = 10

Progress = Callable[[str], None]
"""Called with what is being trained and how much of it is finished, in words."""


class TrainsMany(Protocol):
    """What a batch of seeds needs of a trainer."""

    def train(self, job: TrainingJob) -> tuple[TrainingRun, ...]: ...


def run_trials(
    job: TrainingJob, trainers: Sequence[TrainsMany], title: str, progress: Progress
) -> tuple[TrainingRun, ...]:
    """The job's runs in the order of its seeds, in batches that whichever trainer is free takes."""
    batches: SimpleQueue[tuple[int, ...] | None] = SimpleQueue()
    for start in range(0, len(job.seeds), BATCH):
        batches.put(job.seeds[start : start + BATCH])
    for _ in trainers:
        batches.put(None)
    runs: dict[int, TrainingRun] = {}

    def work(trainer: TrainsMany) -> None:
        while (seeds := batches.get()) is not None:
            for run in trainer.train(replace(job, seeds=seeds)):
                runs[run.seed] = run
            progress(f"{title}, {len(runs)} of {len(job.seeds)} seeds")

    with ThreadPoolExecutor(len(trainers)) as pool:
        for finished in [pool.submit(work, trainer) for trainer in trainers]:
            finished.result()
    return tuple(runs[seed] for seed in job.seeds)
