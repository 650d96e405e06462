"""Steps that give layers other values: each is corrected where it is written, in the call of its layer or elsewhere.

One line may create several layers, and one literal may set a value of several: what is right for one of them must not
spoil another.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

from grader.domain import Edit, Step, Value, WrittenValue
from grader.domain.told_edits import step_of
from grader.graph.differences.names import LayerNames
from grader.graph.keras_code import value
from grader.graph.reading.catalogue import LAYERS

Setting = tuple[str, str]  # a layer, and one of its parameters
_MOST_AT_ONCE = 40  # wrong values: of more, nobody writes all on one line


def step_for_value(
    names: LayerNames,
    wrong: Mapping[Setting, str],
    setting: Setting,
    kind: str,
    asked: Collection[Setting] | None = None,
) -> Step | None:
    """The step that gives a setting of a layer of this kind what it is `wrong` without, as code; none where that would
    spoil another one that is `asked` for, by default any."""

    def is_of_all(setting: Setting) -> bool:
        peers = [peer for peer in names.sharing(*setting) if peer == setting or asked is None or peer in asked]
        return {wrong.get(peer) for peer in peers} == {wrong[setting]}

    literal, (layer, parameter) = names.written(*setting), setting
    if not is_of_all(setting):
        return None
    if literal is None:
        edits = _in_its_call(names, setting, kind, wrong[setting])
        return step_of(edits) if edits else Step(f"Write `{parameter}={wrong[setting]}` in {names.name(layer)}.")
    found: dict[WrittenValue, str] = {}
    for other in wrong if len(wrong) <= _MOST_AT_ONCE else [setting]:
        place = names.written(*other)  # one step would move the other
        if place and place.location == literal.location and is_of_all(other):
            found.setdefault(place, wrong[other])
    return step_of([_of_literal(place, code) for place, code in found.items()])


def _of_literal(literal: WrittenValue, code: str) -> Edit:
    place = literal.location
    return Edit(place.line or 0, code, literal.text, nth=literal.ordinal, cell=place.cell, file=place.file)


def _in_its_call(names: LayerNames, setting: Setting, kind: str, code: str) -> tuple[Edit, ...]:
    """The argument of the call that creates the layer, if its line creates nothing else."""
    layer, parameter = setting
    place = names.place(layer)
    if not place.line or len(names.calls_on(place)) > 1:
        return ()
    callee = names.spelled(kind).rpartition(".")[2]
    return (Edit(place.line, code, call=callee, argument=parameter, cell=place.cell, file=place.file),)


def as_argument(kind: str, parameter: str, setting: Value) -> str:
    """A value as a call has it; the default of the class where it may be left out."""
    default = LAYERS[kind][parameter].default if setting is None and parameter in LAYERS.get(kind, {}) else None
    if parameter == "trainable":  # which all layers have
        return str(setting is not False)
    if setting == "linear" or default == "linear":
        return "None"
    return value(default if isinstance(default, bool) else setting)
