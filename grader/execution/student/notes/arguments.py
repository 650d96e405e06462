"""Arguments that a call does not take: misspelt, of an older Keras, of another method, or given twice."""

from __future__ import annotations

import ast
import inspect
import re
from collections.abc import Iterator, Sequence

from ..source.rewrite import ArgumentKey, Conclusion, NoteValues, corrected, nearest, unparsed
from .failed_calls import Failed
from .fit_calls import METHODS, in_lists

# What every layer takes beside the arguments of its own class.
OF_LAYERS = ("name", "dtype", "trainable", "autocast", "activity_regularizer", "input_shape", "input_dim", "batch_size")
TWICE = re.compile(r"multiple values for (?:keyword )?argument '(\w+)'")
# Arguments that had another name before Keras 2, or before Keras 3, or that have one in PyTorch.
OF_OTHERS = {
    "border_mode": "padding", "decay": "", "dim": "axis", "in_features": "", "init": "kernel_initializer",
    "input": "inputs", "lr": "learning_rate", "out_features": "units",
    "nb_epoch": "epochs", "nb_filter": "filters", "output": "outputs", "output_dim": "units", "p": "rate",
    "subsample": "strides",
}  # fmt: skip
OF_NO_USE = ("epsilon",)  # where they were `None` by default


def unknown_argument(failed: Failed) -> Iterator[Conclusion]:
    """A keyword that the function does not take, or has by its place."""
    if failed.node(ast.Call) is None or failed.keras is None:
        return
    call, takes = failed.call, _arguments_of(failed) if isinstance(failed.error, (TypeError, ValueError)) else []
    names = [
        name
        for keyword in call.node.keywords
        for name in ([keyword.arg] if keyword.arg else failed.value(keyword.value) or ())
    ]
    unknown = [name for name in names if takes and name not in takes]
    yield from _by_place(failed)
    if not unknown:
        yield from _of_no_use(failed, names)
        return
    method, elsewhere = _of_another_method(failed, unknown)
    if elsewhere:
        yield "argument-unknown", {"case": "elsewhere", "arguments": elsewhere, "method": method}
    likely = {name: _meant_argument(name, takes) for name in unknown}
    changes: dict[ArgumentKey, str | None] = {
        name: f"{near}={unparsed(call.parts[name])}" if near else None
        for name, near in likely.items()
        if name in call.parts
    }
    changes |= dict.fromkeys([name for name in OF_NO_USE if unparsed(call.parts.get(name)) == "None"])
    details: NoteValues = {"function": call.function, "argument": unknown[0]}
    if unknown[0] not in call.parts and likely[unknown[0]]:
        yield "argument-unknown", {**details, "case": "unpacked", "near": likely[unknown[0]]}
    elif all(name in call.parts and near for name, near in likely.items()):
        yield "argument-unknown", {**details, "wrong": unknown, "right": [*likely.values()], **corrected(call, changes)}
    else:
        without = corrected(call, changes) if changes else {}
        yield "argument-unknown", {**details, "case": "list", "taken": takes[:6], **without}


def _by_place(failed: Failed) -> Iterator[Conclusion]:
    """Arrays in a row, the width of what comes in, and what is given once more by its name."""
    call, model = failed.call, getattr(failed.called, "__self__", None)
    if isinstance(model, failed.keras.Model):  # the third array in a row is taken for the size of a batch
        values, parts = [*map(failed.value, call.node.args)], getattr(call.parts.get("validation_data"), "elts", ())
        if lists := in_lists(call, model, values, [*map(failed.value, parts)]):
            yield "arrays-count", corrected(call, lists)
    sizes = [node.value if isinstance(node, ast.Constant) else failed.value(node) for node in call.node.args[:2]]
    if failed.called is failed.keras.layers.Dense and [*map(type, sizes)] == [int, int]:
        yield "argument-unknown", {"case": "sizes", "function": call.function, **corrected(call, {0: None})}
    if match := TWICE.search(str(failed.error)):
        places = [n for n, name in enumerate(inspect.signature(failed.called).parameters) if name == match[1]]
        if places and places[0] in call.parts:
            without = corrected(call, dict.fromkeys(places))
            yield "argument-unknown", {"case": "twice", "function": call.function, "argument": match[1], **without}


def _of_no_use(failed: Failed, names: Sequence[str]) -> Iterator[Conclusion]:
    """Arguments that a method of a model takes, and this model has no use for."""
    if isinstance(getattr(failed.called, "__self__", None), failed.keras.Model):
        for name in names:
            if f"`{name}` is only supported" in str(failed.error) and name in failed.call.parts:
                yield "argument-unknown", {"case": "useless", "argument": name, **corrected(failed.call, {name: None})}


def _of_another_method(failed: Failed, names: Sequence[str]) -> tuple[str, list[str]]:
    """Arguments that another method of the model takes, and that method."""
    model = getattr(failed.called, "__self__", None)
    for method in METHODS if isinstance(model, failed.keras.Model) else ():
        taken = [name for name in names if name in inspect.signature(getattr(model, method)).parameters]
        if taken:
            return method, taken
    return "", []


def _meant_argument(name: str, takes: Sequence[str]) -> str:
    """What an older Keras called so, or else what is nearest to it."""
    today = OF_OTHERS.get(name)
    return today if today in ("", *takes) else nearest(name, takes) or next((key for key in takes if name in key), "")


def _arguments_of(failed: Failed) -> list[str]:
    """The names that a function takes; empty where it takes any."""
    function, keras = failed.called, failed.keras
    if function is keras.Model:
        return ["inputs", "outputs", "name"]
    if not callable(function):
        return []
    parameters = inspect.signature(function).parameters.values()
    names = [item.name for item in parameters if item.kind in (item.POSITIONAL_OR_KEYWORD, item.KEYWORD_ONLY)]
    if any(item.kind is item.VAR_KEYWORD for item in parameters):
        home, is_class = str(getattr(function, "__module__", "")), isinstance(function, type)
        is_layer = (
            issubclass(function, keras.layers.Layer) if is_class else ".layers." in home
        )  # as `concatenate` makes
        if not (is_class or is_layer) or not home.startswith("keras."):
            return []
        return [*names, *OF_LAYERS] if is_layer else names
    return names
