"""`compiled`: optimizer, the loss of each head, and the loss weights."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise, permutations
from typing import Literal

from pydantic import Field

from grader.checks.evidence import CheckOptions, Evidence
from grader.checks.findings import Finding, caused, failed, passed, skipped
from grader.checks.spec_values import Loss, Optimizer
from grader.domain import CompileCall, Edit, Failure, Location, Setting, Settings, Step, Subject
from grader.domain.told_edits import step_of
from grader.domain.words import counted, in_location, listed
from grader.graph import loss_name, losses_by_head, named_order, optimizer_name, weights_by_head
from grader.graph.edits import with_params
from grader.graph.keras_code import arguments, compile_arguments
from grader.graph.reading.catalogue import OWN, shown

TITLE = "Compiled as required"
MOST_ORDERED = 4  # outputs, whose orders are tried
SUBJECTS: tuple[Subject, ...] = ("compile", "optimizer", "losses", "loss weights", "weight order")
_KEY = re.compile(r"[A-Za-z]\w{0,40}")  # of a dict, as it can name a layer
_FITS = re.compile(r"(?<![\w.])([\w.]{1,80})\.fit\(")
_COMPILES = re.compile(r"(?<![\w.])([\w.]{1,80})\.compile\(")
_UNCOMPILED = "You must call `compile()`"
_NO_CALL = CompileCall(-1, Location(), None, None, None, None)
"""Before the first call of the program, and without settings."""


class Spec(CheckOptions):
    """The arguments of `compile`; only those that the spec names are checked."""

    kind: Literal["compiled"]
    optimizer: Optimizer | None = Field(None, description="the optimizer, with its default learning rate")
    losses: list[Loss] | None = Field(None, description="the loss of each head, in output order")
    any_order: bool = Field(False, description="whether the losses may be in any order")
    weights: list[float] | None = Field(None, description="loss weight of each head; if `compile` has none, each is 1")
    weights_any_order: bool = Field(False, description="whether the weights may be in any order")
    larger: int | None = Field(None, ge=1, description="which head, counted from 1, must have the largest weight")


@dataclass(frozen=True)
class Requirement:
    """One thing that a spec asks of `compile`: what it is about, what was found, and what is wrong with that."""

    about: str
    found: str
    problem: str


def check(spec: Spec, evidence: Evidence) -> Finding:
    call, names, named = evidence.model.compiled, evidence.graph.output_names, evidence.model.gives_dict
    whole_spec, expected = _whole(spec, evidence), arguments(_asked(spec, _NO_CALL, names, named))
    if call is None:
        step = step_to_compile(evidence, arguments(_asked(whole_spec, _NO_CALL, names, named)))
        expected, names = "a successful call of `compile`", evidence.model.variables
        has_failed = any(compiled_in_vain(failure, names) for failure in evidence.execution.failures)
        message = "The model is not compiled, since that call failed." if has_failed else "The model is not compiled."
        return failed(message, expected=expected, actual="none", hint=step)
    parts = list(_parts(spec, call, names))
    actual = "; ".join(dict.fromkeys(part.found for part in parts))
    wrong = [part for part in parts if part.problem]
    if not wrong:
        return passed("The model is compiled as required.", expected=expected, actual=actual)
    share = 1 - len(wrong) / len(parts)
    if steps := _names_as_keys(whole_spec, evidence, call):
        return failed(wrong[0].problem, expected=expected, actual=actual, hint=steps, share=share)
    cause = next((difference for difference in evidence.differences if difference.subject == "output order"), None)
    if cause and _is_by_name(spec, call, names):  # they move with the outputs
        return caused(cause, "", expected=expected, actual=actual, hint="", share=share)
    kept_call = replace(call, metrics=_by_position(call.metrics, names)) if _has_strange(call.metrics, names) else call
    if not evidence.names.generated.isdisjoint(names):  # they are others in each run
        loss, weights, metrics = (
            _by_position(settings, names) for settings in (call.loss, call.loss_weights, call.metrics)
        )
        kept_call = replace(call, loss=loss, loss_weights=weights, metrics=metrics)
    if (number := _number_asked(whole_spec, names)) == len(names):
        step = _step_to_change(evidence, call, _asked(whole_spec, kept_call, names, named))
    elif evidence.is_broken:
        return skipped("The network was not built.")
    else:
        step = Step(f"Give the model {counted(number, 'output')} first.")
    message = f"{wrong[0].problem}{_which(evidence, call)}"
    return failed(message, expected=expected, actual=actual, hint=step, share=share)


def _step_to_change(evidence: Evidence, call: CompileCall, asked: Mapping[str, str]) -> Step:
    """Each setting that is to be another one, where the program gives it; or the whole call where that is unclear."""
    names = evidence.graph.output_names
    own = {**compile_arguments(call, names), **_incomplete(call, names)}
    changed = {name: code for name, code in asked.items() if code != own[name]}
    if changed and changed.keys() <= call.edits.keys():
        edits = [(call.edits[name].beside(evidence.model.location.file), code) for name, code in changed.items()]
        return step_of([replace(edit, new=edit.new + code) for edit, code in edits])
    code = f"{call.model or evidence.model.variable}.compile({arguments(asked)})"
    return _step(evidence, call.location, Edit(0, code, call="compile"))


def _incomplete(call: CompileCall, names: Sequence[str]) -> Mapping[str, str]:
    """The settings that an output lacks, which are not as they are written."""
    lacking = {"loss": losses_by_head(call, names), "loss_weights": weights_by_head(call, names)}
    return {name: "" for name, values in lacking.items() if None in values}


def _names_as_keys(spec: Spec, evidence: Evidence, call: CompileCall) -> Sequence[Step]:
    """What gives outputs without a name the ones that dicts have for them; nothing where that is not all."""
    graph, keys = evidence.built, [*call.loss] if isinstance(call.loss, Mapping) else []
    layers = [graph.calls[tensor.call].layer for tensor in graph.outputs]
    names = [graph.layers[layer].name for layer in layers]
    is_unnamed = evidence.names.generated.issuperset(names) and len(keys) == len({*layers}) == len(names)
    others = {layer.name for layer in graph.layers}
    if evidence.compared or not is_unnamed or any(not _KEY.fullmatch(key) or key in others for key in keys):
        return ()
    new_names = _in_order(keys, [evidence.names.called(name) for name in names], evidence.assignment.data.targets)
    if not new_names or any(part.problem for part in _parts(spec, call, new_names)):
        return ()
    for layer, name in zip(layers, new_names, strict=True):
        graph = with_params(graph, layer, name=name)
    return evidence.steps_to(graph, in_lines=True)


def _in_order(keys: Sequence[str], variables: Sequence[str], targets: Sequence[str]) -> list[str]:
    """Keys in the order of the outputs that have these variables, or else of the targets; none where neither tells."""
    by_place = dict(zip(named_order(variables, keys), keys, strict=False))
    return [by_place[place] for place in sorted(by_place)] or [keys[place] for place in named_order(keys, targets)]


def step_to_compile(evidence: Evidence, arguments: str) -> Step:
    """Where to write the `compile` of a model that has none: in place of one that failed, above the `fit` that needs
    it, or below what gives the model its name."""
    model, failures = evidence.model, evidence.execution.failures
    for failure in failures:
        if owner := compiled_in_vain(failure, model.variables):
            return _step(evidence, failure.location, Edit(0, f"{owner}.compile({arguments})", call="compile"))
        if owner := uncompiled(failure, model.variables):
            return _step(evidence, failure.location, Edit(0, f"{owner}.compile({arguments})"))
    code = f"{model.variable}.compile({arguments})"
    if place := next(filter(str, (fit.location for fit in model.fits)), None):
        return _step(evidence, place, Edit(0, code))
    statement = next(reversed(model.statements), None)
    if statement is None or statement.location.line is None or model.variable not in statement.binds:
        return Step(f"Write `{code}`.")
    end = replace(statement.location, line=statement.location.line + statement.code.count("\n"))
    return _step(evidence, end, Edit(0, code, below=True))


def _step(evidence: Evidence, place: Location, edit: Edit) -> Step:
    """The step that does something in a place; only what to write where that is not known."""
    place = place.beside(evidence.model.location)
    edits = [replace(edit, line=place.line, cell=place.cell, file=place.file)] if place.line else []
    return step_of(edits) if edits else Step(f"Write `{edit.new}`.")


def uncompiled(failure: Failure, names: Sequence[str]) -> str:
    """What the program calls a model, of one of these names, whose `fit` failed for want of a `compile`."""
    return _owner(failure.traceback, _FITS, names) if failure.message.startswith(_UNCOMPILED) else ""


def compiled_in_vain(failure: Failure, names: Sequence[str]) -> str:
    """What the program calls a model, of one of these names, whose `compile` failed; nothing of what is no model."""
    lines, place = failure.traceback.splitlines(), f"line {failure.location.line},"
    calls = "\n".join(code for line, code in pairwise(lines) if place in line)
    return _owner(calls, _COMPILES, names) if "has no attribute 'compile'" not in failure.message else ""


def _owner(text: str, calls: re.Pattern[str], names: Sequence[str]) -> str:
    return next((owner for owner in calls.findall(text) if {owner, owner.rpartition(".")[2]} & {*names}), "")


def _is_by_name(spec: Spec, call: CompileCall, names: Sequence[str]) -> bool:
    """Whether the settings are right for the outputs in another order."""
    orders = permutations(names) if len(names) <= MOST_ORDERED else iter(())
    return any(not any(part.problem for part in _parts(spec, call, order)) for order in orders)


def _by_position(settings: Settings, names: Sequence[str]) -> Settings:
    """Settings by name as a list in the order of the outputs, or of the student; none if that is not one for each."""
    if not isinstance(settings, Mapping):
        return settings
    values = tuple(
        settings.values() if _has_strange(settings, names) else [settings[name] for name in names if name in settings]
    )
    return values if len(values) == len(names) else None


def _has_strange(settings: Settings, names: Sequence[str]) -> bool:
    return isinstance(settings, Mapping) and not settings.keys() <= {*names}


def _whole(spec: Spec, evidence: Evidence) -> Spec:
    """All that the exercise requires of `compile`, for one line that satisfies every check of this kind."""
    all_options = [check.options for check in evidence.assignment.checks if check.kind == "compiled"]
    fields = Spec.model_fields.keys() - CheckOptions.model_fields.keys()
    values = {key: value for options in all_options for key, value in options.items() if key in fields and value}
    return spec.model_copy(update=values)


def _which(evidence: Evidence, call: CompileCall) -> str:
    """Which `compile` a verdict is about, if there are several: another one may have the right settings."""
    calls = [other for other in evidence.model.compiles if other is not call]
    if not calls:
        return ""
    here = _in_file(evidence, call) or " before the first `fit`"
    if any(other.order > call.order for other in calls):
        why = "the model was first trained with it, and later calls of `compile` do not count"
        return f" This refers to the `compile`{here}: {why}."
    return f" This refers to the `compile`{here}: it replaces all settings of the one{_in_file(evidence, calls[-1])}."


def _in_file(evidence: Evidence, call: CompileCall) -> str:
    """Where a call is; without the file if that is the model's own."""
    return in_location(call.location.beside(evidence.model.location))


def _parts(spec: Spec, call: CompileCall, names: Sequence[str]) -> Iterator[Requirement]:
    """All that the spec asks for; of a network with another number of outputs, only that can be said."""
    number, outputs = _number_asked(spec, names), counted(len(names), "output")
    miscounted = f"The model has {outputs}; the exercise has {number}, each with its own loss."
    miscounted = miscounted if number != len(names) else ""
    if spec.optimizer is not None:
        words, rate = optimizer_name(call.optimizer), _config(call).get("learning_rate")
        with_rate = "" if rate is None else f" with learning rate {_rate(rate)}"
        yield Requirement("optimizer", f"optimizer {words}{with_rate}", _optimizer(spec.optimizer, call))
    if spec.losses is not None:
        losses = list(losses_by_head(call, names))
        count = len(call.loss) if isinstance(call.loss, tuple) else 0  # perhaps of outputs that are not there
        texts = [loss or "none" for loss in losses_by_head(call, _made_up(count) if count > len(names) else names)]
        words = f"{'loss' if len(texts) == 1 else 'losses'} {listed(texts)}" if any(losses) else "no loss of an output"
        yield Requirement("losses", words, miscounted or _losses(spec, call, losses, names))
    weights = [_shown(weight) for weight in weights_by_head(call, names)]
    each = "each is 1" if len(names) > 1 else "it is 1"
    words = f"loss weights {listed(weights)}" if {*weights} - {"none"} else "no loss weight of an output"
    words = f"no loss weights (so {each})" if call.loss_weights is None else words
    count = len(call.loss_weights) if isinstance(call.loss_weights, tuple) else 0
    whole = all(isinstance(weight, int) for weight in (call.loss_weights if count else ()))  # type: ignore[union-attr]
    advice = "; write decimals with a point, such as 0.1" if whole else ""
    spare = f"There are {count} loss weights for {outputs}{advice}." if count > len(names) else ""
    spare = _strange("loss_weights", call.loss_weights, names) if "none" in weights else spare
    if spec.weights is not None:
        wanted = [_shown(weight) for weight in spec.weights]
        problem = _compared("loss weights", weights, wanted, spec.weights_any_order)
        yield Requirement("loss weights", words, miscounted or spare or problem)
    if spec.larger is not None:
        more = "larger" if len(names) == 2 else "largest"
        problem = f"Output {spec.larger} must have the {more} loss weight; found {listed(weights)}."
        problem = "" if _is_largest(call, names, spec.larger) else problem
        yield Requirement("loss weights", words, miscounted or spare or problem)


def _config(call: CompileCall) -> Mapping[str, object]:
    return call.optimizer.config if isinstance(call.optimizer, Setting) else {}


def _rate(rate: object) -> str:
    return f"{rate:g}" if isinstance(rate, int | float) else "a schedule"


def _optimizer(wanted: str, call: CompileCall) -> str:
    """What is wrong with the optimizer."""
    optimizer = optimizer_name(call.optimizer)
    if optimizer != wanted:
        return f"The optimizer is {optimizer or 'not a Keras optimizer'}; the exercise asks for {wanted}."
    for name, value in _config(call).items():
        if name == "learning_rate":
            return f"The learning rate of {optimizer} is {_rate(value)}; the exercise asks for its default."
        if name != "custom":
            return f"The optimizer has `{name}={shown(value)}`; the exercise asks for {wanted} with its defaults."
    return ""


def _strange(argument: str, settings: Settings, names: Sequence[str]) -> str:
    """That keys of a dict are no outputs, of which everything else follows."""
    keys = [f"`{key}`" for key in settings if key not in names] if isinstance(settings, Mapping) else []
    outputs = listed([f"`{name}`" for name in names])
    return f"Keys of `{argument}` without an output: {listed(keys)}. Names of the outputs: {outputs}." if keys else ""


def _losses(spec: Spec, call: CompileCall, losses: Sequence[str | None], names: Sequence[str]) -> str:
    """What is wrong with the losses; with what losses of the student's own compute, where that is known."""
    wanted = [str(loss_name(Setting(name))) for name in spec.losses or ()]
    if None in losses:
        untrained = f"Output {losses.index(None) + 1} has no loss, so it is not trained"
        return _strange("loss", call.loss, names) or f"{untrained}: give `loss` one entry for each output."
    problem = _compared("losses", [str(loss) for loss in losses], wanted, spec.any_order)
    computed = [(loss.name, loss_name(loss) or OWN) for loss in _leaves(call.loss) if loss.config.get("computes")]
    own = [f"`{name}` computes {loss}" for name, loss in computed if not loss.startswith(OWN)]
    return f"{problem} Your own {listed(list(dict.fromkeys(own)))}." if problem and own else problem


def _compared(noun: str, values: Sequence[str], wanted: Sequence[str], any_order: bool) -> str:
    """How the settings of the heads differ from those that are asked for."""
    if values == wanted or (any_order and sorted(values) == sorted(wanted)):
        return ""
    if sorted(values) == sorted(wanted):
        first = next(head for head, texts in enumerate(zip(values, wanted, strict=True)) if texts[0] != texts[1])
        clause = f"and the exercise asks for {wanted[first]} there"
        return f"The {noun} are in the wrong order: output {first + 1} has {values[first]}, {clause}."
    return f"The {noun} are {listed(values)}; the exercise asks for {listed(wanted)}."


def _is_largest(call: CompileCall, names: Sequence[str], head: int) -> bool:
    """Whether one head, counted from 1, has a larger loss weight than every other."""
    weights = [-1.0 if weight is None else weight for weight in weights_by_head(call, names)]
    return len(weights) >= head and all(weights[head - 1] > w for at, w in enumerate(weights, start=1) if at != head)


def _leaves(settings: Settings) -> Iterator[Setting]:
    if isinstance(settings, Setting):
        yield settings
    elif isinstance(settings, Mapping | tuple):
        for item in settings.values() if isinstance(settings, Mapping) else settings:
            yield from _leaves(item)


def _number_asked(spec: Spec, names: Sequence[str]) -> int:
    """How many outputs a network has that fits the spec: those of the student's, unless the spec says otherwise."""
    return max(len(spec.losses or spec.weights or names), max(2, spec.larger) if spec.larger else 0)


def _asked(spec: Spec, call: CompileCall, names: Sequence[str], named: bool) -> Mapping[str, str]:
    """The arguments to write: what the spec asks for, and the rest as the student has it."""
    if (number := _number_asked(spec, names)) != len(names):
        names = _made_up(number)
    wrong_topics = {part.about for part in _parts(spec, call, names) if part.problem}
    if spec.optimizer:
        call = replace(call, optimizer=Setting(spec.optimizer))
    if spec.losses and "losses" in wrong_topics:
        call = replace(call, loss=_like(call.loss, names, [Setting(name) for name in spec.losses], named))
    if "loss weights" in wrong_topics or (call.order == _NO_CALL.order and (spec.weights or spec.larger)):
        weights = spec.weights or _with_largest(weights_by_head(call, names), spec.larger or 1)
        call = replace(call, loss_weights=_like(call.loss_weights, names, weights, named))
    return compile_arguments(call, names)


def _made_up(number: int) -> list[str]:
    """Names for outputs that are not there yet."""
    return [f"output{head}" for head in range(1, number + 1)]


def _like(settings: Settings, names: Sequence[str], wanted: Sequence[Setting | float], named: bool) -> Settings:
    """One entry for each output: by name where the student wrote it so, or where a list has another order."""
    if (isinstance(settings, Mapping) or named) and len(names) == len(wanted):
        return dict(zip(names, wanted, strict=True))
    return tuple(wanted) if len(wanted) > 1 or isinstance(settings, tuple) else wanted[0]


def _with_largest(own_weights: Sequence[float | None], head: int) -> list[float]:
    """The student's weights with the largest at this head; where they are all alike, a tenth for the others."""
    weights = [weight or 0.0 for weight in own_weights]
    if len(set(weights)) == 1 or head > len(weights):
        return [0.9 if number == head else 0.1 for number in range(1, max(head, len(weights)) + 1)]
    largest = weights.index(max(weights))
    weights[head - 1], weights[largest] = weights[largest], weights[head - 1]
    return weights


def _shown(weight: float | None) -> str:
    return "none" if weight is None else f"{weight:g}"
