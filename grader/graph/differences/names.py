"""What to call a student's layer: by the name that the student gave it, else by the variable, else by its line.

`Words` has what sentences about two networks call the layers of both.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

from grader.domain import Difference, Layer, Location, Value, WrittenValue
from grader.domain.graph import chosen, is_derived
from grader.domain.words import beginning, counted, in_location, listed
from grader.graph.differences.blocks import MERGES, Block, Blocks, pasts
from grader.graph.differences.changes import Change
from grader.graph.reading.catalogue import LAYERS
from grader.graph.reading.layers import operation_name, snake_case
from grader.graph.reading.roles import width_parameter
from grader.graph.source import arguments, value

MOST_NAMED = 4


@dataclass(frozen=True)
class LayerNames:
    """Where the layers of a model were created, in this order, the variables that hold what they return, what of their
    parameters is written elsewhere, and the lines that call them, where these are others; by layer name."""

    locations: Mapping[str, Location] = field(default_factory=dict)
    variables: Mapping[str, str] = field(default_factory=dict)
    generated: frozenset[str] = frozenset()
    values: Mapping[str, Mapping[str, WrittenValue]] = field(default_factory=dict)
    calls: Mapping[str, Sequence[Location]] = field(default_factory=dict)
    prefix: str = ""  # what the code writes before the classes of layers
    reused: frozenset[str] = frozenset()  # variables that hold something else at another time
    results: Mapping[str, str] = field(default_factory=dict)  # the variables that hold what layers returned
    given: Mapping[str, str] = field(default_factory=dict)  # those that got it where the layers are called
    functions: Mapping[str, str] = field(default_factory=dict)  # that create them, if another than the model's

    def name(self, layer: str) -> str:
        """`hidden2`, as the student can write it: a variable, with the `name=` of the layer if that is another.

        A name that Keras generated is not in the program, so the line stands for it; and a variable that is given a
        value again may hold another layer there, so the line is added.
        """
        variable = self.variables.get(layer)
        if layer in self.generated and (variable is None or variable in self.reused):
            return f"the {self._place(layer)}" if variable is None and self._is_alone(layer) else self.at(layer)
        called = self.called(layer)
        return f"`{variable}` (named {called})" if variable not in (None, called.strip("`")) else called

    def at(self, layer: str) -> str:
        """A layer's name with the location where it was created."""
        return self.called(layer) + self._located(layer)

    def part_of(self, layer: str) -> str:
        """The variable of the `Sequential` with several layers that holds it, if one does."""
        owner, found, _ = self.variables.get(layer, "").partition(".layers[")
        return owner if found else ""

    def at_calls(self, layer: str) -> str:
        """A layer's name with the lines that call it."""
        lines = listed([str(one) for one in self.calls.get(layer, ()) if str(one)], "")
        return f"{self.called(layer)} (called on {lines})" if lines else self.at(layer)

    def written(self, layer: str, parameter: str) -> WrittenValue | None:
        """Where a parameter of a layer is written, if that is not in the call that creates the layer."""
        value = self.values.get(layer, {}).get(parameter)
        return value if value is not None and value.text else None

    def sharing(self, layer: str, parameter: str) -> Sequence[tuple[str, str]]:
        """All layers, with their parameters, that are corrected where this one is: itself, and those of its line."""
        if value := self.written(layer, parameter):
            pairs = [(layer, name) for layer, values in self.values.items() for name in values]
            return [(one, name) for one, name in pairs if self.values[one][name].literal == value.literal]
        return [(one, parameter) for one in self.line_of(layer) or [layer] if not self.written(one, parameter)]

    def own_values(self, layer: str, layers: Collection[str]) -> Iterator[WrittenValue]:
        """The literals that a layer has from elsewhere, and that are of none but these layers."""
        values = (self.written_for(layers, layer, parameter) for parameter in self.values.get(layer, {}))
        yield from (value for value in values if value is not None)

    def written_for(self, layers: Collection[str], layer: str, parameter: str) -> WrittenValue | None:
        """Where a parameter of a layer is written elsewhere, if what is written there is of none but these layers."""
        value = self.written(layer, parameter)
        return value if value and {one for one, _ in self.sharing(layer, parameter)} <= {*layers} else None

    def corrections(self, layers: Sequence[str], parameter: str, code: str, removed: Collection[str] = ()) -> list[str]:
        """Next steps that give a parameter of these layers a value: in its place where it is written, else in each.

        Whether they also give it to layers that are to be removed does not matter.
        """
        may_change = {*layers, *removed}
        written, lines, others = dict[object, WrittenValue](), dict[str, None](), list[str]()
        for layer in layers:
            made = self.line_of(layer)
            if value := self.written_for(may_change, layer, parameter):
                written.setdefault(value.literal, value)
            elif len(made) > 1 and {*made} <= may_change:
                lines[in_location(replace(self.locations[layer], caller=None))] = None
            else:
                others.append(self.name(layer))
        steps = [in_place(one, f"`{code}`") for one in written.values()]
        if len(others) > MOST_NAMED:
            others = [f"{'the other' if written or lines else 'all'} layers named above"]
        places = " and".join([*lines, *([f" in {listed(others)}"] if others else [])])
        return [*steps, *([f"Write `{parameter}={code}`{places}."] if places else [])]

    def keeping(self, layer: str) -> tuple[str, str, str] | None:
        """Below which line a result that no variable holds to the end can be given a name, which, and how it is called
        there; of what a loop gives, only the last."""
        place, old = self._called(layer), self.given.get(layer, "")
        if place is None or not old.isidentifier() or place.line is None:
            return None
        alike = [one for one in self.locations if self._called(one) == place]
        where = f"the loop with {place}" if len(alike) > 1 else str(place)
        return (where, f"{old}{place.line}", old) if alike[-1] == layer else None

    def _called(self, layer: str) -> Location | None:
        """The only line that calls it, if there is one."""
        here = self.locations.get(layer)
        places = self.calls.get(layer) or [one for one in [here] if one is not None and one.caller is None]
        return places[0] if len(places) == 1 else None

    def argument(self, layer: str, parameter: str) -> str:
        """What the call of a layer gives as a parameter, if it is no literal, and alone in a line of this one layer."""
        value = self.values.get(layer, {}).get(parameter)
        return value.argument if value is not None and len(self.line_of(layer)) == 1 else ""

    def line_of(self, layer: str) -> Sequence[str]:
        """Those that its line creates, whatever calls it."""
        location = self.locations.get(layer)
        return self._created[replace(location, caller=None)] if location is not None else ()

    def together(self, layer: str) -> Sequence[str]:
        """Those that one call of its line creates, such as all of a loop."""
        return self._created[self.locations[layer]] if layer in self.locations else ()

    @cached_property
    def _created(self) -> Mapping[Location, Sequence[str]]:
        found: dict[Location, list[str]] = {}
        for layer, location in self.locations.items():
            for place in {location, replace(location, caller=None)}:
                found.setdefault(place, []).append(layer)
        return found

    def beside(self, layer: str, gone: Collection[str] = ()) -> str:
        """What the line of a layer creates besides, as a sentence after a step that is not about that; perhaps none."""
        others = [one for one in self.line_of(layer) if one != layer and one not in gone]
        if not others:
            return ""
        them = "it as it is" if len(others) == 1 else "them as they are"
        return f" {beginning(self.locations[layer])} also creates {counted(len(others), 'other layer')}: leave {them}."

    def called(self, layer: str) -> str:
        """A layer's name alone: the student's, or the variable where Keras generated the name."""
        if is_result(layer):
            return "the input"
        return f"`{self.variables.get(layer, layer) if layer in self.generated else layer}`"

    def _nth(self, layer: str) -> str:
        """`layer`, or `2nd layer` of several that one call creates; empty where nothing is known of its place."""
        location, together = self.locations.get(layer), self.together(layer)
        if location is None or not str(location):
            return ""
        noun = "input" if layer.startswith("input_layer") else "layer"
        return f"{_ordinal(together.index(layer) + 1)} {noun}" if len(together) > 1 else noun

    def _place(self, layer: str) -> str:
        """`2nd layer on line 24`; of one that a function makes, where that is called; empty where nothing is known."""
        location = self.locations.get(layer, Location())
        return f"{self._nth(layer)}{in_location(location.caller or location)}" if self._nth(layer) else ""

    def _is_alone(self, layer: str) -> bool:
        """Whether what is said of its place is said of no other layer."""
        return bool(self._place(layer)) and self._places[self._place(layer)] == 1

    @cached_property
    def _places(self) -> Mapping[str, int]:
        return Counter(map(self._place, self.locations))

    def _located(self, layer: str) -> str:
        location = self.locations.get(layer)
        if location is None or len(self.together(layer)) < 2 or not str(location):
            return located(location)
        return f" ({self._nth(layer)}{in_location(location)}{called_from(location)})"


def quoted(value: WrittenValue) -> str:
    """A literal in a sentence, and which one it is of several that are equal in its line."""
    return f"the {_ordinal(value.ordinal)} `{value.text}`" if value.ordinal else f"`{value.text}`"


def in_place(written: WrittenValue, new: str) -> str:
    """The step that corrects a literal where it stands."""
    return f"Write {new} in place of {quoted(written)}{in_location(written.location)}."


def is_result(layer: str) -> bool:
    """Whether Keras has made this input in place of a result that `Model(inputs=…)` was given."""
    return layer.endswith("CLONE")


def _ordinal(number: int) -> str:
    ends = {1: "st", 2: "nd", 3: "rd"} if number % 100 not in (11, 12, 13) else {}
    return f"{number}{ends.get(number % 10, 'th')}"


def generated(layers: Iterable[Layer]) -> frozenset[str]:
    """The names that Keras generated: the class in lower case, with a number from the second on."""
    stems = ((layer.name, snake_case(layer.kind.removeprefix("ops."))) for layer in layers)
    return frozenset(name for name, stem in stems if re.fullmatch(rf"{re.escape(stem)}(_\d+)?", name))


def no_input(names: LayerNames, layer: str) -> tuple[str, str]:
    """What is wrong with an input that is a result, and what to write."""
    where = located(names.locations.get(layer))
    return (
        f"`Model(inputs=…)` is given the output of a layer, not an `Input`{where}.",
        "Keep each `Input` in a variable that is given no other value, call the layers that read it on this variable, "
        "and list these variables in `Model(inputs=[…], outputs=…)`.",
    )


def spelled(block: Block, initializers: Mapping[str, str] | None = None) -> str:
    """`Dense(20, activation='sigmoid')`; what the student may choose is left open.

    Of a layer that is to be written, with the `initializers` that are asked for, by parameter.
    """
    if block.is_input:
        given = {"shape": block.shape[1:], **dict(block.rest)}
        return f"Input({arguments({name: value(part) for name, part in given.items()})})"
    if block.kind in MERGES:
        return block.kind.lower()
    if block.kind.startswith("ops."):
        return f"keras.ops.{operation_name(block.kind)}"
    width = width_parameter(block.kind) or "units"
    texts = {} if block.units is None else {width: "…" if block.freedom.units else value(block.units)}
    takes_one = "activation" in LAYERS.get(block.kind, {}) and block.activation != "linear"
    if block.kind == "Activation" or (takes_one and not block.freedom.activation):
        texts["activation"] = value(block.activation)
    params = dict(block.rest)
    rest = [(name, chosen(part)) for name, part in block.rest if not is_derived(params, name, part)]
    texts |= {name: value(setting) for name, setting in rest[:2] if name != "arguments"}
    texts |= {name: repr(text) for name, text in (initializers or {}).items() if name in LAYERS.get(block.kind, {})}
    return f"{block.kind}({arguments(texts, block.kind)})"


def written_width(kind: str, width: Value) -> str:
    """`Dense(8, …)`; where another argument comes first, by its name: `Embedding(…, output_dim=8)`."""
    name = width_parameter(kind) or "units"
    given = f"{value(width)}, …" if name in ("units", "filters") else f"…, {name}={value(width)}"
    return f"{kind}({given})"


def setting_of(name: str, setting: Value) -> str:
    """A parameter in a sentence; one that is not given has the Keras default, which for `use_bias` is a bias."""
    if name == "use_bias":
        return "a bias" if setting in (None, True) else "no bias (`use_bias=False`)"
    return f"no `{name}`" if setting is None else f"`{name}={value(setting)}`"


def activation(setting: Value) -> str:
    """An activation in a sentence: `sigmoid` in backquotes, or none."""
    if setting == "linear":
        return "none"
    return f"`{setting if isinstance(setting, str) else value(setting)}`"


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


@dataclass(frozen=True)
class Words:
    """Two networks, which block of the student's each expected one is, and what the student calls the layers.

    `initializers` are those that new layers need, by parameter.
    """

    student: Blocks
    expected: Blocks
    partners: Mapping[int, int]
    names: LayerNames
    changes: Sequence[Change] = ()
    initializers: Mapping[str, str] = field(default_factory=dict)

    @cached_property
    def pairs(self) -> Mapping[int, int]:
        """Which expected block each of the student's is."""
        return {a: b for b, a in self.partners.items()}

    @cached_property
    def numbers(self) -> Mapping[str, int]:
        """The student's blocks by their names; of a layer's calls the last."""
        return {block.name: number for number, block in enumerate(self.student.blocks)}

    @cached_property
    def alike(self) -> Sequence[int]:
        """A number for each block of the student's, the same for all that compute the same but for their weights."""
        return pasts(self.student, {})

    def new(self, block: Block) -> str:
        """An expected layer as the student must write it."""
        code = spelled(block, self.initializers)
        return code if block.kind.startswith("ops.") else f"{self.names.prefix}{code}"

    def imports(self, blocks: Iterable[Block], *, merge_classes: bool = False) -> str:
        """A sentence on the import of what is to be written, where the program imports names and has no such layer.

        Of a merge its function, with `merge_classes` the class, too.
        """
        there = {block.kind for block in self.student.blocks}
        kinds = {
            block.kind for block in blocks if block.kind in LAYERS and block.kind not in there and not block.is_input
        }
        spelled = [kind.lower() if kind in MERGES else kind for kind in kinds]
        names = ", ".join(sorted({*spelled, *(kinds if merge_classes else ())}))
        return (
            f" Add `from keras.layers import {names}`, if you have not imported it."
            if names and not self.names.prefix
            else ""
        )

    def name(self, number: int) -> str:
        return self.names.name(self.student[number].name)

    def listed(self, numbers: Iterable[int], otherwise: str = "") -> str:
        return listed([self.name(number) for number in dict.fromkeys(numbers)], otherwise)

    def at(self, number: int) -> str:
        """A layer's name with its location."""
        return self.names.at(self.student[number].name)

    def unkept(self, numbers: Iterable[int]) -> str:
        """A sentence about the results, of these that a step uses, that no variable of the program holds."""
        found = [self.student[one].name for one in dict.fromkeys(numbers)]
        lost = [one for one in found if one in self.names.locations and one not in self.names.results]
        kept = [one for one in map(self.names.keeping, lost) if one]
        if kept and len(kept) == len(lost):
            lines = listed([f"below {place}, write `{new} = {old}`" for place, new, old in kept])
            return f" B{lines[1:]}, and use {listed([f'`{new}`' for _, new, _ in kept])}."
        if len(lost) == 1 and len(self.names.together(lost[0])) > 1:
            line = replace(self.names.locations[lost[0]], caller=None)
            return f" Create it in a line of its own, and not on {line}, which creates several in turn."
        named = listed([self.names.name(one) for one in lost])
        if len(lost) > 1:
            return f" Keep the results of {named} under names that are given no other values, and use these."
        return f" Keep the result of {named} under a name that is given no other value, and use that." if lost else ""

    def handed(self, numbers: Iterable[int], reader: int) -> str:
        """A sentence about results that a layer is to read, which is created in a function that does not know them."""
        functions, name = self.names.functions, self.student[reader].name
        there = functions.get(name, "")
        needed = [one for one in numbers if there and functions.get(self.student[one].name) != there]
        results = listed([self.result(one) for one in needed], "")
        return f" That is in `{there}`: give {results} to this function as an argument." if results else ""

    def result(self, number: int) -> str:
        """What a call returns: of a layer that is called several times, with what it is called on."""
        block = self.student[number]
        result = self.names.results.get(block.name)
        if len(self.student.calls[block.layer]) == 1 or not block.sources:
            return f"`{result}`" if result and result not in self.names.reused else self.name(number)
        return f"{self.names.called(block.name)} on {listed([self.name(source) for source in block.sources])}"

    def called(self, number: int) -> str:
        """What is called: a layer, or the model that contains it, where the variable holds what the layer returns."""
        name = self.name(number)
        return f"the model that contains {name}" if self._is_within(number) else name

    def holder(self, number: int) -> str:
        """The model that is called in place of the layer, as one of several in it; empty where there is none."""
        owner = self.names.part_of(self.student[number].name)
        return f"`{owner}`" if owner else "the model that contains it" if self._is_within(number) else ""

    def _is_within(self, number: int) -> bool:
        block = self.student[number]
        variable = self.names.variables.get(block.name, "")
        return variable == self.names.results.get(block.name) and len(self.student.calls[block.layer]) > 1

    def described(self, number: int) -> str:
        """A call as a part of a sentence, with the location of its layer and, where that says more, its code."""
        block = self.student[number]
        if block.joins or len(self.student.calls[block.layer]) > 1:
            return f"{self.result(number)}{self.at(number).removeprefix(self.names.called(block.name))}"
        return f"{self.at(number)}, `{spelled(block)}`,"

    @cached_property
    def wrong(self) -> Mapping[tuple[str, str], tuple[str, Value]]:
        """Parameters of the student's layers that need another value, each with the class and this value."""
        return {
            (self.student[one.student[0]].name, self.parameter(one)): (self.expected[one.expected[0]].kind, one.asked)
            for one in self.changes if one.kind in ("width", "activation", "parameter")
        }  # fmt: skip

    def parameter(self, change: Change) -> str:
        """What the class calls the parameter that a change is about."""
        width = width_parameter(self.student[change.student[0]].kind)
        return width or change.parameter if change.kind == "width" else change.parameter

    def kept(self, parameter: str) -> frozenset[str]:
        """The layers that have a parameter, and stay, or may be used as they are."""
        paired, live = {*self.partners.values()}, self.student.live
        kept = (block for number, block in enumerate(self.student.blocks) if number in paired or number not in live)
        return frozenset(block.name for block in kept if parameter in LAYERS.get(block.kind, {}))

    def location(self, number: int) -> Location | None:
        return self.names.locations.get(self.student[number].name)

    def counterpart(self, number: int) -> str:
        """An expected block by the student's name for it; else as code, or as another call of a layer that is there."""
        if number in self.partners:
            return self.name(self.partners[number])
        block = self.expected[number]
        calls = [self.partners[one] for one in self.expected.calls[block.layer] if one in self.partners]
        if calls and block.sources:
            read = listed([self.counterpart(source) for source in block.sources])
            return f"{self.names.called(self.student[calls[0]].name)} on {read}"
        return f"`{spelled(self.expected[number])}`"

    def asked(self, number: int) -> str:
        """What the student's counterpart of an expected block should read."""
        block = self.expected[number]
        sources = block.sources if block.ordered else sorted(block.sources, key=self.order_of)
        return listed([self.result(self.partners[one]) if one in self.partners else self.counterpart(one)
                       for one in sources])  # fmt: skip

    def order_of(self, number: int) -> int:
        """A key by which expected blocks stand in the order in which the student created theirs, new ones last."""
        partner = self.partners.get(number)
        return len(self._order) if partner is None else self._order.get(self.student[partner].name, partner)

    @cached_property
    def _order(self) -> Mapping[str, int]:
        names = [*self.names.locations, *sorted(block.name for block in self.student.blocks)]
        return {name: place for place, name in enumerate(dict.fromkeys(names))}

    def difference(
        self, change: Change, message: str, hint: str, expected: str = "", actual: str = "", blame: int | None = None
    ) -> Difference:
        """All that is reported of a change; `blame` is the student's block to name if the change has none."""
        number = change.student[0] if change.student else blame
        return Difference(
            change.kind,
            message,
            hint,
            self.student[number].name if number is not None else "",
            expected,
            actual,
            tuple(dict.fromkeys(self.student[one].name for one in change.student)),
            tuple(dict.fromkeys(self.expected[one].name for one in change.expected)),
            self.location(number) if number is not None else None,
            change.subject,
        )
