"""Calls that failed for a slip in their brackets: tensors in a row, a tensor among settings, an unknown argument."""

from __future__ import annotations

import ast
import importlib
import inspect
from collections.abc import Callable, Iterator
from typing import Any

from .bindings import nearest
from .recorder import Recorder
from .rewrite import MOST, Said, Written, call_of_error, corrected, instead, listed, resolved, unparsed

Finding = tuple[str, Said]
# What every layer takes beside the arguments of its own class.
OF_LAYERS = ("name", "dtype", "trainable", "autocast", "activity_regularizer", "input_shape", "input_dim", "batch_size")


def tensors_in_a_row(recorder: Recorder, error: BaseException, cell: int | None) -> Iterator[Finding]:
    """`concatenate(a, b)`, where one list is wanted."""
    call = call_of_error(recorder.sources, error)
    args = call.node.args if call else []
    if call is None or len(args) < 2 or not joins(call) or isinstance(args[0], (ast.List, ast.Tuple)):
        return
    if all(isinstance(one, ast.Call) or is_tensor(recorder, resolved(one, call.frame)) for one in args):
        keywords = [ast.unparse(one) for one in call.node.keywords]
        parts = ", ".join([listed([unparsed(one) for one in args]), *keywords])
        yield "merge-needs-list", instead(f"{call.function}({parts})", unparsed(call.node))


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


def tensor_as_setting(recorder: Recorder, error: BaseException, cell: int | None) -> Iterator[Finding]:
    """`Dense(20, x)`, where `Dense(20)(x)` is meant."""
    call = call_of_error(recorder.sources, error)
    layer = resolved(call.node.func, call.frame) if call else None
    if call is None or not isinstance(layer, type) or not issubclass(layer, recorder.keras.layers.Layer):
        return
    parts: list[ast.expr | ast.keyword] = [*call.node.args, *call.node.keywords]
    values = [one.value if isinstance(one, ast.keyword) else one for one in parts]
    tensors = [n for n, value in enumerate(values) if is_tensor(recorder, resolved(value, call.frame))]
    if len(tensors) == 1 and not issubclass(layer, recorder.keras.Model):
        settings = ", ".join(ast.unparse(one) for n, one in enumerate(parts) if n != tensors[0])
        new = f"{call.function}({settings})({unparsed(values[tensors[0]])})"
        yield "tensor-as-setting", instead(new, unparsed(call.node))


def tensor_called(recorder: Recorder, error: BaseException, cell: int | None) -> Iterator[Finding]:
    """`shared(left)`, where `shared` is what a layer gave."""
    call = call_of_error(recorder.sources, error)
    if call is not None and is_tensor(recorder, resolved(call.node.func, call.frame)):
        yield "tensor-called", {"name": call.function}


def numpy_on_tensors(recorder: Recorder, error: BaseException, cell: int | None) -> Iterator[Finding]:
    """`np.concatenate([a, b])`, where the tensors are a network's."""
    call = call_of_error(recorder.sources, error)
    function = resolved(call.node.func, call.frame) if call else None
    if call is None or not is_of_numpy(function):
        return
    names = [node for part in call.node.args for node in ast.walk(part) if isinstance(node, ast.Name)]
    if any(is_tensor(recorder, resolved(one, call.frame)) for one in names):
        name = call.function.rpartition(".")[2]
        home = next((place for place in ("layers", "ops") if hasattr(getattr(recorder.keras, place), name)), "")
        yield "numpy-on-tensors", instead(f"keras.{home}.{name}", call.function) if home else {}


def is_of_numpy(function: Any) -> bool:
    home = str(getattr(function, "__module__", None) or type(function).__module__)
    return callable(function) and home.partition(".")[0] == "numpy"


def is_tensor(recorder: Recorder, value: Any) -> bool:
    return recorder.keras is not None and isinstance(value, recorder.keras.KerasTensor)


def unknown_argument(recorder: Recorder, error: BaseException, cell: int | None) -> Iterator[Finding]:
    """A keyword that the function does not take."""
    call = call_of_error(recorder.sources, error)
    if call is None or not isinstance(error, (TypeError, ValueError)):
        return
    function = resolved(call.node.func, call.frame)
    taken = arguments_of(recorder, function)
    for given in [one.arg for one in call.node.keywords if one.arg]:
        if taken and given not in taken and (other := method_that_takes(recorder, function, given)):
            moved = {"other": other, "part": f"{given}={call.argument(given)}"}
            moved["method"] = f"{call.function.rpartition('.')[0]}.{other}"
            said = {"case": "elsewhere", "function": call.function, "argument": given, **moved}
            yield "argument-unknown", {**said, **corrected(call, {given: None})}
        elif taken and given not in taken:
            near = nearest(given, taken) or next((one for one in taken if given in one), "")
            value = call.argument(given) if len(call.argument(given)) < MOST else "…"
            told = instead(f"{near}={value}", f"{given}={value}") if near else {"case": "list", "taken": taken[:6]}
            yield "argument-unknown", {"function": call.function, "argument": given, **told}


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


EXPLANATIONS: tuple[Callable[[Recorder, BaseException, int | None], Iterator[Finding]], ...] = (
    tensors_in_a_row,
    tensor_as_setting,
    tensor_called,
    numpy_on_tensors,
    unknown_argument,
)
