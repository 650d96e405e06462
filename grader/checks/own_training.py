"""How a student's own `compile` and `fit` differ from the exercise's recipe, by which the grader trains."""

from __future__ import annotations

from collections.abc import Iterator

from grader.checks.compile_line import usual_rate
from grader.checks.evidence import Evidence
from grader.checks.view import counted, listed
from grader.domain import CompileCall, Recipe, Setting
from grader.graph import losses_by_head, optimizer_name, weights_by_head


def own_training(evidence: Evidence) -> str:
    """A sentence for whoever compares this verdict with the curve in the notebook; empty where the two should agree."""
    recipe = evidence.assignment.recipe
    call = evidence.model.compiled
    differences = list(_compile_differences(call, recipe, evidence.graph.output_names)) if call else []
    epochs = [fit.epochs for fit in evidence.model.fits if fit.epochs]
    if epochs and sum(epochs) < recipe.epochs:
        differences.append(f"only {counted(sum(epochs), 'epoch')} of `fit`")
    if not differences:
        return ""
    return (
        f"The grader trains by the exercise's recipe. Your own training has {listed(differences)}, "
        "so its curve can look different."
    )


def _compile_differences(call: CompileCall, recipe: Recipe, outputs: tuple[str, ...]) -> Iterator[str]:
    optimizer = optimizer_name(call.optimizer)
    if optimizer != recipe.optimizer:
        yield f"the optimizer {optimizer}"
    rate = call.optimizer.config.get("learning_rate") if isinstance(call.optimizer, Setting) else None
    if isinstance(rate, int | float) and not usual_rate(str(optimizer), rate):
        yield f"the learning rate {rate:g}"
    losses = losses_by_head(call, outputs)
    if None in losses:
        yield f"no loss for output `{outputs[losses.index(None)]}`, which is not trained at all"
    elif sorted(map(str, losses)) != sorted(recipe.loss) or (not recipe.any_loss_order and losses != recipe.loss):
        yield f"the loss {listed([str(loss) for loss in losses])}"
    weights = weights_by_head(call, outputs)
    if weights != recipe.loss_weights:
        yield f"the loss weights {listed(['none' if weight is None else f'{weight:g}' for weight in weights])}"
