"""What a call that failed had called, and which of its names stand for tensors: the grader concludes what is wrong."""

from __future__ import annotations

import ast
import importlib
import inspect
from collections.abc import Iterator
from typing import Any

from .recorder import MOST_NAMES, Recorder
from .rewrite import Said, Written, call_of_error, resolved

Finding = tuple[str, Said]
# What every layer takes beside the arguments of its own class.
OF_LAYERS = ("name", "dtype", "trainable", "autocast", "activity_regularizer", "input_shape", "input_dim", "batch_size")


def failed_call(recorder: Recorder, error: BaseException, cell: int | None) -> Iterator[Finding]:
    """The call that the innermost of the student's frames was making."""
    call = call_of_error(recorder.sources, error)
    if call is None or recorder.keras is None:
        return
    function, name = resolved(call.node.func, call.frame), call.function.rpartition(".")[2]
    names = [one for one in ast.walk(call.node) if isinstance(one, (ast.Name, ast.Attribute))]
    takes = arguments_of(recorder, function) if isinstance(error, (TypeError, ValueError)) else []
    unknown = [one.arg for one in call.node.keywords if one.arg and one.arg not in takes] if takes else []
    strange = {one: other for one in unknown if (other := method_that_takes(recorder, function, one))}
    yield "failed_call", {
        "call": call.text,
        "kinds": [kind for kind, holds in kinds_of(recorder, call, function).items() if holds],
        "tensors": [ast.unparse(one) for one in names if is_tensor(recorder, resolved(one, call.frame))],
        "takes": takes if len(takes) < MOST_NAMES else [],
        "home": next((place for place in ("layers", "ops") if hasattr(getattr(recorder.keras, place), name)), ""),
        "strange": list(strange),
        "methods": list(strange.values()),
    }


def kinds_of(recorder: Recorder, call: Written, function: Any) -> dict[str, bool]:
    keras = recorder.keras
    is_class = isinstance(function, type)
    return {
        "merge": joins(call),
        "layer": is_class and issubclass(function, keras.layers.Layer) and not issubclass(function, keras.Model),
        "tensor": is_tensor(recorder, function),
        "numpy": is_of_numpy(function),
    }


def joins(call: Written) -> bool:
    """Whether a call is one of `concatenate`, `add` and their kin, or of such a layer."""
    base = importlib.import_module("keras.src.layers.merging.base_merge").Merge
    inner = call.node.func
    made = resolved(inner.func, call.frame) if isinstance(inner, ast.Call) else None
    function = resolved(inner, call.frame)
    if isinstance(made, type) and issubclass(made, base):
        return True
    home = str(getattr(function, "__module__", ""))
    return isinstance(function, base) or home.startswith("keras.src.layers.merging")


def is_of_numpy(function: Any) -> bool:
    home = str(getattr(function, "__module__", None) or type(function).__module__)
    return callable(function) and home.partition(".")[0] == "numpy"


def is_tensor(recorder: Recorder, value: Any) -> bool:
    return recorder.keras is not None and isinstance(value, recorder.keras.KerasTensor)


def method_that_takes(recorder: Recorder, function: Any, argument: str) -> str:
    """The method of a model that an argument belongs to, where it was given to another one of the same model."""
    owner = getattr(function, "__self__", None)
    if recorder.keras is None or not isinstance(owner, recorder.keras.Model):
        return ""
    methods = ("compile", "fit", "evaluate", "predict")
    return next((one for one in methods if argument in inspect.signature(getattr(owner, one)).parameters), "")


def arguments_of(recorder: Recorder, function: Any) -> list[str]:
    """The names that a function takes; empty where it takes any."""
    keras = recorder.keras
    if keras is not None and function is keras.Model:
        return ["inputs", "outputs", "name"]
    if not callable(function):
        return []
    parameters = inspect.signature(function).parameters.values()
    names = [one.name for one in parameters if one.kind in (one.POSITIONAL_OR_KEYWORD, one.KEYWORD_ONLY)]
    if any(one.kind is one.VAR_KEYWORD for one in parameters):
        home = str(getattr(function, "__module__", ""))
        if not isinstance(function, type) or not home.startswith("keras."):
            return []
        return [*names, *OF_LAYERS] if issubclass(function, keras.layers.Layer) else names
    return names
