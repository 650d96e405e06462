"""What of a network is corrected where the program says it, and the network once that is done.

The rest has to be written anew, in lines of their own.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from grader.domain import Step, steps
from grader.graph.differences.blocks import Block, Blocks
from grader.graph.differences.changes import Change
from grader.graph.differences.sentences import tell
from grader.graph.differences.words import Words


def settled(words: Words) -> tuple[tuple[Step, ...], Words]:
    """The steps for changes and initializers that have one of their own, and what is left once these are done.

    Where an error hides the network from the checks, the steps say why.
    """
    told = {change: tell(words, change) for change in words.changes}
    made = {change: difference.steps for change, difference in told.items() if has_edits(difference.steps)}
    starts = {setting: row for setting in words.starts if has_edits(row := steps(words.start(setting)))}
    certain = [step for row in (*made.values(), *starts.values()) for step in row]
    if words.names.rewritten:
        why = {row[0]: told[change].message for change, row in made.items() if change.kind != "wiring"}
        why |= {row[0]: words.start_asked(setting) for setting, row in starts.items()}
        certain = [step.after(why.get(step, "")) for step in certain]
    rest = {setting: code for setting, code in words.starts.items() if setting not in starts}
    return tuple(dict.fromkeys(certain)), replace(words, student=_with(words, made), starts=rest)


def has_edits(told: Sequence[Step]) -> bool:
    """Whether there are steps, and they leave nothing open."""
    return bool(told) and all(step.edits for step in told)


def _with(words: Words, changes: Iterable[Change]) -> Blocks:
    """The student's network with these changes made, in all calls of a layer."""
    blocks = [*words.student.blocks]
    for change in changes:
        (a, *_), asked = change.student, words.expected[change.expected[0]]
        for number in words.student.calls[blocks[a].layer] if change.kind != "wiring" else [a]:
            blocks[number] = _changed(blocks[number], change, asked)
    return replace(words.student, blocks=tuple(blocks))


def _changed(block: Block, change: Change, asked: Block) -> Block:
    if change.kind == "wiring":
        return replace(block, sources=change.asked_sources)
    if change.kind == "width":
        return replace(block, units=asked.units)
    if change.kind == "activation":
        return replace(block, activation=asked.activation)
    if change.parameter == "shape":
        return replace(block, shape=asked.shape)
    name = "dtype" if change.parameter == "type" else change.parameter
    others = [item for item in block.rest if item[0] != name]
    return replace(block, rest=(*others, *(item for item in asked.rest if item[0] == name)))
