"""`learns`: trained by the recipe, the network learns what the reference learns, or better."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import median
from typing import Literal

from pydantic import Field

from grader.checks.evidence import Evidence, Finding, errored, failed, passed, skipped
from grader.checks.options import Options
from grader.checks.own_training import own_training
from grader.checks.view import ancestors, counted, listed
from grader.domain import HeadTraining, ModelGraph, Tensor, Training
from grader.graph import has_weights
from grader.training.hits import distance

TITLE = "Learns"
_COMPARE = "Compare layers, activations and connections with the task; the right network learns this."


class Spec(Options):
    """The grader trains the network itself, over several seeds, against thresholds that luck cannot fail."""

    kind: Literal["learns"]
    mode: Literal["reaches", "beats"] = Field(
        "reaches", description="reach the threshold once, or beat the baseline in most runs"
    )
    threshold: list[float] | None = Field(None, description="largest MSE of each head; by default what its target has")
    head: int | None = Field(None, ge=1, description="the one head, from 1, that this check is about")
    needed: int = Field(4, ge=1, description="`beats`: more runs of seven than this must succeed; near it, of 21")


def check(spec: Spec, evidence: Evidence) -> Finding:
    graph, data = evidence.graph, evidence.assignment.data
    if len(graph.inputs) != len(data.inputs):
        return skipped(
            f"The network has {counted(len(graph.inputs), 'input')}, the data {len(data.inputs)}: mend that first."
        )
    if len(graph.outputs) != len(data.targets):
        return skipped(
            f"The network has {counted(len(graph.outputs), 'output')}, the data {len(data.targets)}: mend that first."
        )
    if any(graph.shape(tensor)[1:] not in ((), (1,)) for tensor in (*graph.inputs, *graph.outputs)):
        return skipped(
            "The data are single numbers, and an input or output of the network is wider: mend its shape first."
        )
    if graph.untrainable:
        return skipped(f"The network cannot be trained by the grader: {graph.untrainable[0]}.")
    idle = [
        name for name, tensor in zip(graph.output_names, graph.outputs, strict=False) if not _learnable(graph, tensor)
    ]
    if idle:
        return failed(
            f"Output `{idle[0]}` has nothing to learn: no layer with weights leads to it.",
            expected="a network that is trained",
            actual="a formula",
            hint="Let Dense layers learn the target; do not compute it.",
        )
    training = evidence.learn()
    if training.outcome == "errored":
        return errored(training.message, review=training.message)
    if not training.heads:
        return skipped(training.message)
    return _judge(spec, evidence, training)


def _learnable(graph: ModelGraph, tensor: Tensor) -> bool:
    layers = (graph.layers[graph.calls[call].layer] for call in ancestors(graph, tensor.call))
    return any(map(has_weights, layers))


def _judge(spec: Spec, evidence: Evidence, training: Training) -> Finding:
    """The verdict on the whole network, or on the one head that the check is about."""
    part = slice(None) if spec.head is None else slice(spec.head - 1, spec.head)
    heads, thresholds = training.heads[part], training.thresholds[part]
    hits = sum(run.hit_epoch is not None for run in training.runs) if spec.head is None else heads[0].hits
    counts = f"{hits} of {counted(len(training.runs), 'run')}"
    expected = "validation MSE at most " + listed([f"{threshold:g}" for threshold in thresholds])
    actual = f"reached in {counts}; best {listed([_number(head.best) for head in heads])}"
    if training.outcome == "learned" if spec.head is None else heads[0].learned:
        epochs = [run.hit_epoch for run in training.runs if run.hit_epoch] if spec.head is None else [heads[0].epoch]
        message = f"The network learned in {counts}, at about epoch {round(median(filter(None, epochs)))}."
        return passed(f"{message} {own_training(evidence)}".strip(), expected=expected, actual=actual)
    if training.outcome == "borderline":
        return _undecided(training, expected, actual)
    story = f"It learned in {counts}" + (", and in most of them it must." if spec.mode == "beats" else ".")
    cause, hint = _cause(evidence.graph.output_names[part], heads, thresholds)
    message = f"{cause}. {story} {own_training(evidence)}".strip()
    return failed(message, expected=expected, actual=actual, hint=hint)


def _undecided(training: Training, expected: str, actual: str) -> Finding:
    """Too near to tell: no cause is named, for perhaps there is none."""
    return failed(
        "Undecided: the network came near, and more training did not settle it. A person will look at it.",
        expected=expected,
        actual=actual,
        hint="Until then, compare widths, activations and connections with the task.",
        review=f"the training result is borderline: {training.message}",
    )


def _cause(names: Sequence[str], heads: Sequence[HeadTraining], thresholds: Sequence[float]) -> tuple[str, str]:
    """What kept the worst of these heads from learning, and a step that works."""
    found = [
        (distance((head.best,), (threshold,)), name, head.diagnosis)
        for name, head, threshold in zip(names, heads, thresholds, strict=True)
        if head.diagnosis
    ]
    if not found:
        return "No training brings all outputs under their thresholds at once", _COMPARE
    _, name, worst = max(found, key=lambda entry: entry[0])
    cause = f"output `{name}`: {worst.cause}" if len(heads) > 1 else worst.cause
    return cause[:1].upper() + cause[1:], f"{worst.hint}."


def _number(error: float | None) -> str:
    return "no finite error" if error is None else f"{error:.2g}"
