"""What the source says of layers: where each was created, which variable holds it, and where its values are written.

A value is one literal: where a name, an entry of a list, a loop or a parameter leads to it and to nothing else.
"""

from __future__ import annotations

import ast
import contextlib
import inspect
import sys
import weakref
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from types import FrameType
from typing import Any

from .. import describe
from .locate import Source, Sources, call_span, location
from .statements import assignments, last_name

MOST_LOCATIONS = 2_000
MOST_NAMES = 500
MOST_UNUSED = 32
MOST_CALLERS = 4
MOST_ENTRIES = 100
MOST_FRAMES = 12  # Keras, a hook and a few classes of the student's own
MOST_VARIABLES = 2_000
MOST_RESOLVED = 100  # layers whose values are looked for, each of which reads the source
MOST_STEPS = 20  # from a name to the literal that it stands for
_COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.GeneratorExp, ast.DictComp)


@dataclass
class _Origin:
    """Of a layer: the line that created it with those whose calls led there, its values, the lines that call it."""

    layer: weakref.ref[Any]
    places: list[dict[str, Any]]
    values: dict[str, dict[str, Any]]
    calls: list[dict[str, Any]] = field(default_factory=list)

    @property
    def fitting_values(self) -> dict[str, dict[str, Any]]:
        """Without those that the layer does not have: a name may be bound in ways that are not seen here."""
        given = {name: getattr(self.layer(), name, None) for name in self.values}
        numbers = {name: repr(value) for name, value in given.items() if isinstance(value, (int, float))}
        return {name: value for name, value in self.values.items() if numbers.get(name, value["text"]) == value["text"]}


class Created:
    """Locations of layers, by identity, as long as the layers live; bounded, since code may create them without end."""

    def __init__(self, sources: Sources) -> None:
        self.sources = sources
        self.locations: dict[int, _Origin] = {}
        self.beyond = 0
        self.variables: dict[int, tuple[weakref.ref[Any], str]] = {}

    def note(self, layer: Any, frame: FrameType | None) -> None:
        """Remember that the code is creating this layer."""
        if len(self.locations) >= MOST_LOCATIONS:
            self.beyond += 1
            if self.beyond % MOST_LOCATIONS != 1:
                return
            self.locations = {key: known for key, known in self.locations.items() if known.layer() is not None}
            if len(self.locations) >= MOST_LOCATIONS:
                return
        found = self.sources.callers(outside(layer, frame))
        if found:
            values: dict[str, Any] = {}
            with contextlib.suppress(Exception):  # a source that is not what runs
                if len(self.locations) < MOST_RESOLVED:
                    values = _values(self.sources, layer, outside(layer, frame))
            self.locations[id(layer)] = _Origin(weakref.ref(layer), found, values)

    def note_call(self, node: Any, frame: FrameType | None) -> None:
        """Remember that the code is calling a layer."""
        known, found = self.origin_of(getattr(node, "operation", None)), self.sources.callers(frame)
        if known is not None and found and len(known.calls) < MOST_CALLERS and found[0] not in known.calls:
            known.calls.append(found[0])

    def origin_of(self, layer: Any) -> _Origin | None:
        known = self.locations.get(id(layer))
        return known if known is not None and known.layer() is layer else None

    def name(self, keras: Any, namespace: dict[str, Any]) -> None:
        """Which variables hold the layers, or what a layer returned, if it is one tensor of all that it returned."""
        named = [item for item in list(namespace.items())[:MOST_VARIABLES] if not str(item[0]).startswith("_")]
        held = [(label, value) for label, value in named if isinstance(value, keras.layers.Layer)]
        tensors = [(label, value) for label, value in named if isinstance(value, keras.KerasTensor)]
        made = [(label, getattr(getattr(value, "_keras_history", None), "operation", None)) for label, value in tensors]
        of_one = [(label, layer) for label, layer in made if len(getattr(layer, "_inbound_nodes", ())) == 1]
        self.variables = {}
        for label, layer in [*held, *of_one]:
            with contextlib.suppress(TypeError):
                self.variables.setdefault(id(layer), (weakref.ref(layer), label))

    def around(self, keras: Any, model: Any, models: Iterable[Any]) -> dict[str, Any]:
        """What the recording says of a model's layers beside its config."""
        unused = _unused_layers(keras, model, models)
        return {**self.known_of([*describe.nested_layers(model), *unused]), "unused": described(keras, unused)}

    def known_of(self, layers: Iterable[Any]) -> dict[str, dict[str, Any]]:
        """What is known of layers, by name; nothing of two layers with one name."""
        names: dict[str, list[Any]] = {}
        for layer in layers:
            names.setdefault(str(layer.name)[:80], []).append(layer)
        alone = dict([(name, same[0]) for name, same in names.items() if len(same) == 1][:MOST_NAMES])
        origins = {name: origin for name, layer in alone.items() if (origin := self.origin_of(layer))}
        lines: dict[str, list[list[dict[str, Any]]]] = {}
        for origin in origins.values():
            lines.setdefault(str(origin.places[0]), []).append(origin.places)
        return {
            "layer_locations": {n: _called(one.places, lines[str(one.places[0])]) for n, one in origins.items()},
            "layer_variables": {name: label for name, layer in alone.items() if (label := self.variable_of(layer))},
            "layer_values": {n: fitting for n, one in origins.items() if (fitting := one.fitting_values)},
            "layer_calls": {n: one.calls for n, one in origins.items() if one.calls and one.calls != one.places[:1]},
        }

    def variable_of(self, layer: Any) -> str:
        known, label = self.variables.get(id(layer), (None, ""))
        return label[:80] if known is not None and known() is layer else ""


def _called(locations: list[dict[str, Any]], same_line: list[list[dict[str, Any]]]) -> dict[str, Any]:
    """Where a layer was created; where a helper's line creates several, also the nearest call that tells them apart."""
    for depth in range(1, len(locations)):
        if len({str(other[depth : depth + 1]) for other in same_line}) > 1:
            return {**locations[0], "caller": locations[depth]}
    return locations[0]


def outside(layer: Any, frame: FrameType | None) -> FrameType | None:
    """The frame that creates a layer, and not the `__init__` of its own class, which calls that of its base."""
    start, one = frame, frame
    for _ in range(MOST_FRAMES):
        if one is None:
            break
        if one.f_code.co_name == "__init__" and one.f_locals.get("self") is layer:
            start = one.f_back
        one = one.f_back
    return start


def watched(note: Callable[[Any, FrameType | None], None]) -> Callable[[Any], Any]:
    """A wrapper for the constructor that all layers and operations have in common."""

    def wrap(original: Any) -> Any:
        def construct(*args: Any, **kwargs: Any) -> None:
            __tracebackhide__ = True
            original(*args, **kwargs)
            note(args[0], sys._getframe(1))

        return construct

    return wrap


def _unused_layers(keras: Any, model: Any, models: Iterable[Any]) -> list[Any]:
    """Layers that were called on what this model computes, and what else these read; in none of the models."""
    held = {id(one) for other in models for one in (other, *describe.nested_layers(other))}
    found: dict[int, Any] = {}
    waiting = list(describe.nested_layers(model))
    while waiting and len(found) < MOST_UNUSED:
        one = waiting.pop()
        for layer in (*readers(one), *(sources(one) if id(one) in found else ())):
            if id(layer) not in held and id(layer) not in found:
                found[id(layer)] = layer
                waiting.append(layer)
    return [layer for layer in found.values() if not isinstance(layer, keras.Model)]


def readers(layer: Any) -> Iterator[Any]:
    found = (getattr(node, "operation", None) for node in getattr(layer, "_outbound_nodes", ()))
    return (one for one in found if one is not None)


def sources(layer: Any) -> Iterator[Any]:
    read = (tensor for node in getattr(layer, "_inbound_nodes", ()) for tensor in node.input_tensors)
    return (one for tensor in read if (one := tensor._keras_history.operation) is not None)


def described(keras: Any, layers: Iterable[Any]) -> list[dict[str, Any]]:
    """The calls of layers, each as a model's config has the layer, with the shapes of its results, and what it reads:
    the layer and which of its calls. A layer that cannot say its config is left out."""
    entries = []
    for layer in layers:
        with contextlib.suppress(Exception):
            entry = {**describe.plain(keras.saving.serialize_keras_object(layer)), "name": str(layer.name)[:80]}
            for node in layer._inbound_nodes[:MOST_CALLERS]:
                histories = [tensor._keras_history for tensor in node.input_tensors]
                reads = [[str(one.operation.name)[:80], one.node_index] for one in histories[:MOST_UNUSED]]
                entries.append({**entry, "reads": reads, "shapes": describe.shapes(node.output_tensors)})
    return entries[:MOST_ENTRIES]


@dataclass(frozen=True)
class _Part:
    """An expression of the source, while the code runs it."""

    node: ast.AST
    source: Source
    frame: FrameType

    def at(self, node: ast.AST) -> _Part:
        return _Part(node, self.source, self.frame)


def _values(sources: Sources, layer: Any, frame: FrameType | None) -> dict[str, dict[str, Any]]:
    """By parameter of a layer that is being created, the literal that gave it, if that is not in the call itself."""
    call = _call_of(sources, frame)
    if call is None or last_name(call.node.func) != type(layer).__name__:  # type: ignore[attr-defined]
        return {}
    names = list(inspect.signature(type(layer).__init__).parameters)[1:]
    found = {}
    for name, node in _given(call, names).items():
        part = _resolved(sources, node)
        if part is not None and isinstance(part.node, ast.Constant) and part.node not in ast.walk(call.node):
            text = ast.get_source_segment(part.source.text, part.node) or ""
            line = part.source.constants[part.node.lineno]
            if [one.value for one in line].count(part.node.value) == 1:  # else it is not clear which
                place = location(part.source, part.node.lineno + part.source.offset)
                found[name] = {"text": text[:80], "location": place}
    return found


def _call_of(sources: Sources, frame: FrameType | None) -> _Part | None:
    """The call that the innermost of the student's frames is making."""
    while frame is not None:
        source = sources.find(frame.f_code.co_filename)
        if source is not None:
            node = source.calls.get(call_span(frame))
            return _Part(node, source, frame) if node is not None else None
        frame = frame.f_back
    return None


def _given(call: _Part, names: list[str]) -> dict[str, _Part]:
    """What a call is given, by parameter; nothing after arguments that are not written out."""
    node = call.node
    assert isinstance(node, ast.Call)
    plain = [one for one in node.args if not isinstance(one, ast.Starred)]
    found = dict(zip(names, plain, strict=False)) if len(plain) == len(node.args) else {}
    return {name: call.at(one) for name, one in (found | {k.arg: k.value for k in node.keywords if k.arg}).items()}


def _resolved(sources: Sources, part: _Part | None) -> _Part | None:
    """What an expression stands for: names and entries are followed as long as that is certain."""
    for _ in range(MOST_STEPS):
        if part is None or not isinstance(part.node, (ast.Name, ast.Subscript)):
            break
        if isinstance(part.node, ast.Name):
            part = _bound(sources, part, part.node.id)
        else:
            part = _entry(_resolved(sources, part.at(part.node.value)), part.node.slice)
    return part


def _entry(holder: _Part | None, key: ast.expr) -> _Part | None:
    """An entry of a list, or of a dict, by its place or its name."""
    if holder is None or not isinstance(key, ast.Constant):
        return None
    node, wanted = holder.node, key.value
    if isinstance(node, (ast.List, ast.Tuple)) and isinstance(wanted, int) and wanted < len(node.elts):
        return holder.at(node.elts[wanted])
    pairs: list[tuple[Any, ast.expr]] = []
    if isinstance(node, ast.Dict):
        pairs = [(one.value, item) for one, item in zip(node.keys, node.values, strict=True)
                 if isinstance(one, ast.Constant)]  # fmt: skip
    elif isinstance(node, ast.Call) and last_name(node.func) == "dict":
        pairs = [(one.arg, one.value) for one in node.keywords]
    found = [item for name, item in pairs if name == wanted]
    return holder.at(found[0]) if len(found) == 1 else None


def _bound(sources: Sources, part: _Part, name: str) -> _Part | None:
    """What a name is bound to: by the loops around it, else by its function, else by the module."""
    node: ast.AST | None = part.node
    while node is not None:
        node = part.source.parents.get(node)
        loops: Iterable[Any] = node.generators if isinstance(node, _COMPREHENSIONS) else ()
        for loop in (node,) if isinstance(node, ast.For) else loops:
            if name in {one.id for one in ast.walk(loop.target) if isinstance(one, ast.Name)}:
                return _item(sources, part.at(loop.iter), loop.target, name, part.frame)
        if isinstance(node, (ast.FunctionDef, ast.Lambda)):
            inside = assignments(node).get(name, [])
            if inside or name in _parameters(node):
                return _value(part, inside) if inside else _argument(sources, part, node, name)
    modules = [(one, found) for one in sources.known.values() for found in one.assigned.get(name, ())]
    own = [(one, found) for one, found in modules if one is part.source] if not part.source.cell else modules
    return _value(_Part(part.node, own[0][0], part.frame), [own[0][1]]) if len(own) == 1 else None


def _value(part: _Part, statements: list[ast.AST]) -> _Part | None:
    """What the only statement gives that binds a name."""
    (statement, *others) = statements
    if others or not isinstance(statement, (ast.Assign, ast.AnnAssign)) or statement.value is None:
        return None
    aims = statement.targets if isinstance(statement, ast.Assign) else [statement.target]
    return part.at(statement.value) if len(aims) == 1 and isinstance(aims[0], ast.Name) else None


def _item(sources: Sources, items: _Part, target: ast.expr, name: str, frame: FrameType) -> _Part | None:
    """The only entry of what a loop goes through that the name can stand for now."""
    holder = _resolved(sources, items)
    if holder is None or not isinstance(holder.node, (ast.List, ast.Tuple)):
        return None
    entries: list[ast.expr] = holder.node.elts
    if isinstance(target, ast.Tuple):
        place = next((k for k, one in enumerate(target.elts) if isinstance(one, ast.Name) and one.id == name), -1)
        rows = [one.elts for one in entries if isinstance(one, (ast.List, ast.Tuple)) and len(one.elts) > place >= 0]
        entries = [row[place] for row in rows] if len(rows) == len(entries) else []
    parts = [_resolved(sources, holder.at(one)) for one in entries]
    same = [one for one in parts if one is not None and isinstance(one.node, ast.Constant)
            and repr(one.node.value) == repr(frame.f_locals.get(name))]  # fmt: skip
    return same[0] if len(same) == 1 and None not in parts else None


def _parameters(function: ast.FunctionDef | ast.Lambda) -> list[str]:
    return [one.arg for one in (*function.args.posonlyargs, *function.args.args, *function.args.kwonlyargs)]


def _argument(sources: Sources, part: _Part, function: ast.FunctionDef | ast.Lambda, name: str) -> _Part | None:
    """What the call of a function gives for a parameter, else its default."""
    frame: FrameType | None = part.frame
    while frame is not None and frame.f_code.co_name in ("<listcomp>", "<genexpr>", "<setcomp>", "<dictcomp>"):
        frame = frame.f_back
    call = _call_of(sources, frame.f_back if frame else None)
    named = getattr(function, "name", "")
    if call is None or frame is None or last_name(call.node.func) != named or not named:  # type: ignore[attr-defined]
        return None
    given = _given(call, _parameters(function))
    if name in given or any(one.arg is None for one in call.node.keywords):  # type: ignore[attr-defined]
        return given.get(name)
    positional = [*function.args.posonlyargs, *function.args.args]
    defaults = dict(zip(reversed([one.arg for one in positional]), reversed(function.args.defaults), strict=False))
    keywords = zip(function.args.kwonlyargs, function.args.kw_defaults, strict=True)
    defaults |= {one.arg: item for one, item in keywords if item}
    return part.at(defaults[name]) if name in defaults else None
