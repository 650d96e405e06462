"""What `compile` and `fit` were given, as facts from which the grader concludes what is wrong."""

from __future__ import annotations

import contextlib
import numbers
import sys
from collections.abc import Sequence
from typing import Any

from ..recorder import MOST_NAMES, Record, Recorder
from ..source import rewrite
from ..source.rewrite import COMPILE_KNOWS, Said, Written, is_known, meant, spelled
from ..source.statements import inert


def on_fit(recorder: Recorder, model: Any, record: Record, asked: dict[str, Any]) -> None:
    call = rewrite.call_here(recorder.sources)
    inputs, outputs = (list(getattr(model, side, None) or []) for side in ("inputs", "outputs"))
    if any(map(_is_copy, inputs)):
        return  # that was noted already, and no data would fit
    in_dict = isinstance(getattr(model, "_outputs_struct", None), dict)
    recorder.note(
        "fitted",
        {
            "call": call.text if call else "",
            "numpy": _name_of_numpy(call),
            **described("x", asked["x"], inputs, [name_of_input(tensor) for tensor in inputs]),
            "validated": _kind_of_validation(asked.get("validation_data")),
            **described("y", asked["y"], outputs, list(getattr(model, "output_names", None) or [])),
            "alone": int(len(outputs) == 1 and not in_dict),
            "losses": _losses_by_output(record, len(outputs)),
            "units": [units_of(tensor) for tensor in outputs],
        },
    )


def _kind_of_validation(data: Any) -> str:
    """What the inputs are given, as for `x` itself."""
    given = data[0] if isinstance(data, (list, tuple)) and len(data) > 1 else None
    return str(described("x", given, [], [])["x_kind"])


def described(name: str, data: Any, tensors: Sequence[Any], names: Sequence[str]) -> Said:
    """One of the two things that `fit` is given: its arrays, in the order of the model, and what this has for them."""
    if not _is_data(data):
        return {f"{name}_kind": "none"}
    keys: list[Any]
    if isinstance(data, dict):
        kind, keys = "dict", [one for one in names if one in data] or list(data)
        arrays = [data[key] for key in keys[:MOST_NAMES]]
    elif isinstance(data, (list, tuple)) and not _is_numbers(data):
        kind, arrays = "list", list(data[:MOST_NAMES])
        keys = list(range(len(arrays)))
    else:
        kind, arrays, keys = "numbers" if _is_numbers(data) else "array", [data], [0]
    return {
        f"{name}_kind": kind,
        f"{name}_given": list(data) if kind == "dict" else [],
        f"{name}_keys": keys,
        f"{name}_shapes": [tuple(_shape_of(one)) for one in arrays],
        f"{name}_forms": [_form_of(one) for one in arrays],
        f"{name}_names": names,
        f"{name}_tensors": [tuple(tensor.shape) for tensor in tensors],
    }


def _form_of(value: Any) -> str:
    if _is_numbers(value):
        return "numbers"
    return "single" if isinstance(value, numbers.Number) or getattr(value, "shape", None) == () else "array"


def _name_of_numpy(call: Written | None) -> str:
    """The name that NumPy has where `fit` is called."""
    scope = call.frame.f_globals if call and call.frame else {}
    return next((name for name, value in scope.items() if value is sys.modules.get("numpy")), "np")


def units_of(tensor: Any) -> str:
    """The units of the layer that gives an output, if it has any."""
    units = getattr(getattr(getattr(tensor, "_keras_history", None), "operation", None), "units", None)
    return "" if units is None else str(units)


def name_of_input(tensor: Any) -> str:
    """The name by which `fit` knows an input: its layer's."""
    layer = getattr(getattr(tensor, "_keras_history", None), "operation", tensor)
    return str(getattr(layer, "name", ""))


def _is_copy(tensor: Any) -> bool:
    """Whether Keras made this input itself, where a model was given what a layer had computed."""
    return str(getattr(tensor, "name", "")).endswith("CLONE")


def _is_data(value: Any) -> bool:
    """Arrays, and what stands for arrays; a data set or a generator is not looked into."""
    if inert([value]):
        return False
    return isinstance(value, (list, tuple, dict, numbers.Number)) or (hasattr(value, "shape") and value is not None)


def _is_numbers(value: Any) -> bool:
    """A list of plain numbers, however deep: Keras wants an array."""
    if not isinstance(value, (list, tuple)) or not value:
        return False
    return all(isinstance(one, numbers.Number) or _is_numbers(one) for one in value[:100])


def _shape_of(array: Any) -> list[Any]:
    shape = getattr(array, "shape", None)
    try:
        return [None if size is None else int(size) for size in list(shape or ())[:16]]
    except (TypeError, ValueError):
        return []


def _losses_by_output(record: Record, outputs: int) -> list[str]:
    """The name of each output's loss in the last compile, as far as it can be told by position."""
    compiles = record.data["compiles"]
    loss = compiles[-1]["loss"] if compiles else None
    if isinstance(loss, dict) and "by_name" in loss:
        loss = list(loss["by_name"].values())
    several = loss if isinstance(loss, list) else [loss] * outputs
    names = [str(one.get("setting", "")) if isinstance(one, dict) else "" for one in several]
    return names + [""] * (outputs - len(names))


def on_compile(recorder: Recorder, model: Any, values: dict[str, Any]) -> None:
    call = rewrite.call_here(recorder.sources)
    optimizer = values["optimizer"]
    said = {
        "call": call.text if call else "",
        "outputs": output_names(model),
        "count": len(getattr(model, "outputs", None) or ()),  # 0 where it is not known, as of a subclass of Model
        "version": getattr(recorder.keras, "__version__", ""),
        "optimizer_class": optimizer.__name__ if isinstance(optimizer, type) else "",
        **_repeated_output(model),
    }
    for name in ("loss", "loss_weights", "metrics"):
        said |= _described_setting(name, values[name])
    recorder.note("compiled", said)
    _unknown_names(recorder, values)
    _ignored_input_dims(recorder, model)
    record = recorder.find(model)
    if record and any(map(_is_copy, getattr(model, "inputs", None) or ())):
        recorder.note("inputs-are-no-inputs", "", record.data["location"])


def _described_setting(name: str, value: Any) -> Said:
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


def _unknown_names(recorder: Recorder, values: dict[str, Any]) -> None:
    """A loss or metric that Keras does not know, which it says only in `fit`."""
    for section, argument in (("losses", "loss"), ("metrics", "metrics")):
        for name in flattened(values[argument]):
            known = section == "metrics" and name in COMPILE_KNOWS
            if isinstance(name, str) and not known and not is_known(recorder.keras, section, name):
                recorder.note("unknown-name", meant(recorder.keras, section, name))


def _repeated_output(model: Any) -> Said:
    """A name that two outputs bear, and whether they are one tensor."""
    outputs = list(getattr(model, "outputs", None) or [])
    names = list(getattr(model, "output_names", None) or [])
    twice = next((name for name in names if names.count(name) > 1), "")
    same = len({id(output) for output in outputs}) < len(outputs)
    named = _several_calls(outputs) and not isinstance(getattr(model, "_outputs_struct", None), dict)
    return {"repeated": twice if same or named else "", "same": int(same)}


def _several_calls(outputs: Sequence[Any]) -> bool:
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


def _ignored_input_dims(recorder: Recorder, model: Any) -> None:
    """In a functional model `input_dim` says nothing, even where it is wrong: the `Input` does."""
    if isinstance(model, recorder.keras.Sequential):
        return
    for layer in getattr(model, "layers", ()):
        known, location, claimed, said = recorder.shaped_layers.get(id(layer), (None, None, None, {}))
        if known is layer:
            size = _last_size_of_input(layer)
            wrong = isinstance(size, int) and isinstance(claimed, int) and claimed != size
            sizes = {"case": "wrong", "claimed": claimed, "size": size} if wrong else {}
            recorder.note("input-dim-ignored", {**sizes, **said}, location)


def _last_size_of_input(layer: Any) -> Any:
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
