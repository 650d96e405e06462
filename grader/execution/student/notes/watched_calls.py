"""Calls that fail deep within Keras, and why: concluded where it still has their arguments."""

from __future__ import annotations

import ast
import contextlib
import functools
import importlib
import inspect
import sys
from collections.abc import Callable, Container, Iterator
from typing import Any

from ..describe import operation_of
from ..recorder import Recorder
from ..source.statements import inert
from ..source.written_calls import Conclusion, NoteValues, corrected, elsewhere, is_known, meant
from .failed_calls import Failed, Rule
from .without_model import unconnected

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
    is_incompatible = "incompatible with the layer" in str(failed.error)  # and no data, as in `fit`
    if is_incompatible and failed.given["self"]._inbound_nodes and any(map(operation_of, failed.given["args"])):
        yield "layer-again", {}


def _layer_as_tensor(failed: Failed) -> Iterator[Conclusion]:
    """A layer that was never called, where what it gives is wanted: as an argument of another, or as an output."""
    given = failed.keras.tree.flatten([failed.given.get(name) for name in ("args", "inputs", "outputs")])
    for layer in (value for value in given if isinstance(value, failed.keras.layers.Layer)):
        yield "layer-not-called", _called_where_made(failed, layer)


def _called_where_made(failed: Failed, layer: Any) -> NoteValues:
    """`Concatenate()([a, b])`, in place of what is given its tensors where it is made."""
    origin = failed.recorder.created.origin_of(layer)
    if origin is None or (spot := failed.recorder.sources.at(origin.here)) is None:
        return {}
    calls = [node for node in spot.source.by_line[spot.line] if isinstance(node, ast.Call)]
    here = [call for call in calls if call.col_offset + 1 == origin.here.get("column")]
    made = here[-1] if here else ast.Call(ast.Name(""), [], [])  # and not its call, which begins there, too
    parts = [part for value in made.args for part in getattr(value, "elts", [value])]
    if not parts or not all(isinstance(failed.value(part), failed.keras.KerasTensor) for part in parts):
        return {}
    new = ast.unparse(ast.Call(ast.Call(made.func, [], made.keywords), made.args, []))
    return elsewhere([(spot.source, made.lineno, new, ast.unparse(made))])


def unknown_name(section: str, failed: Failed) -> Iterator[Conclusion]:
    name = failed.given.get("identifier")
    if isinstance(name, str) and (change := meant(failed.keras, section, name)):
        yield "unknown-name", change
    elif section == "activations" and callable(failed.called):
        yield from _no_activation(failed, name, inspect.signature(failed.called).parameters)


def _no_activation(failed: Failed, value: Any, takes: Container[str]) -> Iterator[Conclusion]:
    """`Dense(3, "uniform")` and `Dense(3, settings)`: after the units comes the activation."""
    call, given = failed.call, failed.call.argument(1, "activation")
    if given.spot is not failed or given.key not in (len(call.node.args) - 1, "activation"):
        return
    initializer = "kernel_initializer"
    if isinstance(value, dict) and all(name in takes and name not in call.parts for name in value):
        yield "argument-unknown", {"case": "dict", **corrected(call, {given.key: f"**{given.text}"})}
    elif is_known(failed.keras, "initializers", value) and initializer in takes:
        is_free = initializer not in call.parts
        change = corrected(call, {given.key: f"{initializer}={given.text}"}) if is_free else {}
        yield "unknown-name", {"case": "initializer", **change}


# Module of Keras, class or nothing, function, and what a failing call of it means.
WATCHED: tuple[tuple[str, str, str, Rule], ...] = (
    ("keras.layers", "InputLayer", "__init__", _number_as_shape),
    ("keras.layers", "Layer", "__call__", _layer_as_tensor),
    ("keras.layers", "Layer", "__call__", _another_width),
    ("keras.src.models.functional", "Functional", "__init__", _layer_as_tensor),
    ("keras.src.models.functional", "Functional", "__init__", unconnected),
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
