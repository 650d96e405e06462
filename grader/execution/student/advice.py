"""What `compile` was given, as a fact from which the grader concludes what is wrong; and layers with an input shape."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from typing import Any

from . import rewrite
from .feeding import is_copy
from .known_names import COMPILE_KNOWS, is_known, meant
from .recorder import Recorder
from .rewrite import Said, spelled


def on_compile(recorder: Recorder, model: Any, values: dict[str, Any]) -> None:
    call = rewrite.call_here(recorder.sources)
    optimizer = values["optimizer"]
    said = {
        "call": call.text if call else "",
        "outputs": output_names(model),
        "count": len(getattr(model, "outputs", None) or [None]),
        "version": getattr(recorder.keras, "__version__", ""),
        "optimizer_class": optimizer.__name__ if isinstance(optimizer, type) else "",
        **repeated_output(model),
    }
    for name in ("loss", "loss_weights", "metrics"):
        said |= described(name, values[name])
    recorder.note("compiled", said)
    unknown_names(recorder, values)
    ignored_input_dims(recorder, model)
    record = recorder.find(model)
    if record and any(map(is_copy, getattr(model, "inputs", None) or ())):
        recorder.note("inputs-are-no-inputs", "", record.data["place"])


def described(name: str, value: Any) -> Said:
    """The kind of an argument, and its entries as one would write them."""
    if value is None:
        return {f"{name}_kind": "none"}
    if isinstance(value, dict):
        keys = [str(key) for key in value]
        return {f"{name}_kind": "dict", name: [spelled(one) for one in value.values()], f"{name}_keys": keys}
    if isinstance(value, (list, tuple)):
        nested = any(isinstance(one, (list, tuple, dict)) for one in value)
        return {f"{name}_kind": "list", name: [spelled(one) for one in value], f"{name}_nested": int(nested)}
    plain = isinstance(value, str) or callable(value)
    return {f"{name}_kind": "one" if plain or name == "loss" else "other", name: [spelled(value)]}


def unknown_names(recorder: Recorder, values: dict[str, Any]) -> None:
    """A loss or metric that Keras does not know, which it says only in `fit`."""
    for section, argument in (("losses", "loss"), ("metrics", "metrics")):
        for name in flattened(values[argument]):
            known = section == "metrics" and name in COMPILE_KNOWS
            if isinstance(name, str) and not known and not is_known(recorder.keras, section, name):
                recorder.note("unknown-name", meant(recorder.keras, section, name))


def repeated_output(model: Any) -> Said:
    """A name that two outputs bear, and whether they are one tensor."""
    outputs = list(getattr(model, "outputs", None) or [])
    names = list(getattr(model, "output_names", None) or [])
    twice = next((name for name in names if names.count(name) > 1), "")
    same = len({id(output) for output in outputs}) < len(outputs)
    named = several_calls(outputs) and not isinstance(getattr(model, "_outputs_struct", None), dict)
    return {"repeated": twice if same or named else "", "same": int(same)}


def several_calls(outputs: Sequence[Any]) -> bool:
    """Whether more than one call made them: all outputs of a nested model are called after it, as is usual."""
    made = [getattr(output, "_keras_history", output) for output in outputs]
    return len({(id(getattr(one, "operation", one)), getattr(one, "node_index", 0)) for one in made}) > 1


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
