"""The trainings behind one calibration: pilot, confirmation and decoys, and what follows from their hits."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from grader.domain import Assignment, CalibrationCase, ModelGraph, Recipe, TrainingRun
from grader.errors import GraderError
from grader.training.decoys import Decoy, decoy_job
from grader.training.hits import first_hit
from grader.training.job import Stop, TrainingJob
from grader.training.learning import BASELINE, form_digest
from grader.training.rules import ACCEPTED_MISS, MAX_TRIES, Tries, Vote, tries_for
from grader.training.statistics import CONFIDENCE, upper_bound
from grader.training.summary import is_falling
from grader.training.trials import Progress, TrainsMany, run_trials

PILOT_SEEDS = range(10_001, 10_041)
CONFIRMATION_SEEDS = range(20_001, 20_301)
DECOY_SEEDS = range(30_001, 30_101)
PILOT_LENGTH = 3
PILOT_MISSES = 0.05
EPOCH_STEP = 100
CURVES = 20
ACCEPTED_CHANCE = 1e-3


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
        """How often a vote goes wrong, that of the whole or of one head: the reference losing, the baseline winning."""
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
            wrong, mend = ("passes", "tighten") if name == BASELINE else ("fails", "loosen")
            raise UncalibratableError(
                f"{self._title(name)}: {where}{count} of {seeds} runs hit, so that the {name or 'reference'} {wrong} "
                f"with a probability of up to {bound:.2g}; {mend} the threshold"
            )
        return {"hits": count, "hit_upper": hit_upper, "miss_upper": miss_upper, "bound": bound}

    def decoy(
        self, decoy: Decoy, floors: Sequence[Mapping[str, float]], epochs: int, rule: Tries | Vote
    ) -> dict[str, Any]:
        """How likely a decoy passes: not at all where a floor proves it, else by how often it hits."""
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

        Seeds that no length lets hit are stuck, not unfinished: more epochs would not help them, more tries will.
        Where these alone are too many, the misses among the others count.
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
        """Lengthen where most of what missed was still getting better, else loosen."""
        missed = [is_falling(run, self._thresholds) for run in runs if run.hit_epoch is None]
        if 2 * sum(missed) >= len(missed):
            return "most of them were still falling: lengthen the training (`epochs`)"
        return "most of them had stopped getting better: loosen the threshold, or mend the network or its recipe"


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
