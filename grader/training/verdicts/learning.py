"""Verdicts on learning: `reaches` (can this network learn it?) and `beats` (is it better?).

Both train the network from seeds that are the same for everybody, as long as the reference needs, and make a `Training`
of its runs: each head's part, what went wrong, and a summary in one sentence.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from statistics import median

from grader.domain import (
    MSE,
    Calibration,
    CalibrationCase,
    DataSpec,
    Diagnosis,
    HeadTraining,
    Metric,
    ModelGraph,
    Recipe,
    Training,
    TrainingRun,
    best_run,
    distance,
    ratio,
)
from grader.domain.metrics import required
from grader.domain.words import counted, listed
from grader.errors import CalibrationDrift, TrainerLimit
from grader.graph.codec import serialise
from grader.graph.equality.canonical_form import digest
from grader.training.messages import (
    NEAR_THRESHOLDS,
    TrainingJob,
    first_hit,
    is_near,
    starts_solved,
    training_form,
)
from grader.training.trainer import Trainer
from grader.training.verdicts.diagnosis import diagnose, falling, worded
from grader.training.verdicts.provable_limits import HeadFacts, heads_of
from grader.training.verdicts.rules import MAJORITY, Rule

BASELINE = "baseline"
DECISIVE = ("keras", "tensorflow", "program")
SLOWER_HERE = 10.0  # how many times longer than where it was calibrated a seed may take
_DRIFT = "this is the reference's own network, which should have learned; the assignment needs recalibration."


def judge(
    graph: ModelGraph,
    recipe: Recipe,
    data: DataSpec,
    calibration: Calibration,
    trainer: Trainer,
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
        message = f"the calibration has no training with {losses}"
        return Training("errored", thresholds, (), 0, message, metrics=calibration.metrics)
    epochs, rule = grading_of(calibration.mode, calibration.cases, recipe.loss)
    first = calibration.seeds[0] + first_seed - 1
    job = TrainingJob(graph, recipe, data, first, epochs, thresholds, patience=patience_of(calibration))
    if reason := trainer.unsuitable(graph, data, recipe) or trainer.excessive(job):
        message = f"The network cannot be trained on these data: {reason}."
        return Training("missed", thresholds, (), 0, message, metrics=calibration.metrics)
    heads = heads_of(graph, data, calibration)
    training = _tried(job, rule, heads, trainer, votes=calibration.mode == "beats", is_reference=is_reference)
    if is_reference and training.outcome != "learned":
        return replace(training, outcome="errored", message=f"Calibration drift: {_DRIFT} {training.message}")
    baseline = [case for case in calibration.cases if case.name == BASELINE and "heads" in case.details]
    return _compared(training, heads, baseline[0]) if _are_same(baseline, graph, recipe, data) else training


def differs(calibration: Calibration, versions: Mapping[str, str]) -> bool:
    """Whether training may give other results here than where the calibration was made."""
    return any(calibration.versions.get(name) != versions.get(name) for name in DECISIVE)


def holds(calibration: Calibration, recipe: Recipe, data: DataSpec, trainer: Trainer) -> None:
    """Raise `CalibrationDrift` if the reference does not pass with other versions, or the network to beat does.

    The seeds are those of a grading.
    """
    versions = trainer.versions()
    if not differs(calibration, versions):
        return
    for case in calibration.cases:
        if case.graph is None:
            continue
        name, variant, is_reference = case.name or "reference", replace(recipe, loss=case.loss), case.name != BASELINE
        try:
            training = judge(case.graph, variant, data, calibration, trainer, is_reference=is_reference)
        except TrainerLimit as limit:
            raise CalibrationDrift(f"the {name} cannot be trained here: {limit}") from None
        if is_reference:
            problem = "does not pass" if training.outcome != "learned" else ""
        else:
            problem = "passes" if any(head.learned for head in training.heads) else ""
        if problem:
            raise CalibrationDrift(
                f"with Keras {versions['keras']} and TensorFlow {versions['tensorflow']}, the {name} {problem}: "
                f"{training.message} Run `grader calibrate`"
            )


def patience_of(calibration: Calibration) -> float:
    """How many seconds a seed may take because the reference is slow to train."""
    return SLOWER_HERE * max(float(case.details.get("seconds_per_seed", 0.0)) for case in calibration.cases)


def longest_training(calibration: Calibration) -> float:
    """How many seconds the reference may take with all its seeds."""
    return patience_of(calibration) * max(case.tries for case in calibration.cases)


def grading_of(mode: str, cases: Sequence[CalibrationCase], loss: Sequence[str]) -> tuple[int, Rule]:
    """For how many epochs networks with these losses are trained, and what makes a verdict.

    If the reference comes in several cases, the longest training and the most tries are used for all.
    """
    own_cases = _cases_with(cases, loss)
    epochs, tries = max(case.epochs for case in own_cases), max(case.tries for case in own_cases)
    return epochs, MAJORITY if mode == "beats" else Rule(tries)


def _cases_with(cases: Sequence[CalibrationCase], loss: Sequence[str]) -> list[CalibrationCase]:
    return [case for case in cases if case.loss == tuple(loss) and case.name != BASELINE]


def is_calibrated(graph: ModelGraph, recipe: Recipe, data: DataSpec, calibration: Calibration) -> bool:
    """Whether a network is the reference's own in one of its cases; those of open tasks are known by digest only."""
    return _are_same(_cases_with(calibration.cases, recipe.loss), graph, recipe, data)


def _are_same(cases: Sequence[CalibrationCase], graph: ModelGraph, recipe: Recipe, data: DataSpec) -> bool:
    """Whether one of these cases is exactly this network."""
    own_digest = form_digest(graph, recipe, data) if cases else ""
    return any(
        own_digest == (form_digest(case.graph, recipe, data) if case.graph else case.details.get("reference"))
        for case in cases
    )


def form_digest(graph: ModelGraph, recipe: Recipe, data: DataSpec) -> str:
    """A digest that equal networks share, because they are trained in the same form."""
    return digest(serialise(training_form(graph, recipe, data)))


def _tried(
    job: TrainingJob,
    rule: Rule,
    heads: Sequence[HeadFacts],
    trainer: Trainer,
    *,
    votes: bool,
    is_reference: bool,
) -> Training:
    """As many runs as the rule needs, from the job's seed on, and where it `votes`, as it needs for each head too."""
    thresholds = tuple(head.threshold for head in heads)
    runs: tuple[TrainingRun, ...] = ()
    while None in map(rule.verdict, (_run_hits(runs), *(_head_hits(head, runs) for head in heads if votes))):
        runs += (trainer.train(replace(job, seed=job.seed + len(runs))),)
    is_decided = votes or any(_run_hits(runs)) or _is_hopeless(heads, runs)
    if not is_decided and not is_reference:
        runs = _with_second_chance(job, thresholds, runs, trainer)
    best = best_run(runs, thresholds)
    if rule.verdict(_run_hits(runs)):
        outcome = "learned"
    elif not is_decided and is_near(best.errors, thresholds, [head.floors for head in heads]):
        outcome = "borderline"
    else:
        outcome = "missed"
    parts = [_part_of(head, runs, rule, seen=_middling(head, runs) if votes else best) for head in heads]
    return _training_of(outcome, runs, job.epochs, heads, parts, of_each=votes and len(heads) > 1)


def _is_hopeless(heads: Sequence[HeadFacts], runs: Sequence[TrainingRun]) -> bool:
    """Whether a head provably cannot reach its threshold, or reaches it before any training."""
    return any(
        head.proof or all(starts_solved(run.start, head.number, head.threshold) for run in runs) for head in heads
    )


def _with_second_chance(
    job: TrainingJob, thresholds: tuple[float, ...], runs: tuple[TrainingRun, ...], trainer: Trainer
) -> tuple[TrainingRun, ...]:
    """The runs, of which the best one gets twice the epochs if it is near or still falling."""
    best = best_run(runs, thresholds)
    if distance(best.errors, thresholds) > NEAR_THRESHOLDS and not is_falling(best, thresholds):
        return runs
    doubled = trainer.train(replace(job, seed=best.seed, epochs=2 * job.epochs))
    return tuple(doubled if run.seed == doubled.seed else run for run in runs)


def _compared(training: Training, heads: Sequence[HeadFacts], baseline: CalibrationCase) -> Training:
    """The same training, of exactly the network to beat: that is the cause, whatever its runs look like."""
    hint = "Change what slows it down: try other activations, another initializer, other widths"
    parts = []
    for head, part in zip(heads, training.heads, strict=True):
        hits = baseline.details["heads"][head.number]["hits"]
        goal = f"{head.metric.turned(head.threshold):.6g}"
        reached = f"it reached {goal} in {hits} of {baseline.details['seeds']} runs"
        diagnosis = Diagnosis("baseline", f"this is exactly the network that you have to beat: {reached}", hint)
        parts.append(part if part.learned else replace(part, diagnosis=diagnosis))
    return replace(training, heads=tuple(parts), diagnosis=_worst_of(heads, parts))


def _run_hits(runs: Sequence[TrainingRun]) -> list[bool]:
    """Which runs brought all heads to their thresholds at once."""
    return [run.hit_epoch is not None for run in runs]


def _head_hits(head: HeadFacts, runs: Sequence[TrainingRun]) -> list[bool]:
    """Which runs brought this head to its threshold, whatever the others did."""
    return [first_hit(run, head.number, head.threshold) is not None for run in runs]


def is_falling(run: TrainingRun, thresholds: Sequence[float]) -> bool:
    """Whether the worst head was still getting better, in thresholds."""
    distances = [distance(point, thresholds) for point in run.curve]
    return falling([None if math.isinf(value) else value for value in distances]) is not None


def _middling(head: HeadFacts, runs: Sequence[TrainingRun]) -> TrainingRun:
    """Of the runs in which a head missed, the one in the middle, as an example; any run if none missed."""
    missed = [run for run, hit in zip(runs, _head_hits(head, runs), strict=True) if not hit]
    missed.sort(key=lambda run: ratio(run.errors[head.number], head.threshold))
    return missed[len(missed) // 2] if missed else runs[0]


def _part_of(head: HeadFacts, runs: Sequence[TrainingRun], rule: Rule, *, seen: TrainingRun) -> HeadTraining:
    """One head's share of the verdict; `seen` is the run that shows best what went wrong."""
    hits = [epoch for run in runs if (epoch := first_hit(run, head.number, head.threshold)) is not None]
    learned = bool(rule.verdict(_head_hits(head, runs)))
    errors = [error for run in runs for error in (point[head.number] for point in run.curve) if error is not None]
    diagnosis = None if learned else diagnose(head, seen)
    if diagnosis and len(runs) > 1 and not head.proof:  # which holds for all runs
        which = "a run that missed" if hits else "a typical run"
        diagnosis = replace(diagnosis, cause=f"in {which}, {diagnosis.cause}")
    return HeadTraining(
        learned=learned,
        hits=len(hits),
        epoch=round(median(hits)) if hits else None,
        best=min(errors, default=None),
        diagnosis=diagnosis,
    )


def _training_of(
    outcome: str,
    runs: tuple[TrainingRun, ...],
    epochs: int,
    heads: Sequence[HeadFacts],
    parts: Sequence[HeadTraining],
    *,
    of_each: bool,
) -> Training:
    """The runs with their story, or that `of_each` head.

    Nothing is diagnosed as long as it is undecided whether anything went wrong.
    """
    if outcome == "borderline":
        parts = [replace(part, diagnosis=None) for part in parts]
    else:
        runs = tuple(replace(run, diagnosis=_seen(heads, run)) for run in runs)
    thresholds, metrics = tuple(head.threshold for head in heads), tuple(head.metric for head in heads)
    worst = None if outcome == "learned" else _worst_of(heads, parts)
    story = _story_of_each(heads, parts, len(runs)) if of_each else _story(runs, thresholds, metrics)
    names = tuple(metric.name for metric in metrics)
    return Training(outcome, thresholds, runs, epochs, story, worst, tuple(parts), names)


def _seen(heads: Sequence[HeadFacts], run: TrainingRun) -> str | None:
    """The diagnosis of a run's worst head; nothing if the run hits."""
    if run.hit_epoch is not None:
        return None
    worst = max(heads, key=lambda head: ratio(run.errors[head.number], head.threshold))
    return worded(diagnose(worst, run), worst.name if len(heads) > 1 else "")


def _worst_of(heads: Sequence[HeadFacts], parts: Sequence[HeadTraining]) -> str | None:
    """The diagnosis of the head that is furthest from its threshold, of those that have one."""
    missed = [(head, part) for head, part in zip(heads, parts, strict=True) if part.diagnosis]
    if not missed:
        return None
    head, part = max(missed, key=lambda entry: ratio(entry[1].best, entry[0].threshold))
    return worded(part.diagnosis, head.name if len(heads) > 1 else "")


def _story_of_each(heads: Sequence[HeadFacts], parts: Sequence[HeadTraining], runs: int) -> str:
    """In how many runs each head learned, where each has a vote of its own."""
    (first, hits), *rest = [(f"`{head.name}`", part.hits) for head, part in zip(heads, parts, strict=True)]
    text = listed([f"{first} learned in {hits}", *(f"{name} in {count}" for name, count in rest)])
    return f"Of {runs} runs, output {text}."


def _story(runs: Sequence[TrainingRun], thresholds: Sequence[float], metrics: Sequence[Metric]) -> str:
    """How many runs learned and when, or how near the best one came."""
    hits = [run.hit_epoch for run in runs if run.hit_epoch is not None]
    if hits:
        return f"The network learned in {len(hits)} of {counted(len(runs), 'run')}, at about epoch {median(hits):.0f}."
    best, goals = _shown(best_run(runs, thresholds).errors, metrics), _shown(thresholds, metrics)
    if set(metrics) == {MSE}:
        goals = f"at most {goals} is required"
    else:
        goals = f"the exercise requires {required(metrics, thresholds)}"
    return f"The network learned in none of {len(runs)} runs; the best one reached {best}, and {goals}."


def _shown(errors: Sequence[float | None], metrics: Sequence[Metric]) -> str:
    return " and ".join(metric.shown(error) for metric, error in zip(metrics, errors, strict=True))
