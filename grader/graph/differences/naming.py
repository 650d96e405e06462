"""What to call a student's layer: by the name that the student gave it, or the variable, and by its line otherwise."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from grader.domain import Layer, Place
from grader.graph.differences.spelling import located


@dataclass(frozen=True)
class LayerNames:
    """Where the layers of a model were created, and the variables that hold what they return, by layer name."""

    places: Mapping[str, Place] = field(default_factory=dict)
    variables: Mapping[str, str] = field(default_factory=dict)
    generated: frozenset[str] = frozenset()

    def name(self, layer: str) -> str:
        """`hidden2`; a name that Keras has made up stands nowhere in the program, and has its line beside it."""
        unknown = layer in self.generated and layer not in self.variables
        return self.at(layer) if unknown else self._called(layer)

    def at(self, layer: str) -> str:
        """A layer's name with the place where it was created."""
        return self._called(layer) + self._located(layer)

    def made_with(self, layer: str) -> int:
        """How many other layers the line makes that made this one: the line of a function that is called often."""
        return max(0, len(self._together(layer)) - 1)

    def _called(self, layer: str) -> str:
        return f"`{self.variables.get(layer, layer) if layer in self.generated else layer}`"

    def _located(self, layer: str) -> str:
        where = located(self.places.get(layer))
        together = self._together(layer)
        if len(together) < 2 or not where:
            return where
        return f" ({_ordinal(together.index(layer) + 1)} layer of {where.removeprefix(' (')}"

    def _together(self, layer: str) -> Sequence[str]:
        """The layers that one line made, in the order in which it made them, as far as their numbers say it."""
        return self._by_place.get(self.places[layer], ()) if layer in self.places else ()

    @cached_property
    def _by_place(self) -> Mapping[Place, Sequence[str]]:
        found: dict[Place, list[str]] = {}
        for layer, place in self.places.items():
            found.setdefault(place, []).append(layer)
        return {place: sorted(layers, key=_number) for place, layers in found.items()}


def _number(layer: str) -> int:
    """The number at the end of a name that Keras made up; 0 for the first."""
    digits = re.search(r"_(\d{1,6})$", layer)
    return int(digits.group(1)) if digits else 0


def _ordinal(number: int) -> str:
    ends = {1: "st", 2: "nd", 3: "rd"} if number % 100 not in (11, 12, 13) else {}
    return f"{number}{ends.get(number % 10, 'th')}"


def generated(layers: Iterable[Layer]) -> frozenset[str]:
    """The names that Keras made up: the class in lower case, and a number from the second on."""
    return frozenset(
        layer.name for layer in layers if re.fullmatch(rf"{re.escape(_stem(layer.kind))}(_\d+)?", layer.name)
    )


def _stem(kind: str) -> str:
    """As Keras does it: `input_layer`, `conv2d`."""
    words = re.sub(r"(.)([A-Z][a-z]+)", r"\1_\2", kind.removeprefix("ops."))
    return re.sub(r"([a-z])([A-Z])", r"\1_\2", words).lower()
