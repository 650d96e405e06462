"""Arguments that a call does not take: misspelt, of an older Keras or of PyTorch, or arrays in a row."""

from __future__ import annotations

import ast
import builtins
import inspect
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from ..source.sources import Source
from ..source.statements import last_name
from ..source.written_calls import (
    ArgumentKey,
    Conclusion,
    NoteValues,
    corrected,
    elsewhere,
    instead,
    nearest,
    together,
    unparsed,
)
from .failed_calls import Failed
from .fit_calls import METHODS, in_lists

# What every layer takes beside the arguments of its own class.
OF_LAYERS = ("name", "dtype", "trainable", "autocast", "activity_regularizer", "input_shape", "input_dim", "batch_size")
# Arguments that had another name before Keras 2, or before Keras 3, or that have one in PyTorch or in TensorFlow.
OF_OTHERS = {
    "border_mode": "padding", "decay": "", "dim": "axis", "in_features": "", "init": "kernel_initializer",
    "initializer": "kernel_initializer", "input": "inputs", "lr": "learning_rate", "out_features": "units",
    "nb_epoch": "epochs", "nb_filter": "filters", "output": "outputs", "output_dim": "units", "p": "rate",
    "subsample": "strides",
}  # fmt: skip
USELESS = re.compile(r"`(\w+)` is only supported")  # `class_weight`, for models with one output
OF_NO_USE = ("epsilon",)  # where they were `None` by default


def unknown_argument(failed: Failed) -> Iterator[Conclusion]:
    """A keyword that the function does not take."""
    call, takes = failed.call, _arguments_of(failed) if isinstance(failed.error, (TypeError, ValueError)) else []
    if near := next((name for name in failed.scope if _is_in_capitals(call.function, name, failed.scope)), ""):
        yield "misspelt-name", instead(near, call.function)
    yield from _in_a_row(failed)
    if (useless := USELESS.search(str(failed.error))) and useless[1] in call.parts:
        details: NoteValues = {"function": call.function, "argument": useless[1], "case": "outputs"}
        yield "argument-unknown", {**details, **corrected(call, {useless[1]: None})}
    given = [word.arg for word in call.node.keywords if word.arg] + (unpacked := [*_unpacked(failed)])
    unknown = [name for name in given if takes and name not in takes]
    if not unknown:
        return
    likely = {name: _meant_argument(name, takes) for name in unknown}
    changes: dict[ArgumentKey, str | None] = {
        name: f"{near}={unparsed(call.parts[name])}" if near else None
        for name, near in likely.items()
        if name in call.parts
    }
    changes |= dict.fromkeys([name for name in OF_NO_USE if unparsed(call.parts.get(name)) == "None"])
    here = corrected(call, changes) if changes else {}
    details = {"function": call.function, "argument": unknown[0]}
    if all(likely.values()):
        there = _keys_elsewhere(failed, {name: likely[name] for name in unpacked if name in likely})
        yield "argument-unknown", together({**details, **here}, _keywords_elsewhere(failed, likely), there)
    else:
        compiled = inspect.signature(failed.keras.Model.compile).parameters
        case = "compile" if unknown[0] in compiled and last_name(call.node.func) in METHODS else "list"
        yield "argument-unknown", {**details, "case": case, "taken": takes[:6], **here}


def _unpacked(failed: Failed) -> Iterator[str]:
    """The keywords that a call is given by unpacking a dict."""
    for word in failed.call.node.keywords:
        value = None if word.arg else failed.value(word.value)
        yield from (name for name in value if isinstance(name, str)) if isinstance(value, dict) else ()


def _keys_elsewhere(failed: Failed, likely: Mapping[str, str]) -> NoteValues:
    """Such keywords where they are given to the function that hands them on, or else where dicts have them."""
    handed = [(failed.call.argument(None, name), name) for name in likely]
    places = [(part.spot.source, part.node.lineno, name, str) for part, name in handed if part.node and part.spot]
    found = [place for place in places or _keys_of_dicts(failed) if place[2] in likely]
    return elsewhere((source, line, spelled(likely[name]), spelled(name)) for source, line, name, spelled in found)


def _keys_of_dicts(failed: Failed) -> Iterator[tuple[Source, int, str, Callable[[str], str]]]:
    """The keys of all dicts that the program has, each with its place, and how it is spelled there."""
    for source in failed.recorder.program:
        words = [word for call in source.calls.get("dict", ()) for word in call.keywords]
        yield from ((source, word.lineno, word.arg, str) for word in words if word.arg)
        keys = [key for node in source.nodes if isinstance(node, ast.Dict) for key in node.keys]
        texts = [key for key in keys if isinstance(key, ast.Constant) and isinstance(key.value, str)]
        yield from ((source, key.lineno, str(key.value), repr) for key in texts)


def _keywords_elsewhere(failed: Failed, likely: Mapping[str, str]) -> NoteValues:
    """The same keywords in other calls of the function."""
    source, function = failed.source, failed.call.function
    calls = source.calls.get(function.rpartition(".")[2], [])
    calls = [call for call in calls if not call.lineno <= failed.line <= (call.end_lineno or 0)]
    keywords = [word for call in calls if unparsed(call.func) == function for word in call.keywords]
    names = [(word.lineno, word.arg or "") for word in keywords]
    return elsewhere((source, line, likely[name], name) for line, name in names if name in likely)


def _is_in_capitals(function: str, name: str, scope: Mapping[str, Any]) -> bool:
    """Whether a name of Keras's is that of a function of Python's but for its capitals: `Input` for `input`."""
    is_other = function in dir(builtins) and name != function and name.lower() == function.lower()
    return is_other and callable(scope[name]) and str(getattr(scope[name], "__module__", "")).startswith("keras.")


def _in_a_row(failed: Failed) -> Iterator[Conclusion]:
    """Arrays in a row, of which the third is taken for the size of a batch."""
    call, model = failed.call, getattr(failed.called, "__self__", None)
    if isinstance(model, failed.keras.Model):
        values, parts = [*map(failed.value, call.node.args)], getattr(call.parts.get("validation_data"), "elts", ())
        if lists := in_lists(call, model, values, [*map(failed.value, parts)]):
            yield "arrays-count", corrected(call, lists)


def _meant_argument(name: str, takes: Sequence[str]) -> str:
    """What an older Keras called so, or else what is nearest to it."""
    today = OF_OTHERS.get(name)
    return today if today in ("", *takes) else nearest(name, takes) or next((key for key in takes if name in key), "")


def _arguments_of(failed: Failed) -> list[str]:
    """The names that a function takes; empty where it takes any."""
    function, keras = failed.called, failed.keras
    if function is keras.Model:
        return ["inputs", "outputs", "name"]
    if not callable(function) or isinstance(function, keras.layers.Layer):  # `Dense = Dense(32)`
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
