"""Calibration: what the reference achieves over many seeds, and the threshold, length and tries that follow.

The threshold is chosen before looking at data. A pilot finds how long to train, fresh seeds confirm how often
that is long enough, and an exact bound on the rate of misses says how many seeds a grading may try.
A calibration made with other versions is tried again before it is relied on, with a few seeds and an exact tail.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import permutations
from typing import Any

from grader.assignments.calibration import digest_of
from grader.domain import Assignment, Calibration, CalibrationCase, Check, DataSpec, ModelGraph, Recipe, TrainingRun
from grader.errors import CalibrationDrift, GraderError, InvalidAssignment
from grader.training.calibration.decoys import Decoy, decoy_job, decoys
from grader.training.job import Stop, TrainingJob, first_hit
from grader.training.trainer import Progress, Trainer, TrainsMany, run_trials
from grader.training.verdicts.learning import BASELINE, form_digest, grading_of, is_falling
from grader.training.verdicts.rules import (
    ACCEPTED_MISS,
    CONFIDENCE,
    MAX_TRIES,
    Tries,
    Vote,
    at_least,
    tries_for,
    upper_bound,
)

__all__ = ["BASELINE", "calibrate", "cases_of", "thresholds_of"]

DEFAULT_THRESHOLDS = {"sin": 0.01, "exp": 0.003}
PILOT_SEEDS = range(10_001, 10_041)
CONFIRMATION_SEEDS = range(20_001, 20_301)
DECOY_SEEDS = range(30_001, 30_101)
PILOT_LENGTH = 3
PILOT_MISSES = 0.05
EPOCH_STEP = 100
CURVES = 20
ACCEPTED_CHANCE = 1e-3
DRIFT_SEEDS = range(40_001, 40_021)
IMPLAUSIBLE = 1e-3
DECISIVE = ("keras", "tensorflow", "program")


def calibrate(
    assignment: Assignment,
    cases: Sequence[tuple[str, ModelGraph]],
    trainers: Sequence[Trainer],
    progress: Progress,
) -> Calibration:
    """Calibrate an assignment with the graphs of its reference, the one that pages show first."""
    learns = _learns(assignment)
    mode = str(learns.options.get("mode", "reaches"))
    thresholds = thresholds_of(assignment, learns)
    floors = trainers[0].floors(assignment.data)
    study = Study(assignment, thresholds, trainers, progress)
    vote = Vote(needed=int(learns.options.get("needed", Vote.needed)))
    found = tuple(
        study.beaten(name, graph, vote) if mode == "beats" else study.reached(name, graph, recipe)
        for name, graph, recipe in cases_of(assignment.recipe, cases)
    )
    loss = found[0].loss
    epochs, rule = grading_of(mode, found, loss)
    basis = decoys(cases[0][1], replace(assignment.recipe, loss=loss), fixed=assignment.fixed)
    return Calibration(
        mode=mode,
        thresholds=thresholds,
        floors=floors,
        cases=tuple(case if assignment.fixed else _published(case) for case in found),
        seeds=tuple(range(1, max(grading_of(mode, found, case.loss)[1].most_seeds for case in found) + 1)),
        decoys=tuple(study.decoy(decoy, floors, epochs, rule) for decoy in basis),
        digest=digest_of(assignment, thresholds),
        versions=trainers[0].versions(),
        validation=trainers[0].validation(assignment.data),
    )


def _published(case: CalibrationCase) -> CalibrationCase:
    """A case of an open task without the answer; the baseline's network is the tutorial's, so it is not secret."""
    return case if case.name == BASELINE else replace(case, graph=None)


def thresholds_of(assignment: Assignment, learns: Check) -> tuple[float, ...]:
    """By head: the threshold in the spec, else the usual one for that target."""
    targets = assignment.data.targets
    given = learns.options.get("threshold") or [DEFAULT_THRESHOLDS.get(target) for target in targets]
    if len(given) != len(targets) or None in given:
        raise InvalidAssignment(
            f"{assignment.folder / 'assignment.toml'}: `learns` needs `threshold`, a list of one number "
            f"for each of {', '.join(targets)}"
        )
    return tuple(float(threshold) for threshold in given)


def _learns(assignment: Assignment) -> Check:
    """The check to calibrate. Several of them, for several heads, are judged by one training, so they must agree."""
    found = [check for check in assignment.checks if check.kind == "learns"]
    spec = assignment.folder / "assignment.toml"
    if not found:
        raise InvalidAssignment(f"{spec}: without a `learns` check there is nothing to calibrate")
    for option in ("mode", "threshold", "needed"):
        if any(check.options.get(option) != found[0].options.get(option) for check in found):
            raise InvalidAssignment(f"{spec}: all `learns` checks must have the same `{option}`")
    return found[0]


def cases_of(recipe: Recipe, cases: Sequence[tuple[str, ModelGraph]]) -> Iterator[tuple[str, ModelGraph, Recipe]]:
    """Every structure with every order of losses that a student may choose; weights stay with their heads."""
    orders = sorted(set(permutations(recipe.loss)), key=lambda order: order != recipe.loss)
    for order in orders if recipe.any_loss_order else [recipe.loss]:
        for name, graph in cases:
            title = f"{name} {'/'.join(order)}".strip() if recipe.any_loss_order else name
            yield title, graph, replace(recipe, loss=order)


class UncalibratableError(GraderError):
    """The reference does not learn reliably enough; the text says what to change."""


class Study:
    """One assignment's trainings: the same data, thresholds and trainers for every case and decoy."""

    def __init__(
        self,
        assignment: Assignment,
        thresholds: tuple[float, ...],
        trainers: Sequence[TrainsMany],
        progress: Progress,
    ) -> None:
        self._assignment = assignment
        self._thresholds = thresholds
        self._trainers = trainers
        self._progress = progress

    def reached(self, name: str, graph: ModelGraph, recipe: Recipe) -> CalibrationCase:
        """Pilot, confirmation and tries of one case."""
        pilot = self._train(name, "pilot", graph, recipe, PILOT_SEEDS, PILOT_LENGTH * recipe.epochs)
        epochs = self._grading_epochs(name, recipe, pilot)
        runs = self._confirm(name, graph, recipe, epochs)
        misses = sum(run.hit_epoch is None for run in runs)
        miss_upper = upper_bound(misses, len(runs))
        tries = tries_for(miss_upper)
        if tries is None:
            raise UncalibratableError(
                f"{self._title(name)}: {misses} of {len(runs)} runs missed the threshold within {epochs} "
                f"epochs, too many for {MAX_TRIES} tries; {self._advice(runs)}"
            )
        details = _details(recipe, runs, pilot) | {"reference": self._digest(graph, recipe)}
        return CalibrationCase(name, recipe.loss, graph, epochs, tries, miss_upper, miss_upper**tries, details)

    def beaten(self, name: str, graph: ModelGraph, vote: Vote) -> CalibrationCase:
        """How often a vote goes wrong, for the whole or for one head: the reference losing, the baseline winning."""
        recipe = self._assignment.recipe
        runs = self._confirm(name, graph, recipe, recipe.epochs)
        whole = self._vote(name, "", vote, [run.hit_epoch is not None for run in runs])
        heads = [
            self._vote(
                name, f"at output {head + 1}, ", vote, [first_hit(run, head, threshold) is not None for run in runs]
            )
            for head, threshold in enumerate(self._thresholds)
        ]
        details = _details(recipe, runs) | {
            "needed": vote.needed,
            "hit_upper": whole["hit_upper"],
            "heads": heads,
            "reference": self._digest(graph, recipe),
        }
        return CalibrationCase(
            name, recipe.loss, graph, recipe.epochs, vote.seeds, whole["miss_upper"], whole["bound"], details
        )

    def _vote(self, name: str, where: str, vote: Vote, hits: Sequence[bool]) -> dict[str, Any]:
        """The bounds on both rates that these seeds leave, and on the probability that the vote goes wrong."""
        count, seeds = sum(hits), len(hits)
        hit_upper, miss_upper = upper_bound(count, seeds), upper_bound(seeds - count, seeds)
        bound = vote.chance(hit_upper) if name == BASELINE else vote.chance_of_failing(miss_upper)
        if bound > ACCEPTED_CHANCE:
            wrong, remedy = ("passes", "tighten") if name == BASELINE else ("fails", "loosen")
            raise UncalibratableError(
                f"{self._title(name)}: {where}{count} of {seeds} runs hit, so that the {name or 'reference'} {wrong} "
                f"with a probability of up to {bound:.2g}; {remedy} the threshold"
            )
        return {"hits": count, "hit_upper": hit_upper, "miss_upper": miss_upper, "bound": bound}

    def decoy(
        self, decoy: Decoy, floors: Sequence[Mapping[str, float]], epochs: int, rule: Tries | Vote
    ) -> dict[str, Any]:
        """How likely a decoy passes: never if a floor proves it, else estimated from its hits."""
        if proof := decoy.proof(floors, self._thresholds):
            head, floor = proof
            found = {"proven": True, "head": head + 1, "floor": decoy.floor, "mse": floor, "chance": 0.0}
            return {"name": decoy.name} | found
        job = decoy_job(decoy, self._assignment.data, self._thresholds, epochs, DECOY_SEEDS)
        runs = run_trials(job, self._trainers, f"{decoy.name} decoy", self._progress)
        hits = sum(run.hit_epoch is not None for run in runs)
        rate = upper_bound(hits, len(runs))
        return {
            "name": decoy.name,
            "proven": False,
            "seeds": len(runs),
            "hits": hits,
            "hit_upper": rate,
            "chance": rule.chance(rate),
        }

    def _confirm(self, name: str, graph: ModelGraph, recipe: Recipe, epochs: int) -> tuple[TrainingRun, ...]:
        """Fresh seeds at the grading's length, the first few to the end, for the curves."""
        seeds = CONFIRMATION_SEEDS
        curves = self._train(name, "curves", graph, recipe, seeds[:CURVES], epochs, stop=Stop.END)
        return curves + self._train(name, "confirmation", graph, recipe, seeds[CURVES:], epochs)

    def _grading_epochs(self, name: str, recipe: Recipe, pilot: Sequence[TrainingRun]) -> int:
        """The smallest multiple of 100, at least the recipe's epochs, with few enough misses.

        Seeds that hit at no length are stuck, not unfinished: more epochs would not help them, more tries will.
        If these alone are too many, the misses among the others count.
        """
        longest = PILOT_LENGTH * recipe.epochs
        stuck = _misses(pilot, longest)
        if stuck > len(pilot) * ACCEPTED_MISS ** (1 / MAX_TRIES):
            raise UncalibratableError(
                f"{self._title(name)}: {stuck} of {len(pilot)} runs missed the threshold even within {longest} "
                f"epochs, too many for {MAX_TRIES} tries; {self._advice(pilot)}"
            )
        allowed = PILOT_MISSES * len(pilot)
        if stuck > allowed:
            allowed += stuck
        first = math.ceil(recipe.epochs / EPOCH_STEP) * EPOCH_STEP
        lengths = range(first, longest + EPOCH_STEP, EPOCH_STEP)
        return next(epochs for epochs in lengths if _misses(pilot, epochs) <= allowed)

    def _train(
        self, name: str, what: str, graph: ModelGraph, recipe: Recipe, seeds: Sequence[int], epochs: int,
        stop: Stop = Stop.HIT,
    ) -> tuple[TrainingRun, ...]:  # fmt: skip
        job = TrainingJob(graph, recipe, self._assignment.data, tuple(seeds), epochs, self._thresholds, stop)
        return run_trials(job, self._trainers, f"{name} {what}".strip(), self._progress)

    def _title(self, name: str) -> str:
        return f"{self._assignment.id} {name}".strip()

    def _digest(self, graph: ModelGraph, recipe: Recipe) -> str:
        return form_digest(graph, recipe, self._assignment.data)

    def _advice(self, runs: Sequence[TrainingRun]) -> str:
        """Lengthen the training if most of the misses were still improving, else loosen the threshold."""
        missed = [is_falling(run, self._thresholds) for run in runs if run.hit_epoch is None]
        if 2 * sum(missed) >= len(missed):
            return "most of them were still falling: lengthen the training (`epochs`)"
        return "most of them had stopped improving: loosen the threshold, or fix the network or its recipe"


def _misses(runs: Sequence[TrainingRun], epochs: int) -> int:
    return sum(run.hit_epoch is None or run.hit_epoch > epochs for run in runs)


def _details(recipe: Recipe, runs: Sequence[TrainingRun], pilot: Sequence[TrainingRun] = ()) -> dict[str, Any]:
    """The evidence, as plain JSON data."""
    return {
        "recipe_epochs": recipe.epochs,
        "pilot": {
            "seeds": len(pilot),
            "epochs": PILOT_LENGTH * recipe.epochs if pilot else 0,
            "first_hits": [run.hit_epoch for run in pilot],
        },
        "seeds": len(runs),
        "misses": sum(run.hit_epoch is None for run in runs),
        "confidence": CONFIDENCE,
        "first_hits": [run.hit_epoch for run in runs],
        "best_mse": [_short(run.mse) for run in runs],
        "curves": [[_short(point) for point in run.curve] for run in runs[:CURVES]],
    }


def _short(errors: Sequence[float | None]) -> list[float | None]:
    """Four digits are plenty for a drawing, and keep the file small."""
    return [None if error is None else float(f"{error:.4g}") for error in errors]


def differs(calibration: Calibration, versions: dict[str, str]) -> bool:
    """Whether training may give other results here than where the calibration was made."""
    return any(calibration.versions.get(name) != versions.get(name) for name in DECISIVE)


def holds(calibration: Calibration, recipe: Recipe, data: DataSpec, trainer: Trainer) -> None:
    """Raise `CalibrationDrift` if the reference misses, or the baseline hits, implausibly often."""
    versions = trainer.versions()
    if not differs(calibration, versions):
        return
    keras = f"Keras {versions['keras']} and TensorFlow {versions['tensorflow']}"
    for case in calibration.cases:
        if case.graph is None:
            continue
        job = TrainingJob(
            case.graph,
            replace(recipe, loss=case.loss),
            data,
            tuple(DRIFT_SEEDS),
            case.epochs,
            calibration.thresholds,
        )
        _compare(case, calibration.thresholds, trainer.train(job), keras)


def _compare(case: CalibrationCase, thresholds: Sequence[float], runs: Sequence[TrainingRun], keras: str) -> None:
    """Compare the hits of the baseline, or the misses of the reference, with the calibration's bounds on them."""
    hits = [run.hit_epoch is not None for run in runs]
    if case.name != BASELINE:
        _refuse_implausible(
            hits.count(False), len(runs), case.miss_upper, f"the {case.name or 'reference'} missed", keras
        )
        return
    bounds = [(hits, float(case.details["hit_upper"]))]
    for head, found in enumerate(case.details.get("heads", ())):
        own = [first_hit(run, head, thresholds[head]) is not None for run in runs]
        bounds.append((own, float(found["hit_upper"])))
    for reached, bound in bounds:
        _refuse_implausible(reached.count(True), len(runs), bound, f"the {BASELINE} hit", keras)


def _refuse_implausible(count: int, seeds: int, rate: float, what: str, keras: str) -> None:
    if at_least(count, seeds, rate) < IMPLAUSIBLE:
        raise CalibrationDrift(
            f"with {keras}, {count} of {seeds} runs of {what} the threshold, more than the calibration allows; "
            "run `grader calibrate`"
        )
