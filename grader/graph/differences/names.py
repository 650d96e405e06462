"""What to call a student's layer: by the name that the student gave it, else by the variable, else by its line."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TypeAlias

from grader.domain import Layer, Location, Statement, WrittenRead, WrittenValue
from grader.domain.words import capital, in_location, listed, ordinal
from grader.graph.reading.layers import snake_case

Site: TypeAlias = tuple[Location, int | None]  # a call in the source


@dataclass(frozen=True)
class LayerNames:
    """Where the layers of a model were created, in this order, the variables that hold what they return, the literals
    of their values, and the lines that call them, where these are others; by layer name."""

    locations: Mapping[str, Location] = field(default_factory=dict)
    variables: Mapping[str, str] = field(default_factory=dict)
    generated: frozenset[str] = frozenset()
    values: Mapping[str, Mapping[str, Sequence[WrittenValue]]] = field(default_factory=dict)
    calls: Mapping[str, Sequence[Location]] = field(default_factory=dict)
    prefix: str = ""  # what the code writes before the classes of layers that it does not import
    reused: frozenset[str] = frozenset()  # variables that hold something else at another time
    results: Mapping[str, str] = field(default_factory=dict)  # the variables that hold what layers returned
    activations: Mapping[str, Layer] = field(default_factory=dict)  # what applies one to the result of another layer
    statements: Sequence[Statement] = ()  # those that build the model
    reads: Sequence[WrittenRead] = ()  # where it says what calls read
    clones: frozenset[str] = frozenset()  # the inputs that Keras made of results that the model was given
    imported: Mapping[str, str] = field(default_factory=dict)  # what it calls classes and functions of layers
    model: str = "model"  # the variable that holds it
    keys: Sequence[str] = ()  # of its outputs, in order, if it gives a dict
    rewritten: bool = False  # what builds the model has to be written anew, whatever it builds

    def spelled(self, kind: str) -> str:
        """`Dense`, or `layers.Dense`, as the code can write the class of a layer, or a function that merges."""
        return self.imported.get(kind, f"{self.prefix}{kind}")

    def is_known(self, kind: str) -> bool:
        """Whether the code can write it so, with what it has imported."""
        return bool(self.prefix) or kind in self.imported

    def name(self, layer: str) -> str:
        """`hidden2`, as the student can write it: a variable, with the `name=` of the layer if that is another.

        A variable that is given a value again may hold another layer there, so the line is added.
        """
        variable = self.variables.get(layer)
        if layer in self.generated and (variable is None or variable in self.reused):
            return self.at(layer)
        called = self.called(layer)
        return f"`{variable}` (named {called})" if variable not in (None, called.strip("`")) else called

    def at(self, layer: str) -> str:
        """A layer's name with the location where it was created."""
        return self._by_place(layer) or self.called(layer) + self._located(layer)

    def titled(self, layer: str, noun: str = "") -> str:
        """The same at the beginning of a sentence: `Layer …`, `Output …`, `The 2nd layer on line 24`."""
        return capital(self._by_place(layer) or f"{noun or _noun(layer)} {self.at(layer)}")

    def short(self, layer: str) -> str:
        """A layer's name without its location, if it has a name."""
        return self._by_place(layer) or self.called(layer)

    def at_calls(self, layer: str) -> str:
        """A layer's name with the lines that call it."""
        lines = [place for place in self.calls.get(layer, ()) if str(place)]
        where = listed([*(in_location(place).strip() for place in lines[:1]), *map(str, lines[1:])], "")
        return self._by_place(layer) or (f"{self.called(layer)} (called {where})" if lines else self.at(layer))

    def _by_place(self, layer: str) -> str:
        """`the 2nd layer on line 24`, for want of a name: what Keras calls it is not in the program."""
        place = self._place(layer) if layer in self.generated and layer not in self.variables else ""
        return f"the {place}" if place else ""

    def sharing(self, layer: str, parameter: str, written: WrittenValue | None) -> Sequence[tuple[str, str]]:
        """All layers, with their parameters, that are corrected where this one is: those that have their value from
        there, or that are made with it, where it has none."""
        if written:
            return self._written[written]
        peers = self.made_with(layer) or [layer]
        return [(peer, parameter) for peer in peers if parameter not in self.values.get(peer, {})]

    def instead(self, layer: str, parameter: str, written: WrittenValue) -> Mapping[str, str]:
        """The variables that may stand in a place where this layer has its value from."""
        places = self.values.get(layer, {}).get(parameter, ())
        return next((place.instead for place in places if place == written), {})

    @cached_property
    def _written(self) -> Mapping[WrittenValue, Sequence[tuple[str, str]]]:
        settings: dict[WrittenValue, list[tuple[str, str]]] = {}
        for layer, values in self.values.items():
            for parameter, written in ((name, entry) for name, entries in values.items() for entry in entries):
                settings.setdefault(written, []).append((layer, parameter))
        return settings

    def made_with(self, layer: str) -> Sequence[str]:
        """The layers that the same call in the source creates, such as all of a loop, or of a helper's line."""
        return self._made[_site(self.locations[layer])] if layer in self.locations else ()

    @cached_property
    def _made(self) -> Mapping[Site, Sequence[str]]:
        return _by_site(self.locations.items())

    def place_alone(self, layer: str) -> Location:
        """The line that creates a layer, if no other call on it creates one; else none."""
        place = replace(self.locations.get(layer, Location()), caller=None)
        return place if self._calls_on[place] == 1 else Location()

    @cached_property
    def _calls_on(self) -> Mapping[Location, int]:
        return Counter(place for place, _ in self._made)

    def called(self, layer: str) -> str:
        """A layer's name alone: the student's, or the variable where Keras generated the name."""
        if is_result(layer):
            return "the input"
        return f"`{self.variables.get(layer, layer) if layer in self.generated else layer}`"

    def _place(self, layer: str) -> str:
        """`2nd layer on line 24`, or `2nd layer that line 24 makes`, if a function does, and `2nd dense layer` among
        those of several kinds; empty if nothing is known."""
        location, peers = self.locations.get(layer, Location()), self._peers(layer)
        nth = f"{ordinal(peers.index(layer) + 1)} " if len(peers) > 1 else ""
        kinds = self._lines.get(_line_of(location), {}).keys() - {"input", ""}
        noun = f"{self._kind(layer)} layer" if len(kinds) > 1 and self._kind(layer) in kinds else _noun(layer)
        where = f" that {location.caller} makes" if location.caller else in_location(location)
        return f"{nth}{noun}{where}" if str(_line_of(location)) else ""

    def _peers(self, layer: str) -> Sequence[str]:
        return self._lines[_line_of(self.locations[layer])][self._kind(layer)] if layer in self.locations else ()

    def _kind(self, layer: str) -> str:
        """By the name that Keras generated: `dense`, `concatenate`, `input`; empty for one of the student's own."""
        return re.sub(r"(_layer)?(_\d+)?$", "", layer).replace("_", " ") if layer in self.generated else ""

    @cached_property
    def _lines(self) -> Mapping[Location, Mapping[str, Sequence[str]]]:
        lines: dict[Location, dict[str, list[str]]] = {}
        for layer, location in self.locations.items():
            lines.setdefault(_line_of(location), {}).setdefault(self._kind(layer), []).append(layer)
        return lines

    def _located(self, layer: str) -> str:
        place = self._place(layer)
        return f" ({place})" if place and len(self._peers(layer)) > 1 else located(self.locations.get(layer))


def _line_of(location: Location) -> Location:
    """That of the student's own call, where a function creates several layers."""
    return location.caller or location


def _noun(layer: str) -> str:
    return "input" if layer.startswith("input_layer") else "layer"


def _site(place: Location) -> Site:
    return replace(place, caller=None), place.column


def _by_site(places: Iterable[tuple[str, Location]]) -> Mapping[Site, Sequence[str]]:
    layers: dict[Site, list[str]] = {}
    for layer, place in places:
        layers.setdefault(_site(place), []).append(layer)
    return layers


def is_result(layer: str) -> bool:
    """Whether Keras has made this input in place of a result that `Model(inputs=…)` was given."""
    return layer.endswith("CLONE")


def generated(layers: Iterable[Layer]) -> frozenset[str]:
    """The names that Keras generated: the class in lower case, with a number from the second on."""
    stems = ((layer.name, snake_case(layer.kind.removeprefix("ops."))) for layer in layers)
    return frozenset(name for name, stem in stems if re.fullmatch(rf"{re.escape(stem)}(_\d+)?", name))


def no_input(names: LayerNames, layer: str) -> tuple[str, str]:
    """What is wrong with an input that is a result, and what to write."""
    where = located(names.locations.get(layer))
    return (
        f"`Model(inputs=…)` is given the output of a layer, not an `Input`{where}.",
        "Keep each `Input` in a variable of its own, and list these variables in `Model(inputs=[…], outputs=…)`.",
    )


def located(location: Location | None) -> str:
    """` (cell 3, line 7)`, perhaps `in a function called on line 12`; empty where nothing is known."""
    return f" ({location}{called_from(location)})" if location is not None and str(location) else ""


def called_from(location: Location) -> str:
    """`, in a function called on line 12`: of a layer alone one would also say that it is called."""
    caller = location.caller
    if caller is None:
        return ""
    near = (caller.cell, caller.file) == (location.cell, location.file)
    return f", in a function called{in_location(Location(None, caller.line) if near else caller)}"
