"""What the source says of layers: where each was created, which variable holds it, and where its values are written."""

from __future__ import annotations

import ast
import contextlib
import inspect
import sys
import weakref
from collections import Counter
from collections.abc import Callable, Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import islice
from operator import attrgetter
from types import FrameType, FunctionType, ModuleType
from typing import Any

from .. import describe, unused_layers
from ..describe import operation_of
from .data_flow import arguments, bases, given_by_call, given_by_class, parameters, parts, plain, turning
from .model_statements import MOST_ENTRIES, MOST_VARIABLES, Building, given_results, named_values
from .sources import MOST_CALLERS, Source, Sources, Spot
from .statements import Place, given_to, last_name
from .written_calls import MOST_SHOWN, Part

NAMED = (type, FunctionType)
HOMES = ("keras", "layers", "tensorflow")  # modules from which one calls the classes of layers
FUNCTIONS = {"InputLayer": "Input"}  # that take what the class takes
MOST_ORIGINS = 2_000
MOST_NAMES = 500
MOST_FRAMES = 12  # Keras, a hook and a few classes of the student's own
MOST_RESOLVED = 100  # layers whose values are looked for, each of which reads the source
MOST_STEPS = 100  # from a name to the literal that it stands for
MOST_SETTINGS = 20


@dataclass
class _Origin:
    """Of a layer: the line that created it with those whose calls led there, which call on that line, its values, and
    the calls of it. `variable` holds the layer, or else what it returned, and `result` the latter; `spellings`
    are how the code could write layers by then."""

    layer: weakref.ref[Any]
    places: list[Place] = field(default_factory=list)
    here: Place = field(default_factory=dict)
    values: dict[str, _Value] = field(default_factory=dict)
    calls: list[Place] = field(default_factory=list)
    variable: str = ""
    result: str = ""
    spellings: dict[str, Any] = field(default_factory=dict)


class Created:
    """Origins of layers, by identity, as long as the layers live; bounded, since code may create them without end."""

    def __init__(self, sources: Sources) -> None:
        self.sources = sources
        self.origins: dict[int, _Origin] = {}
        self.building = Building(sources)

    def note(self, layer: Any, frame: FrameType | None) -> None:
        """Remember that the code is creating this layer."""
        if len(self.origins) >= MOST_ORIGINS:
            return
        outside, values = creation(layer, frame)
        places = self.sources.callers(outside)
        if places:
            resolved: dict[str, _Value] = {}
            with contextlib.suppress(Exception):  # a source that is not what runs
                if len(self.origins) < MOST_RESOLVED:
                    resolved = _values_of(self.sources, layer, outside, values)
            origin = self._known(layer)
            origin.places, origin.values = places, resolved
            spot = next(self.sources.spots(outside))
            origin.here = spot.call_place
            with contextlib.suppress(Exception):  # objects of the code may raise anything when they are looked at
                origin.spellings = spellings(sys.modules["keras"], spot.scope)

    def note_call(self, node: Any, frame: FrameType | None) -> None:
        """Remember where the code is calling a layer: of helpers that return what it gives, where these are called."""
        self.building.note_call(node, frame)
        origin = self.origin_of(getattr(node, "operation", None))
        if origin is None:
            return
        for spot in self.sources.spots(frame):
            if spot.node(ast.Call) not in spot.source.returned:
                if len(origin.calls) < MOST_CALLERS and spot.call_place not in origin.calls:
                    origin.calls.append(spot.call_place)
                return

    def origin_of(self, layer: Any) -> _Origin | None:
        origin = self.origins.get(id(layer))
        return origin if origin is not None and origin.layer() is layer else None

    def _known(self, layer: Any) -> _Origin:
        """What is known of a layer; at first nothing."""
        key = id(layer)
        origin = _Origin(weakref.ref(layer, lambda _: self.origins.pop(key, None)))
        return self.origins.setdefault(key, origin)

    def name(self, keras: Any, namespace: Mapping[str, Any]) -> None:
        """Which variables hold the layers, or what a layer returned, if it is one tensor of all that it returned.

        Objects of the code may raise anything when they are looked at.
        """
        values = named_values(namespace)
        pieces = [(label, value) for label, value in values if type(value) is keras.Sequential and value._inbound_nodes]
        values += [entry for label, value in pieces for entry in _layers_of(label, value)][:MOST_VARIABLES]
        layers = [(label, value) for label, value in values if issubclass(type(value), keras.layers.Layer)]
        tensors = [(label, value) for label, value in values if issubclass(type(value), keras.KerasTensor)]
        operations = [(label, operation_of(value)) for label, value in tensors]
        results = [(label, layer) for label, layer in operations if len(getattr(layer, "_inbound_nodes", ())) == 1]
        for label, layer in (*_last_first(results), *_last_first(layers)):
            self._known(layer).variable = label
        for label, layer in _last_first(results):
            self._known(layer).result = label

    def around(self, keras: Any, model: Any, models: Iterable[Any]) -> dict[str, Any]:
        """What the recording says of the layers of a model, beside its config."""
        ids = {
            id(part)
            for network in unused_layers.around(keras, model, models)
            for part in (network, *describe.nested_layers(network))
        }
        results = [ref() for _, (ref, _) in given_results(model)]
        foreign = set(map(id, self.building.called_for_others(model)))
        starts = [*describe.nested_layers(model), *self._other_inputs(keras, ids | foreign), *results]
        idle = unused_layers.layers_beside(keras, starts, ids)
        facts = self.known_of([*describe.nested_layers(model), *idle])
        names = self._reused({place["cell"] for place in facts["layer_locations"].values()})
        variables = sorted(names.intersection([*facts["layer_variables"].values(), *facts["layer_results"].values()]))
        return {
            **facts,
            **self.building.around(model, idle),
            "unused": unused_layers.described(keras, idle),
            "reused_variables": variables[:MOST_ENTRIES],
            **self._spellings(keras, model),
        }

    def _spellings(self, keras: Any, model: Any) -> dict[str, Any]:
        """How the code could write layers where it made the first one of a model that is no input, in the file that
        builds it: what is imported further down is not there yet."""
        files = {moment.source.location(1)["file"] for moment in self.building.built_at(model)[:1]}
        layers = sorted(describe.nested_layers(model), key=lambda layer: isinstance(layer, keras.layers.InputLayer))
        origins = [*filter(None, map(self.origin_of, layers))]
        known = (origin.spellings for origin in origins if origin.here.get("file") in files)
        return next(filter(None, known), spellings(keras, {}))

    def _reused(self, cells: Container[int | None]) -> set[str]:
        """Variables that are given a value more than once: in one function, in a loop, or in several of these cells."""
        sources = self.sources.known.values()
        counts = Counter(name for source in sources if source.cell and source.cell in cells for name in source.bound)
        again = {name for name, count in counts.items() if count > 1}
        return again.union(*(source.reused for source in sources))

    def _other_inputs(self, keras: Any, ids: Container[int]) -> list[Any]:
        """Inputs that a variable holds, and no model."""
        layers = [origin.layer() for origin in self.origins.values() if origin.places and origin.variable]
        inputs = [layer for layer in layers if isinstance(layer, keras.layers.InputLayer)]
        return [layer for layer in inputs if id(layer) not in ids][: unused_layers.MOST_UNUSED]

    def known_of(self, layers: Iterable[Any]) -> dict[str, dict[str, Any]]:
        """What is known of layers, by name; nothing of two layers with one name."""
        by_name: dict[str, list[Any]] = {}
        for layer in layers:
            by_name.setdefault(str(layer.name)[:80], []).append(layer)
        names = dict([(id(group[0]), name) for name, group in by_name.items() if len(group) == 1][:MOST_NAMES])
        origins = {
            names[id(layer)]: origin for origin in [*self.origins.values()] if id(layer := origin.layer()) in names
        }
        lines: dict[str, list[list[Place]]] = {}
        for origin in origins.values():
            lines.setdefault(str(origin.here), []).append(origin.places)
        placed = {name: origin for name, origin in origins.items() if origin.places}
        return {
            "layer_locations": {
                n: {**origin.here, **_called(origin.places, lines[str(origin.here)])} for n, origin in placed.items()
            },
            "layer_variables": {n: origin.variable[:80] for n, origin in origins.items() if origin.variable},
            "layer_results": {n: origin.result[:80] for n, origin in origins.items() if origin.result},
            "layer_values": {n: self._written(origin) for n, origin in origins.items() if origin.values},
            "layer_calls": {
                n: origin.calls for n, origin in origins.items() if origin.calls and origin.calls != [origin.here]
            },
        }

    def _written(self, origin: _Origin) -> dict[str, list[dict[str, Any]]]:
        """By parameter, the literal that gave it, where that is certain, and the argument of the call."""
        settings = {}
        for name, own in origin.values.items():
            values = (entry.values.get(name) for entry in (*self.origins.values(),))
            alike = [value for value in values if value is not None and value.calls == own.calls]
            number = next(index for index, value in enumerate(alike) if value is own)
            literal = own.literal(number, [value.value for value in alike])
            parts = {id(part.node): part for part in (literal, own.argument) if part}
            settings[name] = [
                {**part.written(), "instead": own.instead.get(id(part.node), {})}
                for part in parts.values()
                if part.text()
            ]
        return dict(islice(settings.items(), MOST_SETTINGS))


def _last_first(values: Iterable[tuple[str, Any]]) -> list[tuple[str, Any]]:
    """So that of several names the first one stays, and a name rather than an entry of one."""
    return sorted(values, key=lambda entry: "[" in entry[0] or "." in entry[0].removeprefix("self."))[::-1]


def _layers_of(label: str, piece: Any) -> Iterator[tuple[str, Any]]:
    """The layers of a `Sequential` that is called as a part of a network; its only one by its own name."""
    layers = piece.layers
    yield from ((label if len(layers) == 1 else f"{label}.layers[{n}]", layer) for n, layer in enumerate(layers))


def spellings(keras: Any, namespace: Mapping[str, Any]) -> dict[str, Any]:
    """How code with these variables writes layers, under the names that the recording has for it."""
    return {"layers_prefix": _prefix(keras, namespace), "layers_imported": _imported(keras, namespace)}


def _prefix(keras: Any, namespace: Mapping[str, Any]) -> str:
    """What the code writes before the name of a layer's class: `layers.`, or nothing where it has no such module."""
    values = list(namespace.items())[:MOST_VARIABLES]
    for inner in ("", "layers", "keras.layers"):
        for label, value in values:
            with contextlib.suppress(Exception):  # a module may be loaded late, and in vain
                is_home = isinstance(value, ModuleType) and value.__name__.rpartition(".")[2] in HOMES
                if is_home and attrgetter(f"{inner}.Dense".lstrip("."))(value) is keras.layers.Dense:
                    return f"{label}.{inner}.".replace("..", ".")
    return ""


def _imported(keras: Any, namespace: Mapping[str, Any]) -> dict[str, str]:
    """What the code calls the classes of layers, and the functions that merge, which it has imported by their names."""
    names = [(label, value) for label, value in list(namespace.items())[:MOST_VARIABLES] if isinstance(value, NAMED)]
    own = {value.__name__: label for label, value in names if value is getattr(keras.layers, value.__name__, None)}
    return {**own, **({"keras": "keras"} if _is_keras(namespace.get("keras")) else {})}


def _is_keras(value: Any) -> bool:
    return isinstance(value, ModuleType) and value.__name__.startswith("keras") and value.__name__.endswith("keras")


def _called(locations: list[Place], chains: list[list[Place]]) -> Place:
    """Of a layer that is created where others are, too, the nearest call that tells them apart, if one does."""
    other_chains = [chain for chain in chains if chain != locations]
    for depth in range(1, len(locations)):
        if other_chains and not any(chain[1 : depth + 1] == locations[1 : depth + 1] for chain in other_chains):
            return {"caller": locations[depth]}
    return {}


def creation(layer: Any, frame: FrameType | None) -> tuple[FrameType | None, Mapping[str, Any]]:
    """The frame that creates a layer, and what it gives: outside of `__init__` of its class, which calls its base's."""
    start, values, caller = frame, dict[str, Any](), frame
    for _ in range(MOST_FRAMES):
        if caller is None:
            break
        if caller.f_code.co_name == "__init__" and caller.f_locals.get("self") is layer:
            start, values = caller.f_back, caller.f_locals
        caller = caller.f_back
    return start, values


def watched(*notes: Callable[[Any, FrameType | None], None]) -> Callable[[Any], Any]:
    """A wrapper for the constructor that all layers and operations have in common."""

    def wrap(original: Any) -> Any:
        def construct(*args: Any, **kwargs: Any) -> None:
            __tracebackhide__ = True
            original(*args, **kwargs)
            for note in notes:
                note(args[0], sys._getframe(1))

        return construct

    return wrap


# Where a value that a layer was given is written: the literal in the call, or the one to which names, entries of lists,
# loops, attributes and parameters lead back.


@dataclass(frozen=True)
class _Value:
    """A value that a layer was given, the argument that gave it, if it is one, and literals that may stand for it.

    `calls` are the call that creates the layer and those of the functions around it: what they create together has its
    values in turn. `instead` are variables that may stand in the place of a literal, by this, with their values.
    """

    value: str
    argument: Part | None
    calls: tuple[int, ...]
    literals: Sequence[Part]
    instead: Mapping[int, Mapping[str, str]]

    def literal(self, number: int, values: Sequence[str]) -> Part | None:
        """The one that is written for it; `values` are those that these calls have given, its own with this number."""
        literals = [literal for literal in self.literals if repr(literal.node.value) in values]
        if [repr(literal.node.value) for literal in literals] == list(values):
            return literals[number]
        matches = [literal for literal in literals if repr(literal.node.value) == self.value]
        return matches[0] if len(matches) == 1 else None


def _values_of(sources: Sources, layer: Any, frame: FrameType | None, values: Mapping[str, Any]) -> dict[str, _Value]:
    """What the call in a frame gives to the layer that it creates, by parameter."""
    spots = list(sources.spots(frame))
    parts_of = [Part(spot.source.told_apart.at(spot.span, ast.Call), spot.source.told_apart) for spot in spots]
    if not parts_of or parts_of[0].node is None:
        return {}
    creating, calls = parts_of[0], [call for call in parts_of if call.node is not None]
    program = [source.told_apart for source in sources.known.values()]
    chain = tuple(id(call.node) for call in calls)
    near = zip(parts_of, spots[:MOST_FRAMES], strict=False)
    varying = [(given_to(call.node), _varying(spot)) for call, spot in near if call.node]
    instead = {id(node): names for nodes, names in varying for node in nodes if isinstance(node, ast.Constant)}
    own = _arguments(creating.node, type(layer), spots[0].scope, values)
    every = _of_partial(creating, type(layer), spots[0].scope, calls, program)
    every |= {name: Part(node, creating.source) for name, node in own.items()}
    settings, unpacked = {}, [keyword.value for keyword in creating.node.keywords if keyword.arg is None]
    for name, argument in every.items():
        says_itself = name in own and isinstance(argument.node, ast.Constant)
        literals = [argument] if says_itself else _literals(argument, calls, program)
        is_own = name in own and argument.node not in unpacked
        settings[name] = _Value(repr(values.get(name)), argument if is_own else None, chain, literals, instead)
    return settings


def _varying(spot: Spot) -> dict[str, str]:
    """The parameters of a function, and the variables of loops around a line, with their plain values."""
    function = spot.source.functions.get(spot.function)
    names = {*(map(plain, parameters(function)) if function else ()), *turning(spot.source.loops, spot.line)}
    values = {name: spot.variables.get(name) for name in sorted(names)[:MOST_SETTINGS]}
    return {
        name: repr(value)
        for name, value in values.items()
        if type(value) in (int, str) and len(repr(value)) <= MOST_SHOWN
    }


def _of_partial(
    creating: Part, kind: type, scope: Mapping[str, Any], calls: Sequence[Part], program: Sequence[Source]
) -> dict[str, Part]:
    """What `partial(Dense, 3, activation='relu')` gives to a layer beside the call that creates it."""
    func = creating.node.func
    if not (isinstance(func, ast.Name) and isinstance(scope.get(func.id), partial)):
        return {}
    partials = [part for part in _sources_of(func.id, creating, calls, program) if isinstance(part.node, ast.Call)]
    if len(partials) != 1 or not partials[0].node.args:
        return {}
    whole = partials[0].node
    given = arguments(ast.Call(whole.args[0], whole.args[1:], whole.keywords), [*_parameters(kind)])
    return {name: Part(node, partials[0].source) for name, node in given.items()}


def _arguments(call: ast.Call, kind: type, scope: Mapping[str, Any], values: Mapping[str, Any]) -> dict[str, ast.expr]:
    """What a call gives to the class that it creates, by parameter."""
    called = scope.get(last_name(call.func))
    is_class = last_name(call.func) in (kind.__name__, FUNCTIONS.get(kind.__name__)) or called is kind
    bound = called.args if isinstance(called, partial) and called.func is kind else None
    if not is_class and bound is None:
        return {}
    parameters = _parameters(kind)
    names = [*parameters][len(bound or ()) :]
    unpacked = [keyword.value for keyword in call.keywords if keyword.arg is None]
    if len(unpacked) != 1:
        return dict(arguments(call, names))
    named = [parameter for parameter in parameters.values() if parameter.kind is not parameter.VAR_KEYWORD]
    given = [parameter.name for parameter in named if repr(values.get(parameter.name)) != repr(parameter.default)]
    return {**dict.fromkeys(given, *unpacked), **arguments(call, names)}


def _parameters(kind: type) -> dict[str, inspect.Parameter]:
    """What creating an object of a class takes."""
    _, *others = inspect.signature(kind.__init__).parameters.items()  # type: ignore[misc]
    return dict(others)


def _literals(start: Part, calls: Sequence[Part], program: Sequence[Source]) -> list[Part]:
    """Those that an expression may have its value from, in the order in which they are written; none of too many, or
    where they may be about more than the network."""
    waiting, seen, literals = [start], set[str](), dict[tuple[Any, ...], Part]()
    while waiting and len(seen) < MOST_STEPS:
        part = waiting.pop()
        for node in parts(part.node):
            if isinstance(node, ast.Constant):  # a cell may be known by several names of files
                place = part.source.location(node.lineno)
                key = (place["cell"] or 0, place["file"], place["line"], node.col_offset)
                literals[key] = Part(node, part.source)
                if len(literals) > MOST_ENTRIES:
                    return []
                continue
            attribute = {f".{node.attr}"} if isinstance(node, ast.Attribute) else set[str]()
            for name in ({*bases(node)} | attribute) - seen:
                if any(name in source.given_away for source in program):
                    return []
                seen.add(name)
                waiting += _sources_of(name, Part(node, part.source), calls, program)
    return [] if waiting else [literals[key] for key in sorted(literals)]


def _sources_of(name: str, part: Part, calls: Sequence[Part], program: Sequence[Source]) -> list[Part]:
    """What a name may have been given: by a call that is being made, by a loop around, or else anywhere."""
    for call in calls:
        functions = (source.functions.get(last_name(call.node.func)) for source in program)
        for value, names in (
            binding for function in functions if function for binding in given_by_call(call.node, function)
        ):
            if name in names:
                return [Part(value, call.source)]
    bindings = [(node, Part(value, source)) for source in program for node, value in source.given.get(name, ())]
    around = [value for node, value in bindings if part.is_within(node, value.source)]
    return around or [*(value for _, value in bindings), *_of_objects(name, program)]


def _of_objects(name: str, program: Sequence[Source]) -> Iterator[Part]:
    """What creating an object of a class gives to an attribute, or to a parameter of its `__init__`."""
    classes = {name: node for source in program for name, node in source.classes.items()}
    for source in program:
        for called in classes.keys() & source.calls.keys():
            bindings = (binding for call in source.calls[called] for binding in given_by_class(call, classes[called]))
            yield from (Part(value, source) for value, names in bindings if name in names)
