"""Calibration: what the reference achieves over many seeds, and the threshold, length and tries that follow.

The threshold is chosen before looking at data. A pilot finds how long to train, fresh seeds confirm how often
that is long enough, and an exact bound on the rate of misses says how many seeds a grading may try.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
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
from grader.errors import GraderError, InvalidAssignment
from grader.training.calibration.decoys import Decoy, decoy_job, decoys
from grader.training.calibration.plan import CONFIRMATION_SEEDS, Plan
from grader.training.calibration.thresholds import given_thresholds, proposal, refuse_easy
from grader.training.job import Stop, TrainingJob, first_hit
from grader.training.trainer import Trainer
from grader.training.trials import Progress, TrainsMany, run_trials
from grader.training.verdicts.learning import BASELINE, form_digest, grading_of, is_falling
from grader.training.verdicts.rules import (
    ACCEPTED_MISS,
    CONFIDENCE,
    MAX_TRIES,
    Tries,
    Vote,
    tries_for,
    upper_bound,
)

__all__ = ["BASELINE", "calibrate", "cases_of"]

PILOT_LENGTH = 3
PILOT_MISSES = 0.05
STEP_CHECKPOINTS = 4  # lengths of training are tried in steps of 100 epochs, or fewer where a recipe is short
CURVES = 20
ACCEPTED_CHANCE = 1e-3
MOST_OF_A_POOR_DECOY = 0.5  # of gradings that it may pass, by what was seen of it
PATIENCE = 3600.0  # seconds for a seed: an author waits for a network that a class would not wait for
WORTH_SAYING = 5.0  # seconds for a seed, from which on gradings need to be patient too


def calibrate(
    assignment: Assignment,
    cases: Sequence[tuple[str, ModelGraph]],
    trainers: Sequence[Trainer],
    progress: Progress,
    plan: Plan | None = None,
    sources: Mapping[str, str] | None = None,
) -> Calibration:
    """Calibrate an assignment with the graphs of its reference, the one that pages show first.

    `sources` are digests of the files that these were built from.
    """
    learns = _learns(assignment)
    if learns is None:
        return _untrained(assignment, cases, trainers[0].versions(), sources or {})
    plan = plan or Plan()
    mode = str(learns.options.get("mode", "reaches"))
    floors = trainers[0].floors(assignment.data, assignment.recipe)
    _refuse_unsuitable(assignment, cases, trainers[0])
    thresholds = given_thresholds(assignment, learns)
    if thresholds is None:
        first = [cases[0], *(case for case in cases if case[0] == BASELINE)]
        runs = [_first_runs(assignment, graph, trainers, progress, plan) for _, graph in first]
        raise proposal(assignment, runs[0], floors, [run for one in runs[1:] for run in one])
    refuse_easy(assignment, thresholds, floors)
    every = list(cases_of(assignment.recipe, cases))
    study = Study(assignment, thresholds, trainers, progress, plan, len(every))
    found = tuple(
        study.beaten(name, graph) if mode == "beats" else study.reached(name, graph, recipe)
        for name, graph, recipe in every
    )
    loss = found[0].loss
    epochs, rule = grading_of(mode, found, loss)
    basis = decoys(cases[0][1], replace(assignment.recipe, loss=loss), assignment.data.inputs)
    tried = study.decoys(basis, floors, epochs, rule)
    _refuse_passing(assignment, basis, tried, rule, learns.options.get("may_pass") or ())
    x, pictures = trainers[0].pictures(assignment.data, assignment.recipe)
    return Calibration(
        mode=mode,
        thresholds=thresholds,
        floors=floors,
        cases=tuple(case if assignment.fixed else _published(case) for case in found),
        seeds=tuple(range(1, max(grading_of(mode, found, case.loss)[1].most_seeds for case in found) + 1)),
        decoys=tried,
        digest=digest_of(assignment, thresholds),
        versions=trainers[0].versions(),
        validation=_single_numbers(x, pictures),
        metrics=tuple(metric.name for metric in assignment.recipe.measures),
        pictures=pictures,
        sources=dict(sources or {}),
        quick=plan.quick,
    )


def _untrained(
    assignment: Assignment,
    cases: Sequence[tuple[str, ModelGraph]],
    versions: dict[str, str],
    sources: Mapping[str, str],
) -> Calibration:
    """For a rubric without `learns`: the reference's network in each of its cases, and no training at all."""
    loss = assignment.recipe.loss
    graphs = tuple(CalibrationCase(name, loss, graph, 0, 0, 0.0, 0.0, {}) for name, graph in cases)
    shown = graphs if assignment.fixed else tuple(map(_published, graphs))
    return Calibration("none", (), (), shown, (), (), digest_of(assignment, ()), versions, (), sources=dict(sources))


def _refuse_unsuitable(assignment: Assignment, cases: Sequence[tuple[str, ModelGraph]], trainer: Trainer) -> None:
    """A reference that does not fit its own data is the author's to fix, before anything is trained."""
    for name, graph in cases:
        if reason := trainer.unsuitable(graph, assignment.data, assignment.recipe):
            raise InvalidAssignment(f"{assignment.id}: {name or 'the reference'} does not fit the data: {reason}")


def _first_runs(
    assignment: Assignment, graph: ModelGraph, trainers: Sequence[Trainer], progress: Progress, plan: Plan
) -> tuple[TrainingRun, ...]:
    """Some runs of the reference to the end of the recipe, without any threshold."""
    recipe, seeds = assignment.recipe, tuple(plan.pilot[:CURVES])
    job = TrainingJob(
        graph, recipe, assignment.data, seeds, recipe.epochs, None, Stop.END, every=recipe.checkpoint,
        patience=PATIENCE,
    )  # fmt: skip
    return run_trials(job, trainers, f"{assignment.id} without a threshold", progress, plan.confirmation_ends(0, 1))


def _refuse_passing(
    assignment: Assignment,
    basis: Sequence[Decoy],
    tried: Sequence[Mapping[str, Any]],
    rule: Tries | Vote,
    may_pass: Sequence[str],
) -> None:
    """Networks that lack what the task is about, and yet pass most gradings, show that a threshold is too easy."""
    names = [decoy.name for decoy in basis]
    if unknown := [name for name in may_pass if name not in names]:
        raise InvalidAssignment(
            f"{assignment.folder / 'assignment.toml'}: `may_pass`: there is no decoy `{unknown[0]}`; "
            f"available: {', '.join(names)}"
        )
    poor = {decoy.name for decoy in basis if decoy.is_poor} - set(may_pass)
    passing = [
        one
        for one in tried
        if one["name"] in poor and not one["proven"]
        if rule.chance(one["hits"] / one["seeds"]) > MOST_OF_A_POOR_DECOY
    ]
    if passing:
        told = "; ".join(f"`{one['name']}` hits with {one['hits']} of {one['seeds']} seeds" for one in passing)
        raise DecoysPassError(
            f"{assignment.id}: networks that should not pass do: {told}. Tighten the threshold, or choose data that "
            "a poor network cannot learn; if such networks may solve the task, name them under `may_pass` of `learns`",
            [str(one["name"]) for one in passing],
        )


def _single_numbers(x: Sequence[float], pictures: Sequence[HeadPicture]) -> tuple[tuple[float, ...], ...]:
    """x, and the targets of each head that is a single number."""
    single = [one.targets if one.kind == "values" and one.shape[1:] == (1,) else () for one in pictures]
    return (tuple(x), *single) if any(single) else ()


def _published(case: CalibrationCase) -> CalibrationCase:
    """A case of an open task without the answer; the baseline's network is the tutorial's, so it is not secret."""
    return case if case.name == BASELINE else replace(case, graph=None)


def _learns(assignment: Assignment) -> Check | None:
    """The check to calibrate. Several of them, for several heads, are judged by one training, so they must agree."""
    found = [check for check in assignment.checks if check.kind == "learns"]
    spec = assignment.folder / "assignment.toml"
    for option in ("mode", "threshold", "baseline", "may_pass"):
        if any(check.options.get(option) != found[0].options.get(option) for check in found):
            raise InvalidAssignment(f"{spec}: all `learns` checks must have the same `{option}`")
    return found[0] if found else None


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


class Study:
    """One assignment's trainings: the same data, thresholds and trainers for every case and decoy."""

    def __init__(
        self,
        assignment: Assignment,
        thresholds: tuple[float, ...],
        trainers: Sequence[TrainsMany],
        progress: Progress,
        plan: Plan,
        cases: int,
    ) -> None:
        self._assignment = assignment
        self._thresholds = thresholds
        self._trainers = trainers
        self._progress = progress
        self._plan = plan
        self._case, self._cases = 0, cases
        self._slowest = 0.0  # seconds for a seed, over all batches: those that were cached take none

    def reached(self, name: str, graph: ModelGraph, recipe: Recipe) -> CalibrationCase:
        """Pilot, confirmation and tries of one case."""
        ends = self._plan.pilot_ends(self._case, self._cases)
        length = PILOT_LENGTH * recipe.epochs
        pilot = self._train(name, "pilot", graph, recipe, self._plan.pilot, length, ends)
        epochs = self._grading_epochs(name, recipe, pilot)
        runs = self._confirm(name, graph, recipe, epochs)
        misses = sum(run.hit_epoch is None for run in runs)
        miss_upper = upper_bound(misses, len(runs))
        tries = tries_for(miss_upper)
        if tries is None and self._may_be_luck(misses, len(runs)):
            tries = MAX_TRIES  # few seeds: the bound says how little they prove
        if tries is None:
            raise UncalibratableError(
                f"{self._title(name)}: {misses} of {len(runs)} runs missed the threshold within {epochs} "
                f"epochs, too many for {MAX_TRIES} tries; {self._advice(runs)}"
            )
        details = _details(recipe, runs, pilot) | self._pace() | {"reference": self._digest(graph, recipe)}
        self._case += 1
        return CalibrationCase(name, recipe.loss, graph, epochs, tries, miss_upper, miss_upper**tries, details)

    def beaten(self, name: str, graph: ModelGraph) -> CalibrationCase:
        """How often a vote goes wrong, for the whole or for one head: the reference losing, the baseline winning."""
        recipe, vote = self._assignment.recipe, Vote()
        runs = self._confirm(name, graph, recipe, recipe.epochs)
        whole = self._vote(name, "", vote, [run.hit_epoch is not None for run in runs])
        heads = [
            self._vote(
                name, f"at output {head + 1}, ", vote, [first_hit(run, head, threshold) is not None for run in runs]
            )
            for head, threshold in enumerate(self._thresholds)
        ]
        self._case += 1
        details = _details(recipe, runs) | self._pace() | {
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
        seen = vote.chance(count / seeds) if name == BASELINE else vote.chance_of_failing(1 - count / seeds)
        if (seen if self._is_short(seeds) else bound) > ACCEPTED_CHANCE:
            wrong, remedy = ("passes", "tighten") if name == BASELINE else ("fails", "loosen")
            raise UncalibratableError(
                f"{self._title(name)}: {where}{count} of {seeds} runs hit, so the {name or 'reference'} {wrong} "
                f"with a probability of up to {bound:.2g}; {remedy} the threshold"
            )
        return {"hits": count, "hit_upper": hit_upper, "miss_upper": miss_upper, "bound": bound}

    def decoys(
        self, found: Sequence[Decoy], floors: Sequence[Mapping[str, float]], epochs: int, rule: Tries | Vote
    ) -> tuple[dict[str, Any], ...]:
        """Each decoy with how likely it passes."""
        ends = [self._plan.decoy_ends(number, len(found)) for number in range(len(found))]
        return tuple(self.decoy(one, floors, epochs, rule, end) for one, end in zip(found, ends, strict=True))

    def decoy(
        self,
        decoy: Decoy,
        floors: Sequence[Mapping[str, float]],
        epochs: int,
        rule: Tries | Vote,
        ends: Callable[[int], bool],
    ) -> dict[str, Any]:
        """How likely a decoy passes: never if a floor proves it, else estimated from its hits."""
        if proof := decoy.proof(floors, self._thresholds):
            head, floor = proof
            found = {"proven": True, "head": head + 1, "floor": decoy.floor, "error": floor, "chance": 0.0}
            return {"name": decoy.name} | found
        job = decoy_job(decoy, self._assignment.data, self._thresholds, epochs, self._plan.decoys)
        title = f"{self._assignment.id} {decoy.name} decoy"
        runs = run_trials(replace(job, patience=PATIENCE), self._trainers, title, self._progress, ends)
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
        seeds, plan = self._plan.confirmation, self._plan
        ends = plan.confirmation_ends(self._case, self._cases)
        curves = self._train(name, "curves", graph, recipe, seeds[:CURVES], epochs, ends, stop=Stop.END)
        ends = plan.confirmation_ends(self._case, self._cases, len(curves))
        return curves + self._train(name, "confirmation", graph, recipe, seeds[len(curves) :], epochs, ends)

    def _is_short(self, seeds: int) -> bool:
        """Whether a quick look, or want of time, left so few seeds that a bound is wide of necessity."""
        return seeds < len(CONFIRMATION_SEEDS)

    def _may_be_luck(self, misses: int, seeds: int) -> bool:
        """Whether the rate that was seen would do, so that only the number of seeds makes the bound too wide."""
        return self._is_short(seeds) and tries_for(misses / seeds) is not None

    def _pace(self) -> dict[str, Any]:
        return {"seconds_per_seed": round(self._slowest, 1)} if self._slowest > WORTH_SAYING else {}

    def _grading_epochs(self, name: str, recipe: Recipe, pilot: Sequence[TrainingRun]) -> int:
        """The recipe's epochs, or 100 more, or 200, and so on, with few enough misses.

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
        lengths = range(recipe.epochs, longest, STEP_CHECKPOINTS * recipe.checkpoint)
        return next((epochs for epochs in lengths if _misses(pilot, epochs) <= allowed), longest)

    def _train(
        self, name: str, what: str, graph: ModelGraph, recipe: Recipe, seeds: Sequence[int], epochs: int,
        ends: Callable[[int], bool], stop: Stop = Stop.HIT,
    ) -> tuple[TrainingRun, ...]:  # fmt: skip
        job = TrainingJob(
            graph, recipe, self._assignment.data, tuple(seeds), epochs, self._thresholds, stop,
            every=recipe.checkpoint, patience=PATIENCE,
        )  # fmt: skip
        started = time.monotonic()
        runs = run_trials(job, self._trainers, f"{self._title(name)} {what}", self._progress, ends)
        seconds = (time.monotonic() - started) * len(self._trainers)
        self._slowest = max(self._slowest, seconds / max(len(runs), 1))
        return runs

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
        "best": [_short(run.errors) for run in runs],
        "curves": [[_short(point) for point in run.curve] for run in runs[:CURVES]],
    }


def _short(errors: Sequence[float | None]) -> list[float | None]:
    """Four digits are plenty for a drawing, and keep the file small."""
    return [None if error is None else float(f"{error:.4g}") for error in errors]
