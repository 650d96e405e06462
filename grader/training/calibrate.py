"""Calibration: what the reference achieves over many seeds, and the threshold, length and tries that follow.

The threshold is fixed before looking at data. A pilot finds how long to train, fresh seeds confirm how often
that is long enough, and an exact bound on the rate of misses says how many seeds a grading may try.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import permutations

from grader.assignments.calibration import digest_of
from grader.domain import Assignment, Calibration, CalibrationCase, Check, ModelGraph, Recipe
from grader.errors import InvalidAssignment
from grader.training.decoys import decoys
from grader.training.learning import BASELINE, grading_of
from grader.training.rules import Vote
from grader.training.study import Study
from grader.training.trainer import Trainer
from grader.training.trials import Progress

__all__ = ["BASELINE", "calibrate", "cases_of", "thresholds_of"]

DEFAULT_THRESHOLDS = {"sin": 0.01, "exp": 0.003}


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
    """A case of an open task without the answer; the baseline's network is the tutorial's, and no secret."""
    return case if case.name == BASELINE else replace(case, graph=None)


def thresholds_of(assignment: Assignment, learns: Check) -> tuple[float, ...]:
    """By head: what the spec says, else the usual threshold for that target."""
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
