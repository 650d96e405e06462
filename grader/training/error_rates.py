"""Both error rates of an assignment, from seeds that neither calibration nor grading uses.

How often does the reference fail, and how often does a decoy pass? Each rate is told three ways: how often single
seeds hit, with an exact interval; what follows from that for a whole grading, by its rule; and how whole gradings went
that were really made, second chances included. A decoy that a floor proves to fail needs no seeds.
"""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace

from grader.domain import Assignment, Calibration, ModelGraph, Recipe, Training, TrainingRun
from grader.training.calibrate import cases_of
from grader.training.decoys import Decoy, decoy_job, decoys
from grader.training.hits import first_hit
from grader.training.job import TrainingJob
from grader.training.known import KnownRuns
from grader.training.learning import BASELINE, grading_of, judge
from grader.training.rules import Tries, Vote
from grader.training.statistics import Interval, interval, upper_bound
from grader.training.trainer import Trainer
from grader.training.trials import Progress, run_trials

REFERENCE_SEEDS = range(50_001, 50_301)
DECOY_SEEDS = range(60_001, 60_901)
QUICK_SEEDS = 100  # of each: the first ones; bounds are wider, and a full run finds these trained


@dataclass(frozen=True)
class Counted:
    """So many of so many seeds or gradings, with the exact two-sided 95 % interval of the rate behind them."""

    count: int
    trials: int
    interval: Interval


@dataclass(frozen=True)
class Chance:
    """That one grading goes wrong: as the seeds have it, and at most, by the one-sided 95 % bound on their rate."""

    seen: float
    bound: float


@dataclass(frozen=True)
class HeadRates:
    """One head's vote: how many seeds went wrong, and how likely the vote does."""

    seeds: Counted
    chance: Chance
    gradings: Counted


@dataclass(frozen=True)
class CaseRates:
    """The reference in one case, or the baseline of a `beats`. Wrong is a miss of the one, and a hit of the other.

    `gradings` are the seeds cut into gradings, each judged as a submission would be; `undecided` of them are left to
    a person, and count as wrong.
    """

    name: str
    loss: tuple[str, ...]
    epochs: int
    rule: Tries | Vote
    seeds: Counted
    chance: Chance
    gradings: Counted
    undecided: int
    heads: tuple[HeadRates, ...] = ()


@dataclass(frozen=True)
class DecoyRates:
    """A decoy: the floor that proves it fails, or how often it passes. `undecided` gradings do not count as passed."""

    name: str
    loss: tuple[str, ...]
    epochs: int
    floor: str = ""
    head: int = 0
    mse: float | None = None
    seeds: Counted | None = None
    chance: Chance | None = None
    gradings: Counted | None = None
    undecided: int = 0


@dataclass(frozen=True)
class ErrorRates:
    """Everything about one assignment."""

    assignment: str
    mode: str
    thresholds: tuple[float, ...]
    cases: tuple[CaseRates, ...]
    decoys: tuple[DecoyRates, ...]


def measure(
    assignment: Assignment,
    calibration: Calibration,
    cases: Sequence[tuple[str, ModelGraph]],
    trainers: Sequence[Trainer],
    seeds: Sequence[int] = REFERENCE_SEEDS,
    decoy_seeds: Sequence[int] = DECOY_SEEDS,
    progress: Progress = lambda _: None,
) -> ErrorRates:
    """Train the graphs of the reference, and the decoys made from them, from fresh seeds.

    The first seeds of a longer sequence are a shorter one's, so that what a quick run has trained serves a full one.
    """
    measurement = _Measurement(assignment, calibration, trainers, progress)
    every = list(cases_of(assignment.recipe, cases))
    losses = dict.fromkeys(recipe.loss for _, _, recipe in every)
    return ErrorRates(
        assignment.id,
        calibration.mode,
        calibration.thresholds,
        tuple(measurement.case(name, graph, recipe, seeds) for name, graph, recipe in every),
        tuple(
            measurement.decoy(decoy, decoy_seeds)
            for loss in losses
            for decoy in decoys(cases[0][1], replace(assignment.recipe, loss=loss), fixed=assignment.fixed)
        ),
    )


class _Measurement:
    """One assignment's measurements, which share calibration and trainers."""

    def __init__(
        self, assignment: Assignment, calibration: Calibration, trainers: Sequence[Trainer], progress: Progress
    ) -> None:
        self._assignment = assignment
        self._calibration = calibration
        self._trainers = trainers
        self._progress = progress

    def case(self, name: str, graph: ModelGraph, recipe: Recipe, seeds: Sequence[int]) -> CaseRates:
        epochs, rule = grading_of(self._calibration.mode, self._calibration.cases, recipe.loss)
        thresholds = self._calibration.thresholds
        job = TrainingJob(graph, recipe, self._assignment.data, tuple(seeds), epochs, thresholds)
        runs = run_trials(job, self._trainers, f"{self._assignment.id} {name or 'reference'}", self._progress)
        made = self._gradings(job, runs, rule)
        wrong = name == BASELINE  # whether passing is what goes wrong
        heads = []
        for head, threshold in enumerate(thresholds) if isinstance(rule, Vote) else ():
            hits = [first_hit(run, head, threshold) is not None for run in runs]
            passed = [training.heads[head].learned for training in made]
            heads.append(HeadRates(_counted(hits, wrong), _chance(rule, hits, wrong), _counted(passed, wrong)))
        hits = [run.hit_epoch is not None for run in runs]
        return CaseRates(
            name,
            recipe.loss,
            epochs,
            rule,
            _counted(hits, wrong),
            _chance(rule, hits, wrong),
            _counted([training.outcome == "learned" for training in made], wrong),
            sum(training.outcome == "borderline" for training in made),
            tuple(heads),
        )

    def decoy(self, decoy: Decoy, seeds: Sequence[int]) -> DecoyRates:
        epochs, rule = grading_of(self._calibration.mode, self._calibration.cases, decoy.recipe.loss)
        rates = DecoyRates(decoy.name, decoy.recipe.loss, epochs)
        if proof := decoy.proof(self._calibration.floors, self._calibration.thresholds):
            return replace(rates, floor=decoy.floor, head=proof[0] + 1, mse=proof[1])
        job = decoy_job(decoy, self._assignment.data, self._calibration.thresholds, epochs, seeds)
        runs = run_trials(job, self._trainers, f"{self._assignment.id} decoy, {decoy.name}", self._progress)
        made = self._gradings(job, runs, rule)
        hits = [run.hit_epoch is not None for run in runs]
        return replace(
            rates,
            seeds=_counted(hits, True),
            chance=_chance(rule, hits, True),
            gradings=_counted([training.outcome == "learned" for training in made], True),
            undecided=sum(training.outcome == "borderline" for training in made),
        )

    def _gradings(self, job: TrainingJob, runs: Sequence[TrainingRun], rule: Tries | Vote) -> list[Training]:
        """Whole gradings, each from seeds of its own, judged like a submission that nobody takes for the reference."""
        known = [KnownRuns(trainer, job, runs) for trainer in self._trainers]
        starts = job.seeds[: len(job.seeds) - rule.most_seeds + 1 : rule.most_seeds]

        def grade(number: int) -> Training:
            return judge(
                self._calibration.mode,
                job.graph,
                job.recipe,
                job.data,
                replace(self._calibration, seeds=(starts[number],)),
                known[number % len(known)],
                is_reference=False,
            )

        with ThreadPoolExecutor(len(known)) as pool:
            return list(pool.map(grade, range(len(starts))))


def _counted(right: Sequence[bool], wrong: bool) -> Counted:
    """How many of these are `wrong`, with the interval of their rate."""
    count = sum(outcome is wrong for outcome in right)
    return Counted(count, len(right), interval(count, len(right)))


def _chance(rule: Tries | Vote, hits: Sequence[bool], wrong: bool) -> Chance:
    """By the rule, how likely a grading passes where passing is wrong, else how likely it does not."""
    count = sum(hit is wrong for hit in hits)
    of_grading = rule.chance if wrong else rule.chance_of_failing
    return Chance(of_grading(count / len(hits)), of_grading(upper_bound(count, len(hits))))
