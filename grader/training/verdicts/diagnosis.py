"""What went wrong in a training, in words: the cause with the figures that show it, and a step that works.

What the graph proves comes first, then what a run shows. Only plain numbers are needed, so the coordinator does it, and
a run from the cache is diagnosed like a new one.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from statistics import fmean

from grader.domain import Diagnosis, TrainingRun
from grader.training.job import first_hit, starts_solved
from grader.training.verdicts.families import CONSTANT, MONOTONE, RANGE, STRAIGHT_LINE, Head, Proof

_FAMILIES = {
    "constant": "constant",
    "non_negative": "curve without negative numbers",
    "straight_line": "straight line",
    "monotone": "curve that only rises or only falls",
    "linear_model": "linear model",
}
DIVERGED_FACTOR = 100.0
STARVED_SHARE = 0.25
_COMPARE = "Compare widths, activations and connections with the task: the expected network does learn this"
_EXPERIMENT = "Change one thing at a time: another activation, another initializer, a branch for each output"
FALLING_CHECKPOINTS = 4
FALLING_FACTOR = 0.9
FLAT_SHARE = 0.05
STRAIGHT_SHARE = 0.02
MONOTONE_SHARE = 0.01


def diagnose(head: Head, run: TrainingRun) -> Diagnosis | None:
    """What is wrong with a head in a run; `None` if training brought it below its threshold at some checkpoint."""
    if starts_solved(run.start, head.number, head.threshold):
        return _solved(head, run)
    errors = [point[head.number] for point in run.curve]
    known = [error for error in errors if error is not None]
    if known and min(known) <= head.threshold:
        return None
    for look in (_proven, _unconnected, _diverged, _frozen_layer, _flat, _falling, _starved, _straight, _monotone):
        if found := look(head, run, errors):
            return found
    return Diagnosis("plateau", _stays_above(head, min(known)), _next(head))


def _solved(head: Head, run: TrainingRun) -> Diagnosis:
    metric = head.metric
    start = f"its {metric.noun} is {metric.shown(run.start[head.number], 2)} before any training"
    error = f"{start}, and {_required(head)}"
    hint = "Let the layers start with random weights (the default, without your own initializer) and learn the target"
    return Diagnosis("computed", f"the network is already the solution, so it learns nothing: {error}", hint)


def told(diagnosis: Diagnosis | None, output: str = "") -> str | None:
    """A diagnosis in one line, name first; `output` names the output, if there are several."""
    if diagnosis is None:
        return None
    return f"{diagnosis.name}: {diagnosis.cause}" + (f" (output `{output}`)" if output else "")


def _proven(head: Head, _run: TrainingRun, _errors: Sequence[float | None]) -> Diagnosis | None:
    if head.proof is None:
        return None
    found, what = _PROVEN[head.proof.family](head.proof)
    scores = f"{what} has {_with_article(head, head.proof.floor)}, and {_required(head)}"
    return replace(found, cause=f"{found.cause}: {scores}")


def _proven_constant(proof: Proof) -> tuple[Diagnosis, str]:
    if proof.activation in ("softmax", "sparsemax"):
        cause = f"`{proof.activation}` over a single unit is 1 for every input"
        return Diagnosis("constant", cause, "Remove this activation from the output layer"), "the best constant"
    hint = "Connect the input to the output through Dense layers"
    return Diagnosis("constant", "the output is the same for every input", hint), "the best constant"


def _proven_line(proof: Proof) -> tuple[Diagnosis, str]:
    if not proof.layer:
        cause = "without a hidden layer the network can draw only a straight line"
        hint = "Put a Dense layer with an activation between the input and the output"
    else:
        cause = "without `activation=` the network can draw only a straight line"
        hint = f"Give the hidden layers an activation, starting with `{proof.layer}`: `activation='sigmoid'`"
    return Diagnosis("straight line", cause, hint), "the best straight line"


def _proven_monotone(proof: Proof) -> tuple[Diagnosis, str]:
    cause = f"with the single unit of `{proof.layer}`, the output can only rise or only fall"
    return Diagnosis("monotone", cause, f"Give `{proof.layer}` more units"), "the best curve of that kind"


def _proven_range(proof: Proof) -> tuple[Diagnosis, str]:
    low, high = proof.bounds
    sides = [f"below {low:g}"] if low > -float("inf") else []
    sides += [f"above {high:g}"] if high < float("inf") else []
    squeezer = f"`{proof.activation}`" if proof.activation else "the last operation"
    cause = f"{squeezer} at the output gives no values {' or '.join(sides)}"
    hint = "Remove this activation: a plain `Dense(1)` at the output can give any number"
    return Diagnosis("squeezed", cause, hint), "the best curve of that kind"


def _required(head: Head) -> str:
    """`at most 0.01 is required`."""
    return f"{head.metric.bound} {head.metric.turned(head.threshold):.6g} is required"


def _with_article(head: Head, error: float) -> str:
    """`an error of 0.2`."""
    noun = head.metric.noun
    return f"{'an' if noun[0] in 'aeiouAR' else 'a'} {noun} of {head.metric.shown(error)}"


_PROVEN: Mapping[str, Callable[[Proof], tuple[Diagnosis, str]]] = {
    CONSTANT: _proven_constant,
    STRAIGHT_LINE: _proven_line,
    MONOTONE: _proven_monotone,
    RANGE: _proven_range,
}


def _unconnected(head: Head, _run: TrainingRun, _errors: Sequence[float | None]) -> Diagnosis | None:
    if not head.unread:
        return None
    cause = f"the output does not depend on input `{head.unread[0]}`, and no other input has the same data"
    return Diagnosis("unconnected", cause, f"Connect `{head.unread[0]}` to this output too, through a Dense layer")


def _diverged(head: Head, _run: TrainingRun, errors: Sequence[float | None]) -> Diagnosis | None:
    error, constant = errors[-1], head.floors.get("constant", 0.0)
    if error is not None and not error > DIVERGED_FACTOR * constant > 0:
        return None
    grown = "is no longer finite" if error is None else f"has grown to {head.metric.shown(error)}"
    scores = f"; the best constant has {_with_article(head, constant)}" if error is not None else ""
    hint = "Some values grow without bound: do not multiply tensors, and give the hidden layers "
    hint += "`sigmoid` or `tanh`" if head.is_open else "the activation that the task requires"
    return Diagnosis("diverged", f"the training diverges, and the {head.metric.noun} {grown}{scores}", hint)


def _frozen_layer(head: Head, _run: TrainingRun, errors: Sequence[float | None]) -> Diagnosis | None:
    if not head.frozen:
        return None
    name = head.frozen[0]
    stays = _stays_above(head, _least(errors))
    cause = f"layer `{name}` is frozen, so its random initial weights are never updated: {stays}"
    return Diagnosis("frozen", cause, f"Remove `trainable=False` from `{name}`")


def _flat(head: Head, run: TrainingRun, errors: Sequence[float | None]) -> Diagnosis | None:
    if head.classes:
        return _single_class(head, run, errors)
    values = _drawn(head, run)
    if not values or not is_flat(values, head.target):
        return None
    cause = f"the output is about {fmean(values):.2g} everywhere, and {_stays(head, _least(errors), 'constant')}"
    if "relu" in head.activations:
        instead = "try `tanh` in the hidden layers" if head.is_open else "use the activation that the task requires"
        hint = f"`relu` units can end up giving 0 for every input: {instead}"
    else:
        why = "The output does not depend on the input. Many `sigmoid` layers in a row or few units can cause this"
        hint = f"{why}. {_next(head)}"
    return Diagnosis("constant", cause, hint)


def _single_class(head: Head, run: TrainingRun, errors: Sequence[float | None]) -> Diagnosis | None:
    """The same class for every sample: all of a confusion matrix is in one column."""
    counts = [count or 0.0 for count in run.predictions[head.number]] if run.predictions else []
    if len(counts) != head.classes**2:
        return None
    chosen = [sum(counts[column :: head.classes]) for column in range(head.classes)]
    if sum(count > 0 for count in chosen) != 1:
        return None
    number = chosen.index(max(chosen))
    cause = f"the network chooses class {number} for every sample, and {_stays(head, _least(errors), 'constant')}"
    return Diagnosis("constant", cause, _next(head))


def _falling(head: Head, run: TrainingRun, errors: Sequence[float | None]) -> Diagnosis | None:
    means = falling(errors)
    if means is None:
        return None
    epochs = FALLING_CHECKPOINTS * run.every
    shown = [head.metric.shown(mean) for mean in means]
    cause = (
        f"the network learns too slowly: its {head.metric.noun} averages {shown[1]} over the last {epochs} epochs, "
        f"compared with {shown[0]} over the {epochs} before, and {_required(head)}"
    )
    return Diagnosis("still falling", cause, _next(head))


def _straight(head: Head, run: TrainingRun, errors: Sequence[float | None]) -> Diagnosis | None:
    values = _drawn(head, run)
    if not values or not head.x or not is_straight(head.x, values) or is_straight(head.x, head.target):
        return None
    least, floor = _least(errors), head.floors.get("straight_line")
    learned = "only a straight line" if floor is None or least >= floor else "hardly more than a straight line"
    cause = f"the network has learned {learned}, and {_stays(head, least, 'straight_line')}"
    return Diagnosis("straight line", cause, _next(head))


def _monotone(head: Head, run: TrainingRun, errors: Sequence[float | None]) -> Diagnosis | None:
    values = _drawn(head, run)
    if not values or not head.x or not is_monotone(values) or is_monotone(head.target):
        return None
    cause = f"the prediction only rises or only falls, but the data do not; {_stays(head, _least(errors), 'monotone')}"
    hint = f"With few units a network can do no better: check the widths of the hidden layers. {_next(head)}"
    return Diagnosis("monotone", cause, hint)


def _starved(head: Head, run: TrainingRun, errors: Sequence[float | None]) -> Diagnosis | None:
    if head.weight > STARVED_SHARE or first_hit(run, *head.favoured) is None:
        return None
    cause = (
        f"the loss weight of this output is {head.weight:.2g} times the largest, so the training improves the other "
        f"output first: {_stays_above(head, _least(errors))}"
    )
    hint = f"The exercise sets the loss weights, so look at this output's branch. {_next(head)}"
    return Diagnosis("starved", cause, hint)


def _next(head: Head) -> str:
    """What to try if nothing more is known: compare with the task, or, if the task is open, experiment."""
    return _EXPERIMENT if head.is_open else _COMPARE


def _drawn(head: Head, run: TrainingRun) -> list[float]:
    """The last predictions of a head; none where they cannot be compared with the target point by point."""
    values = [value for value in run.predictions[head.number] if value is not None] if run.predictions else []
    return values if len(values) == len(head.target) else []


def _stays(head: Head, error: float, family: str) -> str:
    """The smallest error, and the smallest error that a family of poor models can reach."""
    metric, floor = head.metric, head.floors.get(family)
    stays = f"its {metric.noun} stays at {metric.shown(error)}"
    if floor is None:
        return stays
    return f"{stays}; the best {_FAMILIES[family]} {'reaches' if error >= floor else 'has'} {metric.shown(floor)}"


def _stays_above(head: Head, error: float) -> str:
    """The smallest error, the threshold, and the best family of poor models that the network does not beat."""
    beating = {name: score for name, score in head.floors.items() if score <= error and name in _FAMILIES}
    name = max(beating, key=lambda name: beating[name], default="")
    already = f"; the best {_FAMILIES[name]} already reaches {head.metric.shown(beating[name])}" if name else ""
    return f"its {head.metric.noun} stays at {head.metric.shown(error)}, and {_required(head)}{already}"


def _least(errors: Sequence[float | None]) -> float:
    return min(error for error in errors if error is not None)


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


def is_straight(x: Sequence[float], values: Sequence[float]) -> bool:
    """Whether the values lie on a straight line, up to a fiftieth of their range."""
    mean_x, mean = fmean(x), fmean(values)
    variance = fmean((point - mean_x) ** 2 for point in x)
    slope = fmean((point - mean_x) * (value - mean) for point, value in zip(x, values, strict=True)) / variance
    squares = ((value - mean - slope * (point - mean_x)) ** 2 for point, value in zip(x, values, strict=True))
    return math.sqrt(fmean(squares)) < STRAIGHT_SHARE * _width(values)


def is_monotone(values: Sequence[float]) -> bool:
    """Whether the values never turn back by more than a hundredth of their range."""
    most = MONOTONE_SHARE * _width(values)
    return _turns_back(values) <= most or _turns_back([-value for value in values]) <= most


def _turns_back(values: Sequence[float]) -> float:
    highest, worst = values[0], 0.0
    for value in values:
        highest = max(highest, value)
        worst = max(worst, highest - value)
    return worst


def _width(values: Sequence[float]) -> float:
    return max(values) - min(values)
