"""Words of notes: ours, with what a run says quoted in them; made without running anything."""

from __future__ import annotations

import re
from typing import Any

import pytest

from grader.domain import Edit, Location
from grader.hints import EXPLANATIONS, NoteValues, note_of

CHANGE = Edit(1, "Dense(4)(x)", "Dense(4, x)")
TEMPLATES = [
    (code, case, template)
    for code, explanation in EXPLANATIONS.items()
    if not explanation.by_grader
    for case, template in [("", explanation.detail), *explanation.cases.items()]
]


def advice(code: str, said: NoteValues, *edits: Edit) -> str | None:
    note = note_of(code, said, Location(line=1), edits)
    return note and note.detail


def sample(template: str) -> dict[str, Any]:
    said: dict[str, Any] = {}
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
    text = advice(code, {"case": case, **sample(template)}, CHANGE)
    assert text is not None
    assert "{" not in re.sub(r"`[^`]*`", "", text)
    assert text == "" or text == "word" or text[-1] in ".", text
    assert ("Write `Dense(4)(x)` in place of `Dense(4, x)`." in text) == ("{change}" in template)


@pytest.mark.parametrize(
    ("code", "said", "words"),
    [
        ("arrays-count", {"case": "x", "where": "fit", "given": 1, "wanted": 2},
         "Arrays for the inputs that `fit` is given: 1. The model needs 2."),
        ("history-entry", {"keys": ["loss"]}, "It has `loss`."),
        ("plot-model-graphviz", {"what": "anything"}, ""),
        ("defined-later", {"case": "line", "name": "x", "moved": 9}, "`x` gets its value on line 9: move that line above this one."),
    ],
)  # fmt: skip
def test_a_case_in_words(code: str, said: NoteValues, words: str) -> None:
    assert advice(code, said) == words


def test_what_would_be_cut_off_is_not_to_be_written() -> None:
    note = note_of("not-imported", {}, Location(line=7), [Edit(7, "a" * 400, "b")])
    assert note
    assert (note.detail, note.edits) == ("", ())


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("override", {}),
        ("no-such-code", {}),
        ("unknown-name", {"case": "no such case"}),
        ("missing-file", {}),
        ("loss-count", {"case": "x", "where": "fit", "given": "full-marks", "wanted": 2}),
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
