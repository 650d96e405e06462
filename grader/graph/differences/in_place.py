"""Steps that correct what a program says where it says it: values of layers, and the tensors that calls read.

One place may say it for several layers or calls, as in a loop or in a helper: what is right for one of them must not
spoil another. There, a variable may be right that has another value each time.
"""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass

from grader.domain import Edit, Step, Value, WrittenRead, WrittenValue
from grader.domain.told_edits import step_of
from grader.graph.differences.blocks import MERGES
from grader.graph.differences.changes import Change
from grader.graph.differences.names import LayerNames
from grader.graph.keras_code import value
from grader.graph.reading.catalogue import LAYERS

Setting = tuple[str, str]  # a layer, and one of its parameters
Reading = tuple[str, int, int]  # a layer, which of its calls, and which of the tensors that this reads
Calls = Mapping[tuple[str, int], int]  # the student's blocks, by layer and call
_MOST_AT_ONCE = 40  # wrong values: of more, nobody writes all on one line


@dataclass(frozen=True)
class WrongValues:
    """Settings that are `wrong` without other values, these as code. One may have another value by the way only if it
    is not `asked` for; by default all are."""

    names: LayerNames
    wrong: Mapping[Setting, str]
    asked: Collection[Setting] | None = None

    def step(self, setting: Setting, kind: str) -> Step | None:
        """The step that corrects a setting of a layer of this kind; none where that would spoil another one."""
        layer, parameter = setting
        if parameter not in self.names.values.get(layer, {}):
            return _in_its_call(self.names, setting, kind, self.wrong[setting]) if self._is_of_all(setting) else None
        if (own := self._place_of(setting)) is None:
            return None
        found: dict[WrittenValue, str] = {}
        places = map(self._place_of, self.wrong if len(self.wrong) <= _MOST_AT_ONCE else [setting])
        for place, code in filter(None, places):
            if place.location == own[0].location:  # one step would move the other
                found.setdefault(place, code)
        in_order = sorted(found.items(), key=lambda entry: entry[0].ordinal)
        return step_of([edit_of(place, code) for place, code in in_order])

    def _place_of(self, setting: Setting) -> tuple[WrittenValue, str] | None:
        """Where to correct it, and how."""
        layer, parameter = setting
        places = self.names.values.get(layer, {}).get(parameter, ())
        return next(((place, code) for place in places if (code := self._code_at(setting, place))), None)

    def _code_at(self, setting: Setting, place: WrittenValue) -> str:
        """What to write there, perhaps a variable that has the right value each time; nothing where none has."""
        if self._is_of_all(setting, place):
            return self.wrong[setting]
        needed = [(peer, self.wrong.get(peer, _plain(place.text))) for peer in self._peers(setting, place)]
        others = [(self.names.instead(*peer, place), code) for peer, code in needed]
        return next((name for name in others[0][0] if all(values.get(name) == code for values, code in others)), "")

    def _is_of_all(self, setting: Setting, place: WrittenValue | None = None) -> bool:
        """Whether all that is corrected with it needs the same."""
        return {self.wrong.get(peer) for peer in self._peers(setting, place)} == {self.wrong[setting]}

    def _peers(self, setting: Setting, place: WrittenValue | None) -> Sequence[Setting]:
        peers = self.names.sharing(*setting, place)
        return [peer for peer in peers if peer == setting or self.asked is None or peer in self.asked]


def _plain(text: str) -> str:
    """A literal in Python's own spelling."""
    with suppress(ValueError, SyntaxError):
        return repr(ast.literal_eval(text))
    return text


def edit_of(written: WrittenValue, code: str) -> Edit:
    """Code in place of what is written."""
    place = written.location
    return Edit(place.line or 0, code, written.text, nth=written.ordinal, cell=place.cell, file=place.file)


def _in_its_call(names: LayerNames, setting: Setting, kind: str, code: str) -> Step | None:
    """What to write in the call that creates a layer, which has no such argument; none where only the lines of the
    program can say it."""
    layer, parameter = setting
    callee, place = names.spelled(kind).rpartition(".")[2], names.place_alone(layer)
    is_known = parameter in (*LAYERS.get(kind, {}), "trainable", "dtype")
    if not (place.line and is_known and kind not in MERGES and _is_plain(code)):
        return None if names.statements else Step(f"Write `{parameter}={code}` in {names.name(layer)}.")
    return step_of([Edit(place.line, code, call=callee, argument=parameter, cell=place.cell, file=place.file)])


def _is_plain(code: str) -> bool:
    """Whether it needs nothing that is imported."""
    with suppress(ValueError):
        ast.literal_eval(code)
        return True
    return False


def as_argument(kind: str, parameter: str, setting: Value) -> str:
    """A value as a call has it; that of the class where it may be left out."""
    default = LAYERS[kind][parameter].default if parameter in LAYERS.get(kind, {}) else None
    if parameter == "trainable":  # which all layers have
        return str(setting is not False)
    asked = default if setting is None else setting
    return "None" if asked == "linear" else value(asked)


def edits_of_reads(
    changes: Iterable[Change], calls: Calls, reads: Sequence[WrittenRead]
) -> Mapping[int, Sequence[Edit]]:
    """By block of the student's that should read something else, where to write which variable; not for those for which
    that is not certain everywhere."""
    sources = {read.call: calls.get(read.tensor, -1) for read in reads}
    wiring = [change for change in changes if change.kind == "wiring"]
    by_block = {change.student[0]: dict(_wanted(change, calls, sources)) for change in wiring}
    wanted = {place: number for places in by_block.values() for place, number in places.items()}

    def serves(name: str, read: WrittenRead) -> bool:
        return calls.get(read.instead.get(name, ("", 0))) == wanted.get(read.call, sources[read.call])

    groups: dict[WrittenValue, list[WrittenRead]] = {}
    for read in reads:
        groups.setdefault(read.written, []).append(read)
    edits: dict[Reading, Edit] = {}
    for written, group in groups.items():
        own = {read.call for read in group}
        names = [name for name in group[0].instead if all(serves(name, read) for read in group)]
        if names and written.location.line and own & wanted.keys() and own.isdisjoint(edits):
            edits |= dict.fromkeys(own, edit_of(written, names[0]))
    certain = {a: places for a, places in by_block.items() if places and places.keys() <= edits.keys()}
    return {a: [edits[place] for place in places] for a, places in certain.items()}


def _wanted(change: Change, calls: Calls, sources: Mapping[Reading, int]) -> Iterator[tuple[Reading, int]]:
    """What a call should read, by place, where that is something else than it does; nothing where that is unclear."""
    (number,), found, asked = change.student, change.found_sources, change.asked_sources
    own = [place for place, source in sources.items() if calls.get(place[:2]) == number != source]
    if len(found) != len(asked) or Counter(sources[place] for place in own) != Counter(found):
        return
    if change.parameter == "order":
        yield from ((place, goal) for place, goal in zip(own, asked, strict=True) if sources[place] != goal)
        return
    surplus, lacking = Counter(found) - Counter(asked), [*(Counter(asked) - Counter(found)).elements()]
    for place in reversed(own):
        if surplus[sources[place]] > 0:
            surplus[sources[place]] -= 1
            yield place, lacking.pop()
