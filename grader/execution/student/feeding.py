"""What `fit` is fed, as a fact: shapes of arrays and of the model, from which the grader concludes what is wrong."""

from __future__ import annotations

import numbers
import sys
from collections.abc import Sequence
from typing import Any

from . import rewrite
from .recorder import MOST_NAMES, Record, Recorder
from .rewrite import Said, Written


def on_fit(recorder: Recorder, model: Any, record: Record, asked: dict[str, Any]) -> None:
    call = rewrite.call_here(recorder.sources)
    inputs, outputs = (list(getattr(model, side, None) or []) for side in ("inputs", "outputs"))
    if any(map(is_copy, inputs)):
        return  # that was noted already, and no data would fit
    in_dict = isinstance(getattr(model, "_outputs_struct", None), dict)
    recorder.note(
        "fitted",
        {
            "call": call.text if call else "",
            "numpy": name_of_numpy(call),
            **described("x", asked["x"], inputs, [name_of_input(tensor) for tensor in inputs]),
            **described("y", asked["y"], outputs, list(getattr(model, "output_names", None) or [])),
            "alone": int(len(outputs) == 1 and not in_dict),
            "losses": losses_by_output(record, len(outputs)),
            "units": [units_of(tensor) for tensor in outputs],
        },
    )


def described(name: str, data: Any, tensors: Sequence[Any], names: Sequence[str]) -> Said:
    """One of the two things that `fit` is given: its arrays, in the order of the model, and what this has for them."""
    if not is_data(data):
        return {f"{name}_kind": "none"}
    keys: list[Any]
    if isinstance(data, dict):
        kind, keys = "dict", [one for one in names if one in data] or list(data)
        arrays = [data[key] for key in keys[:MOST_NAMES]]
    elif isinstance(data, (list, tuple)) and not is_numbers(data):
        kind, arrays = "list", list(data[:MOST_NAMES])
        keys = list(range(len(arrays)))
    else:
        kind, arrays, keys = "numbers" if is_numbers(data) else "array", [data], [0]
    return {
        f"{name}_kind": kind,
        f"{name}_given": list(data) if kind == "dict" else [],
        f"{name}_keys": keys,
        f"{name}_shapes": [tuple(shape_of(one)) for one in arrays],
        f"{name}_forms": [form_of(one) for one in arrays],
        f"{name}_names": names,
        f"{name}_tensors": [tuple(tensor.shape) for tensor in tensors],
    }


def form_of(value: Any) -> str:
    if is_numbers(value):
        return "numbers"
    return "single" if isinstance(value, numbers.Number) or getattr(value, "shape", None) == () else "array"


def name_of_numpy(call: Written | None) -> str:
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


def is_copy(tensor: Any) -> bool:
    """Whether Keras made this input itself, where a model was given what a layer had computed."""
    return str(getattr(tensor, "name", "")).endswith("CLONE")


def is_data(value: Any) -> bool:
    """Arrays, and what stands for arrays; a data set or a generator is not looked into."""
    return isinstance(value, (list, tuple, dict, numbers.Number)) or (hasattr(value, "shape") and value is not None)


def is_numbers(value: Any) -> bool:
    """A list of plain numbers, however deep: Keras wants an array."""
    if not isinstance(value, (list, tuple)) or not value:
        return False
    return all(isinstance(one, numbers.Number) or is_numbers(one) for one in value[:100])


def shape_of(array: Any) -> list[Any]:
    shape = getattr(array, "shape", None)
    try:
        return [None if size is None else int(size) for size in list(shape or ())[:16]]
    except (TypeError, ValueError):
        return []


def losses_by_output(record: Record, outputs: int) -> list[str]:
    """The name of each output's loss in the last compile, as far as it can be told by position."""
    compiles = record.data["compiles"]
    loss = compiles[-1]["loss"] if compiles else None
    if isinstance(loss, dict) and "by_name" in loss:
        loss = list(loss["by_name"].values())
    several = loss if isinstance(loss, list) else [loss] * outputs
    names = [str(one.get("setting", "")) if isinstance(one, dict) else "" for one in several]
    return names + [""] * (outputs - len(names))
