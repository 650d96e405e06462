"""`learns`: trained by the recipe, the network learns what the reference learns, or better."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from grader.checks.evidence import Evidence, Finding, errored, failed, passed, skipped
from grader.checks.options import Options
from grader.checks.view import counted
from grader.domain import Training, TrainingRun

TITLE = "Learns"


class Spec(Options):
    """The grader trains the network itself, over several seeds, against thresholds that luck cannot fail."""

    kind: Literal["learns"]
    mode: Literal["reaches", "beats"] = Field(
        "reaches", description="reach the threshold once, or beat the baseline in most runs"
    )
    threshold: list[float] | None = Field(None, description="largest MSE of each head; by default what its target has")
    head: int | None = Field(None, ge=1, description="the one head, from 1, that this check is about")
    needed: int = Field(4, ge=1, description="`beats`: how many runs of seven must succeed")


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
    training = evidence.learn()
    if training.outcome == "errored":
        return errored(training.message, review=training.message)
    return _judge(spec, training)


def _judge(spec: Spec, training: Training) -> Finding:
    limits = training.thresholds if spec.head is None else training.thresholds[spec.head - 1 : spec.head]
    expected = "validation MSE at most " + " and ".join(f"{limit:g}" for limit in limits)
    hits = [run for run in training.runs if _hit(run, training, spec.head)]
    actual = f"reached in {len(hits)} of {counted(len(training.runs), 'run')}"
    best = _best(training, spec.head)
    actual += f"; best {best:.2g}" if best is not None else "; no finite error"
    if training.outcome == "learned" or (spec.head is not None and _enough(spec, len(hits), len(training.runs))):
        epoch = min((run.hit_epoch for run in hits if run.hit_epoch), default=None)
        at = f", at about epoch {epoch}" if epoch else ""
        return passed(
            f"The network learned in {len(hits)} of {counted(len(training.runs), 'run')}{at}.",
            expected=expected,
            actual=actual,
        )
    review = training.message or "the training result is borderline" if training.outcome == "borderline" else ""
    return failed(_explain(training), expected=expected, actual=actual, hint=_hint(training), review=review)


def _hit(run: TrainingRun, training: Training, head: int | None) -> bool:
    if head is None:
        return run.hit_epoch is not None
    errors = [point[head - 1] for point in run.curve] + [run.mse[head - 1]]
    return any(error is not None and error <= training.thresholds[head - 1] for error in errors)


def _enough(spec: Spec, hits: int, runs: int) -> bool:
    return spec.mode == "beats" and runs > 0 and hits * 7 >= spec.needed * runs


def _best(training: Training, head: int | None) -> float | None:
    errors = [run.mse[(head or 1) - 1] for run in training.runs if run.mse]
    return min((error for error in errors if error is not None), default=None)


def _explain(training: Training) -> str:
    if training.diagnosis:
        return f"The network does not learn the target: {training.diagnosis}."
    return "The network does not learn the target."


def _hint(training: Training) -> str:
    text = training.diagnosis or ""
    for word, hint in _HINTS:
        if word in text:
            return hint
    return "Compare layers, activations and connections with the task; the right network learns this."


_HINTS = (
    ("diverged", "Something grows without bound: check the activations, and that nothing multiplies the tensors."),
    ("constant", "The output does not depend on the input: check that each layer is called on the tensor before it."),
    ("straight line", "Without an `activation=` in the hidden layers a network can draw only a straight line."),
    ("monotone", "One unit, or one squeezing layer, can only rise or fall: check the widths of the hidden layers."),
    ("plateau", "The network is stuck on a plateau: check widths, activations and how the layers are connected."),
    ("still falling", "The network learns too slowly: check widths and activations."),
)
