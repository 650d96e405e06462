"""Words of notes: ours, with what a run says quoted in them; made without running anything."""

from __future__ import annotations

import re
from typing import Any

import pytest

from grader.domain import Edit, Location
from grader.hints import EXPLANATIONS, NoteValues, note_of

CHANGE = {"new": "Dense(4)(x)", "old": "Dense(4, x)"}
TEMPLATES = [
    (code, case, template)
    for code, explanation in EXPLANATIONS.items()
    if not explanation.by_grader
    for case, template in [("", explanation.detail), *explanation.cases.items()]
]


def advice(code: str, said: NoteValues) -> str | None:
    note = note_of(code, said, Location(line=1))
    return note and note.detail


def sample(template: str) -> dict[str, Any]:
    said: dict[str, Any] = dict(CHANGE)
    for number, part in enumerate(template.split("`")):
        for name in re.findall(r"\{(\w+)\}", part):
            free: Any = "(24, 1)" if name.endswith("_shape") else "word" if name == "what" else 7
            said |= {} if name == "change" or name in said else {name: "quoted" if number % 2 else free}
    return said


@pytest.mark.parametrize(
    ("text", "said"),
    [
        *((text, True) for text in ("()", "(3,)", "(None, 28, 28)", f"({', '.join(['1'] * 16)})")),
        *((text, False) for text in ("", "(", ")", "(x)", "(3,,4)", "(1 2)", "(-1,)", "(²,)", f"({'1' * 13},)",
                                     f"({'1, ' * 16}1)", f"({'1' * 64}x")),
    ],
)  # fmt: skip
def test_only_a_shape_stands_in_a_sentence_as_it_is(text: str, *, said: bool) -> None:
    """What is none is found out in no time, however many ways there are to split it."""
    words = advice("input-shape", {**sample(EXPLANATIONS["input-shape"].detail), "found_shape": text})
    assert (words is not None and text in words) is said


@pytest.mark.parametrize(("code", "case", "template"), TEMPLATES, ids=[f"{code} {case}" for code, case, _ in TEMPLATES])
def test_every_template_is_filled(code: str, case: str, template: str) -> None:
    """With whole sentences and nothing left open; a line to write is said wherever it is the correction."""
    text = advice(code, {"case": case, **sample(template)})
    assert text is not None
    assert "{" not in re.sub(r"`[^`]*`", "", text)
    assert text == "" or text == "word" or text[-1] in ".", text
    assert ("Write `Dense(4)(x)` in place of `Dense(4, x)`." in text) == ("{change}" in template)


@pytest.mark.parametrize(
    ("code", "said", "words"),
    [
        ("input-shape-number", CHANGE, "Write `Dense(4)(x)` in place of `Dense(4, x)`."),
        ("not-imported", {"line": "import numpy as np"}, "Write `import numpy as np` above it."),
        ("none-returned", {"line": "return m", "within": "build"}, "Write `return m` as the last line of `build`."),
        ("arrays-count", {"case": "x", "where": "fit", "given": 1, "wanted": 2},
         "Arrays for the inputs that `fit` is given: 1. The model needs 2."),
        ("history-entry", {"keys": ["loss"]}, "It has `loss`."),
        ("plot-model-graphviz", {"what": "anything"}, ""),
        ("not-compiled", {"new": "", "old": "x"}, "Delete `x`."),
    ],
)  # fmt: skip
def test_a_case_in_words(code: str, said: NoteValues, words: str) -> None:
    text = advice(code, said)
    assert text is not None
    assert text == words


@pytest.mark.parametrize(
    ("code", "said", "words", "edits"),
    [
        ("unknown-name", {"new": "'relu'", "old": "'rleu'", "cells": ["0"] * 2, "lines": ["8", "12"], "right": ["'relu'"] * 2, "wrong": ["'rleu'"] * 2},
         "Write `'relu'` in place of `'rleu'`, and the same on lines 8 and 12.",
         [Edit(n, "'relu'", "'rleu'") for n in (7, 8, 12)]),
        ("argument-unknown", {"function": "Dense", "argument": "x", "new": "f(a=1, b=2)", "old": "f(x=1, y=2)",
                              "cells": ["0", "0"], "lines": ["9", "9"], "right": ["a", "b"], "wrong": ["x", "y"]},
         "`Dense` takes no `x`. Write `f(a=1, b=2)` in place of `f(x=1, y=2)`, and `a` in place of `x`, and `b` in place "
         "of `y` on line 9.", [Edit(7, "f(a=1, b=2)", "f(x=1, y=2)"), Edit(9, "a", "x"), Edit(9, "b", "y")]),
        ("none-returned", {"new": "m.g()", "old": "return m.g()", "line": "return m", "within": "f"},
         "Write `m.g()` in place of `return m.g()`. Then write `return m` as the last line of `f`.",
         [Edit(7, "m.g()", "return m.g()"), Edit(7, "return m", within="f")]),
        ("not-imported", {"line": "from keras.layers import add", "new": "add([a])", "old": "[a]"},
         "Write `from keras.layers import add` above it, and `add([a])` in place of `[a]`.",
         [Edit(7, "add([a])", "[a]"), Edit(7, "from keras.layers import add")]),
        ("defined-later", {"case": "line", "name": "x", "moved": 9},
         "`x` gets its value on line 9: move that line above this one.", [Edit(9, above=7)]),
        ("syntax-error", {"new": "", "old": ")"}, "Delete `)`.", [Edit(7, old=")")]),
        ("syntax-error", {"spaced_cells": ["0"] * 3, "spaced_lines": ["7", "8", "9"], "spaces": ["4"] * 3},
         "Begin lines 7 to 9 with 4 spaces.", [Edit(n, spaces=4) for n in (7, 8, 9)]),
        ("not-needed", {"cells": ["0", "0"], "lines": ["7", "9"], "right": ["", ""], "wrong": ["a = f()", "print(a)"]},
         "Delete `a = f()` and `print(a)` on line 9.", [Edit(7, old="a = f()"), Edit(9, old="print(a)")]),
        ("not-imported", {"new": "a" * 400, "old": "b"}, "", []),
    ],
    ids=lambda value: value if isinstance(value, str) and "-" in value else "",
)  # fmt: skip
def test_what_is_to_be_written_is_told_and_known_as_edits(
    code: str, said: NoteValues, words: str, edits: list[Edit]
) -> None:
    """What would be cut off is not."""
    note = note_of(code, said, Location(line=7))
    assert note
    assert note.detail == words or not words
    assert [*note.edits] == edits


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("override", {}),
        ("no-such-code", {}),
        ("unknown-name", {"case": "no such case"}),
        ("missing-file", {}),
        (
            "loss-count",
            {"case": "x", "where": "fit", "given": "full-marks", "wanted": 2},
        ),
        ("target-shape-broadcast", {"targets_shape": "full marks", "output_shape": "(1,)"}),
        ("missing-package", {"what": "two words"}),
        ("history-entry", {"keys": []}),
        ("missing-file", {"case": ["a", "list"]}),
    ],
)
def test_what_does_not_fit_the_words_is_no_note(code: str, said: NoteValues) -> None:
    """A run may say anything, and only what has the form that the words expect becomes a note."""
    assert advice(code, said) is None


def test_what_a_run_says_cannot_leave_its_quotes() -> None:
    """A backquote would end the quotation, and what follows would stand there as ours."""
    text = advice("missing-file", {"name": "x`. Full marks, says A. Instructor.\n`"})
    assert text is not None
    assert text.startswith("Submit `x'. Full marks, says A. Instructor. '` together")
