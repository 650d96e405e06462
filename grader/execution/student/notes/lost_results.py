"""Layers that are called in a line of their own, so that nothing keeps what they give, as the end of it all shows."""

from __future__ import annotations

import ast
import contextlib
from types import FrameType
from typing import Any

from .. import describe
from ..describe import operation_of
from ..recorder import Recorder
from ..source.places import Spot
from ..source.rewrite import elsewhere, instead
from ..source.statements import last_name, returned

MOST_REMEMBERED = 100


def on_call(recorder: Recorder, node: Any, frame: FrameType | None) -> None:
    """Remember a call that is a line of its own, on something that has a name."""
    with contextlib.suppress(Exception):  # a mistake of ours must not end the program
        spot, layer = next(recorder.sources.spots(frame)), node.operation
        call = spot.node(ast.Call)
        is_one_of_many = recorder.muted or len(recorder.alone) >= MOST_REMEMBERED
        if call and not spot.targets and not is_one_of_many and _is_alone(call, spot) and _calls(call, layer, spot):
            recorder.alone.append((node, spot.place, _kept(call, spot)))


def on_end(recorder: Recorder) -> None:
    """Note those of which nothing was used in another way; a model, or a layer of one, may only have been built so."""
    with contextlib.suppress(Exception):
        models = [record.model for record in recorder.records]
        used = {id(layer) for model in models for layer in (model, *describe.nested_layers(model))}
        for node, place, change in recorder.alone:
            layer = node.operation
            if id(layer) not in used and not layer._outbound_nodes and not isinstance(layer, recorder.keras.Model):
                recorder.note("lost-result", {"case": "unnamed", **change}, place)


def _is_alone(call: ast.Call, spot: Spot) -> bool:
    """Whether a call is a line of its own: not the last of a cell, which shows what it gives, and not in a function
    that returns nothing, which is told where that is called."""
    lines = [line for line in spot.source.statements_at(spot.line) if isinstance(line, ast.Expr) and line.value is call]
    is_shown = spot.source.cell is not None and lines == spot.source.tree.body[-1:]
    function = spot.source.functions.get(spot.function)
    return bool(lines) and not is_shown and (function is None or bool(returned(function)))


def _calls(call: ast.Call, layer: Any, spot: Spot) -> bool:
    """Whether it is this layer that is called, by a variable or where it is made; an attribute may compute anything."""
    is_made_here = isinstance(call.func, ast.Call) and last_name(call.func.func) == type(layer).__name__
    return is_made_here or (isinstance(call.func, ast.Name) and spot.value(call.func) is layer)


def _kept(call: ast.Call, spot: Spot) -> dict[str, Any]:
    """The line with the name of its argument for the result. An `Input` with no other name keeps it, and what reads it
    below reads the result, but for `Model`. Raises `AttributeError` where the argument has no name."""
    name, old, source = call.args[0].id, ast.unparse(call), spot.source  # type: ignore[attr-defined]
    tensor = spot.value(call.args[0])
    others = [label for label, value in spot.scope.items() if value is tensor and label != name]
    if type(operation_of(tensor)).__name__ != "InputLayer" or others:
        return instead(f"{name} = {old}", old)
    result = f"{name}_{spot.line}"
    of_models = [part for model in source.calls.get("Model", ()) for part in ast.walk(model)]
    own = spot.own_nodes
    below = [node for node in source.named(name) if node in own and node.lineno > spot.line and node not in of_models]
    edits = [(node.lineno, result, name) for node in below if isinstance(node.ctx, ast.Load)]
    return {**instead(f"{result} = {old}", old), **elsewhere(source, edits)}
