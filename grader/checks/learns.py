"""`learns`: trained by the recipe, the network learns what the reference learns, or better."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from grader.checks.evidence import Evidence, Finding, errored, failed, passed, skipped
from grader.checks.options import Options
from grader.checks.view import ancestors, counted
from grader.domain import ModelGraph, Tensor, Training, TrainingRun
from grader.graph import has_weights
from grader.training.rules import Vote

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
    return _judge(spec, training)


def _learnable(graph: ModelGraph, tensor: Tensor) -> bool:
    layers = (graph.layers[graph.calls[call].layer] for call in ancestors(graph, tensor.call))
    return any(map(has_weights, layers))


def _judge(spec: Spec, training: Training) -> Finding:
    heads = range(len(training.thresholds)) if spec.head is None else range(spec.head - 1, spec.head)
    expected = "validation MSE at most " + " and ".join(f"{training.thresholds[head]:g}" for head in heads)
    hits = [run for run in training.runs if _hit(run, training, spec.head)]
    actual = f"reached in {len(hits)} of {counted(len(training.runs), 'run')}; best {_best(training, heads)}"
    if training.outcome == "learned" or (spec.head is not None and _wins(spec, len(hits), len(training.runs))):
        epoch = min((run.hit_epoch for run in hits if run.hit_epoch), default=None)
        at = f", at about epoch {epoch}" if epoch else ""
        message = f"The network learned in {len(hits)} of {counted(len(training.runs), 'run')}{at}."
        return passed(message, expected=expected, actual=actual)
    borderline = training.outcome == "borderline"
    review = f"the training result is borderline: {training.message}" if borderline else ""
    diagnosis = _diagnosis(training, spec.head)
    message = "The network does not learn the target" + (f" ({diagnosis})." if diagnosis else ".")
    return failed(message, expected=expected, actual=actual, hint=_hint(diagnosis), review=review)


def _hit(run: TrainingRun, training: Training, head: int | None) -> bool:
    if head is None:
        return run.hit_epoch is not None
    errors = [point[head - 1] for point in run.curve] + [run.mse[head - 1]]
    return any(error is not None and error <= training.thresholds[head - 1] for error in errors)


def _wins(spec: Spec, hits: int, runs: int) -> bool:
    """The vote of `beats` for one head: a clear majority of the first seeds, else of the extended ones."""
    if spec.mode != "beats":
        return False
    vote = Vote(needed=spec.needed)
    return hits > vote.needed if runs <= vote.seeds else hits >= vote.extended_needed


def _best(training: Training, heads: range) -> str:
    """The smallest error of each head over all runs."""
    found = []
    for head in heads:
        errors = [error for run in training.runs for error in run.mse[head : head + 1] if error is not None]
        found.append(f"{min(errors):.2g}" if errors else "no finite error")
    return " and ".join(found)


def _diagnosis(training: Training, head: int | None) -> str:
    """What was seen of the worst head, which is told of another only where none is worse."""
    hits = [sum(_hit(run, training, number + 1) for run in training.runs) for number in range(len(training.thresholds))]
    is_worst = head is None or hits[head - 1] == min(hits)
    return (training.diagnosis or "") if is_worst else ""


def _hint(diagnosis: str) -> str:
    for word, hint in _HINTS:
        if word in diagnosis:
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
