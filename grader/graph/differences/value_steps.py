"""Steps that give layers other values: each is corrected where it is written, in the call of its layer or elsewhere.

One line may create several layers, and one literal may set a value of several: what is right for one of them must not
spoil another.
"""

from __future__ import annotations

import ast
from collections.abc import Collection, Mapping
from contextlib import suppress

from grader.domain import Edit, Step, Value, WrittenValue
from grader.domain.told_edits import step_of
from grader.graph.differences.blocks import MERGES
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

    def place_of(setting: Setting) -> WrittenValue | None:
        """Where to correct it: what has its value from there is all wrong in the same way."""
        layer, parameter = setting
        return next(
            (place for place in names.values.get(layer, {}).get(parameter, ()) if is_of_all(setting, place)), None
        )

    def is_of_all(setting: Setting, place: WrittenValue | None) -> bool:
        peers = [peer for peer in names.sharing(*setting, place) if peer == setting or asked is None or peer in asked]
        return {wrong.get(peer) for peer in peers} == {wrong[setting]}

    layer, parameter = setting
    if parameter not in names.values.get(layer, {}):
        return _in_its_call(names, setting, kind, wrong[setting]) if is_of_all(setting, None) else None
    if (own := place_of(setting)) is None:
        return None
    found: dict[WrittenValue, str] = {}
    for other in wrong if len(wrong) <= _MOST_AT_ONCE else [setting]:
        place = place_of(other)  # one step would move the other
        if place and place.location == own.location:
            found.setdefault(place, wrong[other])
    in_order = sorted(found.items(), key=lambda entry: entry[0].ordinal)
    return step_of([edit_of(place, code) for place, code in in_order])


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
