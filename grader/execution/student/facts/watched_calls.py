"""Calls into Keras that fail deep within it: concluded where Keras still has its arguments."""

from __future__ import annotations

import ast
import contextlib
import functools
import importlib
import inspect
import sys
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from ..recorder import Recorder
from ..source.rewrite import (
    Finding,
    Written,
    call_here,
    corrected,
    meant,
    unparsed,
)
from ..source.statements import inert

Given = dict[str, Any]
NAMED = ("activations", "initializers", "optimizers")


def _number_as_shape(given: Given, call: Written | None) -> Iterator[Finding]:
    """`Input(1)`, and `Input(shape=(1))`, which is the same."""
    shape = given.get("shape")
    if call is None or isinstance(shape, (tuple, list)) or not hasattr(shape, "__index__"):
        return
    text = call.value(0, "shape")
    key = call.key(0, "shape")
    if text is not None and key is not None:
        yield "input-shape-number", corrected(call, {key: f"shape=({unparsed(text)},)"})


def _layer_as_tensor(given: Given, call: Written | None) -> Iterator[Finding]:
    """A layer that was never called, where what it gives is wanted: as an argument of another, or as an output."""
    if call is None:
        return
    if "args" in given:
        pairs: list[tuple[ast.expr | None, Any]] = list(zip(call.node.args, given["args"], strict=False))
    else:
        pairs = [(call.value(n, name), given[name]) for n, name in enumerate(("inputs", "outputs"))]
    for expression, value in pairs:
        for name, layer in _uncalled(expression, value):
            merged = isinstance(getattr(layer, "axis", None), (list, tuple))  # a merge took its tensors for an axis
            case = "merge" if merged else "named" if name.isidentifier() else ""
            said = {"case": case, "name": name, "kind": type(layer).__name__}
            if isinstance(layer, sys.modules["keras"].layers.InputLayer):  # the one that is called on nothing
                said = {"case": "input", "shape": str(tuple(layer.batch_shape[1:]))}
            yield "layer-not-called", said
            return


def _inputs_of_model(given: Given, call: Written | None) -> Iterator[Finding]:
    """A `Model` that is given too few inputs, or its outputs first."""
    flatten = sys.modules["keras"].tree.flatten
    inputs, outputs = flatten(given["inputs"]), flatten(given["outputs"])
    if not all(hasattr(one, "_keras_history") for one in inputs):
        return  # it is given data
    if not _inputs_behind(outputs) <= set(map(id, inputs)):
        swapped = set(map(id, outputs)) <= _inputs_behind(inputs)
        yield "model-arguments", {"case": "order" if swapped else "left_out"}


def _inputs_behind(tensors: Sequence[Any]) -> set[int]:
    """The tensors of `Input`, by identity, that these are computed from."""
    waiting, seen, found = list(tensors), set[int](), set[int]()
    while waiting:
        tensor = waiting.pop()
        history = getattr(tensor, "_keras_history", None)
        if history is None or id(tensor) in seen:
            continue
        seen.add(id(tensor))
        node = history.operation._inbound_nodes[history.node_index]
        if node.is_input:
            found.add(id(tensor))
        waiting += node.input_tensors
    return found


def _uncalled(expression: ast.expr | None, value: Any) -> Iterator[tuple[str, Any]]:
    """The layers in a value, each with how it is written."""
    if isinstance(value, sys.modules["keras"].layers.Layer):
        yield unparsed(expression) or value.name, value
    if isinstance(value, (list, tuple)):
        written = expression.elts if isinstance(expression, (ast.List, ast.Tuple)) else []
        for position, item in enumerate(value):
            yield from _uncalled(written[position] if len(written) == len(value) else None, item)


def _merged_widths(given: Given, call: Written | None) -> Iterator[Finding]:
    """Tensors of different widths, added or multiplied number by number."""
    left, right = given["shape1"], given["shape2"]
    if call is None or not left or not right or left[:-1] != right[:-1]:
        return
    known = isinstance(left[-1], int) and isinstance(right[-1], int)
    yield "merge-widths", {"left": left[-1], "right": right[-1]} if known else {"case": "unknown"}


def _added_widths(given: Given, call: Written | None) -> Iterator[Finding]:
    """`a + b`, of tensors of different widths."""
    left, right = (getattr(given[name], "shape", ()) for name in ("self", "other"))
    widths = [shape[-1] for shape in (left, right) if shape and isinstance(shape[-1], int)]
    if len(widths) == 2 and widths[0] != widths[1] and left[:-1] == right[:-1]:
        yield "merge-widths", {"left": widths[0], "right": widths[1]}


def unknown_name(recorder: Recorder, section: str, given: Given, call: Written | None) -> Iterator[Finding]:
    name = given.get("identifier")
    if isinstance(name, str):
        yield "unknown-name", meant(recorder.keras, section, name)


# Module of Keras, class or nothing, function, and what a failing call of it means.
WATCHED: tuple[tuple[str, str, str, Callable[[Given, Written | None], Iterator[Finding]]], ...] = (
    ("keras.layers", "InputLayer", "__init__", _number_as_shape),
    ("keras.layers", "Layer", "__call__", _layer_as_tensor),
    ("keras.src.models.functional", "Functional", "__init__", _layer_as_tensor),
    ("keras.src.models.functional", "Functional", "__init__", _inputs_of_model),
    ("keras.src.layers.merging.base_merge", "Merge", "_compute_elemwise_op_output_shape", _merged_widths),
    *(("keras", "KerasTensor", f"__{name}__", _added_widths) for name in ("add", "sub", "mul")),
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
