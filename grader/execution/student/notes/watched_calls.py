"""Calls that fail deep within Keras, and why: concluded where it still has their arguments."""

from __future__ import annotations

import ast
import contextlib
import functools
import importlib
import inspect
import operator
import sys
from collections.abc import Callable, Iterator
from typing import Any

from ..recorder import Recorder
from ..source.rewrite import Finding, Written, call_here, corrected, meant, unparsed
from ..source.statements import inert
from .failed_calls import inputs_behind

Given = dict[str, Any]
MOST_NAMED = 3
NAMED = ("activations", "initializers", "optimizers")


def _number_as_shape(given: Given, call: Written | None) -> Iterator[Finding]:
    """`Input(1)`, and `Input(shape=(1))`, which is the same."""
    shape = given.get("shape")
    if call is None or isinstance(shape, (tuple, list)) or not hasattr(shape, "__index__"):
        return
    written = call.argument(0, "shape")
    if written.key is not None:
        yield "input-shape-number", corrected(call, {written.key: f"shape=({written.text},)"})


def _another_width(given: Given, call: Written | None) -> Iterator[Finding]:
    """A layer that was called before on a tensor of another width."""
    tensors = [*map(operator.attrgetter("input_tensors"), given["self"]._inbound_nodes), given["args"]]
    widths = [tensor.shape[-1] for (tensor, *_) in tensors if hasattr(tensor, "_keras_history")]  # and no data of `fit`
    if call is not None and widths[0] != widths[-1]:
        yield "layer-again", {"name": call.function, "before": widths[0], "now": widths[-1]}


def _layer_as_tensor(given: Given, call: Written | None) -> Iterator[Finding]:
    """A layer that was never called, where what it gives is wanted: as an argument of another, or as an output."""
    if call is None:
        return
    if "args" in given:
        pairs: list[tuple[ast.expr | None, Any]] = list(zip(call.node.args, given["args"], strict=False))
    else:
        pairs = [(call.argument(n, name).node, given[name]) for n, name in enumerate(("inputs", "outputs"))]
    for expression, value in pairs:
        for name, layer in _uncalled(expression, value):
            merged = isinstance(getattr(layer, "axis", None), (list, tuple))  # a merge took its tensors for an axis
            made = [one for one in call.source.nodes if isinstance(one, ast.Assign) and isinstance(one.value, ast.Call)]
            is_named = any(unparsed(target) == name for one in made for target in one.targets)
            case = "merge" if merged else "named" if is_named else ""
            said = {"case": case, "name": name, "kind": type(layer).__name__}
            yield "layer-not-called", said
            return


def _inputs_of_model(given: Given, call: Written | None) -> Iterator[Finding]:
    """A `Model` that is given too few inputs, or its outputs first."""
    flatten = sys.modules["keras"].tree.flatten
    inputs, outputs = flatten(given["inputs"]), flatten(given["outputs"])
    if not all(hasattr(one, "_keras_history") for one in inputs):
        return  # it is given data
    left_out = inputs_behind(outputs) - set(map(id, inputs))
    if left_out and set(map(id, outputs)) <= inputs_behind(inputs):
        yield "model-arguments", {"case": "order"}
    elif left_out:
        held = {**call.frame.f_globals, **call.frame.f_locals} if call else {}
        names = [name for name, value in held.items() if id(value) in left_out][:MOST_NAMED]
        yield "model-arguments", {"case": "left_out", "names": names} if names else {"case": "unnamed"}


def _uncalled(expression: ast.expr | None, value: Any) -> Iterator[tuple[str, Any]]:
    """The layers in a value, each with how it is written."""
    if isinstance(value, sys.modules["keras"].layers.Layer):
        yield unparsed(expression) or value.name, value
    if isinstance(value, (list, tuple)):
        written = expression.elts if isinstance(expression, (ast.List, ast.Tuple)) else []
        for position, item in enumerate(value):
            yield from _uncalled(written[position] if len(written) == len(value) else None, item)


def _merged_widths(given: Given, call: Written | None) -> Iterator[Finding]:
    """Tensors of different widths, added or multiplied number by number; also by `a + b`."""
    tensors = [given.get("shape1", given.get("self")), given.get("shape2", given.get("other"))]
    left, right = (tuple(getattr(one, "shape", one) or ()) for one in tensors)
    if left and right and left[:-1] == right[:-1] and left[-1] != right[-1]:
        known = isinstance(left[-1], int) and isinstance(right[-1], int)
        yield "merge-widths", {"left": left[-1], "right": right[-1]} if known else {"case": "unknown"}


def unknown_name(recorder: Recorder, section: str, given: Given, call: Written | None) -> Iterator[Finding]:
    name = given.get("identifier")
    if isinstance(name, str):
        yield "unknown-name", meant(recorder.keras, section, name)


# Module of Keras, class or nothing, function, and what a failing call of it means.
WATCHED: tuple[tuple[str, str, str, Callable[[Given, Written | None], Iterator[Finding]]], ...] = (
    ("keras.layers", "InputLayer", "__init__", _number_as_shape),
    ("keras.layers", "Layer", "__call__", _layer_as_tensor),
    ("keras.layers", "Layer", "__call__", _another_width),
    ("keras.src.models.functional", "Functional", "__init__", _layer_as_tensor),
    ("keras.src.models.functional", "Functional", "__init__", _inputs_of_model),
    ("keras.src.layers.merging.base_merge", "Merge", "_compute_elemwise_op_output_shape", _merged_widths),
    *(("keras", "KerasTensor", f"__{name}__", _merged_widths) for name in ("add", "sub", "mul")),
)


def watch(recorder: Recorder, replace: Callable[[Any, str, Callable[[Any], Any]], None]) -> None:
    """Explain calls that fail. A Keras that keeps one of these elsewhere goes without that explanation."""
    for module, owner, name, explain in WATCHED:
        try:
            location = importlib.import_module(module)
            replace(getattr(location, owner) if owner else location, name, _told_on_failure(recorder, explain))
        except (ImportError, AttributeError):
            continue
    for section in NAMED:
        explain = functools.partial(unknown_name, recorder, section)
        replace(importlib.import_module(f"keras.src.{section}"), "get", _told_on_failure(recorder, explain))


def _told_on_failure(recorder: Recorder, explain: Callable[[Given, Written | None], Iterator[Finding]]) -> Any:
    def wrap(original: Any) -> Any:
        signature = inspect.signature(original)

        def call(*args: Any, **kwargs: Any) -> Any:
            __tracebackhide__ = True
            try:
                return original(*args, **kwargs)
            except Exception:
                if not recorder.muted:
                    tell(args, kwargs)
                raise

        def tell(args: tuple[Any, ...], kwargs: Given) -> None:
            # An explanation that fails must not stand in for the student's own error.
            with contextlib.suppress(Exception):
                given = signature.bind(*args, **kwargs)
                given.apply_defaults()
                if inert(given.arguments.values()):
                    return
                for code, said in explain(dict(given.arguments), call_here(recorder.sources)):
                    recorder.note(code, said)

        return call

    return wrap
