"""Verdicts about learning: `reaches` (can this network learn it?) and `beats` (is it better?).

Both train the network from seeds that are the same for everybody, as long as the reference needs.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Protocol

from grader.domain import Calibration, CalibrationCase, DataSpec, Diagnosis, ModelGraph, Recipe, Training
from grader.graph.codec import serialise
from grader.graph.equality.canonical_form import digest
from grader.training.job import NEAR_THRESHOLDS, Stop, TrainingJob, distance, is_near, training_form
from grader.training.trainer import TrainsMany
from grader.training.verdicts.families import Head, heads_of
from grader.training.verdicts.rules import Tries, Vote
from grader.training.verdicts.summary import (
    best_of,
    head_hits,
    is_falling,
    middling,
    part_of,
    run_hits,
    starts_as_solution,
    training_of,
    worst_of,
)

BASELINE = "baseline"
_DRIFT = "this is the reference's own network, which should have learned; the assignment needs recalibration."


class Trains(TrainsMany, Protocol):
    """What verdicts need of a trainer."""

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
    """Train a network as the calibration says. `is_reference`: graph and recipe are the reference's own.

    Seeds are the calibration's; a `first_seed` other than 1 moves all of them by as much.
    """
    thresholds = calibration.thresholds
    if not _cases_with(calibration.cases, recipe.loss):
        losses = ", ".join(recipe.loss)
        return Training("errored", thresholds, (), 0, f"the calibration has no training with {losses}")
    if reason := trainer.unsuitable(graph, data):
        return Training("missed", thresholds, (), 0, f"The network cannot be trained on these data: {reason}.")
    heads = heads_of(graph, recipe, data, calibration)
    epochs, rule = grading_of(mode, calibration.cases, recipe.loss)
    start = calibration.seeds[0] + first_seed - 1
    job = TrainingJob(graph, recipe, data, (), epochs, thresholds)
    if isinstance(rule, Vote):
        training = _beats(job, rule, heads, trainer, start)
    else:
        training = _reaches(job, _seeds(start, rule.tries), heads, trainer, is_reference)
    if is_reference and training.outcome != "learned":
        return replace(training, outcome="errored", message=f"Calibration drift: {_DRIFT} {training.message}")
    baseline = [case for case in calibration.cases if case.name == BASELINE and "heads" in case.details]
    return _compared(training, heads, baseline[0]) if _are_same(baseline, graph, recipe, data) else training


def grading_of(mode: str, cases: Sequence[CalibrationCase], loss: Sequence[str]) -> tuple[int, Tries | Vote]:
    """For how many epochs networks with these losses are trained, and what makes a verdict.

    If the reference comes in several cases, the longest training and the most tries are used for all.
    """
    own = _cases_with(cases, loss)
    epochs, tries = max(case.epochs for case in own), max(case.tries for case in own)
    return epochs, Vote(tries, int(own[0].details["needed"])) if mode == "beats" else Tries(tries)


def _cases_with(cases: Sequence[CalibrationCase], loss: Sequence[str]) -> list[CalibrationCase]:
    return [case for case in cases if case.loss == tuple(loss) and case.name != BASELINE]


def is_calibrated(graph: ModelGraph, recipe: Recipe, data: DataSpec, calibration: Calibration) -> bool:
    """Whether a network is the reference's own in one of its cases; those of open tasks are known by digest only."""
    return _are_same(_cases_with(calibration.cases, recipe.loss), graph, recipe, data)


def _are_same(cases: Sequence[CalibrationCase], graph: ModelGraph, recipe: Recipe, data: DataSpec) -> bool:
    """Whether one of these cases is exactly this network."""
    own = form_digest(graph, recipe, data) if cases else ""
    return any(
        own == (form_digest(case.graph, recipe, data) if case.graph else case.details.get("reference"))
        for case in cases
    )


def form_digest(graph: ModelGraph, recipe: Recipe, data: DataSpec) -> str:
    """A digest that equal networks share, because they are trained in the same form."""
    return digest(serialise(training_form(graph, recipe, data)))


def _reaches(
    job: TrainingJob, seeds: tuple[int, ...], heads: Sequence[Head], trainer: Trains, is_reference: bool
) -> Training:
    """Up to k seeds until one hits; the best one gets twice the epochs if it is near or still falling.

    A network that provably cannot reach a threshold, or reaches it before any training, gets no second chance, since it
    has none.
    """
    thresholds = tuple(head.threshold for head in heads)
    runs = trainer.train(replace(job, seeds=seeds, stop=Stop.FIRST))
    hopeless = any(head.proof for head in heads) or starts_as_solution(heads, runs)
    if not any(run_hits(runs)) and not is_reference and not hopeless:
        best = best_of(runs, thresholds)
        if distance(best.mse, thresholds) <= NEAR_THRESHOLDS or is_falling(best, thresholds):
            (doubled,) = trainer.train(replace(job, seeds=(best.seed,), epochs=2 * job.epochs, stop=Stop.FIRST))
            runs = tuple(doubled if run.seed == doubled.seed else run for run in runs)
    best = best_of(runs, thresholds)
    if any(run_hits(runs)):
        outcome = "learned"
    elif not hopeless and is_near(best.mse, thresholds, [head.floors for head in heads]):
        outcome = "borderline"
    else:
        outcome = "missed"
    parts = [part_of(head, runs, learned=any(head_hits(head, runs)), seen=best) for head in heads]
    return training_of(outcome, runs, job.epochs, heads, parts)


def _beats(job: TrainingJob, vote: Vote, heads: Sequence[Head], trainer: Trains, start: int) -> Training:
    """A vote of seeds for the whole and one for each head; where one of them is open, all get the further seeds."""
    runs = trainer.train(replace(job, seeds=_seeds(start, vote.seeds)))
    if any(vote.verdict(hits) is None for hits in (run_hits(runs), *(head_hits(head, runs) for head in heads))):
        runs += trainer.train(replace(job, seeds=_seeds(start, vote.extended_seeds)[vote.seeds :]))
    parts = [
        part_of(head, runs, learned=bool(vote.verdict(head_hits(head, runs))), seen=middling(head, runs))
        for head in heads
    ]
    outcome = "learned" if vote.verdict(run_hits(runs)) else "missed"
    return training_of(outcome, runs, job.epochs, heads, parts)


def _compared(training: Training, heads: Sequence[Head], baseline: CalibrationCase) -> Training:
    """The same training, of exactly the network to beat: that is the cause, whatever its runs look like."""
    hint = "Change what slows it down: try other activations, another initializer, other widths"
    parts = []
    for head, part in zip(heads, training.heads, strict=True):
        hits = baseline.details["heads"][head.number]["hits"]
        reached = f"it reached {head.threshold:g} in {hits} of {baseline.details['seeds']} runs"
        found = Diagnosis("baseline", f"this is exactly the network that you have to beat: {reached}", hint)
        parts.append(part if part.learned else replace(part, diagnosis=found))
    return replace(training, heads=tuple(parts), diagnosis=worst_of(heads, parts))


def _seeds(first: int, count: int) -> tuple[int, ...]:
    return tuple(range(first, first + count))
