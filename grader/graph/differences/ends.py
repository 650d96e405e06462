"""The inputs and outputs of `Model(…)` in words: which are listed, in which order, and where a new one is listed."""

from __future__ import annotations

from grader.domain import Difference
from grader.domain.words import be, listed
from grader.graph.differences.changes import Change
from grader.graph.differences.phrases import Words


def inputs(words: Words, change: Change) -> Difference:
    asked, found = change.asked, change.found
    if change.parameter in ("input count", "input order"):
        alike = len({words.expected[b].label for b in words.expected.inputs}) == 1  # the data of all are the same
        own = words.there(words.expected.inputs)
        listed_now = words.student.inputs
        as_now = sorted(own, key=lambda number: listed_now.index(number) if number in listed_now else len(listed_now))
        names = listed([words.name(number) for number in (as_now if alike else own)])
        message = f"The inputs {words.listed(change.student)} are in a different order from the data."
        if unlisted := [a for a in change.student if a not in words.student.inputs]:
            message = f"{words.listed(unlisted)} {be(unlisted)} built, but not listed in `inputs=[…]`."
        return words.difference(change, message, f"List {names} in `Model(inputs=[…], …)`, in this order.")
    key = change.parameter
    message = f"Input {words.at(change.student[0])}: expected {key} {asked}, found {found}."
    hint = f"Write `shape={asked}` in the `Input` of {words.at(change.student[0])}."
    hint = hint if key == "shape" else f'Write `dtype="{asked}"` in the `Input` of {words.name(change.student[0])}.'
    return words.difference(change, message, hint, f"{key} {asked}", f"{key} {found}")


def outputs(words: Words, change: Change) -> Difference:
    """Another list of outputs than that of the layers that are there."""
    own = words.student.outputs
    listed_now = [a for a in change.student if a in own]
    names = [words.counterpart(b) for b in change.expected]
    numbers, several = words.there(words.expected.outputs), len(words.expected.outputs) > 1
    ends = listed([words.result(number) for number in numbers])
    named = f"List the results of {ends} in `outputs=[…]`, in this order."
    hint = named if several else f"Pass the result of {ends} in `outputs=`."
    variables = [words.variable(number) for number in numbers]
    if all(variables) and len(numbers) == len(words.expected.outputs):
        code = f"[{', '.join(variables)}]" if several else variables[0]
        hint = f"Write `outputs={code}` in `Model(…)`."
    expected, actual = listed(names), words.listed(change.student)
    if twice := [a for a in listed_now if own.count(a) > 1]:
        message = f"The output of {words.at(twice[0])} is listed twice in `outputs=[…]`."
        hint = f"{hint.removesuffix('.')}, each once." if " and " in ends else f"List {ends} once in `outputs=[…]`."
        return words.difference(change, message, hint, "different outputs", "one of them twice")
    if not listed_now:
        message = f"{actual} {be(change.student)} built, but not listed in `outputs=[…]`."
    elif sorted(words.partners.get(b, -1) for b in change.expected) == sorted(change.student):
        message = f"The outputs are in the wrong order: {actual}; expected {expected}."
    else:
        message = f"{words.at(listed_now[0])} is an output; expected {listed(names, 'no such output')} there."
    return words.difference(change, message, hint, expected, actual)


def listing(words: Words, number: int, what: str) -> str:
    """Where in `Model(…)` a new input or output is listed."""
    keyword, ends = "outputs", words.expected.outputs
    if words.expected[number].is_input:
        keyword, ends = "inputs", words.expected.inputs
    if len(ends) == 1:
        return f"pass {what} in `{keyword}=`"
    return f"list {what} as number {ends.index(number) + 1} of {len(ends)} in `{keyword}=[…]`"
