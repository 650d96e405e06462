"""What `compile` was given that Keras 3 ignores, reads in another sense, or refuses in words that help nobody."""

from __future__ import annotations

import ast
import contextlib
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from ..recorder import Recorder, placed
from ..source.written_calls import (
    COMPILE_KNOWS,
    Argument,
    Conclusion,
    NoteValues,
    Written,
    call_here,
    instead,
    is_known,
    list_of,
    meant,
    one_or_list,
)

STRING = re.compile(r"'[^']*'|\"[^\"]*\"")
# Weights and metrics have changed places since Keras 2, so that a place says nothing about them.
PLACES = {"loss": 1, "loss_weights": None, "metrics": None}
SETTINGS = {"optimizer": 0, **PLACES}


def edits_of_settings(recorder: Recorder) -> dict[str, Any]:
    """Where the program says what `compile` is given, by name, as edits that lack only what is new."""
    with contextlib.suppress(Exception):  # what a program writes there may be too deep to be written again
        call = call_here(recorder.sources)
        edits = {name: edit for name, n in SETTINGS.items() if (edit := call.edit_of(n, name))}
        return {name: whole for name, edit in edits.items() for whole in placed([edit], recorder.here())}
    return {}


@dataclass(frozen=True)
class Compiled:
    """A call of `compile`; of a subclass of Model nobody knows how many `outputs` there are."""

    model: Any
    loss: Argument
    weights: Argument
    metrics: Argument

    @property
    def outputs(self) -> int:
        return len(getattr(self.model, "outputs", None) or ())


def on_compile(recorder: Recorder, model: Any, values: dict[str, Any]) -> None:
    """Note what is wrong."""
    call = call_here(recorder.sources)
    parts = [call.argument(n, name, values[name]) for name, n in PLACES.items()]
    unknown = [*_unknown_names(recorder.keras, values, call)]  # first: what is no name may be no entry, too
    for findings in [unknown] if unknown else [rule(Compiled(model, *parts)) for rule in RULES]:
        recorder.explain(findings, concluded=True)
    record = recorder.find(model)
    if record and has_copies(model):
        recorder.note("inputs-are-no-inputs", location=record.data["location"])


def _metric_alone(compiled: Compiled) -> Iterator[Conclusion]:
    """`metrics='mse'`, which Keras 3 refuses."""
    if compiled.metrics.is_alone and compiled.metrics.node:
        lists = one_or_list([f"[{compiled.metrics.text}]"] * max(compiled.outputs, 1))
        yield "keras2-spelling", compiled.metrics.instead(lists)


def _metrics_by_output(compiled: Compiled) -> Iterator[Conclusion]:
    """One list of metrics for several outputs."""
    metrics = compiled.metrics
    flat = metrics.is_list and not any(isinstance(metric, (list, tuple, dict)) for metric in metrics.value)
    if flat and metrics.entries not in (0, compiled.outputs) and compiled.outputs > 1:
        yield "metrics-count", metrics.instead(list_of([metrics.text] * compiled.outputs))


def _loss_count(compiled: Compiled) -> Iterator[Conclusion]:
    """Other numbers of losses, or of weights, than of outputs; Keras counts a single loss as one, where there are
    weights."""
    loss, weights, outputs = compiled.loss, compiled.weights, compiled.outputs
    is_short = loss.is_alone or (loss.is_list and 0 < loss.entries < outputs)
    if is_short and weights.entries == outputs > 1:
        text = loss.text.removeprefix("[").removesuffix("]") if loss.is_alone or loss.entries == 1 else ""
        by_name = "{" + ", ".join(f"'{name}': {text}" for name in output_names(compiled.model)) + "}"
        several = by_name if isinstance(weights.value, dict) else list_of([text] * outputs)
        yield "loss-count", loss.instead(several) if text else {}
    elif any(argument.is_list and argument.entries > outputs > 0 for argument in (loss, weights)):
        yield "loss-count", {}


def _keys_of_outputs(compiled: Compiled) -> Iterator[Conclusion]:
    """Entries by name, where a name is missing or is no output's."""
    for argument in (compiled.loss, compiled.weights, compiled.metrics):
        yield from by_output(argument.value, compiled.model, some=argument is compiled.metrics)


def by_output(given: Any, model: Any, *, some: bool = False) -> Iterator[Conclusion]:
    """What a dict has for the outputs, where a key is none of their names, or, unless only `some` are needed, lacks."""
    outputs = output_names(model)
    if isinstance(given, dict) and outputs and not ({*given} <= {*outputs} if some else {*given} == {*outputs}):
        yield "output-names", {}


def _unknown_names(keras: Any, values: dict[str, Any], call: Written) -> Iterator[Conclusion]:
    """A loss or metric that Keras does not know, which it says only in `fit`."""
    for section, argument in (("losses", "loss"), ("metrics", "metrics")):
        for name in keras.tree.flatten(values[argument]):
            is_own = section == "metrics" and name in COMPILE_KNOWS
            if isinstance(name, str) and not is_own and not is_known(keras, section, name):
                yield "unknown-name", _without_comma(call, name) or meant(keras, section, name)


def _without_comma(call: Written, name: str) -> NoteValues:
    """`['mse' 'mse']`, of which Python makes one text."""
    nodes = [node for node in ast.walk(call.node) if isinstance(node, ast.Constant) and node.value == name]
    old = next(map(call.spot.source.code_of, nodes), "")
    parts = STRING.findall(old)
    return {"case": "joined", **instead(", ".join(parts), old)} if len(parts) > 1 else {}


RULES: tuple[Callable[[Compiled], Iterator[Conclusion]], ...] = (
    _metric_alone,
    _metrics_by_output,
    _loss_count,
    _keys_of_outputs,
)


def has_copies(model: Any) -> bool:
    """Whether Keras made an input itself, since the model was given what a layer had computed."""
    return any(str(getattr(tensor, "name", "")).endswith("CLONE") for tensor in getattr(model, "inputs", None) or ())


def output_names(model: Any) -> list[str]:
    """By which `compile` knows the outputs: the keys where they were given as a dict, else the layers' names."""
    structure = getattr(model, "_outputs_struct", None)
    return list(structure) if isinstance(structure, dict) else list(getattr(model, "output_names", None) or [])
