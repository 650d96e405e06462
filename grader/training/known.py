"""A trainer that has the runs of one network at hand, and trains only what is asked beyond them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from grader.domain import DataSpec, ModelGraph, TrainingRun
from grader.training.job import Stop, TrainingJob
from grader.training.learning import Trains


class KnownRuns:
    """Answers for the network of `job`, and for no other."""

    def __init__(self, trainer: Trains, job: TrainingJob, runs: Sequence[TrainingRun]) -> None:
        self._trainer = trainer
        self._job = job
        self._runs = {run.seed: run for run in runs}

    def train(self, job: TrainingJob) -> tuple[TrainingRun, ...]:
        """The runs of these seeds, up to the first that hits where the job stops there."""
        if job.epochs != self._job.epochs or not set(job.seeds) <= set(self._runs):
            return self._trainer.train(replace(job, learning_rate=self._job.learning_rate))
        runs: list[TrainingRun] = []
        for seed in job.seeds:
            runs.append(self._runs[seed])
            if job.stop is Stop.FIRST and runs[-1].hit_epoch is not None:
                break
        return tuple(runs)

    def unsuitable(self, graph: ModelGraph, data: DataSpec) -> str:
        """A network that has been trained suits its data."""
        return ""
