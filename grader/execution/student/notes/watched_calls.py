"""Calls that fail deep within Keras, and why: concluded where it still has their arguments."""

from __future__ import annotations

import ast
import contextlib
import functools
import importlib
import inspect
import operator
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from itertools import islice
from typing import Any

from ..describe import computed_from, inputs_behind, operation_of
from ..recorder import Recorder
from ..source.rewrite import (
    ArgumentKey,
    Conclusion,
    NoteValues,
    Written,
    corrected,
    elsewhere,
    meant,
    unparsed,
)
from ..source.statements import inert
from .failed_calls import Failed, Rule, assigning

MOST_NAMED = 3
NAMED = ("activations", "initializers", "optimizers")


def _number_as_shape(failed: Failed) -> Iterator[Conclusion]:
    """`Input(1)`, and `Input(shape=(1))`, which is the same; and an `Input` without a shape."""
    shape = failed.given.get("shape")
    if shape is None or isinstance(shape, (int, sys.modules["numpy"].integer)):
        written = failed.call.argument(0, "shape")
        key = "shape" if written.key is None else written.key
        yield "input-shape-number", corrected(failed.call, {key: f"shape=({written.text or 1},)"})


def _another_width(failed: Failed) -> Iterator[Conclusion]:
    """A layer that was called before on a tensor of another width."""
    layer = failed.given["self"]
    inputs = [*map(operator.attrgetter("input_tensors"), layer._inbound_nodes), failed.given["args"]]
    tensors = [tensor for (tensor, *_) in inputs if hasattr(tensor, "_keras_history")]  # and no data of `fit`
    widths, input_layer = [tensor.shape[-1] for tensor in tensors], failed.keras.layers.InputLayer
    if widths[0] != widths[-1]:
        are_inputs = all(isinstance(operation_of(tensor), input_layer) for tensor in (tensors[0], tensors[-1]))
        details = {"name": failed.call.function, "before": widths[0], "now": widths[-1]}
        yield "layer-again", {"case": "inputs" if are_inputs else "", **details}


def _layer_as_tensor(failed: Failed) -> Iterator[Conclusion]:
    """A layer that was never called, where what it gives is wanted: as an argument of another, or as an output."""
    values, call = failed.given, failed.call
    if "args" in values:
        arguments: list[tuple[ast.expr | None, Any]] = list(zip(call.node.args, values["args"], strict=False))
    else:
        arguments = [(call.argument(n, name).node, values[name]) for n, name in enumerate(("inputs", "outputs"))]
    for name, _ in islice((entry for argument in arguments for entry in _uncalled(*argument)), 1):
        if created := _created_on_tensors(failed, name):
            yield "tensor-as-setting", created
        else:
            yield "layer-not-called", {"name": name} if name else {"case": "unnamed"}


def _created_on_tensors(failed: Failed, name: str) -> NoteValues:
    """The line `merged = Concatenate([a, b])` with brackets of their own for what is to be joined."""
    kinds = (failed.keras.KerasTensor, failed.keras.layers.Layer)
    for source, line in assigning(failed, name):
        call = line.value
        nodes = [part for node in getattr(call, "args", ()) for part in getattr(node, "elts", [node])]
        if not isinstance(call, ast.Call) or isinstance(call.func, ast.Call):
            continue
        if nodes and all(isinstance(failed.value(node), kinds) for node in nodes):
            whole = ast.List(nodes, ast.Load()) if len(nodes) > 1 else nodes[0]
            new = ast.Call(ast.Call(call.func, [], call.keywords), [whole], [])
            return elsewhere(source, [(line.lineno, f"{name} = {ast.unparse(new)}", ast.unparse(line))])
    return {}


def _uncalled(expression: ast.expr | None, value: Any) -> Iterator[tuple[str, Any]]:
    """The layers in a value, each with how it is written."""
    if isinstance(value, sys.modules["keras"].layers.Layer):
        yield unparsed(expression), value
    if isinstance(value, (list, tuple)):
        nodes = expression.elts if isinstance(expression, (ast.List, ast.Tuple)) else []
        for position, item in enumerate(value):
            yield from _uncalled(nodes[position] if len(nodes) == len(value) else None, item)


def _inputs_of_model(failed: Failed) -> Iterator[Conclusion]:
    """What a `Model` begins and ends with: inputs that it lacks, by the first of their names, or what is no tensor."""
    inputs, outputs = (failed.keras.tree.flatten(failed.given[side]) for side in ("inputs", "outputs"))
    left_out = inputs_behind(outputs).keys() - set(map(id, inputs))
    labels = {id(value): name for name, value in reversed(failed.scope.items()) if name[:1] != "_"}
    names = sorted((labels[key] for key in left_out if key in labels), key=[*failed.scope].index)[:MOST_NAMED]
    is_data = [not hasattr(value, "_keras_history") and hasattr(value, "shape") for value in (*inputs, *outputs)]
    if left_out or any(is_data):
        yield "model-arguments", {"case": "left_out", "names": names} if names else {}


def _names_again(failed: Failed) -> Iterator[Conclusion]:
    """Layers of one model with the same name."""
    nodes = [node for _, node in computed_from(failed.keras.tree.flatten(failed.given.get("outputs", [])))]
    layers = {id(layer): layer for layer in (*(node.operation for node in nodes), *(failed.given.get("layers") or ()))}
    names = Counter(layer.name for layer in layers.values())
    repeated = [name for name, count in names.items() if count > 1]
    if repeated and all(name.endswith("CLONE") for name in repeated):  # what Keras makes in place of a result
        yield "inputs-are-no-inputs", {}
    elif repeated:
        yield "layer-names", {"names": sorted(repeated)[:MOST_NAMED]}


def _merged_widths(failed: Failed) -> Iterator[Conclusion]:
    """Tensors of different widths, added or multiplied number by number; also by `a + b`."""
    values = failed.given
    tensors = [values.get("shape1", values.get("self")), values.get("shape2", values.get("other"))]
    left, right = (tuple(getattr(tensor, "shape", tensor) or ()) for tensor in tensors)
    if left and right and left[:-1] == right[:-1] and left[-1] != right[-1]:
        are_numbers = isinstance(left[-1], int) and isinstance(right[-1], int)
        yield "merge-widths", {"left": left[-1], "right": right[-1]} if are_numbers else {"case": "unknown"}


def unknown_name(section: str, failed: Failed) -> Iterator[Conclusion]:
    name = failed.given.get("identifier")
    if isinstance(name, str):
        details = meant(failed.keras, section, name)
        yield "unknown-name", {**details, **(_as_initializer(name, failed.call) if "case" in details else {})}


def _as_initializer(name: str, call: Written) -> NoteValues:
    """The call of a layer in which an initializer stands for the activation, and the activation perhaps behind it."""
    changes: dict[ArgumentKey, str | None] = {}
    for key, node in call.parts.items():
        if key in (1, "activation") and isinstance(node, ast.Constant) and node.value == name:
            changes[key] = f"kernel_initializer='{name}'"
        elif key == 2:
            changes[key] = f"activation={unparsed(node)}"
    return corrected(call, changes) if {1, "activation"} & changes.keys() else {}


# Module of Keras, class or nothing, function, and what a failing call of it means.
WATCHED: tuple[tuple[str, str, str, Rule], ...] = (
    ("keras.layers", "InputLayer", "__init__", _number_as_shape),
    ("keras.layers", "Layer", "__call__", _layer_as_tensor),
    ("keras.layers", "Layer", "__call__", _another_width),
    ("keras.src.models.functional", "Functional", "__init__", _layer_as_tensor),
    ("keras.src.models.functional", "Functional", "__init__", _inputs_of_model),
    ("keras.src.models.functional", "Functional", "__init__", _names_again),
    ("keras", "Sequential", "__init__", _names_again),
    ("keras.src.layers.merging.base_merge", "Merge", "_compute_elemwise_op_output_shape", _merged_widths),
    *(("keras", "KerasTensor", f"__{name}__", _merged_widths) for name in ("add", "sub", "mul")),
    *((f"keras.src.{section}", "", "get", functools.partial(unknown_name, section)) for section in NAMED),
)


def watch(recorder: Recorder, replace: Callable[[Any, str, Callable[[Any], Any]], None]) -> None:
    """Explain calls that fail. A Keras that keeps one of these elsewhere goes without that explanation."""
    for module, owner, name, explain in WATCHED:
        with contextlib.suppress(ImportError, AttributeError):
            location = importlib.import_module(module)
            replace(getattr(location, owner) if owner else location, name, _explained_on_failure(recorder, explain))


def _explained_on_failure(recorder: Recorder, rule: Rule) -> Any:
    def wrap(original: Any) -> Any:
        signature = inspect.signature(original)

        def call(*args: Any, **kwargs: Any) -> Any:
            __tracebackhide__ = True
            try:
                return original(*args, **kwargs)
            except Exception as error:
                if not recorder.muted:
                    recorder.explain(found(error, args, kwargs))
                raise

        def found(error: Exception, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Iterator[Conclusion]:
            bound = signature.bind(*args, **kwargs)
            bound.apply_defaults()
            spot = next(recorder.sources.spots(sys._getframe(1)), None)
            if spot and not inert(bound.arguments.values()):
                yield from rule(Failed(**vars(spot), recorder=recorder, error=error, given=bound.arguments))

        return call

    return wrap
