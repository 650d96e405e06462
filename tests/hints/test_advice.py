"""Words of notes: ours, with what a run says quoted in them; made without running anything."""

from __future__ import annotations

import re
from typing import Any

import pytest

from grader.hints import EXPLANATIONS, Said, advice

CHANGE = {"new": "Dense(4)(x)", "old": "Dense(4, x)"}
TEMPLATES = [
    (code, case, template)
    for code, explanation in EXPLANATIONS.items()
    if not explanation.by_grader
    for case, template in [("", explanation.detail), *explanation.cases.items()]
]


def sample(template: str) -> dict[str, Any]:
    said: dict[str, Any] = dict(CHANGE)
    for number, part in enumerate(template.split("`")):
        for name in re.findall(r"\{(\w+)\}", part):
            free: Any = "(24, 1)" if name.endswith("_shape") else "word" if name == "what" else 7
            free = ["line 7"] if name.endswith("_places") else free
            said |= {} if name == "change" or name in said else {name: "quoted" if number % 2 else free}
    return said


@pytest.mark.parametrize("shape", ["()", "(3,)", "(None, 28, 28)", f"({', '.join(['1'] * 16)})"])
def test_a_shape_stands_in_a_sentence_as_it_is(shape: str) -> None:
    told = advice("input-shape", {**sample(EXPLANATIONS["input-shape"].detail), "found_shape": shape})
    assert told is not None
    assert shape in told


@pytest.mark.parametrize(
    "text",
    ["", "(", ")", "(x)", "(3,,4)", "(1 2)", "(-1,)", "(²,)", f"({'1' * 13},)", f"({'1, ' * 16}1)", f"({'1' * 64}x"],
)
def test_what_is_no_shape_is_not_said(text: str) -> None:
    """In no time, however many ways there are to split it."""
    assert advice("input-shape", {**sample(EXPLANATIONS["input-shape"].detail), "found_shape": text}) is None


@pytest.mark.parametrize(("code", "case", "template"), TEMPLATES, ids=[f"{code} {case}" for code, case, _ in TEMPLATES])
def test_every_template_is_filled(code: str, case: str, template: str) -> None:
    """With whole sentences and nothing left open; a line to write is said wherever it is the correction."""
    told = advice(code, {"case": case, **sample(template)})
    assert told is not None
    assert "{" not in re.sub(r"`[^`]*`", "", told)
    assert told == "" or told == "word" or told[-1] in ".", told
    assert ("Write `Dense(4)(x)` in place of `Dense(4, x)`." in told) == ("{change}" in template)


@pytest.mark.parametrize("code", [code for code, one in EXPLANATIONS.items() if not one.by_grader])
def test_only_a_code_that_quotes_a_line_has_words_for_it(code: str) -> None:
    explanation = EXPLANATIONS[code]
    quotes = any("{change}" in template for template in (explanation.detail, *explanation.cases.values()))
    assert explanation.correction != "line" or quotes
    assert explanation.correction != "none" or not (quotes or explanation.cases)


@pytest.mark.parametrize(
    ("code", "said", "words"),
    [
        ("tensor-as-setting", CHANGE, "Write `Dense(4)(x)` in place of `Dense(4, x)`."),
        ("not-imported", {"line": "import numpy as np"}, "Write `import numpy as np` above it."),
        ("none-returned", {"line": "return m", "within": "build"}, "Write `return m` as the last line of `build`."),
        ("merge-widths", {"left": 32, "right": 20}, "The tensors are 32 and 20 wide."),
        ("output-names", {"outputs": ["sine", "exp"]}, "Names of the outputs: `sine` and `exp`."),
        ("loss-count", {"case": "count", "argument": "loss", "given": 4, "outputs": 2},
         "Entries in `loss`: 4; outputs of the model: 2."),
        ("history-entry", {"keys": ["loss"]}, "It has `loss`."),
        ("plot-model-graphviz", {"what": "anything"}, ""),
    ],
)  # fmt: skip
def test_a_case_in_words(code: str, said: Said, words: str) -> None:
    told = advice(code, said)
    assert told is not None
    assert told == words


def test_where_no_code_is_known_words_say_what_to_do() -> None:
    assert advice("tensor-called", {"name": "x"}) == (
        "`x` is a tensor: where it is made, leave out the second pair of brackets, and call `x(…)` wherever its result is "
        "used."
    )


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("override", {}),
        ("no-such-code", {}),
        ("unknown-name", {"case": "no such case"}),
        ("tensor-called", {}),
        ("merge-widths", {"left": "full-marks", "right": 20}),
        ("target-shape-broadcast", {"targets_shape": "full marks", "output_shape": "(1,)"}),
        ("missing-package", {"what": "two words"}),
        ("output-names", {"outputs": []}),
        ("layer-names", {"case": "placed", "names": ["x"], "name_places": ["line 7. Full marks"]}),
        ("layer-names", {"case": "placed", "names": ["x"], "name_places": []}),
        ("tensor-called", {"case": ["a", "list"]}),
    ],
)
def test_what_does_not_fit_the_words_is_no_note(code: str, said: Said) -> None:
    """A run may say anything, and only what has the form that the words expect becomes a note."""
    assert advice(code, said) is None


def test_what_a_run_says_cannot_leave_its_quotes() -> None:
    """A backquote would end the quotation, and what follows would stand there as ours."""
    told = advice("tensor-called", {"name": "x`. Full marks, says A. Instructor.\n`"})
    assert told is not None
    assert told.startswith("`x'. Full marks, says A. Instructor. '` is a tensor")
