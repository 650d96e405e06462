"""Conditions at `compile` worth a note: what Keras 3 does silently, or refuses in words that a student cannot use.

Keras words its errors differently from version to version, so what is looked at is what it was given.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

from . import rewrite
from .feeding import is_copy
from .known_names import COMPILE_KNOWS, is_known, meant
from .recorder import Recorder
from .rewrite import Said, Written, each, instead, listed, mapping, spelled

Finding = tuple[str, Said]
MISROUTING = "3.14.0"


@dataclass(frozen=True)
class Asked:
    """What `compile` was given, for which model, and how the call is written."""

    keras: Any
    model: Any
    values: dict[str, Any]
    call: Written | None

    @property
    def outputs(self) -> int:
        return len(getattr(self.model, "outputs", None) or [None])

    def written(self, name: str) -> str:
        """The argument as it stands in the call, or else as one would write it."""
        return self.call.argument(name) if self.call and name in self.call.parts else spelled(self.values[name])

    def items(self, name: str) -> list[str]:
        """The same, for each entry of a list."""
        listed = self.call.items(name) if self.call else []
        return listed if len(listed) == len(self.values[name]) else [spelled(one) for one in self.values[name]]

    def instead(self, name: str, new: str) -> Said:
        return instead(f"{name}={new}", f"{name}={self.written(name)}")


def on_compile(recorder: Recorder, model: Any, values: dict[str, Any]) -> None:
    asked = Asked(recorder.keras, model, values, rewrite.call_here(recorder.sources))
    for condition in CONDITIONS:
        for code, said in condition(asked):
            recorder.note(code, said)
    ignored_input_dims(recorder, model)
    record = recorder.find(model)
    if record and any(map(is_copy, getattr(model, "inputs", None) or ())):
        recorder.note("inputs-are-no-inputs", "", record.data["place"])


def metric_alone(asked: Asked) -> Iterator[Finding]:
    metrics = asked.values["metrics"]
    if isinstance(metrics, str) or callable(metrics):
        one = asked.written("metrics")
        yield (
            "keras2-metrics",
            asked.instead("metrics", f"[{one}]" if asked.outputs == 1 else each(asked.outputs, [one])),
        )


def metrics_by_output(asked: Asked) -> Iterator[Finding]:
    metrics = asked.values["metrics"]
    flat = is_list(metrics) and not any(isinstance(one, (list, tuple, dict)) for one in metrics)
    if asked.outputs > 1 and flat and metrics:
        code = "metrics-by-position" if len(metrics) == asked.outputs else "metrics-count"
        yield code, asked.instead("metrics", each(asked.outputs, asked.items("metrics")))
    if asked.outputs > 1 and metrics and getattr(asked.keras, "__version__", "") == MISROUTING:
        yield "metrics-keras-3-14", {}


def loss_count(asked: Asked) -> Iterator[Finding]:
    loss = asked.values["loss"]
    if not is_list(loss) or not loss or len(loss) == asked.outputs:
        return
    losses = asked.items("loss")
    fitting = (losses + losses[-1:] * asked.outputs)[: asked.outputs]
    code = "loss-single-for-many" if len(loss) < asked.outputs else "loss-count"
    yield code, asked.instead("loss", listed(fitting) if asked.outputs > 1 else fitting[0])


def weights_without_losses(asked: Asked) -> Iterator[Finding]:
    """Keras wants as many losses as weights, and counts a single loss as one."""
    loss, weights = asked.values["loss"], asked.values["loss_weights"]
    several = is_list(weights) or isinstance(weights, dict)
    if not several or len(weights) < 2 or loss is None or isinstance(loss, (list, tuple, dict)):
        return
    one, names = asked.written("loss"), output_names(asked.model)
    if isinstance(weights, dict):
        yield "loss-weights-need-list", asked.instead("loss", mapping(dict.fromkeys(names, one)))
    else:
        yield "loss-weights-need-list", asked.instead("loss", listed([one] * len(weights)))


def weight_count(asked: Asked) -> Iterator[Finding]:
    """`[0,1, 0,9]` is four numbers."""
    weights = asked.values["loss_weights"]
    if is_list(weights) and len(weights) > asked.outputs:
        yield "loss-weights-count", {"given": len(weights), "outputs": asked.outputs}


def keys_of_outputs(asked: Asked) -> Iterator[Finding]:
    """Entries by name, where a name is missing or is no output's."""
    names = output_names(asked.model)
    for argument in ("loss", "loss_weights", "metrics"):
        given = asked.values[argument]
        if not isinstance(given, dict) or not names:
            continue
        strange = [key for key in given if key not in names]
        lacking = [name for name in names if name not in given]
        if strange or (lacking and argument != "metrics"):
            entries = by_name(given, names)
            usual = next(iter(entries.values()), "'mse'") if argument == "loss" else "…"
            if argument != "metrics":
                entries = {name: entries.get(name, usual) for name in names}
            yield "output-names", {"outputs": names, **asked.instead(argument, mapping(entries))}


def by_name(given: dict[str, Any], names: Sequence[str]) -> dict[str, str]:
    """The entries under the names of outputs, each under its own or else under the likeliest that is free."""
    free = [name for name in names if name not in given]
    fixed = {}
    for key, value in given.items():
        name = key
        if key not in names:
            if not free:
                continue
            name = next(iter(get_close_matches(str(key), free, 1, 0.4)), free[0])
            free.remove(name)
        fixed[name] = spelled(value)
    return fixed


def unknown_names(asked: Asked) -> Iterator[Finding]:
    """A loss or metric that Keras does not know, which it says only in `fit`."""
    for section, argument in (("losses", "loss"), ("metrics", "metrics")):
        for name in flattened(asked.values[argument]):
            if not isinstance(name, str):
                continue
            known = section == "metrics" and name in COMPILE_KNOWS
            if not known and not is_known(asked.keras, section, name):
                yield "unknown-name", meant(asked.keras, section, name)


def classes_for_objects(asked: Asked) -> Iterator[Finding]:
    """`optimizer=Adam`, where `Adam()` is meant."""
    if isinstance(asked.values["optimizer"], type):
        expression = asked.call.value(0, "optimizer") if asked.call else None
        name = rewrite.unparsed(expression) or asked.values["optimizer"].__name__
        yield "class-for-object", instead(f"{name}()", name)


def duplicate_outputs(asked: Asked) -> Iterator[Finding]:
    """Outputs that bear one name share one entry of the history, and one of a dict of losses."""
    outputs = list(getattr(asked.model, "outputs", None) or [])
    names = list(getattr(asked.model, "output_names", None) or [])
    twice = next((name for name in names if names.count(name) > 1), "")
    if len({id(output) for output in outputs}) < len(outputs):
        yield "duplicate-outputs", {"name": twice}
    elif twice and several_calls(outputs) and not isinstance(getattr(asked.model, "_outputs_struct", None), dict):
        yield "duplicate-outputs", {"case": "named", "name": twice}


def several_calls(outputs: Sequence[Any]) -> bool:
    """Whether more than one call made them: all outputs of a nested model are called after it, as is usual."""
    made = [getattr(output, "_keras_history", output) for output in outputs]
    return len({(id(getattr(one, "operation", one)), getattr(one, "node_index", 0)) for one in made}) > 1


CONDITIONS: tuple[Callable[[Asked], Iterator[Finding]], ...] = (
    metric_alone,
    metrics_by_output,
    loss_count,
    weights_without_losses,
    weight_count,
    keys_of_outputs,
    unknown_names,
    classes_for_objects,
    duplicate_outputs,
)


def on_shaped_layer(recorder: Recorder, layer: Any, keywords: dict[str, Any]) -> None:
    """Remember a layer that was told the shape of its input; in a Sequential model that is in order."""
    call = rewrite.call_here(recorder.sources)
    without: dict[rewrite.Key, str | None] = {
        key: None for key in ("input_dim", "input_shape") if call and key in call.parts
    }
    said = rewrite.corrected(call, without) if call and without else {}
    shape = keywords.get("input_shape") or (None,)
    recorder.shaped_layers[id(layer)] = (layer, recorder.here(), keywords.get("input_dim", shape[-1]), said)


def ignored_input_dims(recorder: Recorder, model: Any) -> None:
    """In a functional model `input_dim` says nothing, even where it is wrong: the `Input` does."""
    if isinstance(model, recorder.keras.Sequential):
        return
    for layer in getattr(model, "layers", ()):
        known, place, claimed, said = recorder.shaped_layers.get(id(layer), (None, None, None, {}))
        if known is layer:
            size = last_size_of_input(layer)
            wrong = isinstance(size, int) and isinstance(claimed, int) and claimed != size
            sizes = {"case": "wrong", "claimed": claimed, "size": size} if wrong else {}
            recorder.note("input-dim-ignored", {**sizes, **said}, place)


def last_size_of_input(layer: Any) -> Any:
    with contextlib.suppress(Exception):
        return layer.input.shape[-1]
    return None


def is_list(value: Any) -> bool:
    return isinstance(value, (list, tuple))


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
