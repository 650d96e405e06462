"""What the source says of layers: where each was created, which variable holds it, and where its values are written."""

from __future__ import annotations

import ast
import contextlib
import inspect
import sys
import weakref
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from types import FrameType
from typing import Any

from .. import describe
from .flows import arguments, bases, given_by_call, parts
from .locate import Source, Sources, call_span
from .statements import last_name

MOST_LOCATIONS = 2_000
MOST_NAMES = 500
MOST_UNUSED = 32
MOST_CALLERS = 4
MOST_ENTRIES = 100
MOST_FRAMES = 12  # Keras, a hook and a few classes of the student's own
MOST_VARIABLES = 2_000
MOST_RESOLVED = 100  # layers whose values are looked for, each of which reads the source
MOST_STEPS = 100  # from a name to the literal that it stands for
MOST_SHOWN = 80


@dataclass
class _Origin:
    """Of a layer: the line that created it with those whose calls led there, its values, the lines that call it."""

    layer: weakref.ref[Any]
    places: list[dict[str, Any]]
    values: dict[str, dict[str, Any]]
    calls: list[dict[str, Any]] = field(default_factory=list)


class Created:
    """Locations of layers, by identity, as long as the layers live; bounded, since code may create them without end."""

    def __init__(self, sources: Sources) -> None:
        self.sources = sources
        self.locations: dict[int, _Origin] = {}
        self.variables: dict[int, tuple[weakref.ref[Any], str]] = {}

    def note(self, layer: Any, frame: FrameType | None) -> None:
        """Remember that the code is creating this layer."""
        key = id(layer)
        if len(self.locations) >= MOST_LOCATIONS:
            return
        outside, values = creation(layer, frame)
        found = self.sources.callers(outside)
        if found:
            written: dict[str, Any] = {}
            with contextlib.suppress(Exception):  # a source that is not what runs
                if len(self.locations) < MOST_RESOLVED:
                    written = written_values(self.sources, layer, outside, values)
            alive = weakref.ref(layer, lambda _: self.locations.pop(key, None))
            self.locations[key] = _Origin(alive, found, written)

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
        named += [entry for label, value in named for entry in _entries(label, value)][:MOST_VARIABLES]
        held = [(label, value) for label, value in named if isinstance(value, keras.layers.Layer)]
        tensors = [(label, value) for label, value in named if isinstance(value, keras.KerasTensor)]
        made = [(label, getattr(getattr(value, "_keras_history", None), "operation", None)) for label, value in tensors]
        of_one = [(label, layer) for label, layer in made if len(getattr(layer, "_inbound_nodes", ())) == 1]
        self.variables = {}
        for label, layer in sorted([*held, *of_one], key=lambda one: "[" in one[0]):
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
            "layer_values": {n: one.values for n, one in origins.items() if one.values},
            "layer_calls": {n: one.calls for n, one in origins.items() if one.calls and one.calls != one.places[:1]},
        }

    def variable_of(self, layer: Any) -> str:
        known, label = self.variables.get(id(layer), (None, ""))
        return label[:80] if known is not None and known() is layer else ""


def _entries(label: str, value: Any) -> Iterator[tuple[str, Any]]:
    """What a list or a dict holds, as the code can write it: `inputs[1]`, `heads['sine']`."""
    if type(value) in (list, tuple) and len(value) <= MOST_ENTRIES:
        yield from ((f"{label}[{number}]", one) for number, one in enumerate(value))
    elif type(value) is dict and len(value) <= MOST_ENTRIES:
        yield from ((f"{label}[{key!r}]", one) for key, one in value.items() if type(key) in (str, int))


def _called(locations: list[dict[str, Any]], same_line: list[list[dict[str, Any]]]) -> dict[str, Any]:
    """Where a layer was created; where a helper's line creates several, also the nearest call that tells them apart."""
    for depth in range(1, len(locations)):
        if len({str(other[depth : depth + 1]) for other in same_line}) > 1:
            return {**locations[0], "caller": locations[depth]}
    return locations[0]


def creation(layer: Any, frame: FrameType | None) -> tuple[FrameType | None, Mapping[str, Any]]:
    """The frame that creates a layer, and what it gives: outside of `__init__` of its class, which calls its base's."""
    start, values, one = frame, dict[str, Any](), frame
    for _ in range(MOST_FRAMES):
        if one is None:
            break
        if one.f_code.co_name == "__init__" and one.f_locals.get("self") is layer:
            start, values = one.f_back, one.f_locals
        one = one.f_back
    return start, values


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


# Where a value that a layer was given is written, if not in the call: the only literal of this value to which names,
# entries of lists, loops and parameters lead back.


@dataclass(frozen=True)
class _Part:
    """An expression, and its source, in which variables are told apart."""

    node: Any
    source: Source

    def is_within(self, node: ast.AST, source: Source) -> bool:
        return source is self.source and node.lineno <= self.node.lineno <= node.end_lineno  # type: ignore[attr-defined]


def written_values(
    sources: Sources, layer: Any, frame: FrameType | None, values: Mapping[str, Any]
) -> dict[str, dict[str, Any]]:
    """By parameter of the layer that a frame is creating with these values: the literal, and where it is."""
    apart = ((source.told_apart, one) for source, one in sources.frames(frame))
    calls = [_Part(source.at(call_span(one), ast.Call), source) for source, one in apart]
    if not calls or calls[0].node is None or last_name(calls[0].node.func) != type(layer).__name__:
        return {}
    creating, calls = calls[0], [call for call in calls if call.node is not None]
    program = [source.told_apart for source in sources.known.values()]
    found = {}
    for name, node in arguments(creating.node, list(inspect.signature(type(layer).__init__).parameters)[1:]).items():
        literals = _literals(_Part(node, creating.source), repr(values.get(name)), calls, program)
        if len(literals) == 1 and literals[0].node not in ast.walk(creating.node) and _is_alone(literals[0]):
            source, literal = literals[0].source, literals[0].node
            text = ast.get_source_segment(source.text, literal) or ""
            found[name] = {"text": text[:MOST_SHOWN], "location": source.location(literal.lineno)}
    return found


def _literals(start: _Part, value: str, calls: Sequence[_Part], program: Sequence[Source]) -> list[_Part]:
    """Those of a value that an expression may have it from."""
    waiting, seen, found = [start], set[str](), dict[str, _Part]()
    while waiting and len(seen) < MOST_STEPS:
        part = waiting.pop()
        for node in parts(part.node):
            if isinstance(node, ast.Constant):
                if repr(node.value) == value:  # a cell may be known by several names of files
                    found[f"{part.source.location(node.lineno)} {node.col_offset}"] = _Part(node, part.source)
                continue
            for name in {*bases(node)} - seen:
                seen.add(name)
                waiting += _given(name, _Part(node, part.source), calls, program)
    return list(found.values())


def _given(name: str, part: _Part, calls: Sequence[_Part], program: Sequence[Source]) -> list[_Part]:
    """What a name may have been given: by a call that is being made, by a loop around, or else anywhere."""
    for call in calls:
        functions = (source.functions.get(last_name(call.node.func)) for source in program)
        for value, names in (pair for function in functions if function for pair in given_by_call(call.node, function)):
            if name in names:
                return [_Part(value, call.source)]
    pairs = [(node, _Part(value, source)) for source in program for node, value in source.given.get(name, ())]
    around = [value for node, value in pairs if part.is_within(node, value.source)]
    return around or [value for _, value in pairs]


def _is_alone(literal: _Part) -> bool:
    """Whether it is clear which it is in its line."""
    line = [one.value for one in literal.source.nodes
            if isinstance(one, ast.Constant) and one.lineno == literal.node.lineno]  # fmt: skip
    return line.count(literal.node.value) == 1
