"""What `compile` was given that Keras 3 ignores, reads in another sense, or refuses in words that help nobody."""

from __future__ import annotations

import ast
import contextlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from ..recorder import Recorder
from ..source import rewrite
from ..source.rewrite import (
    COMPILE_KNOWS,
    Finding,
    Said,
    Written,
    instead,
    is_known,
    list_of,
    meant,
    spelled,
    unparsed,
)


@dataclass(frozen=True)
class Argument:
    """One argument of `compile`: its entries as they stand in the call, or else as one would write them."""

    name: str
    value: Any
    text: str
    entries: tuple[str, ...]

    @property
    def is_list(self) -> bool:
        return isinstance(self.value, (list, tuple))

    @property
    def is_alone(self) -> bool:
        """Whether it is one loss or metric for all outputs."""
        return isinstance(self.value, str) or callable(self.value)

    def instead(self, new: str) -> Said:
        return instead(f"{self.name}={new}", f"{self.name}={self.text}")


@dataclass(frozen=True)
class Compiled:
    """A call of `compile`; of a subclass of Model nobody knows how many `outputs` there are."""

    call: Written | None
    model: Any
    optimizer: Any
    loss: Argument
    weights: Argument
    metrics: Argument

    @property
    def outputs(self) -> list[Any]:
        return list(getattr(self.model, "outputs", None) or ())

    @property
    def count(self) -> int:
        return max(len(self.outputs), 1)


def on_compile(recorder: Recorder, model: Any, values: dict[str, Any]) -> None:
    """Note what is wrong. An explanation that fails must not stand in for the student's own error."""
    with contextlib.suppress(Exception):
        call = rewrite.call_here(recorder.sources)
        parts = (_argument(name, values[name], call) for name in ("loss", "loss_weights", "metrics"))
        compiled = Compiled(call, model, values["optimizer"], *parts)
        for rule in RULES:
            recorder.conclude(rule(compiled))
        recorder.conclude(_unknown_names(recorder.keras, values))
        record = recorder.find(model)
        if record and has_copies(model):
            recorder.note("inputs-are-no-inputs", "", record.data["location"])


def _argument(name: str, value: Any, call: Written | None) -> Argument:
    written = call.parts.get(name) if call else None
    items = value.values() if isinstance(value, dict) else value if isinstance(value, (list, tuple)) else [value]
    entries = [] if value is None else list(map(spelled, items))
    nodes: Sequence[ast.expr] = getattr(written, "values" if isinstance(written, ast.Dict) else "elts", ())
    if len(nodes) == len(entries):
        entries = list(map(unparsed, nodes))
    return Argument(name, value, unparsed(written) or spelled(value), tuple(entries))


def _metric_alone(compiled: Compiled) -> Iterator[Finding]:
    """`metrics='mse'`, which Keras 3 refuses."""
    if compiled.metrics.is_alone:
        yield "keras2-spelling", compiled.metrics.instead(_for_each(compiled.count, [compiled.metrics.text]))


def _metrics_by_output(compiled: Compiled) -> Iterator[Finding]:
    """One list of metrics for several outputs."""
    metrics = compiled.metrics
    nested = metrics.is_list and any(isinstance(one, (list, tuple, dict)) for one in metrics.value)
    if metrics.is_list and not nested and len(metrics.entries) not in (0, compiled.count) and compiled.count > 1:
        yield "metrics-count", metrics.instead(_for_each(compiled.count, metrics.entries))


def _loss_count(compiled: Compiled) -> Iterator[Finding]:
    """More or fewer losses than outputs."""
    losses, count = compiled.loss.entries, len(compiled.outputs)
    if compiled.loss.is_list and losses and count and len(losses) != count:
        fitting = (*losses, *losses[-1:] * count)[:count]
        code = "loss-single-for-many" if len(losses) < count else "loss-count"
        yield code, compiled.loss.instead(list_of(fitting) if count > 1 else fitting[0])


def _weights_without_losses(compiled: Compiled) -> Iterator[Finding]:
    """Keras wants as many losses as weights, and counts a single loss as one."""
    weights, loss = compiled.weights, compiled.loss
    if not compiled.loss.entries or loss.is_list or isinstance(loss.value, dict) or len(weights.entries) < 2:
        return
    by_name = "{" + ", ".join(f"'{name}': {loss.text}" for name in output_names(compiled.model)) + "}"
    yield "loss-count", loss.instead(list_of([loss.text] * len(weights.entries)) if weights.is_list else by_name)


def _weight_count(compiled: Compiled) -> Iterator[Finding]:
    """`[0,1, 0,9]` is four numbers."""
    given, count = len(compiled.weights.entries), len(compiled.outputs)
    if compiled.weights.is_list and given > count > 0:
        yield "loss-count", {"case": "weights", "given": given, "outputs": count}


def _keys_of_outputs(compiled: Compiled) -> Iterator[Finding]:
    """Entries by name, where a name is missing or is no output's."""
    outputs = output_names(compiled.model)
    for argument in (compiled.loss, compiled.weights, compiled.metrics):
        if not isinstance(argument.value, dict) or not outputs:
            continue
        strange = [str(key) for key in argument.value if key not in outputs]
        lacking = [name for name in outputs if name not in argument.value]
        if not strange and (not lacking or argument is compiled.metrics):
            continue
        yield "output-names", {"case": "strange" if strange else "", "strange": strange, "outputs": outputs}


def _class_for_object(compiled: Compiled) -> Iterator[Finding]:
    """`optimizer=Adam`, where `Adam()` is meant."""
    if isinstance(compiled.optimizer, type):
        written = unparsed(compiled.call.value(0, "optimizer")) if compiled.call else ""
        written = written or compiled.optimizer.__name__
        yield "class-for-object", instead(f"{written}()", written)


def _unknown_names(keras: Any, values: dict[str, Any]) -> Iterator[Finding]:
    """A loss or metric that Keras does not know, which it says only in `fit`."""
    for section, argument in (("losses", "loss"), ("metrics", "metrics")):
        for name in flattened(values[argument]):
            known = section == "metrics" and name in COMPILE_KNOWS
            if isinstance(name, str) and not known and not is_known(keras, section, name):
                yield "unknown-name", meant(keras, section, name)


RULES: tuple[Callable[[Compiled], Iterator[Finding]], ...] = (
    _metric_alone,
    _metrics_by_output,
    _loss_count,
    _weights_without_losses,
    _weight_count,
    _keys_of_outputs,
    _class_for_object,
)


def has_copies(model: Any) -> bool:
    """Whether Keras made an input itself, since the model was given what a layer had computed."""
    return any(str(getattr(one, "name", "")).endswith("CLONE") for one in getattr(model, "inputs", None) or ())


def flattened(value: Any) -> list[Any]:
    """The entries of lists and dicts, whatever their depth."""
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, (list, tuple)):
        return [entry for one in value for entry in flattened(one)]
    return [value]


def output_names(model: Any) -> list[str]:
    """By which `compile` knows the outputs: the keys where they were given as a dict, else the layers' names."""
    structure = getattr(model, "_outputs_struct", None)
    return list(structure) if isinstance(structure, dict) else list(getattr(model, "output_names", None) or [])


def _for_each(outputs: int, texts: Sequence[str]) -> str:
    """Metrics for one output, or the same for each of several."""
    return list_of(texts) if outputs == 1 else list_of([list_of(texts)] * outputs)
