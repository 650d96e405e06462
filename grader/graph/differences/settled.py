"""What of a network is corrected where the program says it, and the network once that is done.

The rest has to be written anew, in lines of their own.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from grader.domain import Edit, Step, Steps, steps
from grader.graph.differences.blocks import Block, Blocks
from grader.graph.differences.changes import Change
from grader.graph.differences.sentences import tell
from grader.graph.differences.words import VALUES, Words


@dataclass(frozen=True)
class Settled:
    """The steps for what is certain, and two networks with what is left between them."""

    steps: tuple[Step, ...]
    rest: Words

    @property
    def edits(self) -> Sequence[Edit]:
        return [edit for step in self.steps for edit in step.edits]


def settled(words: Words) -> Settled:
    """Changes and initializers that have a step of their own, as done.

    Where an error hides the network from the checks, nobody else says why.
    """
    made = {change: steps for change in words.changes if (steps := _with_edits(_step(words, change)))}
    starts = {setting: steps for setting in words.starts if (steps := _with_edits(words.start(setting)))}
    certain = [step for steps in (*made.values(), *starts.values()) for step in steps]
    if words.names.rewritten:
        why = {steps[0]: tell(words, change).message for change, steps in made.items() if change.kind != "wiring"}
        why |= {steps[0]: words.start_asked(setting) for setting, steps in starts.items()}
        certain = [step.after(why.get(step, "")) for step in certain]
    rest = {setting: code for setting, code in words.starts.items() if setting not in starts}
    return Settled(tuple(dict.fromkeys(certain)), replace(words, student=_with(words, made), starts=rest))


def _step(words: Words, change: Change) -> Steps:
    if change.kind == "wiring":
        return words.rewiring(change)
    is_value = change.kind in VALUES or (change.kind == "inputs" and change.parameter in ("shape", "type"))
    return words.correction(change) if is_value else ()


def _with_edits(told: Steps) -> tuple[Step, ...]:
    """Steps, as far as they leave nothing open."""
    return tuple(step for step in steps(told) if step.edits)


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
    return replace(block, rest=asked.rest)
