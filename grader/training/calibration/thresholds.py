"""The thresholds of an assignment: given by its author, or proposed.

A proposal is what most runs of the reference reach, with room towards the best of the poor models and towards what most
runs of a network to beat miss. It is printed with its evidence, for the author to write into the spec; no calibration
is made of it.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from grader.domain import Assignment, Check, Metric, TrainingRun
from grader.errors import GraderError, InvalidAssignment
from grader.training.verdicts.provable_limits import CONSTANT, FAMILIES

REACHED_BY = 0.9
"""The share of the reference's runs that a proposal lets pass."""
ROOM = 1.5
ENOUGH = 0.01
"""The share of what a poor model leaves of the error that is good enough, however much better the reference gets."""
LUCK = 0.01
"""What a figure that counts samples, and is 1 at best, may lack by chance."""
TO_BEAT = "to beat"


class ThresholdMissing(InvalidAssignment):
    """The spec gives no thresholds; the text proposes some, with the evidence.

    `figures` are the proposals by head, as a spec has them, and `None` where no run came to anything; `evidence` says
    by head what the reference and poor models reach.
    """

    def __init__(self, text: str, figures: Sequence[float | None], evidence: Sequence[str] = ()) -> None:
        super().__init__(text)
        self.figures = tuple(figures)
        self.evidence = tuple(evidence)


class ThresholdTooEasy(GraderError):
    """A threshold that a constant reaches."""


def given_thresholds(assignment: Assignment, learns: Check) -> tuple[float, ...] | None:
    """By head, as errors: the threshold in the spec; none if there is none."""
    targets, metrics = assignment.data.targets, assignment.recipe.measures
    figures = learns.options.get("threshold")
    if figures is None:
        return None
    spec = assignment.folder / "assignment.toml"
    if len(figures) != len(targets):
        raise InvalidAssignment(
            f"{spec}: `learns` needs `threshold`, a list of one number for each of {', '.join(targets)}"
        )
    for metric, figure in zip(metrics, figures, strict=True):
        if not math.isfinite(figure) or (figure > 1 if metric.rises else figure <= 0):
            limits = "at most 1" if metric.rises else "above 0"
            raise InvalidAssignment(f"{spec}: a `threshold` of {figure:g} for {metric.title}: it must be {limits}")
    return tuple(metric.turned(float(figure)) for metric, figure in zip(metrics, figures, strict=True))


def refuse_easy(assignment: Assignment, thresholds: Sequence[float], floors: Sequence[Mapping[str, float]]) -> None:
    """A threshold that a network reaches which ignores its input asks for nothing."""
    for head, (metric, threshold, floor) in enumerate(
        zip(assignment.recipe.measures, thresholds, floors, strict=True), start=1
    ):
        constant = floor.get(CONSTANT, math.inf)
        if threshold >= constant:
            goal = f"{metric.title} {metric.bound} {metric.turned(threshold):.6g}"
            raise ThresholdTooEasy(
                f"{assignment.id}: output {head} asks for {goal}, which {_model(CONSTANT)} reaches too "
                f"({metric.shown(constant)}); tighten the threshold"
            )


def proposed(metric: Metric, runs: Sequence[float | None], floors: Mapping[str, float]) -> float | None:
    """A threshold for one head, as an error: what most runs reach with some room, but better than every poor model.

    A poor model that leaves next to nothing of the error of a constant solves the task, and cannot be asked to fail.
    """
    errors = sorted(math.inf if error is None else error for error in runs)
    reached = errors[math.ceil(REACHED_BY * len(errors)) - 1]
    solved = ENOUGH * floors.get("constant", 0.0)
    worse = [floor for name, floor in floors.items() if floor > (reached if name == TO_BEAT else max(reached, solved))]
    if not math.isfinite(reached):
        return None
    if metric.rises:
        reached = max(reached, min([LUCK, *(floor / 2 for floor in worse)]))
    enough = max(ROOM * reached, ENOUGH * min(worse, default=0.0))
    error = min([enough, *(math.sqrt(reached * floor) for floor in worse)])
    candidates = (_rounded(metric, max(error, reached), digits) for digits in (2, 3, 4))
    return next((candidate for candidate in candidates if candidate < min(worse, default=math.inf)), error)


def _rounded(metric: Metric, error: float, digits: int) -> float:
    """Rounded to the easier side, so that those who reach it still do."""
    figure = metric.turned(error)
    if metric.rises:
        return metric.turned(math.floor(figure * 10**digits + 1e-9) / 10**digits)
    if figure <= 0:
        return 1e-6
    step = 10.0 ** (math.floor(math.log10(figure)) + 1 - digits)
    return math.ceil(figure / step - 1e-9) * step


def proposal(
    assignment: Assignment,
    runs: Sequence[TrainingRun],
    floors: Sequence[Mapping[str, float]],
    to_beat: Sequence[TrainingRun] = (),
) -> ThresholdMissing:
    """The error that proposes thresholds, with what the runs of the reference reached and the floors."""
    figures: list[float | None] = []
    evidence = []
    for head, (metric, poor) in enumerate(zip(assignment.recipe.measures, floors, strict=True)):
        errors, reached = _best(runs, head), sorted(error for error in _best(runs, head) if error is not None)
        rivals = sorted(math.inf if error is None else error for error in _best(to_beat, head))
        to_reach = {TO_BEAT: rivals[math.floor((1 - REACHED_BY) * len(rivals))]} if rivals else {}
        floor = {**poor, **to_reach}
        threshold = proposed(metric, errors, floor)
        figures.append(None if threshold is None else float(f"{metric.turned(threshold):.4g}"))
        span = f"from {metric.shown(reached[0])} to {metric.shown(reached[-1])}" if reached else "nothing finite"
        beyond = [f"{_model(name)} {metric.shown(value)}" for name, value in sorted(floor.items())]
        models = ", ".join(beyond) or "no floor"
        evidence.append(f"  output {head + 1}, {metric.title}: {len(runs)} runs reach {span}; {models}")
    spec, goals = assignment.folder / "assignment.toml", ", ".join(map(_shown, figures))
    lines = [
        f"{spec}: `learns` has no `threshold`. What the reference reaches in {assignment.recipe.epochs} epochs:",
        *evidence,
        f"A proposal, for you to judge and to write under `learns`: threshold = [{goals}]",
    ]
    return ThresholdMissing("\n".join(lines), figures, [line.strip() for line in evidence])


def _best(runs: Sequence[TrainingRun], head: int) -> list[float | None]:
    """The smallest error of each run."""
    return [min((p[head] for p in run.curve if p[head] is not None), default=None) for run in runs]  # type: ignore[type-var]


def _model(name: str) -> str:
    return "the network to beat" if name == TO_BEAT else f"the best {FAMILIES[name]}"


def _shown(figure: float | None) -> str:
    return "?" if figure is None else f"{figure:g}"
