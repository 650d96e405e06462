"""From runs to a `Training`: each head's part, what went wrong, and a summary in one sentence."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from statistics import median

from grader.domain import HeadTraining, Training, TrainingRun
from grader.training.job import distance, first_hit, starts_solved
from grader.training.verdicts.diagnosis import diagnose, falling, told
from grader.training.verdicts.families import Head


def is_falling(run: TrainingRun, thresholds: Sequence[float]) -> bool:
    """Whether the worst head was still getting better, in thresholds."""
    far = [distance(point, thresholds) for point in run.curve]
    return falling([None if math.isinf(one) else one for one in far]) is not None


def run_hits(runs: Sequence[TrainingRun]) -> list[bool]:
    """Which runs brought all heads to their thresholds at once."""
    return [run.hit_epoch is not None for run in runs]


def head_hits(head: Head, runs: Sequence[TrainingRun]) -> list[bool]:
    """Which runs brought this head to its threshold, whatever the others did."""
    return [first_hit(run, head.number, head.threshold) is not None for run in runs]


def starts_as_solution(heads: Sequence[Head], runs: Sequence[TrainingRun]) -> bool:
    """Whether some head is at its threshold before any training, in every run."""
    return any(all(starts_solved(run.start, head.number, head.threshold) for run in runs) for head in heads)


def best_of(runs: Sequence[TrainingRun], thresholds: Sequence[float]) -> TrainingRun:
    """The run whose worst head came nearest to its threshold."""
    return min(runs, key=lambda run: distance(run.mse, thresholds))


def middling(head: Head, runs: Sequence[TrainingRun]) -> TrainingRun:
    """Of the runs in which a head missed, the one in the middle, as an example; any run if none missed."""
    missed = [run for run, hit in zip(runs, head_hits(head, runs), strict=True) if not hit]
    missed.sort(key=lambda run: distance((run.mse[head.number],), (head.threshold,)))
    return missed[len(missed) // 2] if missed else runs[0]


def part_of(head: Head, runs: Sequence[TrainingRun], *, learned: bool, seen: TrainingRun) -> HeadTraining:
    """One head's share of the verdict; `seen` is the run that shows best what went wrong."""
    epochs = [first_hit(run, head.number, head.threshold) for run in runs]
    hits = [epoch for epoch in epochs if epoch is not None]
    errors = [error for run in runs for error in (point[head.number] for point in run.curve) if error is not None]
    return HeadTraining(
        learned=learned,
        hits=len(hits),
        epoch=round(median(hits)) if hits else None,
        best=min(errors, default=None),
        diagnosis=None if learned else diagnose(head, seen),
    )


def training_of(
    outcome: str, runs: tuple[TrainingRun, ...], epochs: int, heads: Sequence[Head], parts: Sequence[HeadTraining]
) -> Training:
    """The runs with their story. Nothing is diagnosed as long as it is undecided whether anything went wrong."""
    if outcome == "borderline":
        parts = [replace(part, diagnosis=None) for part in parts]
    else:
        runs = tuple(replace(run, diagnosis=_seen(heads, run)) for run in runs)
    thresholds = tuple(head.threshold for head in heads)
    return Training(
        outcome=outcome,
        thresholds=thresholds,
        runs=runs,
        epochs=epochs,
        message=_story(runs, thresholds),
        diagnosis=None if outcome == "learned" else worst_of(heads, parts),
        heads=tuple(parts),
    )


def _seen(heads: Sequence[Head], run: TrainingRun) -> str | None:
    """The diagnosis of a run's worst head; nothing if the run hits."""
    if run.hit_epoch is not None:
        return None
    far = max(heads, key=lambda head: distance((run.mse[head.number],), (head.threshold,)))
    return told(diagnose(far, run), far.name if len(heads) > 1 else "")


def worst_of(heads: Sequence[Head], parts: Sequence[HeadTraining]) -> str | None:
    """The diagnosis of the head that is furthest from its threshold, of those that have one."""
    found = [(head, part) for head, part in zip(heads, parts, strict=True) if part.diagnosis]
    if not found:
        return None
    head, part = max(found, key=lambda pair: distance((pair[1].best,), (pair[0].threshold,)))
    return told(part.diagnosis, head.name if len(heads) > 1 else "")


def _story(runs: Sequence[TrainingRun], thresholds: Sequence[float]) -> str:
    """How many runs learned and when, or how near the best one came."""
    hits = [run.hit_epoch for run in runs if run.hit_epoch is not None]
    if hits:
        return f"It learned in {len(hits)} of {len(runs)} runs, at about epoch {median(hits):.0f}."
    best, asked = _shown(best_of(runs, thresholds).mse), _shown(thresholds)
    return f"It learned in none of {len(runs)} runs; the best one reached {best}, and at most {asked} is required."


def _shown(errors: Sequence[float | None]) -> str:
    return " and ".join("no finite number" if error is None else f"{error:.3g}" for error in errors)
