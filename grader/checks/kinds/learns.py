"""`learns`: trained according to the recipe, the network learns what the reference learns, or better."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import replace
from statistics import median
from typing import Literal, get_args

from pydantic import Field

from grader.checks.asked_ends import (
    with_activations,
    with_ends_apart,
    with_hidden_layers,
    with_learned_ends,
    with_linear_end,
)
from grader.checks.evidence import CheckOptions, Evidence
from grader.checks.findings import Finding, errored, failed, passed, skipped
from grader.domain import (
    CompileCall,
    HeadTraining,
    Outcome,
    Recipe,
    Setting,
    Status,
    Step,
    Steps,
    Subject,
    Training,
    ancestors,
    distance,
    steps,
)
from grader.domain.metrics import required
from grader.domain.words import capital, counted, listed
from grader.graph import formula_of, has_weights, losses_by_head, named_order, optimizer_name, weights_by_head
from grader.graph.reading.catalogue import ACTIVATIONS

TITLE = "Learns"
SUBJECTS: tuple[Subject, ...] = ("activation", "head activation")
_TRAINED = "a network that learns from data"
_FROZEN = "every layer that leads to it is frozen"
_COMPARE = "Compare layers, activations and connections with the task; the correct network learns this."


class Spec(CheckOptions):
    """The grader trains the network itself, over several seeds, against calibrated thresholds."""

    kind: Literal["learns"]
    mode: Literal["reaches", "beats"] = Field(
        "reaches", description="reach the threshold once, or beat the baseline in most runs"
    )
    threshold: list[float] | None = Field(
        None, description="what each head must reach, by its metric: the largest error, or the smallest accuracy"
    )
    head: int | None = Field(None, ge=1, description="the one head, counted from 1, that this check is about")
    baseline: str = Field("", description="`beats`: the network to beat, an assignment's id or a file of its own")
    may_pass: list[str] = Field([], description="decoys of `calibrate` that are allowed to pass this task")


def check(spec: Spec, evidence: Evidence) -> Finding:
    graph, data = evidence.graph, evidence.assignment.data
    for noun, ends, names in (("input", graph.inputs, data.inputs), ("output", graph.outputs, data.targets)):
        if len(ends) != len(names):
            number = counted(len(ends), noun)
            return skipped(f"The network has {number}; this exercise has {len(names)}. Fix that first.")
    wide = [tensor for tensor in (*graph.inputs, *graph.outputs) if graph.shape(tensor)[1:] not in ((), (1,))]
    if data.file is None and wide:
        end, shape = evidence.at(graph.layer_of(wide[0].call).name), graph.shape(wide[0])
        return skipped(f"The data are single numbers, but {end} has shape {shape}. Fix its shape first.")
    if graph.untrainable:
        reason = graph.untrainable[0]
        blamed = [evidence.at(layer.name) for layer in graph.layers if f"`{layer.name}`" in reason]
        hint = f"Write in {blamed[0]} what Keras has, by its name; then the grader can train it." if blamed else ""
        return skipped(f"The grader cannot train this network: {reason}.", hint=hint)
    if finding := _computed(spec, evidence):
        return finding
    if spec.head is None and (doubled := _doubled(evidence, None)):
        expected, actual = "a separate output for each target", "one result, listed twice"
        return failed(f"{doubled[0]}.", expected=expected, actual=actual, hint=doubled[1])
    if evidence.is_broken:
        return skipped("The network was not built.")
    training = evidence.learn()
    if training.outcome == "errored":
        return errored(training.message, review=training.message)
    if not training.heads:
        return skipped(training.message)
    return _judge(spec, evidence, training)


def _computed(spec: Spec, evidence: Evidence) -> Finding | None:
    """A head that is computed instead of learned, among those that the check is about."""
    graph = evidence.graph
    found = {number: reason for number in range(len(graph.outputs)) if (reason := _how_computed(evidence, number))}
    number = next((number for number in found if spec.head in (None, number + 1)), None)
    if number is None:
        return None
    name = graph.makers(graph.outputs)[number]
    message = f"{evidence.names.titled(name, 'output')} has nothing to learn: {found[number]}."
    if found[number] == _FROZEN:
        return failed(message, expected=_TRAINED, actual="only frozen layers", hint="Remove `trainable=False`.")
    step = "Let Dense layers learn the target; do not compute it."
    lines = evidence.steps_to(with_learned_ends(graph, found), in_lines=True) if evidence.is_open else ()
    hint: Steps = [lines[0].after(step), *lines[1:]] if lines else step
    return failed(message, expected=_TRAINED, actual="a formula", hint=hint)


def _how_computed(evidence: Evidence, number: int) -> str:
    """Why an output learns nothing; empty if it does."""
    graph, tensor = evidence.graph, evidence.graph.outputs[number]
    layers = [graph.layer_of(call) for call in ancestors(graph.calls, [tensor.call])]
    if (formula := formula_of(graph, tensor)) is not None:
        return f"it is computed by {evidence.at(formula.name)}, a formula of the input"
    if any(map(has_weights, layers)):
        return ""
    return (
        _FROZEN
        if any(has_weights(replace(layer, frozen=False)) for layer in layers)
        else "no layer with weights leads to it"
    )


def _doubled(evidence: Evidence, head: int | None) -> tuple[str, Steps] | None:
    """Why heads cannot learn, or this one, and a step, where one result stands for two targets."""
    graph, targets = evidence.graph, evidence.assignment.data.targets
    for number, tensor in enumerate(graph.outputs):
        first = next(place for place, other in enumerate(graph.outputs) if graph.is_same(other, tensor))
        if targets[first] != targets[number] and head in (None, first + 1, number + 1):
            both, at = f"Outputs {first + 1} and {number + 1}", evidence.at(graph.layer_of(tensor.call).name)
            message = f"{both} are always equal, as results of {at}, so they cannot learn two different targets"
            return message, evidence.steps_to_ends or "Give each output a last layer of its own."
    return None


def _judge(spec: Spec, evidence: Evidence, training: Training) -> Finding:
    """The verdict on the whole network, or on the one head that the check is about."""
    part = slice(None) if spec.head is None else slice(spec.head - 1, spec.head)
    heads, thresholds, metrics = training.heads[part], training.thresholds[part], training.measures[part]
    hits = sum(run.hit_epoch is not None for run in training.runs) if spec.head is None else heads[0].hits
    counts = f"{hits} of {counted(len(training.runs), 'run')}"
    expected = f"validation {required(metrics, thresholds)}"
    best = [metric.shown(head.best, 2 + metric.rises) for metric, head in zip(metrics, heads, strict=True)]
    actual = f"reached in {counts}; best {listed(best)}"
    if training.outcome == "learned" if spec.head is None else heads[0].learned:
        epochs = [run.hit_epoch for run in training.runs if run.hit_epoch] if spec.head is None else [heads[0].epoch]
        message = f"The network learned in {counts}, at about epoch {round(median(filter(None, epochs)))}."
        return passed(f"{message} {_own_training(evidence)}".strip(), expected=expected, actual=actual)
    if training.outcome == "borderline":
        return _undecided(training, expected, actual)
    goal = "the threshold" if len(thresholds) == 1 else "the thresholds"
    story = f"The network reached {goal} in {counts if hits else f'none of {len(training.runs)} runs'}"
    if len(training.runs) == 1 and not hits:
        story = f"The network did not reach {goal}"
    story += "; it must do so in most runs." if spec.mode == "beats" else "."
    cause, hint = _cause(evidence, evidence.graph.makers(evidence.graph.outputs[part]), heads, thresholds, spec.head)
    message = f"{cause}. {story} {_own_training(evidence)}".strip()
    return failed(message, expected=expected, actual=actual, hint=hint)


def _undecided(training: Training, expected: str, actual: str) -> Finding:
    """Too close to call: it has not failed, and no cause is named, because there may be none."""
    return Finding(
        Status.SKIPPED,
        "Undecided: the result is too close to the threshold to be certain. A person will review it.",
        expected=expected,
        actual=actual,
        steps=steps("In the meantime, compare widths, activations and connections with the task."),
        review=f"the training result is borderline: {training.message}",
    )


def _cause(
    evidence: Evidence,
    names: Sequence[str],
    heads: Sequence[HeadTraining],
    thresholds: Sequence[float],
    head: int | None,
) -> tuple[str, Steps]:
    """What kept the worst of these heads from learning, and a step that works; `head` is the number of a single one."""
    diagnoses = [
        (distance((part.best,), (threshold,)), name, part.diagnosis)
        for name, part, threshold in zip(names, heads, thresholds, strict=True)
        if part.diagnosis
    ]
    if not diagnoses:
        return "No run brought all outputs to their thresholds at the same time", _COMPARE
    if doubled := _doubled(evidence, head):
        return doubled
    makers, targets = evidence.graph.makers(evidence.graph.outputs), evidence.assignment.data.targets
    outputs = [*map(evidence.names.called, makers)]
    if evidence.is_open and named_order(outputs, targets) not in ([], [*range(len(outputs))]):
        own, asked = listed(outputs), listed(targets)
        return f"By their names, the outputs are {own}; the task has {asked}, in this order", evidence.steps_to_ends
    _, name, worst = max(diagnoses, key=lambda entry: entry[0])
    cause = _in_own_names(evidence, worst.cause)
    cause = f"{evidence.names.titled(name, 'output')}: {cause}" if len(heads) > 1 else capital(cause)
    if difference := evidence.cause(get_args(Subject)):
        return cause, difference.steps
    if lines := _lines(evidence):  # which say what to try
        return cause, lines
    return cause, " ".join(f"{_in_own_names(evidence, text)}." for text in (worst.hint, worst.advice) if text)


def _in_own_names(evidence: Evidence, text: str) -> str:
    """A sentence of a diagnosis with layers called as the student can find them."""
    layers = {layer.name for layer in evidence.graph.layers} - ACTIVATIONS
    return re.sub(r"`(\w+)`", lambda name: evidence.names.name(name[1]) if name[1] in layers else name[0], text)


def _lines(evidence: Evidence) -> Sequence[Step]:
    """What gives a network of the student's own design the activations that it lacks and two hidden layers, and takes
    activations that no output can have."""
    if not evidence.is_open:
        return ()
    network, training = evidence.with_ends, evidence.learn()
    activations = {layer.name: layer.activation for layer in evidence.view.layers}
    for number, head in enumerate(training.heads):
        end = activations.get(network.makers(network.outputs)[number])
        if head.diagnosis and (head.diagnosis.name == "squeezed" or end == "relu"):  # which may give 0 for ever
            network = with_linear_end(network, number)
    ends = {*network.makers(network.outputs)}
    linear = {layer.name for layer in evidence.view.hidden if layer.activation == "linear"}
    apart = with_ends_apart(network)
    why = "An output that is computed from another one alone is the same wherever that is. " if apart != network else ""
    active = deep = with_activations(apart, linear - ends, "tanh")
    for number in (number for number, head in enumerate(training.heads) if head.hits < len(training.runs)):
        deep = with_hidden_layers(deep, number)
    why += "One hidden layer is seldom enough; the lines below have two. " if deep != active else ""
    lines = evidence.steps_to(deep, in_lines=True)
    lines = tuple(replace(step, is_advice=True) for step in lines)
    return [*(step.after(why.strip()) for step in lines[:1]), *lines[1:]]


def _own_training(evidence: Evidence) -> str:
    """A sentence for students who compare this verdict with their own curve; empty if the two should agree."""
    recipe, call = evidence.assignment.recipe, evidence.model.compiled
    settings = _other_settings(call, recipe, evidence.graph.output_names) if call else []
    epochs = sum(fit.epochs for fit in evidence.model.fits if fit.epochs)
    whole = evidence.execution.outcome is not Outcome.TIMEOUT  # else it would have trained for longer
    settings += ["number of epochs"] if whole and 0 < epochs < recipe.epochs else []
    if not settings:
        return ""
    own = f"Your own training has its own {listed(settings)}, so its curve may look different."
    return f"The grader trains with the settings of the exercise. {own}"


def _other_settings(call: CompileCall, recipe: Recipe, outputs: tuple[str, ...]) -> list[str]:
    """What `compile` was given otherwise than the recipe has it."""
    is_of_recipe = optimizer_name(call.optimizer) == recipe.optimizer
    rate = call.optimizer.config.get("learning_rate") if isinstance(call.optimizer, Setting) else None
    asked_rate = dict(recipe.settings).get("learning_rate")
    other_rate = rate is None and asked_rate is not None and is_of_recipe
    if isinstance(rate, int | float):
        other_rate = asked_rate is None or not math.isclose(rate, asked_rate, rel_tol=1e-6)
    losses = losses_by_head(call, outputs)
    other_losses = sorted(map(str, losses)) != sorted(recipe.loss) if recipe.any_loss_order else losses != recipe.loss
    other_weights = weights_by_head(call, outputs) != recipe.loss_weights
    differ = {
        "optimizer": not is_of_recipe, "learning rate": other_rate, "loss": other_losses, "loss weights": other_weights,
    }  # fmt: skip
    return [name for name, is_other in differ.items() if is_other]
