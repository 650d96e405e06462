"""The shortest correction of a value of a layer, where it is written.

One line may create several layers, and one literal may set a value of several: what is right for one of them must not
spoil another.
"""

from __future__ import annotations

from dataclasses import replace

from grader.domain import Location, Value, WrittenValue
from grader.domain.words import in_location, listed
from grader.graph.differences.changes import Change
from grader.graph.differences.names import in_place, quoted
from grader.graph.differences.words import Words
from grader.graph.keras_code import value
from grader.graph.reading.catalogue import LAYERS

_MOST_AT_ONCE = 40  # wrong values: of more, nobody writes all on one line


def corrected(words: Words, change: Change, code: str, usual: str) -> str:
    """How to correct a value of a layer; empty where no line is the one to change.

    `usual` is the step for one that is written in the call that makes this layer alone, `code` a call that has it.
    """
    number, names, parameter = change.student[0], words.names, words.parameter(change)
    layer, asked = words.student[number].name, _argument(words.student[number].kind, parameter, change.asked)
    written, alike = names.written(layer, parameter), names.sharing(layer, parameter)
    settings = [(peer, name) for peer, name in alike if peer != layer and peer in words.asked_for(name)]
    is_of_all = len({words.wrong.get(setting) for setting in [(layer, parameter), *settings]}) == 1
    here = replace(words.location(number) or Location(), caller=None)
    if is_of_all and written:
        return _on_one_line(words, written) or in_place(written, f"`{asked}`")
    if argument := names.argument(layer, parameter):
        return f"Write `{asked}` in place of `{argument}`{in_location(here)}."
    step = f"Write `{code}`{in_location(here)}." if len(alike) > 1 else usual
    return step if is_of_all else ""


def _on_one_line(words: Words, written: WrittenValue) -> str:
    """What to write on the line of a literal, where another one on it is wrong, too: one step would move the other."""
    edits: dict[WrittenValue, str] = {}
    for (layer, parameter), (kind, asked) in words.wrong.items() if len(words.wrong) <= _MOST_AT_ONCE else ():
        literal = words.names.written_for([peer for peer, name in words.wrong if name == parameter], layer, parameter)
        if literal and literal.location == written.location:
            edits.setdefault(replace(literal, argument=""), _argument(kind, parameter, asked))
    if len(edits) < 2 or replace(written, argument="") not in edits:
        return ""
    texts = [f"`{new}` in place of {quoted(old)}" for old, new in edits.items()]
    return f"Write {listed(texts)}{in_location(written.location)}, {'both' if len(texts) == 2 else 'all'} at once."


def _argument(kind: str, parameter: str, setting: Value) -> str:
    """A value as a call has it; the default of the class where it may be left out."""
    default = LAYERS[kind][parameter].default if setting is None and parameter in LAYERS.get(kind, {}) else None
    return (
        "None"
        if setting == "linear" or default == "linear"
        else value(default if isinstance(default, bool) else setting)
    )
