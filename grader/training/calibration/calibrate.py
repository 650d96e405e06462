"""Calibration: what the reference achieves over many seeds, and the threshold, length and tries that follow.

The threshold is chosen before looking at data. A pilot finds how long to train, fresh seeds confirm how often
that is long enough, and an exact bound on the rate of misses says how many seeds a grading may try.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from itertools import permutations
from typing import Any

from grader.assignments.calibration import digest_of
from grader.domain import (
    Assignment,
    Calibration,
    CalibrationCase,
    Check,
    HeadPicture,
    ModelGraph,
    Recipe,
    TrainingRun,
)
from grader.domain.words import time_left
from grader.errors import GraderError, InvalidAssignment
from grader.sandbox.cgroups import usable_processors
from grader.training.calibration.decoys import Decoy, decoys
from grader.training.calibration.thresholds import given_thresholds, proposal, refuse_easy
from grader.training.messages import TrainingJob, first_hit
from grader.training.trainer import Trainer
from grader.training.verdicts.learning import BASELINE, form_digest, grading_of, is_falling
from grader.training.verdicts.rules import CONFIDENCE, MAJORITY, MAX_TRIES, Rule, tries_for, upper_bound

SEEDS, QUICK_SEEDS = 300, 20  # runs of the reference, as a rule and for a first look
CONFIRMATION = 20_001  # the first of their seeds
PILOT, DECOY = range(10_001, 10_041), range(30_001, 30_101)  # of a first look, only half as many as for the reference
PILOT_LENGTH = 3
PILOT_MISSES = 0.05
STEP_CHECKPOINTS = 4  # lengths of training are tried in steps of 100 epochs, or fewer where a recipe is short
CURVES = 20
ACCEPTED_CHANCE = 1e-3
MOST_OF_A_POOR_DECOY = 0.5  # of gradings that it may pass, by what was seen of it
PATIENCE = 3600.0  # seconds for a seed: an author waits for a network that a class would not wait for
SLOW = 5.0  # seconds for a seed, from which on gradings need to be patient too
WORTH_SAYING, SAID_EVERY = 10.0, 2.0  # seconds that are left, and between two lines
Progress = Callable[[str], None]
"""Called with what is being trained and how much of it is finished, in words."""


def calibrate(
    assignment: Assignment,
    cases: Sequence[tuple[str, ModelGraph]],
    trainer: Trainer,
    progress: Progress,
    seeds: int = SEEDS,
    sources: Mapping[str, str] | None = None,
) -> Calibration:
    """Calibrate an assignment with the graphs of its reference, the one that pages show first.

    `seeds` is how often the reference is trained; fewer than usual are a first look. `sources` are digests of the files
    that the graphs were built from.
    """
    learns = _learns(assignment)
    shared: dict[str, Any] = {"versions": trainer.versions(), "sources": dict(sources or {})}
    if learns is None:  # the reference's network in each of its cases, and no training at all
        graphs = [CalibrationCase(name, assignment.recipe.loss, graph, 0, 0, 0.0, 0.0, {}) for name, graph in cases]
        published, digest = _published(assignment, graphs), digest_of(assignment, ())
        return Calibration("none", (), (), published, (), (), digest, validation=(), **shared)
    mode = str(learns.options.get("mode", "reaches"))
    floors, x, pictures = trainer.survey(assignment.data, assignment.recipe)
    for name, graph in cases:
        if reason := trainer.unsuitable(graph, assignment.data, assignment.recipe):
            raise InvalidAssignment(f"{assignment.id}: {name or 'the reference'} does not fit the data: {reason}")
    thresholds = given_thresholds(assignment, learns)
    study = Study(assignment, thresholds or (), trainer, progress, seeds)
    if thresholds is None:
        rivals = [run for name, graph in cases if name == BASELINE for run in study.first(graph)]
        raise proposal(assignment, study.first(cases[0][1]), floors, rivals)
    refuse_easy(assignment, thresholds, floors)
    calibrated = tuple(
        study.beaten(name, graph) if mode == "beats" else study.reached(name, graph, recipe)
        for name, graph, recipe in cases_of(assignment.recipe, cases)
    )
    epochs, rule = grading_of(mode, calibrated, assignment.recipe.loss)
    basis = decoys(cases[0][1], assignment.recipe, assignment.data.inputs)
    results = tuple(study.decoy(decoy, floors, epochs, rule) for decoy in basis)
    _refuse_passing(assignment, basis, results, rule, learns.options.get("may_pass") or ())
    return Calibration(
        mode=mode,
        thresholds=thresholds,
        floors=floors,
        cases=_published(assignment, calibrated),
        seeds=tuple(range(1, max(grading_of(mode, calibrated, case.loss)[1].most for case in calibrated) + 1)),
        decoys=results,
        digest=digest_of(assignment, thresholds),
        validation=_single_numbers(x, pictures),
        metrics=tuple(metric.name for metric in assignment.recipe.measures),
        pictures=pictures,
        quick=study.is_quick,
        **shared,
    )


def _refuse_passing(
    assignment: Assignment,
    basis: Sequence[Decoy],
    results: Sequence[Mapping[str, Any]],
    rule: Rule,
    may_pass: Sequence[str],
) -> None:
    """Networks that lack what the task is about, and yet pass most gradings, show that a threshold is too easy."""
    names = [decoy.name for decoy in basis]
    if unknown := [name for name in may_pass if name not in names]:
        raise InvalidAssignment(
            f"{assignment.folder / 'assignment.toml'}: `may_pass`: there is no decoy `{unknown[0]}`; "
            f"available: {', '.join(names)}"
        )
    passing = [
        result
        for result in results
        if result["name"] not in may_pass and not result["proven"]
        if rule.chance(result["hits"] / result["seeds"]) > MOST_OF_A_POOR_DECOY
    ]
    if passing:
        hits = "; ".join(
            f"`{result['name']}` hits with {result['hits']} of {result['seeds']} seeds" for result in passing
        )
        raise DecoysPassError(
            f"{assignment.id}: networks that should not pass do: {hits}. Tighten the threshold, or choose data that "
            "a poor network cannot learn; if such networks may solve the task, name them under `may_pass` of `learns`",
            [str(result["name"]) for result in passing],
        )


def _single_numbers(x: Sequence[float], pictures: Sequence[HeadPicture]) -> tuple[tuple[float, ...], ...]:
    """x, and the targets of each head that is a single number."""
    single = [picture.targets if picture.kind == "values" and picture.shape[1:] == (1,) else () for picture in pictures]
    return (tuple(x), *single) if any(single) else ()


def _published(assignment: Assignment, cases: Sequence[CalibrationCase]) -> tuple[CalibrationCase, ...]:
    """Cases of an open task without the answer; the baseline's network is the tutorial's, so it is not secret."""
    published = (case if assignment.fixed or case.name == BASELINE else replace(case, graph=None) for case in cases)
    return tuple(published)


def _learns(assignment: Assignment) -> Check | None:
    """The check to calibrate. Several of them, for several heads, are judged by one training, so they must agree."""
    checks = [check for check in assignment.checks if check.kind == "learns"]
    spec = assignment.folder / "assignment.toml"
    for option in ("mode", "threshold", "baseline", "may_pass"):
        if any(check.options.get(option) != checks[0].options.get(option) for check in checks):
            raise InvalidAssignment(f"{spec}: all `learns` checks must have the same `{option}`")
    return checks[0] if checks else None


def cases_of(recipe: Recipe, cases: Sequence[tuple[str, ModelGraph]]) -> Iterator[tuple[str, ModelGraph, Recipe]]:
    """Every structure with every order of losses that a student may choose; weights stay with their heads."""
    orders = sorted(set(permutations(recipe.loss)), key=lambda order: order != recipe.loss)
    for order in orders if recipe.any_loss_order else [recipe.loss]:
        for name, graph in cases:
            title = f"{name} {'/'.join(order)}".strip() if recipe.any_loss_order else name
            yield title, graph, replace(recipe, loss=order)


class UncalibratableError(GraderError):
    """The reference does not learn reliably enough; the text says what to change."""


class DecoysPassError(UncalibratableError):
    """Poor networks reach the threshold; `names` are those of the decoys."""

    def __init__(self, text: str, names: Sequence[str]) -> None:
        super().__init__(text)
        self.names = tuple(names)


@dataclass
class Study:
    """One assignment's trainings: the same data, thresholds and trainer for every case and decoy."""

    assignment: Assignment
    thresholds: tuple[float, ...]
    trainer: Trainer
    progress: Progress
    seeds: int
    slowest: float = 0.0  # seconds for a seed, over all trainings: those that were cached take none

    @property
    def is_quick(self) -> bool:
        """So few seeds that bounds are wide of necessity: then the rates that were seen decide."""
        return self.seeds < SEEDS

    def first(self, graph: ModelGraph) -> tuple[TrainingRun, ...]:
        """Some runs to the end of the recipe, without any threshold."""
        recipe, title = self.assignment.recipe, f"{self.assignment.id} without a threshold"
        return self._train(title, graph, recipe, self._some(PILOT)[:CURVES], recipe.epochs, to_the_end=True)

    def reached(self, name: str, graph: ModelGraph, recipe: Recipe) -> CalibrationCase:
        """Pilot, confirmation and tries of one case."""
        title = self._title(name)
        pilot = self._train(f"{title} pilot", graph, recipe, self._some(PILOT), PILOT_LENGTH * recipe.epochs)
        epochs = _grading_epochs(recipe, pilot)
        runs = self._confirm(title, graph, recipe, epochs)
        misses = sum(run.hit_epoch is None for run in runs)
        miss_upper = upper_bound(misses, len(runs))
        tries = tries_for(miss_upper) or (MAX_TRIES if self.is_quick and tries_for(misses / len(runs)) else None)
        if tries is None:
            raise UncalibratableError(
                f"{title}: {misses} of {len(runs)} runs missed the threshold within {epochs} epochs, too many for "
                f"{MAX_TRIES} tries; {self._advice(runs)}"
            )
        details = self._details(graph, runs, pilot)
        return CalibrationCase(name, recipe.loss, graph, epochs, tries, miss_upper, miss_upper**tries, details)

    def beaten(self, name: str, graph: ModelGraph) -> CalibrationCase:
        """How often a vote goes wrong, for the whole or for one head: the reference losing, the baseline winning."""
        recipe = self.assignment.recipe
        runs = self._confirm(self._title(name), graph, recipe, recipe.epochs)
        whole = self._vote(name, "", [run.hit_epoch is not None for run in runs])
        heads = [
            self._vote(name, f"at output {head + 1}, ", [first_hit(run, head, threshold) is not None for run in runs])
            for head, threshold in enumerate(self.thresholds)
        ]
        details = self._details(graph, runs) | {"hit_upper": whole["hit_upper"], "heads": heads}
        rates = whole["miss_upper"], whole["bound"]
        return CalibrationCase(name, recipe.loss, graph, recipe.epochs, MAJORITY.most, *rates, details)

    def _vote(self, name: str, place: str, hits: Sequence[bool]) -> dict[str, Any]:
        """The bounds on both rates that these seeds leave, and on the probability that the vote goes wrong."""
        count, seeds = sum(hits), len(hits)
        hit_upper, miss_upper = upper_bound(count, seeds), upper_bound(seeds - count, seeds)
        beats = name == BASELINE
        wrong, remedy, worst = ("passes", "tighten", hit_upper) if beats else ("fails", "loosen", 1 - miss_upper)
        seen, bound = (MAJORITY.chance(rate, passes=beats) for rate in (count / seeds, worst))
        if (seen if self.is_quick else bound) > ACCEPTED_CHANCE:
            raise UncalibratableError(
                f"{self._title(name)}: {place}{count} of {seeds} runs hit, so the {name or 'reference'} {wrong} "
                f"with a probability of up to {bound:.2g}; {remedy} the threshold"
            )
        return {"hits": count, "hit_upper": hit_upper, "miss_upper": miss_upper, "bound": bound}

    def decoy(self, decoy: Decoy, floors: Sequence[Mapping[str, float]], epochs: int, rule: Rule) -> dict[str, Any]:
        """How likely a decoy passes: never if a floor proves it, else estimated from its hits."""
        if proof := decoy.proof(floors, self.thresholds):
            head, floor = proof
            details = {"proven": True, "head": head + 1, "floor": decoy.floor, "error": floor, "chance": 0.0}
            return {"name": decoy.name} | details
        title = f"{self.assignment.id} {decoy.name} decoy"
        runs = self._train(title, decoy.graph, self.assignment.recipe, self._some(DECOY), epochs)
        hits = sum(run.hit_epoch is not None for run in runs)
        rate = upper_bound(hits, len(runs))
        details = {"proven": False, "seeds": len(runs), "hits": hits, "hit_upper": rate, "chance": rule.chance(rate)}
        return {"name": decoy.name} | details

    def _confirm(self, title: str, graph: ModelGraph, recipe: Recipe, epochs: int) -> tuple[TrainingRun, ...]:
        """Fresh seeds at the grading's length, the first few to the end, for the curves."""
        seeds = range(CONFIRMATION, CONFIRMATION + self.seeds)
        started = time.monotonic()
        curves = self._train(f"{title} curves", graph, recipe, seeds[:CURVES], epochs, to_the_end=True)
        rest = self._train(f"{title} confirmation", graph, recipe, seeds[CURVES:], epochs)
        seconds = (time.monotonic() - started) * usable_processors()
        self.slowest = max(self.slowest, seconds / len(seeds))
        return curves + rest

    def _train(
        self,
        title: str,
        graph: ModelGraph,
        recipe: Recipe,
        seeds: Sequence[int],
        epochs: int,
        *,
        to_the_end: bool = False,
    ) -> tuple[TrainingRun, ...]:
        """The runs in the order of the seeds, side by side."""
        data, thresholds = self.assignment.data, self.thresholds or None

        def train(seed: int) -> TrainingRun:
            return self.trainer.train(TrainingJob(graph, recipe, data, seed, epochs, thresholds, to_the_end, PATIENCE))

        runs: list[TrainingRun] = []
        started = reported = time.monotonic()
        with ThreadPoolExecutor(usable_processors()) as pool:
            for run in pool.map(train, seeds):
                runs.append(run)
                now = time.monotonic()
                if now - reported >= SAID_EVERY or len(runs) == len(seeds):
                    reported, remaining = now, (now - started) / len(runs) * (len(seeds) - len(runs))
                    soon = f", {time_left(remaining)}" if remaining >= WORTH_SAYING else ""
                    self.progress(f"{title}, {len(runs)} of {len(seeds)} seeds{soon}")
        return tuple(runs)

    def _some(self, seeds: range) -> range:
        return seeds[: self.seeds // 2] if self.is_quick else seeds

    def _title(self, name: str) -> str:
        return f"{self.assignment.id} {name}".strip()

    def _advice(self, runs: Sequence[TrainingRun]) -> str:
        """Lengthen the training if most of the misses were still improving, else loosen the threshold."""
        missed = [is_falling(run, self.thresholds) for run in runs if run.hit_epoch is None]
        if 2 * sum(missed) >= len(missed):
            return "most of them were still falling: lengthen the training (`epochs`)"
        return "most of them had stopped improving: loosen the threshold, or fix the network or its recipe"

    def _details(
        self, graph: ModelGraph, runs: Sequence[TrainingRun], pilot: Sequence[TrainingRun] = ()
    ) -> dict[str, Any]:
        """The evidence, as plain JSON data."""
        pace = {"seconds_per_seed": round(self.slowest, 1)} if self.slowest > SLOW else {}
        return {
            "pilot": {"seeds": len(pilot), "first_hits": [run.hit_epoch for run in pilot]},
            "seeds": len(runs),
            "misses": sum(run.hit_epoch is None for run in runs),
            "confidence": CONFIDENCE,
            "first_hits": [run.hit_epoch for run in runs],
            "curves": [[_short(point) for point in run.curve] for run in runs[:CURVES]],
            "reference": form_digest(graph, self.assignment.recipe, self.assignment.data),
            **pace,
        }


def _grading_epochs(recipe: Recipe, pilot: Sequence[TrainingRun]) -> int:
    """The recipe's epochs, or 100 more, or 200, and so on, with few enough misses.

    Seeds that hit at no length are stuck, not unfinished: more epochs would not help them, more tries will.
    """
    longest = PILOT_LENGTH * recipe.epochs
    allowed = PILOT_MISSES * len(pilot)
    stuck = _misses(pilot, longest)
    allowed += stuck if stuck > allowed else 0
    lengths = range(recipe.epochs, longest, STEP_CHECKPOINTS * recipe.checkpoint)
    return next((epochs for epochs in lengths if _misses(pilot, epochs) <= allowed), longest)


def _misses(runs: Sequence[TrainingRun], epochs: int) -> int:
    return sum(run.hit_epoch is None or run.hit_epoch > epochs for run in runs)


def _short(errors: Sequence[float | None]) -> list[float | None]:
    """Four digits are plenty for a drawing, and keep the file small."""
    return [None if error is None else float(f"{error:.4g}") for error in errors]
