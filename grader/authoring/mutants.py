"""Mutants of a reference, each with one mistake, which a rubric must notice.

Beside them what the rubric leaves free, which must cost nothing. Nothing is written or executed: a mutant is a network
with compile settings, and is judged as one that was handed in.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from grader.authoring.mutation_table import Mutant, mutations
from grader.checks import freedoms
from grader.domain import Assignment, CompileCall, Location, ModelGraph, Recipe, Setting, Subject
from grader.graph import Freedom, align, serialise
from grader.graph.edits import Describe, unshaped, with_params
from grader.graph.reading.catalogue import OPTIMIZERS
from grader.graph.reading.parameters import width_parameter

OTHER_OPTIMIZERS = ("adam", "sgd")
OTHER_LOSSES = {"mse": "mae", "mae": "mse"}
OTHER_ACTIVATIONS = ("tanh", "relu", "softplus", "silu", None)


def compiled_with(
    optimizer: str, losses: tuple[str, ...], weights: tuple[float, ...], rate: float | None = None
) -> CompileCall:
    """A recorded `compile` with an entry for each head; `rate` is a learning rate that is not the optimizer's own."""
    setting = Setting(OPTIMIZERS[optimizer], {"learning_rate": rate} if rate else {})
    return CompileCall(0, Location(), setting, tuple(map(Setting, losses)), weights, None)


def as_asked(assignment: Assignment, heads: int) -> CompileCall:
    """The settings of the recipe for so many heads, as a student with a network of that shape would write them."""
    recipe = assignment.recipe
    losses = (*recipe.loss, *recipe.loss[-1:] * heads)[:heads]
    weights = (*recipe.loss_weights, *recipe.loss_weights[-1:] * heads)[:heads]
    return compiled_with(recipe.optimizer, losses, weights)


def variants(assignment: Assignment, graph: ModelGraph) -> tuple[Mutant, ...]:
    """The reference, and what the spec leaves to the student, at both ends and in between."""
    compiled, recipe = as_asked(assignment, len(graph.outputs)), assignment.recipe
    allowed = [Mutant("", "the reference", graph, compiled=compiled)]
    for name, freedom in freedoms(assignment).items():
        number = next(place for place, layer in enumerate(graph.layers) if layer.name == name)
        width = width_parameter(graph.layers[number].kind)
        choices: list[tuple[str, Any]] = [(f"{units} units", {width: units}) for units in _widths(freedom)]
        choices += [(f"activation {value}", {"activation": value}) for value in OTHER_ACTIVATIONS if freedom.activation]
        for words, params in choices:
            changed = unshaped(with_params(graph, number, **params))
            allowed.append(Mutant("", f"`{name}` with {words}", changed, compiled=compiled))
    if recipe.any_loss_order and len(set(recipe.loss)) > 1:
        turned = compiled_with(recipe.optimizer, recipe.loss[::-1], recipe.loss_weights)
        allowed.append(Mutant("", "the losses in the other order", graph, compiled=turned))
    return tuple(allowed)


def _widths(freedom: Freedom) -> tuple[int, ...]:
    if freedom.units is None:
        return ()
    low, high = freedom.units
    return tuple(dict.fromkeys((low, low + 1, (low + high) // 2, high)))


def mutants(assignment: Assignment, graph: ModelGraph, describe: Describe) -> tuple[Mutant, ...]:
    """Every kind of mistake wherever it applies, except for subjects that the spec leaves free.

    A change that the spec's freedoms allow, or that gives an equal network, is not a mutant.
    """
    compiled = as_asked(assignment, len(graph.outputs))
    everything = [Mutant("", "the reference", graph, compiled), *_networks(assignment, graph, describe)]
    everything += [Mutant(*change[:2], graph, change[2]) for change in _compiles(assignment.recipe)]
    everything.append(Mutant("runs", "an error in the last line", graph, compiled, flaw="fails"))
    if _is_chain(graph):
        everything.append(Mutant("api", "writing it as a `Sequential` model", graph, compiled, flaw="sequential"))
    distinct: dict[object, Mutant] = {}
    for mutant in everything:
        if mutant.subject not in assignment.free:
            distinct.setdefault((serialise(mutant.graph), repr(mutant.compiled), mutant.flaw), mutant)
    return tuple(distinct.values())[1:]


def _networks(assignment: Assignment, graph: ModelGraph, describe: Describe) -> Iterator[Mutant]:
    free, labels = freedoms(assignment), assignment.data.inputs
    for mutant in mutations(graph, free, describe):
        changed = mutant.graph
        same_ends = len(changed.inputs) == len(labels) and len(changed.outputs) == len(graph.outputs)
        if mutant.subject != "initializer" and same_ends and align(changed, graph, free, labels) is not None:
            continue
        yield replace(mutant, compiled=as_asked(assignment, len(changed.outputs)))


def _compiles(recipe: Recipe) -> Iterator[tuple[Subject, str, CompileCall | None]]:
    """Other arguments of `compile`, and none."""
    yield "compile", "never compiling it", None
    optimizer, losses, weights = recipe.optimizer, recipe.loss, recipe.loss_weights
    for other in OTHER_OPTIMIZERS:
        if other != optimizer:
            yield "optimizer", f"compiling with {other}", compiled_with(other, losses, weights)
    yield "optimizer", "compiling with a learning rate of 1", compiled_with(optimizer, losses, weights, rate=1.0)
    for head, name in enumerate(losses):
        changed = (*losses[:head], OTHER_LOSSES.get(name, "mse"), *losses[head + 1 :])
        words = f"compiling output {head + 1} with {changed[head]}"
        yield "losses", words, compiled_with(optimizer, changed, weights)
    if len(losses) == 1:
        return
    if not recipe.any_loss_order and len(set(losses)) > 1:
        turned = compiled_with(optimizer, losses[::-1], weights)
        yield "losses", "giving the losses in the wrong order", turned
    yield "losses", "giving a loss for the first output only", compiled_with(optimizer, losses[:1], weights)
    if len(set(weights)) > 1:
        turned = compiled_with(optimizer, losses, weights[::-1])
        yield "weight order", "swapping the loss weights", turned
        yield "loss weights", "giving no loss weights", compiled_with(optimizer, losses, (1.0,) * len(weights))
    halved = compiled_with(optimizer, losses, (weights[0] / 2, *weights[1:]))
    yield "loss weights", "halving the first loss weight", halved


def _is_chain(graph: ModelGraph) -> bool:
    """Whether a network could be a `Sequential` model."""
    plain = all(len(call.args) == 1 and not call.kwargs and len(call.shapes) < 2 for call in graph.calls[1:])
    sources = [tuple(tensor.call for tensor in call.sources) for call in graph.calls]
    return plain and sources == [(), *((number,) for number in range(len(graph.calls) - 1))]
