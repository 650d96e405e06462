"""Verdicts about learning: `reaches` (can this network learn it?) and `beats` (is it better?).

Both train the network from seeds that are the same for everybody, as long as the reference needs.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from statistics import median
from typing import Protocol

from grader.domain import Calibration, CalibrationCase, DataSpec, ModelGraph, Recipe, Training, TrainingRun
from grader.training.diagnosis import is_falling
from grader.training.job import Stop, TrainingJob
from grader.training.rules import Vote

NEAR_THRESHOLDS = 3.0
BASELINE = "baseline"
_DRIFT = "this is the reference's own network, which should have learned; the assignment needs recalibration."


class Trains(Protocol):
    """What verdicts need of a trainer."""

    def train(self, job: TrainingJob) -> tuple[TrainingRun, ...]: ...

    def unsuitable(self, graph: ModelGraph, data: DataSpec) -> str: ...


def judge(
    mode: str,
    graph: ModelGraph,
    recipe: Recipe,
    data: DataSpec,
    calibration: Calibration,
    trainer: Trains,
    *,
    first_seed: int = 1,
    is_reference: bool,
) -> Training:
    """Train a network as the calibration says. `is_reference`: graph and recipe are the reference's own."""
    cases = [case for case in calibration.cases if case.loss == recipe.loss and case.name != BASELINE]
    if not cases:
        losses = ", ".join(recipe.loss)
        return Training("errored", calibration.thresholds, (), 0, f"the calibration knows no training with {losses}")
    if reason := trainer.unsuitable(graph, data):
        return Training(
            "missed", calibration.thresholds, (), 0, f"The network cannot be trained on this data: {reason}."
        )
    epochs = max(case.epochs for case in cases)
    job = TrainingJob(graph, recipe, data, (), epochs, calibration.thresholds)
    if mode == "beats":
        training = _beats(job, vote_of(cases[0]), trainer, first_seed)
    else:
        training = _reaches(job, _seeds(first_seed, max(case.tries for case in cases)), trainer, is_reference)
    if is_reference and training.outcome != "learned":
        return replace(training, outcome="errored", message=f"Calibration drift: {_DRIFT} {training.message}")
    return training


def _reaches(job: TrainingJob, seeds: tuple[int, ...], trainer: Trains, is_reference: bool) -> Training:
    """Up to k seeds until one hits; the best one gets twice the epochs where it is near or still falling."""
    runs = trainer.train(replace(job, seeds=seeds, stop=Stop.FIRST))
    if _hits(runs) or is_reference:
        return _training(job, runs)
    best = min(runs, key=lambda run: distance(run.mse, job))
    if distance(best.mse, job) > NEAR_THRESHOLDS and not _is_falling(best, job):
        return _training(job, runs)
    (doubled,) = trainer.train(replace(job, seeds=(best.seed,), epochs=2 * job.epochs, stop=Stop.FIRST))
    training = _training(job, tuple(doubled if run.seed == doubled.seed else run for run in runs))
    if doubled.hit_epoch is None and distance(doubled.mse, job) <= NEAR_THRESHOLDS:
        return replace(training, outcome="borderline")
    return training


def _beats(job: TrainingJob, vote: Vote, trainer: Trains, first_seed: int) -> Training:
    """A vote of seeds, extended where it is narrow."""
    runs = trainer.train(replace(job, seeds=_seeds(first_seed, vote.seeds)))
    passes = _hits(runs) > vote.needed
    if vote.is_open(_hits(runs)):
        further = _seeds(first_seed, vote.extended_seeds)[vote.seeds :]
        runs += trainer.train(replace(job, seeds=further))
        passes = _hits(runs) >= vote.extended_needed
    return replace(_training(job, runs), outcome="learned" if passes else "missed")


def vote_of(case: CalibrationCase) -> Vote:
    """The vote that a `beats` calibration was made for."""
    return Vote(case.tries, int(case.details["needed"]))


def distance(errors: Sequence[float | None], job: TrainingJob) -> float:
    """How many thresholds away the worst head is; at most 1 is a hit."""
    thresholds = job.thresholds or ()
    return max(
        (math.inf if error is None else error / threshold for error, threshold in zip(errors, thresholds, strict=True)),
        default=math.inf,
    )


def _is_falling(run: TrainingRun, job: TrainingJob) -> bool:
    """Whether the worst head was still getting better, in thresholds."""
    return is_falling([None if math.isinf(far := distance(point, job)) else far for point in run.curve])


def _seeds(first: int, count: int) -> tuple[int, ...]:
    return tuple(range(first, first + count))


def _hits(runs: Sequence[TrainingRun]) -> int:
    return sum(run.hit_epoch is not None for run in runs)


def _training(job: TrainingJob, runs: tuple[TrainingRun, ...]) -> Training:
    """The runs with their story: how many learned and when, or how near the best one came."""
    hits = [run.hit_epoch for run in runs if run.hit_epoch is not None]
    best = min(runs, key=lambda run: distance(run.mse, job))
    if hits:
        message = f"It learned in {len(hits)} of {len(runs)} runs, at about epoch {median(hits):.0f}."
    else:
        message = f"It learned in none of {len(runs)} runs; the best one came to {_shown(best.mse)}"
        message += f" where at most {_shown(job.thresholds or ())} was asked."
    return Training(
        outcome="learned" if hits else "missed",
        thresholds=job.thresholds or (),
        runs=runs,
        epochs=job.epochs,
        message=message,
        diagnosis=best.diagnosis,
    )


def _shown(errors: Sequence[float | None]) -> str:
    return " and ".join("no finite number" if error is None else f"{error:.3g}" for error in errors)
