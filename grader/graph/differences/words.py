"""What sentences about two networks call the layers of both, and how a step writes one.

The student's by their own names; an expected one by that of its counterpart, or as code.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from grader.domain import Difference, Edit, Location, Steps, Value, steps
from grader.domain.graph import chosen, is_derived
from grader.domain.told_edits import step_of
from grader.domain.words import capital, listed
from grader.graph.differences.blocks import MERGES, Block
from grader.graph.differences.changes import Change, Paired
from grader.graph.differences.in_place import Calls, Setting, WrongValues, as_argument, edits_of_reads
from grader.graph.differences.names import LayerNames
from grader.graph.equality.compare import NO_FREEDOM
from grader.graph.keras_code import arguments, value
from grader.graph.reading.catalogue import LAYERS
from grader.graph.reading.layers import operation_name
from grader.graph.reading.parameters import default_activation, takes_activation, width_name, width_parameter

VALUES = ("width", "activation", "parameter")  # kinds of change that give a layer another value
OF_INPUTS = ("shape", "dtype")


@dataclass(frozen=True)
class Words(Paired):
    """Two networks with their pairs, and what the student calls the layers.

    `initializers` are those that new layers need, by parameter, and `starts` has them as code for layers that are there
    and have others; `calls` are the student's blocks by layer and call.
    """

    names: LayerNames
    changes: Sequence[Change]
    initializers: Mapping[str, str]
    calls: Calls = field(default_factory=dict)
    starts: Mapping[Setting, str] = field(default_factory=dict)

    @cached_property
    def numbers(self) -> Mapping[str, int]:
        """The student's blocks by their names; of a layer's calls the last."""
        return {block.name: number for number, block in enumerate(self.student.blocks)}

    def name(self, number: int) -> str:
        return self.names.name(self.student[number].name)

    def listed(self, numbers: Iterable[int], otherwise: str = "") -> str:
        return listed([self.name(number) for number in dict.fromkeys(numbers)], otherwise)

    def at(self, number: int) -> str:
        """A layer's name with its location."""
        return self.names.at(self.student[number].name)

    def titled(self, number: int) -> str:
        return self.names.titled(self.student[number].name, "input" if self.student[number].is_input else "")

    def result(self, number: int) -> str:
        """What a call returns: of a layer that is called several times, with what it is called on."""
        block = self.student[number]
        if len(self.student.calls[block.layer]) == 1 or not block.sources:
            result = self.names.results.get(block.name)
            return f"`{result}`" if result and result not in self.names.reused else self.name(number)
        if number in self.texts:
            return f"`{self.texts[number]}`"
        return f"{self.names.called(block.name)} on {listed([self.name(source) for source in block.sources])}"

    @cached_property
    def texts(self) -> Mapping[int, str]:
        """What the code calls results that are read, where it calls no other so."""
        texts: dict[str, set[int]] = {}
        for read in self.names.reads:
            texts.setdefault(read.written.text, set()).add(self.calls.get(read.tensor, -1))
        return {min(numbers): text for text, numbers in texts.items() if len(numbers) == 1}

    def described(self, number: int) -> str:
        """A call as a part of a sentence, with the location of its layer and, where that says more, its code."""
        block = self.student[number]
        if block.joins or len(self.student.calls[block.layer]) > 1:
            name, place = self.result(number), self.at(number).removeprefix(self.names.called(block.name))
            return f"{name}{place if name.endswith('`') else ''}"  # else it is a place already
        return f"{self.at(number)}, `{spelled(block)}`"

    @cached_property
    def wrong(self) -> Mapping[Setting, str]:
        """Settings of the student's layers that need another value, and this value as code."""
        changes = [change for change in self.changes if change.kind in VALUES or change.parameter in ("shape", "type")]
        return {self.setting(change): self._asked(change) for change in changes}

    def _asked(self, change: Change) -> str:
        """Of a width in some range, that of the expected network."""
        block, (_, parameter) = self.expected[change.expected[0]], self.setting(change)
        is_range = change.kind == "width" and isinstance(change.asked, tuple)
        return as_argument(block.kind, parameter, block.units if is_range else change.asked)

    def setting(self, change: Change) -> Setting:
        """The layer, and what its class calls the parameter, that a change is about."""
        block = self.student[change.student[0]]
        width = width_parameter(block.kind) if change.kind == "width" else ""
        return block.name, width or ("dtype" if change.parameter == "type" else change.parameter)

    @cached_property
    def asked_for(self) -> frozenset[Setting]:
        """The settings that are not free, of layers that stay, or may be used as they are."""
        return frozenset(
            (block.name, parameter)
            for a, block in enumerate(self.student.blocks) if a in self.pairs or a not in self.student.live
            for parameter in (OF_INPUTS if block.is_input else LAYERS.get(block.kind, {}))
            if not self._is_free(a, parameter)
        )  # fmt: skip

    def _is_free(self, a: int, parameter: str) -> bool:
        """Whether a parameter of a layer is the student's choice."""
        freedom = self.expected[self.pairs[a]].freedom if a in self.pairs else NO_FREEDOM
        of_width = freedom.units is not None and parameter == width_parameter(self.student[a].kind)
        return of_width or (freedom.activation and parameter == "activation")

    def correction(self, change: Change) -> Steps:
        """The step that gives a layer the value that a change is about, see `in_place`; perhaps none."""
        block, setting = self.student[change.student[0]], self.setting(change)
        kind = "Input" if block.is_input else block.kind
        return WrongValues(self.names, self.wrong, self.asked_for).step(setting, kind) or ()

    def start(self, setting: Setting) -> Steps:
        """The step that gives a layer the initializer that is asked for; perhaps none."""
        kind = self.student[self.numbers[setting[0]]].kind
        return WrongValues(self.names, self.starts, self.asked_for).step(setting, kind) or ()

    def start_asked(self, setting: Setting) -> str:
        layer, parameter = setting
        return f"{self.names.titled(layer)}: expected `{parameter}={self.starts[setting]}`."

    @cached_property
    def reading(self) -> Mapping[int, Sequence[Edit]]:
        """What to write so that calls read what they should."""
        return edits_of_reads(self.changes, self.calls, self.names.reads)

    def rewiring(self, change: Change) -> Steps:
        """The step that lets a call read what it should, with all that is to be written on its lines; or none."""
        edits = [edit for every in self.reading.values() for edit in every]
        lines = {(edit.file, edit.cell, edit.line) for edit in self.reading.get(change.student[0], ())}
        together = [edit for edit in dict.fromkeys(edits) if (edit.file, edit.cell, edit.line) in lines]
        return step_of(together) if together else ()

    def location(self, number: int) -> Location | None:
        return self.names.locations.get(self.student[number].name)

    def counterpart(self, number: int) -> str:
        """An expected block by the student's name for it; else as code, or as another call of a layer that is there."""
        if number in self.partners:
            return self.name(self.partners[number])
        block = self.expected[number]
        calls = self.there(self.expected.calls[block.layer])
        if calls and block.sources:
            read = listed([self.counterpart(source) for source in block.sources])
            return f"{self.names.called(self.student[calls[0]].name)} on {read}"
        return f"`{spelled(self.expected[number])}`"

    def asked(self, number: int) -> str:
        """What the student's counterpart of an expected block should read."""
        block = self.expected[number]
        sources = block.sources if block.ordered else sorted(block.sources, key=self.order_of)
        return listed([self.result(self.partners[source]) if source in self.partners else self.counterpart(source)
                       for source in sources])  # fmt: skip

    def order_of(self, number: int) -> int:
        """A key by which expected blocks stand in the order in which the student created theirs, new ones last."""
        partner = self.partners.get(number)
        return len(self._order) if partner is None else self._order.get(self.student[partner].name, partner)

    @cached_property
    def _order(self) -> Mapping[str, int]:
        names = [*self.names.locations, *sorted(block.name for block in self.student.blocks)]
        return {name: place for place, name in enumerate(dict.fromkeys(names))}

    def difference(
        self, change: Change, message: str, hint: Steps, expected: str = "", actual: str = "", blame: int | None = None
    ) -> Difference:
        """All that is reported of a change; `blame` is the student's block to name if the change has none."""
        number = change.student[0] if change.student else blame
        return Difference(
            change.kind,
            capital(message),
            steps(hint),
            self.student[number].name if number is not None else "",
            expected,
            actual,
            tuple(dict.fromkeys(self.student[member].name for member in change.student)),
            tuple(dict.fromkeys(self.expected[member].name for member in change.expected)),
            self.location(number) if number is not None else None,
            change.subject,
        )


def spelled(block: Block, initializers: Mapping[str, str] | None = None) -> str:
    """`Dense(20, activation='sigmoid')`; what the student may choose is left open.

    Of a layer that is to be written, with the `initializers` that are asked for, by parameter.
    """
    if block.is_input:
        settings = {"shape": block.shape[1:], **dict(block.rest)}
        return f"Input({arguments({name: value(part) for name, part in settings.items()})})"
    if block.kind in MERGES:
        return block.kind.lower()
    if block.kind.startswith("ops."):
        return f"keras.ops.{operation_name(block.kind)}"
    width = width_name(block.kind)
    texts = {} if block.units is None else {width: "…" if block.freedom.units else value(block.units)}
    takes_one = takes_activation(block.kind) and block.activation != default_activation(block.kind)
    if block.kind == "Activation" or (takes_one and not block.freedom.activation):
        texts["activation"] = value(block.activation)
    params = dict(block.rest)
    rest = [(name, chosen(part)) for name, part in block.rest if not is_derived(params, name, part)]
    texts |= {name: value(setting) for name, setting in rest[:2] if name != "arguments"}
    texts |= {name: repr(text) for name, text in (initializers or {}).items() if name in LAYERS.get(block.kind, {})}
    return f"{block.kind}({arguments(texts, block.kind)})"


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
