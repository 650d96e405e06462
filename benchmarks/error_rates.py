"""Both error rates of an assignment, from seeds that neither calibration nor grading uses.

How often does the reference fail, and how often does a decoy pass? Each rate is reported in two ways: how often single
seeds hit, with an exact interval; and what follows from that for a whole grading, by its rule. A decoy that a floor
proves to fail needs no seeds.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from grader.domain import Assignment, Calibration, Metric, ModelGraph, Recipe
from grader.domain.metrics import measures
from grader.training.calibration.calibrate import cases_of
from grader.training.calibration.decoys import Decoy, decoy_job, decoys
from grader.training.job import TrainingJob, first_hit
from grader.training.trainer import Trainer
from grader.training.trials import Progress, run_trials
from grader.training.verdicts.learning import BASELINE, grading_of
from grader.training.verdicts.rules import Interval, Tries, Vote, interval, upper_bound

REFERENCE_SEEDS = range(50_001, 50_301)
DECOY_SEEDS = range(60_001, 60_901)
QUICK_SEEDS = 100  # of each: the first ones; bounds are wider, and a full run finds these trained


@dataclass(frozen=True)
class Counted:
    """A count of seeds out of a total, with the exact two-sided 95 % interval of the rate behind them."""

    count: int
    trials: int
    interval: Interval


@dataclass(frozen=True)
class Chance:
    """The probability that one grading goes wrong: estimated, and at most, by the one-sided 95 % bound on the rate."""

    seen: float
    bound: float


@dataclass(frozen=True)
class HeadRates:
    """One head's vote: how many seeds went wrong, and how likely the vote does."""

    seeds: Counted
    chance: Chance


@dataclass(frozen=True)
class CaseRates:
    """The reference in one case, or the baseline of a `beats`. Wrong is a miss of the one, and a hit of the other."""

    name: str
    loss: tuple[str, ...]
    epochs: int
    rule: Tries | Vote
    seeds: Counted
    chance: Chance
    heads: tuple[HeadRates, ...] = ()


@dataclass(frozen=True)
class DecoyRates:
    """A decoy: the floor that proves it fails, or how often it passes."""

    name: str
    loss: tuple[str, ...]
    epochs: int
    floor: str = ""
    head: int = 0
    error: float | None = None
    seeds: Counted | None = None
    chance: Chance | None = None


@dataclass(frozen=True)
class ErrorRates:
    """Everything about one assignment."""

    assignment: str
    mode: str
    thresholds: tuple[float, ...]
    cases: tuple[CaseRates, ...]
    decoys: tuple[DecoyRates, ...]
    metrics: tuple[str, ...] = ()

    @property
    def measures(self) -> tuple[Metric, ...]:
        """What each head is measured by."""
        return measures(self.metrics, len(self.thresholds))


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

    The seeds of a short sequence are the first of a longer one, so that a full run reuses the trainings of a quick one.
    """
    if calibration.mode == "none":  # nothing is trained, so nothing can go wrong
        return ErrorRates(assignment.id, calibration.mode, (), (), ())
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
            for decoy in decoys(cases[0][1], replace(assignment.recipe, loss=loss), assignment.data.inputs)
        ),
        calibration.metrics,
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
        job = TrainingJob(
            graph, recipe, self._assignment.data, tuple(seeds), epochs, thresholds, every=recipe.checkpoint
        )
        runs = run_trials(job, self._trainers, f"{self._assignment.id} {name or 'reference'}", self._progress)
        wrong = name == BASELINE  # whether passing is what goes wrong
        heads = []
        for head, threshold in enumerate(thresholds) if isinstance(rule, Vote) else ():
            hits = [first_hit(run, head, threshold) is not None for run in runs]
            heads.append(HeadRates(_counted(hits, wrong), _chance(rule, hits, wrong)))
        hits = [run.hit_epoch is not None for run in runs]
        return CaseRates(
            name,
            recipe.loss,
            epochs,
            rule,
            _counted(hits, wrong),
            _chance(rule, hits, wrong),
            tuple(heads),
        )

    def decoy(self, decoy: Decoy, seeds: Sequence[int]) -> DecoyRates:
        epochs, rule = grading_of(self._calibration.mode, self._calibration.cases, decoy.recipe.loss)
        rates = DecoyRates(decoy.name, decoy.recipe.loss, epochs)
        if proof := decoy.proof(self._calibration.floors, self._calibration.thresholds):
            return replace(rates, floor=decoy.floor, head=proof[0] + 1, error=proof[1])
        job = decoy_job(decoy, self._assignment.data, self._calibration.thresholds, epochs, seeds)
        runs = run_trials(job, self._trainers, f"{self._assignment.id} decoy, {decoy.name}", self._progress)
        hits = [run.hit_epoch is not None for run in runs]
        return replace(rates, seeds=_counted(hits, True), chance=_chance(rule, hits, True))


def _counted(right: Sequence[bool], wrong: bool) -> Counted:
    """How many of these are `wrong`, with the interval of their rate."""
    count = sum(outcome is wrong for outcome in right)
    return Counted(count, len(right), interval(count, len(right)))


def _chance(rule: Tries | Vote, hits: Sequence[bool], wrong: bool) -> Chance:
    """By the rule, how likely a grading passes if passing is wrong, else how likely it fails."""
    count = sum(hit is wrong for hit in hits)
    of_grading = rule.chance if wrong else rule.chance_of_failing
    return Chance(of_grading(count / len(hits)), of_grading(upper_bound(count, len(hits))))


HEADINGS = ("assignment", "network", "goes wrong if it", "epochs", "rule", "seeds wrong", "95 % interval",
            "grading wrong", "at most")  # fmt: skip


@dataclass(frozen=True)
class Row:
    """One line; the fields are those of `HEADINGS`. If a floor is a proof, it is in `interval`."""

    assignment: str
    network: str
    wrong: str
    epochs: str
    rule: str
    seeds: str
    interval: str
    chance: str
    bound: str


def rows(rates: ErrorRates) -> tuple[Row, ...]:
    """The reference in each of its cases, then the decoys."""
    return tuple(
        Row(rates.assignment, *fields)
        for lines in (
            *(_case(case, rates) for case in rates.cases),
            *(_decoy(decoy, rates) for decoy in rates.decoys),
        )
        for fields in lines
    )


def _case(case: CaseRates, rates: ErrorRates) -> Iterator[tuple[str, ...]]:
    name = case.name if case.name == BASELINE else f"reference {case.name}".strip()
    wrong = "passes" if case.name == BASELINE else "fails"
    facts = (wrong, str(case.epochs), _rule(case.rule))
    yield name, *facts, *_figures(case.seeds, case.chance)
    for number, head in enumerate(case.heads, start=1):
        figures = _figures(head.seeds, head.chance)
        metric, threshold = rates.measures[number - 1], rates.thresholds[number - 1]
        yield f"{name}, output {number} ({metric.bound} {metric.turned(threshold):.6g})", *facts, *figures


def _decoy(decoy: DecoyRates, rates: ErrorRates) -> Iterator[tuple[str, ...]]:
    name = f"decoy: {decoy.name}, {'/'.join(decoy.loss)}"
    if decoy.error is not None:
        metric, threshold = rates.measures[decoy.head - 1], rates.thresholds[decoy.head - 1]
        goal = f"{'<' if metric.rises else '>'} {metric.turned(threshold):.6g}"
        best = f"best {decoy.floor.replace('_', ' ')} {metric.shown(decoy.error)} {goal}"
        yield name, "passes", str(decoy.epochs), "", "proven", best, "0", "0"
    elif decoy.seeds and decoy.chance:
        yield name, "passes", str(decoy.epochs), "", *_figures(decoy.seeds, decoy.chance)


def _figures(seeds: Counted, chance: Chance) -> tuple[str, ...]:
    low, high = seeds.interval
    return (
        f"{seeds.count} / {seeds.trials}",
        f"{low:.2%} to {high:.2%}",
        f"{chance.seen:.1e}" if chance.seen else "0",
        f"{chance.bound:.1e}",
    )


def _rule(rule: Tries | Vote) -> str:
    if isinstance(rule, Tries):
        return f"1 of {rule.tries}"
    return f"{rule.needed + 1} of {rule.seeds}"
