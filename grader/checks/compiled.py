"""`compiled`: optimizer, the loss of each head, and the loss weights."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any, Literal

from pydantic import Field

from grader.checks.evidence import CheckOptions, Evidence, Finding, failed, passed
from grader.checks.known import Loss, Metric, Optimizer
from grader.domain import CompileCall, Setting, Settings, Subject
from grader.domain.words import counted, in_location, listed
from grader.graph import loss_name, losses_by_head, optimizer_name, weights_by_head
from grader.graph.reading.catalogue import bare
from grader.graph.reading.parameters import shown
from grader.graph.source import arguments, by_output, compile_arguments

TITLE = "Compiled as required"
SUBJECTS: tuple[Subject, ...] = ("compile", "optimizer", "losses", "loss weights", "weight order")

class Spec(CheckOptions):
    """The arguments of `compile`; only those that the spec names are checked."""

    kind: Literal["compiled"]
    optimizer: Optimizer | None = Field(None, description="the optimizer, with its default learning rate")
    losses: list[Loss] | None = Field(None, description="the loss of each head, in output order")
    any_order: bool = Field(False, description="whether the losses may be in any order")
    weights: list[float] | None = Field(None, description="loss weight of each head; if `compile` has none, each is 1")
    weights_any_order: bool = Field(False, description="whether the weights may be in any order")
    metrics: list[Metric] | None = Field(None, description="metrics that `compile` must list, for any output")
    larger: int | None = Field(None, ge=1, description="which head, counted from 1, must have the largest weight")


def check(spec: Spec, evidence: Evidence) -> Finding:
    call, model, whole = evidence.model.compiled, _variable(evidence), _whole(spec, evidence)
    if call is None:
        return failed(
            "The model is not compiled.",
            expected="a successful call of `compile`",
            actual="none",
            hint=f"Write `{model}.compile({_call(whole)})`.",
        )
    names = evidence.graph.output_names
    found = _problems(spec, call, names)
    problems = [problem for _, problem in found]
    expected, actual = _call(spec), _found(spec, call, names)
    if not problems:
        return passed("The model is compiled as required.", expected=expected, actual=actual)
    asked = sum(part is not None for part in (spec.optimizer, spec.losses, spec.weights, spec.larger, spec.metrics))
    return failed(
        f"{problems[0]}{_which(evidence, call)}",
        expected=expected,
        actual=actual,
        hint=f"{_first(whole, names)}rite `{model}.compile({_corrected(whole, call, names)})`"
        f"{_also({what for what, _ in found}, _problems(whole, call, names))}.",
        share=1 - len(problems) / max(asked, 1),
    )


def _problems(spec: Spec, call: CompileCall, names: tuple[str, ...]) -> list[tuple[str, str]]:
    """All that is wrong, each with what it is about."""
    found = (
        ("optimizer", _optimizer(spec, call)),
        ("losses", _losses(spec, call, names)),
        ("loss weights", _weights(spec, call, names)),
        ("loss weights", _larger(spec, call, names)),
        ("metrics", _lacking_metric(spec, call)),
    )
    return [(what, problem) for what, problem in found if problem]


def _also(told: Collection[str], problems: Iterable[tuple[str, str]]) -> str:
    """What else the line to write corrects, for other checks of this kind; this check says nothing of it."""
    others = dict.fromkeys(what for what, _ in problems if what not in told)
    return f", which also corrects the {listed(list(others))}" if others else ""


def _first(spec: Spec, names: tuple[str, ...]) -> str:
    """The words before the line to write, which fits only a model with the right number of outputs."""
    asked = len(spec.losses or spec.weights or names)
    return "W" if asked == len(names) else f"Give the model {counted(asked, 'output')} first. Then w"


def _which(evidence: Evidence, call: CompileCall) -> str:
    """Which `compile` a verdict is about, if there are several: another one may have the right settings."""
    others = [other for other in evidence.model.compiles if other is not call]
    if not others:
        return ""
    here = _in_file(evidence, call) or " before the first `fit`"
    if any(other.order > call.order for other in others):
        return f" This refers to the `compile`{here}: the model was first trained with it, and later ones do not count."
    return f" This refers to the `compile`{here}: it replaces all settings of the one{_in_file(evidence, others[-1])}."


def _in_file(evidence: Evidence, call: CompileCall) -> str:
    """Where a call is; without the file if that is the model's own."""
    same = call.location.file == evidence.model.location.file
    return in_location(replace(call.location, file="") if same else call.location)


def _whole(spec: Spec, evidence: Evidence) -> Spec:
    """All that the exercise requires of `compile`, for one line that satisfies every check of this kind."""
    asked = [check.options for check in evidence.assignment.checks if check.kind == "compiled"]
    fields = Spec.model_fields.keys() - CheckOptions.model_fields.keys()
    named = {key: value for one in asked for key, value in one.items() if key in fields and value}
    return spec.model_copy(update=named)


def _variable(evidence: Evidence) -> str:
    """What the student calls the model."""
    return next((name for name in evidence.model.variables if name.isidentifier()), "model")


def _optimizer(spec: Spec, call: CompileCall) -> str | None:
    if spec.optimizer is None:
        return None
    found = optimizer_name(call.optimizer)
    if found != spec.optimizer:
        return f"The optimizer is {found or 'not a Keras optimizer'}; the exercise asks for {spec.optimizer}."
    chosen = call.optimizer.config if isinstance(call.optimizer, Setting) else {}
    others = [key for key in chosen if key not in ("learning_rate", "custom")]
    if others:
        value = f"{others[0]}={shown(chosen[others[0]])}"
        return f"The optimizer has `{value}`; the exercise asks for {spec.optimizer} with its defaults."
    if "learning_rate" not in chosen:
        return None
    rate = chosen["learning_rate"]
    said = f"{rate:g}" if isinstance(rate, int | float) else "a schedule"
    return f"The learning rate of {found} is {said}; the exercise asks for its default."


def _losses(spec: Spec, call: CompileCall, names: tuple[str, ...]) -> str | None:
    if spec.losses is None:
        return None
    wanted = [loss_name(Setting(name)) for name in spec.losses]
    found = list(losses_by_head(call, names))
    if len(names) != len(wanted):
        return f"The model has {counted(len(names), 'output')}; the exercise has {len(wanted)}, each with its own loss."
    if None in found:
        return (
            f"Output {found.index(None) + 1} has no loss, so it is not trained: give `loss` one entry for each output."
        )
    if found == wanted or (spec.any_order and sorted(map(str, found)) == sorted(map(str, wanted))):
        return None
    if sorted(map(str, found)) == sorted(map(str, wanted)):
        first = next(head for head, (one, other) in enumerate(zip(found, wanted, strict=True)) if one != other)
        return (
            f"The losses are in the wrong order: output {first + 1} has {found[first]}, and the exercise asks for "
            f"{wanted[first]} there."
        )
    order = " in either order" if spec.any_order else ""
    return f"The losses are {listed(found)}; the exercise asks for {listed(wanted)}{order}.{_computed(call)}"


def _computed(call: CompileCall) -> str:
    """What losses of the student's own compute, where that is known."""
    own = [f"`{one.name}` computes {loss_name(one)}" for one in _leaves(call.loss) if one.config.get("computes")]
    return f" Your own {listed(list(dict.fromkeys(own)))}." if own else ""


def _weights(spec: Spec, call: CompileCall, names: tuple[str, ...]) -> str | None:
    if spec.weights is None:
        return None
    if problem := _too_many(call, names):
        return problem
    found = weights_by_head(call, names)
    wanted = spec.weights
    if spec.weights_any_order:
        found, wanted = tuple(sorted(found, key=lambda w: w or 0)), sorted(wanted)
    if len(found) == len(wanted) and all(_close(a, b) for a, b in zip(found, wanted, strict=True)):
        return None
    if len(found) == len(wanted) and all(map(_close, sorted(w or 0 for w in found), sorted(wanted))):
        first = next(
            head for head, (one, other) in enumerate(zip(found, wanted, strict=True)) if not _close(one, other)
        )
        return (
            f"The loss weights are in the wrong order: output {first + 1} has {_shown(found[first])}, and the exercise "
            f"asks for {wanted[first]:g} there."
        )
    given, asked = (listed([_shown(weight) for weight in weights]) for weights in (found, wanted))
    return f"The loss weights are {given}; the exercise asks for {asked}."


def _too_many(call: CompileCall, names: tuple[str, ...]) -> str | None:
    given = len(call.loss_weights) if isinstance(call.loss_weights, tuple) else 0
    if given <= len(names):
        return None
    return (
        f"There are {given} loss weights for {counted(len(names), 'output')}; write decimals with a point, "
        "such as 0.1."
    )


def _larger(spec: Spec, call: CompileCall, names: tuple[str, ...]) -> str | None:
    if spec.larger is None:
        return None
    if problem := _too_many(call, names):
        return problem
    found = [weight if weight is not None else -1.0 for weight in weights_by_head(call, names)]
    if len(found) >= spec.larger and all(
        found[spec.larger - 1] > w for i, w in enumerate(found) if i != spec.larger - 1
    ):
        return None
    largest = max(found, default=0.0)
    if found.count(largest) == 1:
        return (
            f"Output {found.index(largest) + 1} has the larger loss weight, {_shown(largest)}; "
            f"in the exercise, output {spec.larger} has it."
        )
    return f"Output {spec.larger} must have the larger loss weight; found {listed([_shown(w) for w in found])}."


def _lacking_metric(spec: Spec, call: CompileCall) -> str | None:
    found = {_metric_name(one) for one in _leaves(call.metrics)}
    lacking = [name for name in spec.metrics or () if _metric_name(Setting(name)) not in found]
    return f"`compile` has no metric `{lacking[0]}`." if lacking else None


def _leaves(given: Settings) -> Iterator[Setting]:
    if isinstance(given, Setting):
        yield given
    elif isinstance(given, Mapping | tuple):
        for one in given.values() if isinstance(given, Mapping) else given:
            yield from _leaves(one)


def _metric_name(metric: Setting) -> str:
    """One name for all spellings: `mse` for `MeanSquaredError`, `accuracy` for `acc`."""
    plain = loss_name(metric) or metric.name
    return {"acc": "accuracy"}.get(bare(plain), bare(plain))


def _corrected(spec: Spec, call: CompileCall, names: tuple[str, ...]) -> str:
    """The line to write: what the spec asks for, and the rest as the student has it."""
    found = [weight if weight is not None else 0.0 for weight in weights_by_head(call, names)]
    weights = None if _weights(spec, call, names) is None else spec.weights
    wrong_one = weights is None and _larger(spec, call, names) is not None
    if wrong_one and spec.larger is not None and spec.larger <= len(found):
        weights = _with_largest(found, spec.larger - 1)
    if _lacking_metric(spec, call):
        call = replace(call, metrics=tuple(Setting(name) for name in spec.metrics or ()))
    losses_are_right = spec.losses is None or _losses(spec, call, names) is None
    return compile_arguments(call, names, spec.optimizer, None if losses_are_right else spec.losses, weights)


def _with_largest(found: list[float], head: int) -> list[float]:
    """The student's weights with the largest at this head; where they are all alike, a tenth for the others."""
    largest = found.index(max(found))
    if len(set(found)) == 1:
        return [0.9 if index == head else 0.1 for index in range(len(found))]
    swapped = list(found)
    swapped[head], swapped[largest] = found[largest], found[head]
    return swapped


def _close(found: float | None, wanted: float) -> bool:
    return found is not None and math.isclose(found, wanted, rel_tol=1e-6, abs_tol=1e-9)


def _shown(weight: float | None) -> str:
    return "none" if weight is None else f"{weight:g}"


def _call(spec: Spec) -> str:
    weights = [f"{weight:g}" for weight in spec.weights or ()]
    if not weights and spec.larger and spec.larger < 10:
        weights = ["0.9" if head == spec.larger else "0.1" for head in range(1, max(2, spec.larger) + 1)]
    return arguments({
        "optimizer": repr(spec.optimizer) if spec.optimizer else "",
        "loss": by_output([repr(name) for name in spec.losses]) if spec.losses else "",
        "loss_weights": by_output(weights) if weights else "",
        "metrics": f"[{', '.join(map(repr, spec.metrics))}]" if spec.metrics else "",
    })  # fmt: skip


def _found(spec: Spec, call: CompileCall, names: tuple[str, ...]) -> str:
    """What `compile` has of all that the spec names; the loss weights of a call without any are 1."""
    parts = []
    if spec.optimizer is not None:
        parts.append(f"optimizer {optimizer_name(call.optimizer)}{_rate(spec.optimizer, call)}")
    if spec.losses is not None:
        parts.append(_found_losses(list(losses_by_head(call, names))))
    if spec.weights is not None or spec.larger is not None:
        weights = listed([_shown(weight) for weight in weights_by_head(call, names)])
        each = "each is 1" if len(names) > 1 else "it is 1"
        parts.append(f"loss weights {weights}" if call.loss_weights is not None else f"no loss weights (so {each})")
    if spec.metrics is not None:
        given = [_metric_name(one) for one in _leaves(call.metrics)]
        parts.append(f"metrics {listed(given)}" if given else "no metrics")
    return "; ".join(parts)


def _found_losses(losses: list[Any]) -> str:
    """`losses mse and mae`; output by output where one has none."""
    if not any(losses):
        return "no loss"
    if all(losses):
        return f"{'loss' if len(losses) == 1 else 'losses'} {listed(losses)}"
    return ", ".join(f"output {number}: {loss or 'no loss'}" for number, loss in enumerate(losses, start=1))


def _rate(wanted: str, call: CompileCall) -> str:
    """A learning rate, where it is not the default."""
    rate = call.optimizer.config.get("learning_rate") if isinstance(call.optimizer, Setting) else None
    if optimizer_name(call.optimizer) != wanted or rate is None:
        return ""
    return f" with learning rate {rate:g}" if isinstance(rate, int | float) else " with a schedule"
