"""Where layers and models were created, and to which variable or function of the student's a model belongs."""

from __future__ import annotations

import contextlib
import sys
import weakref
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from types import FrameType
from typing import Any

from . import describe
from .locate import Sources, Spot

MOST_LOCATIONS = 2_000
MOST_NAMES = 500
MOST_UNUSED = 32
MOST_FRAMES = 12  # Keras, a hook and a few classes of the student's own
MOST_VARIABLES = 2_000


def enclosing_function(spots: list[Spot], listed: list[str]) -> str:
    """The function that an assignment lists, if it is on the stack; else the innermost."""
    functions = [spot.function for spot in spots if spot.function and not spot.function.startswith("__")]
    known = [name for name in functions if name in listed]
    return (known or functions or [""])[0][:200]


def location_of_model(spots: list[Spot]) -> dict[str, Any]:
    """The line that built the model; where a helper of another cell did, the line of the running cell."""
    inner, running = spots[0].location, spots[-1].location["cell"]
    if not running or not inner["cell"]:
        return inner
    return next(spot.location for spot in spots if spot.location["cell"] == running)


def marks_of(spots: list[Spot]) -> list[str]:
    """The marks of the frames, the running cell or line first; that one stays empty where only a helper has one."""
    first, *others = dict.fromkeys(spot.mark for spot in reversed(spots))
    return [first, *filter(None, others)] if first or any(others) else []


def most_repeated(records: Sequence[Any]) -> Any:
    """The oldest model of the line that built most of them: a loop must not crowd out an exercise.

    A helper builds those of several exercises in one line, which names and marks then tell apart.
    """
    lines = Counter(line_of(record) for record in records)
    crowded = max(lines, key=lambda line: lines[line])
    return next(record for record in records if line_of(record) == crowded)


def line_of(record: Any) -> str:
    return str([record.data[key] for key in ("location", "marks", "variables")])


class Created:
    """Locations of layers, by identity, as long as the layers live; bounded, since code may create them without end."""

    def __init__(self, sources: Sources) -> None:
        self.sources = sources
        self.locations: dict[int, tuple[weakref.ref[Any], dict[str, Any]]] = {}
        self.beyond = 0
        self.variables: dict[int, tuple[weakref.ref[Any], str]] = {}

    def note(self, layer: Any, frame: FrameType | None) -> None:
        """Remember that the code is creating this layer."""
        if len(self.locations) >= MOST_LOCATIONS:
            self.beyond += 1
            if self.beyond % MOST_LOCATIONS != 1:
                return
            self.locations = {key: known for key, known in self.locations.items() if known[0]() is not None}
            if len(self.locations) >= MOST_LOCATIONS:
                return
        found = self.sources.innermost(outside(layer, frame))
        if found is not None:
            self.locations[id(layer)] = (weakref.ref(layer), found)

    def location_of(self, layer: Any) -> dict[str, Any] | None:
        known = self.locations.get(id(layer))
        return known[1] if known is not None and known[0]() is layer else None

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
        """What models.json says of a model's layers beside its config."""
        unused = unused_layers(keras, model, models)
        layers = [*describe.nested_layers(model), *unused]
        locations, variables = self.locations_in(layers), self.variables_in(layers)
        return {"layer_locations": locations, "layer_variables": variables, "unused": described(keras, unused)}

    def variables_in(self, layers: Iterable[Any]) -> dict[str, str]:
        """The variables of layers by name; of two layers with one name, none."""
        names: dict[str, list[Any]] = {}
        for layer in layers:
            names.setdefault(str(layer.name)[:80], []).append(layer)
        known = {name: self.variables.get(id(same[0])) for name, same in names.items() if len(same) == 1}
        found = {name: one[1][:80] for name, one in known.items() if one is not None and one[0]() is names[name][0]}
        return dict(list(found.items())[:MOST_NAMES])

    def locations_in(self, layers: Iterable[Any]) -> dict[str, dict[str, Any]]:
        """The locations of layers by name; a name that two nested models both have says nothing."""
        names: dict[str, list[dict[str, Any] | None]] = {}
        for layer in layers:
            names.setdefault(str(layer.name)[:80], []).append(self.location_of(layer))
        known = {
            name: locations[0] for name, locations in names.items() if len(locations) == 1 and locations[0] is not None
        }
        return dict(list(known.items())[:MOST_NAMES])


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


def unused_layers(keras: Any, model: Any, models: Iterable[Any]) -> list[Any]:
    """Layers that were called on what this model computes, and are in none of the models."""
    held = {id(one) for other in models for one in (other, *describe.nested_layers(other))}
    found: dict[int, Any] = {}
    waiting = list(describe.nested_layers(model))
    while waiting and len(found) < MOST_UNUSED:
        for layer in readers(waiting.pop()):
            if id(layer) not in held and id(layer) not in found:
                found[id(layer)] = layer
                waiting.append(layer)
    layers = [layer for layer in found.values() if isinstance(layer, keras.layers.Layer)]
    return [layer for layer in layers if not isinstance(layer, keras.Model)]


def readers(layer: Any) -> Iterator[Any]:
    for node in getattr(layer, "_outbound_nodes", ()):
        reader = getattr(node, "operation", None)
        if reader is not None:
            yield reader


def described(keras: Any, layers: Iterable[Any]) -> list[dict[str, Any]]:
    """Layers as a model's config has them; one that cannot say its config is left out."""
    entries = []
    for layer in layers:
        with contextlib.suppress(Exception):
            entry = describe.plain(keras.saving.serialize_keras_object(layer))
            entries.append({**entry, "name": str(layer.name)[:80]})
    return entries
