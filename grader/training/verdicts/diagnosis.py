"""What went wrong in a training, in words: the cause with the figures that show it, and a step that works.

What the graph proves comes first, then what a run shows. Only plain numbers are needed, so the coordinator does it, and
a run from the cache is diagnosed like a new one.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from statistics import fmean

from grader.domain import Diagnosis, TrainingRun
from grader.domain.words import article, listed
from grader.training.messages import is_hit, starts_solved
from grader.training.verdicts.provable_limits import CONSTANT, FAMILIES, MONOTONE, STRAIGHT_LINE, HeadFacts, Proof

DIVERGED_FACTOR = 100.0
FALLING_CHECKPOINTS = 4
FALLING_FACTOR = 0.9
FLAT_SHARE = 0.05
COMPARE = "Compare widths, activations and connections with the task: the expected network does learn this"


@dataclass(frozen=True)
class Seen:
    """What a diagnosis looks at: a head, and one run of it that has missed."""

    head: HeadFacts
    run: TrainingRun

    @cached_property
    def errors(self) -> list[float | None]:
        return [point[self.head.number] for point in self.run.curve]

    @cached_property
    def least(self) -> float:
        return min(error for error in self.errors if error is not None)

    @cached_property
    def values(self) -> list[float]:
        """The last predictions; none where they cannot be compared with the target point by point."""
        predictions = self.run.predictions[self.head.number] if self.run.predictions else ()
        values = [value for value in predictions if value is not None]
        return values if len(values) == len(self.head.target) else []

    @property
    def required(self) -> str:
        """`at most 0.01 is required`."""
        return f"{self.head.metric.bound} {self.head.metric.turned(self.head.threshold):.6g} is required"

    @property
    def next_step(self) -> str:
        """What to try if nothing more is known: compare with the task, or, if the task is open, experiment."""
        if not self.head.is_open:
            return COMPARE
        *first, last = self.head.may_help
        step = f"{listed(first)}; if that is not enough, {last}" if first else last
        return f"As far as the task allows it, {step}"

    def scores(self, error: float) -> str:
        """`an error of 0.2`."""
        metric = self.head.metric
        return f"{article(metric.noun)} {metric.noun} of {metric.shown(error)}"

    @property
    def stays_above(self) -> str:
        """The smallest error, the threshold, and the best family of poor models that the network does not beat."""
        head = self.head
        beating = {name: score for name, score in head.floors.items() if score <= self.least}
        name = max(beating, key=lambda name: beating[name], default="")
        already = f"; the best {FAMILIES[name]} already reaches {head.metric.shown(beating[name])}" if name else ""
        return f"the {head.metric.noun} stays at {head.metric.shown(self.least)}, and {self.required}{already}"


def diagnose(head: HeadFacts, run: TrainingRun) -> Diagnosis | None:
    """What is wrong with a head in a run; `None` if training brought it below its threshold at some checkpoint."""
    seen = Seen(head, run)
    if starts_solved(run.start, head.number, head.threshold):
        start = f"the {head.metric.noun} is {head.metric.shown(run.start[head.number], 2)} before any training"
        cause = f"the network is already the solution, so it learns nothing: {start}, and {seen.required}"
        hint = "Let the layers start with random weights (the default, without an initializer), and learn the target"
        return Diagnosis("computed", cause, hint)
    if any(is_hit(error, head.threshold) for error in seen.errors):
        return None
    if head.proof:
        return _proven(head.proof, seen)
    return _of_graph(seen) or _of_curve(seen) or Diagnosis("plateau", seen.stays_above, advice=seen.next_step)


def worded(diagnosis: Diagnosis | None, output: str = "") -> str | None:
    """A diagnosis in one line, name first; `output` names the output, if there are several."""
    if diagnosis is None:
        return None
    return f"{diagnosis.name}: {diagnosis.cause}" + (f" (output `{output}`)" if output else "")


def _proven(proof: Proof, seen: Seen) -> Diagnosis:
    """What the graph proves, with the floor that proves it."""
    name, cause, hint, best = _in_words(proof, is_open=seen.head.is_open)
    return Diagnosis(name, f"{cause}: {best} has {seen.scores(proof.floor)}, and {seen.required}", hint)


def _in_words(proof: Proof, *, is_open: bool) -> tuple[str, str, str, str]:
    """The name of what is proven, the cause, what to do, and the best of its family."""
    layer, activation, inner = f"`{proof.layer}`", f"`{proof.activation}`", "tanh" if is_open else "sigmoid"
    if proof.family == CONSTANT and proof.activation in ("softmax", "sparsemax"):
        cause = f"{activation} over a single unit is 1 for every input"
        return "constant", cause, f"Leave out the activation of {layer}", "the best constant"
    if proof.family == CONSTANT:
        hint = "Connect the input to the output through Dense layers"
        return "constant", "the output is the same for every input", hint, "the best constant"
    if proof.family == STRAIGHT_LINE:
        lacks = "`activation=`" if proof.layer else "a hidden layer"
        hint = "Put a Dense layer with an activation between the input and the output"
        if proof.layer:
            hint = f"Give each hidden layer an activation: `activation='{inner}'`"
        cause = f"without {lacks} the network can draw only a straight line"
        return "straight line", cause, hint, "the best straight line"
    if proof.family == MONOTONE:
        cause = f"with the single unit of {layer}, the output can only rise or only fall"
        hint = f"Give {layer} more units"
        if proof.activation:  # which comes last, and bends what is a line until then
            hint = f"Leave out the activation of {layer}, and write `activation='{inner}'` in the layers before it"
        return "monotone", cause, hint, "the best curve of that kind"
    low, high = proof.bounds
    sides = [f"below {low:g}"] if low > -math.inf else []
    sides += [f"above {high:g}"] if high < math.inf else []
    squeezer = activation if proof.activation else "the last operation"
    hint = f"Leave out the activation of {layer}, so that the output can be any number"
    if not proof.activation:
        hint = "Let the network end with a layer that can give any number, such as `Dense(1)`"
    cause = f"{squeezer} at the output gives no values {' or '.join(sides)}"
    return "squeezed", cause, hint, "the best curve of that kind"


def _of_graph(seen: Seen) -> Diagnosis | None:
    """What the graph shows together with how the training ended."""
    head, last, constant = seen.head, seen.errors[-1], seen.head.floors.get("constant", 0.0)
    if head.unread:
        cause = f"the output does not depend on `{head.unread[0]}`, and no other input has the same data"
        return Diagnosis("unconnected", cause, f"Connect `{head.unread[0]}` to this output too, through a Dense layer")
    if last is None or last > DIVERGED_FACTOR * constant > 0:
        grown = "is no longer finite"
        if last is not None:
            grown = f"has grown to {head.metric.shown(last)}; the best constant has {seen.scores(constant)}"
        hint = "Some values grow without bound: do not multiply tensors, and give the hidden layers "
        hint += "`sigmoid` or `tanh`" if head.is_open else "the activation that the task requires"
        return Diagnosis("diverged", f"the training diverges, and the {head.metric.noun} {grown}", hint)
    if head.frozen:
        name = head.frozen[0]
        cause = f"`{name}` is frozen, so its random initial weights are never updated: {seen.stays_above}"
        return Diagnosis("frozen", cause, f"Remove `trainable=False` from `{name}`")
    return None


def _of_curve(seen: Seen) -> Diagnosis | None:
    """What the errors and the last predictions of a run show."""
    head, metric, values = seen.head, seen.head.metric, seen.values
    if values and is_flat(values, head.target):
        cause = f"the output is about {fmean(values):.2g} everywhere, so {seen.stays_above}"
        why = "The output does not depend on the input. Many `sigmoid` layers in a row, few units, or `relu` units that"
        return Diagnosis("constant", cause, f"{why} end up giving 0 can cause this", seen.next_step)
    if means := falling(seen.errors):
        epochs = FALLING_CHECKPOINTS * seen.run.every
        cause = (
            f"the network learns too slowly: its {metric.noun} averages {metric.shown(means[1])} over the last "
            f"{epochs} epochs, compared with {metric.shown(means[0])} over the {epochs} before, and {seen.required}"
        )
        return Diagnosis("still falling", cause, advice=seen.next_step)
    return None


def falling(errors: Sequence[float | None]) -> tuple[float, float] | None:
    """The mean errors of the last but one and the last 100 epochs, if the last are clearly better.

    Means, because single checkpoints fluctuate.
    """
    late, early = errors[-FALLING_CHECKPOINTS:], errors[-2 * FALLING_CHECKPOINTS : -FALLING_CHECKPOINTS]
    if len(early) < FALLING_CHECKPOINTS or None in late or None in early:
        return None
    before, after = (fmean(error for error in part if error is not None) for part in (early, late))
    return (before, after) if after < FALLING_FACTOR * before else None


def is_flat(values: Sequence[float], target: Sequence[float]) -> bool:
    """Whether the values hardly differ, measured by how much the target does."""
    return _width(values) < FLAT_SHARE * _width(target)


def _width(values: Sequence[float]) -> float:
    return max(values) - min(values)
