"""What the source says of layers: where each was created, which variable holds it, and where its values are written."""

from __future__ import annotations

import ast
import contextlib
import inspect
import sys
import weakref
from collections.abc import Callable, Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import islice
from operator import attrgetter
from types import FrameType, ModuleType
from typing import Any

from .. import describe
from .flows import arguments, bases, given_by_call, given_by_class, parts
from .places import MOST_CALLERS, Source, Sources
from .statements import Place, last_name

MOST_ORIGINS = 2_000
MOST_NAMES = 500
MOST_UNUSED = 32
MOST_ENTRIES = 100
MOST_FRAMES = 12  # Keras, a hook and a few classes of the student's own
MOST_VARIABLES = 2_000
MOST_RESOLVED = 100  # layers whose values are looked for, each of which reads the source
MOST_STEPS = 100  # from a name to the literal that it stands for
MOST_SHOWN = 80
MOST_SETTINGS = 20


@dataclass
class _Origin:
    """Of a layer: the line that created it with those whose calls led there, which call on that line, its values, the
    calls of it, and the `receiver` of what it returns: a function, and a variable in it, which is `given` where it was
    seen. `variable` holds the layer, or else what it returned, and `result` the latter."""

    layer: weakref.ref[Any]
    places: list[Place] = field(default_factory=list)
    here: Place = field(default_factory=dict)
    values: dict[str, _Value] = field(default_factory=dict)
    calls: list[Place] = field(default_factory=list)
    receiver: tuple[Any, str] = (None, "")
    variable: str = ""
    result: str = ""
    given: str = ""


class Created:
    """Origins of layers, by identity, as long as the layers live; bounded, since code may create them without end."""

    def __init__(self, sources: Sources) -> None:
        self.sources = sources
        self.origins: dict[int, _Origin] = {}
        self.prefix = ""

    def note(self, layer: Any, frame: FrameType | None) -> None:
        """Remember that the code is creating this layer."""
        if len(self.origins) >= MOST_ORIGINS:
            return
        outside, values = creation(layer, frame)
        found = self.sources.callers(outside)
        if found:
            resolved: dict[str, _Value] = {}
            with contextlib.suppress(Exception):  # a source that is not what runs
                if len(self.origins) < MOST_RESOLVED:
                    resolved = _values_of(self.sources, layer, outside, values)
            origin = self._known(layer)
            origin.places, origin.values = found, resolved
            origin.here = next(self.sources.spots(outside)).call_place

    def note_call(self, node: Any, frame: FrameType | None) -> None:
        """Remember where the code is calling a layer: of helpers that return what it gives, where these are called."""
        known = self.origin_of(getattr(node, "operation", None))
        if known is None:
            return
        for spot in self.sources.spots(frame):
            targets = spot.targets
            known.receiver = (spot.owner, targets[0]) if len(targets) == 1 else (None, "")
            if spot.node(ast.Call) not in spot.source.returned:
                if len(known.calls) < MOST_CALLERS and spot.call_place not in known.calls:
                    known.calls.append(spot.call_place)
                return

    def origin_of(self, layer: Any) -> _Origin | None:
        known = self.origins.get(id(layer))
        return known if known is not None and known.layer() is layer else None

    def _known(self, layer: Any) -> _Origin:
        """What is known of a layer; at first nothing."""
        key = id(layer)
        new = _Origin(weakref.ref(layer, lambda _: self.origins.pop(key, None)))
        return self.origins.setdefault(key, new)

    def name(self, keras: Any, namespace: Mapping[str, Any], scope: Any) -> None:
        """Which variables hold the layers, or what a layer returned, if it is one tensor of all that it returned; of
        that also which held it before they got another value.

        Objects of the code may raise anything when they are looked at.
        """
        named = [item for item in list(namespace.items())[:MOST_VARIABLES] if not str(item[0]).startswith("_")]
        named += [entry for label, value in named for entry in _entries(label, value)][:MOST_VARIABLES]
        pieces = [(label, value) for label, value in named if type(value) is keras.Sequential and value._inbound_nodes]
        named += [entry for label, value in pieces for entry in _layers_of(label, value)][:MOST_VARIABLES]
        held = [(label, value) for label, value in named if issubclass(type(value), keras.layers.Layer)]
        tensors = [(label, value) for label, value in named if issubclass(type(value), keras.KerasTensor)]
        made = [(label, operation_of(value)) for label, value in tensors]
        of_one = [(label, layer) for label, layer in made if len(getattr(layer, "_inbound_nodes", ())) == 1]
        for label, layer in (*_last_first(of_one), *_last_first(held)):
            self._known(layer).variable = label
        for label, layer in _last_first(of_one):
            self._known(layer).result = label
        for one in [*self.origins.values()]:
            if one.receiver[0] is scope and one.receiver[1] in namespace:
                one.given = one.receiver[1]
        self.prefix = prefix_of(keras, namespace) or self.prefix

    def around(self, keras: Any, model: Any, models: Iterable[Any], place: Place) -> dict[str, Any]:
        """What the recording says of the layers of a model, which was built at that place, beside its config."""
        held = {id(one) for other in (model, *models) for one in (other, *describe.nested_layers(other))}
        unused = [*_unused_layers(keras, model, held), *self._unused_inputs(keras, held)]
        known = self.known_of([*describe.nested_layers(model), *unused])
        reused = {name for source in self.sources.known.values() for name in source.reused}
        again = sorted(reused.intersection([*known["layer_variables"].values(), *known["layer_results"].values()]))
        functions = {n: self.sources.function_at(one.get("caller", one)) for n, one in known["layer_locations"].items()}
        own = ("", self.sources.function_at(place))
        return {
            **known,
            "model_line": self.sources.line_of_model(place),
            "layer_functions": {name: function for name, function in functions.items() if function not in own},
            "unused": described(keras, unused),
            "reused_variables": again[:MOST_ENTRIES],
            "layers_prefix": self.prefix,
        }

    def _unused_inputs(self, keras: Any, held: Container[int]) -> list[Any]:
        """Inputs that a variable holds, and nothing reads."""
        named = [one.layer() for one in self.origins.values() if one.places and one.variable]
        made = [layer for layer in named if isinstance(layer, keras.layers.InputLayer)]
        return [layer for layer in made if id(layer) not in held and not layer._outbound_nodes][:MOST_UNUSED]

    def known_of(self, layers: Iterable[Any]) -> dict[str, dict[str, Any]]:
        """What is known of layers, by name; nothing of two layers with one name."""
        names: dict[str, list[Any]] = {}
        for layer in layers:
            names.setdefault(str(layer.name)[:80], []).append(layer)
        named = dict([(id(same[0]), name) for name, same in names.items() if len(same) == 1][:MOST_NAMES])
        origins = {named[id(layer)]: one for one in [*self.origins.values()] if id(layer := one.layer()) in named}
        lines: dict[str, list[list[Place]]] = {}
        for origin in origins.values():
            lines.setdefault(str(origin.here), []).append(origin.places)
        placed = {name: one for name, one in origins.items() if one.places}
        return {
            "layer_locations": {
                n: {**one.here, **_called(one.places, lines[str(one.here)])} for n, one in placed.items()
            },
            "layer_variables": {n: one.variable[:80] for n, one in origins.items() if one.variable},
            "layer_results": {n: one.result[:80] for n, one in origins.items() if one.result},
            "layer_given": {n: one.given[:80] for n, one in origins.items() if one.given},
            "layer_values": {n: self._written(one) for n, one in origins.items() if one.values},
            "layer_calls": {n: one.calls for n, one in origins.items() if one.calls and one.calls != [one.here]},
        }

    def _written(self, origin: _Origin) -> dict[str, dict[str, Any]]:
        """By parameter, the argument that gave it, and the literal that this stands for, where that is certain."""
        found = {}
        for name, own in origin.values.items():
            others = (one.values.get(name) for one in (*self.origins.values(),))
            alike = [one for one in others if one is not None and one.calls == own.calls]
            number = next(place for place, one in enumerate(alike) if one is own)
            literal = own.literal(number, [one.value for one in alike])
            location = own.argument.source.location(own.argument.node.lineno)
            if literal or own.text[:2] not in ("", "**"):  # of settings, most are in no program
                found[name] = {"argument": own.text, "text": "", "ordinal": 0, "location": location}
                found[name] |= literal.written() if literal else {}
        return dict(islice(found.items(), MOST_SETTINGS))


def _last_first(named: Iterable[tuple[str, Any]]) -> list[tuple[str, Any]]:
    """So that of several names the first one stays, and a name rather than an entry of one."""
    return sorted(named, key=lambda one: "[" in one[0] or "." in one[0].removeprefix("self."))[::-1]


def _entries(label: str, value: Any) -> Iterator[tuple[str, Any]]:
    """What a list, a dict or an object holds, as the code can write it: `inputs[1]`, `heads['sine']`, `self.shared`."""
    if type(value) in (list, tuple) and len(value) <= MOST_ENTRIES:
        yield from ((f"{label}[{number}]", one) for number, one in enumerate(value))
    elif type(value) is dict and len(value) <= MOST_ENTRIES:
        yield from ((f"{label}[{key!r}]", one) for key, one in value.items() if type(key) in (str, int))
    elif label == "self" and isinstance(inside := getattr(value, "__dict__", None), dict):
        yield from ((f"self.{name}", one) for name, one in [*inside.items()][:MOST_ENTRIES] if name[:1] != "_")


def _layers_of(label: str, piece: Any) -> Iterator[tuple[str, Any]]:
    """The layers of a `Sequential` that is called as a part of a network; its only one by its own name."""
    layers = piece.layers
    yield from ((label if len(layers) == 1 else f"{label}.layers[{n}]", one) for n, one in enumerate(layers))


def prefix_of(keras: Any, namespace: Mapping[str, Any]) -> str:
    """What the code writes before the name of a layer's class: `layers.`, or nothing if it has imported classes."""
    named = list(namespace.items())[:MOST_VARIABLES]
    if any(isinstance(one, type) and one is getattr(keras.layers, one.__name__, None) for _, one in named):
        return ""
    for inner in ("", "layers", "keras.layers"):
        for label, one in named:
            with contextlib.suppress(Exception):  # a module may be loaded late, and in vain
                found = attrgetter(f"{inner}.Dense".lstrip("."))(one) if isinstance(one, ModuleType) else None
                if found is keras.layers.Dense:
                    return f"{label}.{inner}.".replace("..", ".")
    return ""


def _called(locations: list[Place], alike: list[list[Place]]) -> Place:
    """Of a layer that is created where others are, too, the nearest call that tells them apart, if one does."""
    others = [other for other in alike if other != locations]
    for depth in range(1, len(locations)):
        if others and not any(other[1 : depth + 1] == locations[1 : depth + 1] for other in others):
            return {"caller": locations[depth]}
    return {}


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


def _unused_layers(keras: Any, model: Any, held: Container[int]) -> list[Any]:
    """Layers that were called on what this model computes, and what else these read; `held` are in a model."""
    found: dict[int, Any] = {}
    waiting = list(describe.nested_layers(model))
    while waiting and len(found) < MOST_UNUSED:
        one = waiting.pop()
        read = [operation_of(tensor) for node in one._inbound_nodes for tensor in node.input_tensors]
        for layer in (*(node.operation for node in one._outbound_nodes), *(read if id(one) in found else ())):
            if id(layer) not in held and id(layer) not in found:
                found[id(layer)] = layer
                waiting.append(layer)
    return [layer for layer in found.values() if not isinstance(layer, keras.Model)]


def operation_of(value: Any) -> Any:
    """The layer that a tensor comes from; nothing of anything else."""
    return getattr(getattr(value, "_keras_history", None), "operation", None)


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


# Where a value that a layer was given is written, if not in the call: the literal to which names, entries of lists,
# loops, attributes and parameters lead back.


@dataclass(frozen=True)
class _Part:
    """An expression, and its source, in which variables are told apart."""

    node: Any
    source: Source

    def is_within(self, node: ast.AST, source: Source) -> bool:
        return source is self.source and node.lineno <= self.node.lineno <= node.end_lineno  # type: ignore[attr-defined]

    def is_like(self, other: _Part) -> bool:
        return repr(self.node.value) == repr(other.node.value)

    def text(self) -> str:
        """As it is written, if that is on one line."""
        node, lines = self.node, self.source.lines
        if node.end_lineno != node.lineno or node.lineno > len(lines):
            return ""
        segment = lines[node.lineno - 1].encode()[node.col_offset : node.end_col_offset]
        return str(segment, "utf-8", "replace")[:MOST_SHOWN]

    def written(self) -> dict[str, Any]:
        """The text of a literal, where it is, and, where its line has it more than once, which of them it is."""
        line = (_Part(one, self.source) for one in self.source.nodes
                if isinstance(one, ast.Constant) and one.lineno == self.node.lineno)  # fmt: skip
        alike = sorted(one.node.col_offset for one in line if self.is_like(one))
        ordinal = alike.index(self.node.col_offset) + 1 if len(alike) > 1 else 0
        return {"text": self.text(), "location": self.source.location(self.node.lineno), "ordinal": ordinal}


@dataclass(frozen=True)
class _Value:
    """A value that a layer was given, the argument of the call that creates it, and the literals that may stand for it.

    `calls` are that call and those of the functions around it: what they create together has its values in turn.
    """

    value: str
    argument: _Part
    calls: tuple[int, ...]
    literals: Sequence[_Part]
    text: str  # of the argument: `**settings`, of which the value is one, and nothing for one of `partial(Dense, …)`

    def literal(self, number: int, values: Sequence[str]) -> _Part | None:
        """The one that is written for it; `values` are those that these calls have given, its own with this number."""
        alike = [one for one in self.literals if repr(one.node.value) in values]
        if [repr(one.node.value) for one in alike] == list(values):
            return alike[number]
        own = [one for one in alike if repr(one.node.value) == self.value]
        return own[0] if len(own) == 1 else None


def _values_of(sources: Sources, layer: Any, frame: FrameType | None, values: Mapping[str, Any]) -> dict[str, _Value]:
    """What the call in a frame gives to the layer that it creates, by parameter, as far as it is no literal."""
    spots = list(sources.spots(frame))
    calls = [_Part(spot.source.told_apart.at(spot.span, ast.Call), spot.source.told_apart) for spot in spots]
    if not calls or calls[0].node is None:
        return {}
    creating, calls = calls[0], [call for call in calls if call.node is not None]
    program = [source.told_apart for source in sources.known.values()]
    chain = tuple(id(call.node) for call in calls)
    own = _arguments(creating.node, type(layer), spots[0].scope)
    every = _of_partial(creating, spots[0].scope, calls, program) | {
        n: _Part(one, creating.source) for n, one in own.items()
    }
    unpacked = [one.value for one in creating.node.keywords if one.arg is None]
    found = {}
    for name, argument in every.items():
        says_itself = name in own and isinstance(argument.node, ast.Constant)
        literals = [] if says_itself else _literals(argument, calls, program)
        text = f"{'**' * (argument.node in unpacked)}{argument.text()}" if name in own else ""
        found[name] = _Value(repr(values.get(name)), argument, chain, literals, text)
    return found


def _of_partial(
    creating: _Part, scope: Mapping[str, Any], calls: Sequence[_Part], program: Sequence[Source]
) -> dict[str, _Part]:
    """What `partial(Dense, activation='relu')` gives to a layer beside the call that creates it."""
    call = creating.node
    if not (isinstance(call.func, ast.Name) and isinstance(scope.get(call.func.id), partial)):
        return {}
    made = [one for one in _sources_of(call.func.id, creating, calls, program) if isinstance(one.node, ast.Call)]
    shared = made[0].node.keywords if len(made) == 1 else []
    again = {one.arg for one in call.keywords}
    return {one.arg: _Part(one.value, made[0].source) for one in shared if one.arg and one.arg not in again}


def _arguments(call: ast.Call, kind: type, scope: Mapping[str, Any]) -> dict[str, ast.expr]:
    """What a call gives to the class that it creates, by parameter: but for literals that say what they are."""
    called = scope.get(last_name(call.func))
    is_class = last_name(call.func) == kind.__name__ or called is kind
    if not is_class and not (isinstance(called, partial) and called.func is kind and not called.args):
        return {}
    names = list(inspect.signature(kind.__init__).parameters)[1:]  # type: ignore[misc]
    whole = [one.value for one in call.keywords if one.arg is None]
    found = {**dict.fromkeys(names if len(whole) == 1 else [], *whole), **arguments(call, names)}
    telling = (*call.args[:1], *(one.value for one in call.keywords))
    return {name: node for name, node in found.items() if not (isinstance(node, ast.Constant) and node in telling)}


def _literals(start: _Part, calls: Sequence[_Part], program: Sequence[Source]) -> list[_Part]:
    """Those that an expression may have its value from, in the order in which they are written; none of too many."""
    waiting, seen, found = [start], set[str](), dict[tuple[Any, ...], _Part]()
    while waiting and len(seen) < MOST_STEPS:
        part = waiting.pop()
        for node in parts(part.node):
            if isinstance(node, ast.Constant):  # a cell may be known by several names of files
                place = part.source.location(node.lineno)
                key = (place["cell"] or 0, place["file"], place["line"], node.col_offset)
                found[key] = _Part(node, part.source)
                if len(found) > MOST_ENTRIES:
                    return []
                continue
            attribute = {f".{node.attr}"} if isinstance(node, ast.Attribute) else set[str]()
            for name in ({*bases(node)} | attribute) - seen:
                seen.add(name)
                waiting += _sources_of(name, _Part(node, part.source), calls, program)
    return [] if waiting else [found[key] for key in sorted(found)]


def _sources_of(name: str, part: _Part, calls: Sequence[_Part], program: Sequence[Source]) -> list[_Part]:
    """What a name may have been given: by a call that is being made, by a loop around, or else anywhere."""
    for call in calls:
        functions = (source.functions.get(last_name(call.node.func)) for source in program)
        for value, names in (pair for function in functions if function for pair in given_by_call(call.node, function)):
            if name in names:
                return [_Part(value, call.source)]
    pairs = [(node, _Part(value, source)) for source in program for node, value in source.given.get(name, ())]
    around = [value for node, value in pairs if part.is_within(node, value.source)]
    return around or [*(value for _, value in pairs), *_of_objects(name, program)]


def _of_objects(name: str, program: Sequence[Source]) -> Iterator[_Part]:
    """What creating an object of a class gives to an attribute, or to a parameter of its `__init__`."""
    classes = {name: one for source in program for name, one in source.classes.items()}
    for source in program:
        for called in classes.keys() & source.calls.keys():
            pairs = (pair for call in source.calls[called] for pair in given_by_class(call, classes[called]))
            yield from (_Part(value, source) for value, names in pairs if name in names)
