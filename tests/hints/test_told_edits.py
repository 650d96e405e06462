"""Edits in words, each in the line that is spoken of or beside it."""

from __future__ import annotations

import pytest

from grader.domain import Edit, Location, Step
from grader.domain.steps import in_order
from grader.domain.told_edits import step_in_lines, step_of, told

HERE = Location(line=7)
LITERAL = Edit(5, "20", "30")
TOLD = {
    "Write `'relu'` in place of `'rleu'` on line 7, and the same on lines 8 and 12.": [Edit(n, "'relu'", "'rleu'") for n in (7, 8, 12)],
    "Write `f(a=1)` in place of `f(x=1)` on line 7, and `a` in place of `x`, and `b` in place of `y` on line 9.":
        [Edit(7, "f(a=1)", "f(x=1)"), Edit(9, "a", "x"), Edit(9, "b", "y")],
    "Write `m.g()` in place of `return m.g()`. Then write `return m` as the last line of `f`.":
        [Edit(7, "m.g()", "return m.g()"), Edit(7, "return m", within="f")],
    "Write `return m` as the last line of `build`.": [Edit(7, "return m", within="build")],
    "Write `import numpy as np` at the top.": [Edit(7, "import numpy as np")],
    "Write `import keras` and `from keras import layers` at the top.": [Edit(7, "import keras"), Edit(7, "from keras import layers")],
    "Write these lines in place of line 7, indented like it:\n    a = 1\n    b = 2": [Edit(7, "a = 1\nb = 2", last=7)],
    "Write these lines in place of lines 5 to 9 of helpers.py, indented like them:\n    a = 1":
        [Edit(5, "a = 1", last=9, file="helpers.py")],
    "Write `a = 1` in place of `a = 2`.": [Edit(7, "a = 1", "a = 2", last=7)],
    "Delete lines 5 and 6 of cell 3.": [Edit(5, last=6, cell=3)],
    "Write `b = 1` above line 7.": [Edit(7, "b = 1")],
    "Write `from keras.layers import add` at the top, and `add([a])` in place of `[a]`.":
        [Edit(7, "add([a])", "[a]"), Edit(7, "from keras.layers import add")],
    "Write `a = 1` above line 3, indented like it.": [Edit(3, "a = 1")],
    "Write `m.compile()` below line 9.": [Edit(9, "m.compile()", below=True)],
    "Write `m.compile()` in place of the whole call on line 9.": [Edit(9, "m.compile()", call="compile")],
    "Write `units=20` in the call of `Dense` on lines 4 and 5.": [Edit(n, "20", call="Dense", argument="units") for n in (4, 5)],
    "Write `20` in place of the 2nd `30` in cell 3, line 5.": [Edit(5, "20", "30", nth=2, cell=3)],
    "Write `20` in place of the 1st and 2nd `30` on line 5, both at once.":
        [Edit(5, "20", "30", nth=1), Edit(5, "20", "30", nth=2)],
    "Write `20` in place of the 1st `30`, and `21` in place of the 2nd `30` on line 5, both at once.":
        [Edit(5, "20", "30", nth=1), Edit(5, "21", "30", nth=2)],
    "Write `20` in place of `30`, and `30` in place of `20` on line 5, both at once.": [LITERAL, Edit(5, "30", "20")],
    "Write `20` in place of `30` in helpers.py, line 5.": [Edit(5, "20", "30", file="helpers.py")],
    "Delete `)`.": [Edit(7, old=")")],
    "Write `m.fit()` above line 9, indented like it.": [Edit(9, "m.fit()", file="")],
    "Delete `a = f()` and `print(a)` on line 9.": [Edit(7, old="a = f()"), Edit(9, old="print(a)")],
    "Begin lines 7 to 9 with 4 spaces.": [Edit(n, spaces=4) for n in (7, 8, 9)],
}  # fmt: skip


@pytest.mark.parametrize("words", TOLD)
def test_what_is_to_be_written_is_told_with_its_place(words: str) -> None:
    assert told(TOLD[words], HERE) == words


def test_lines_are_told_from_the_last_to_the_first_and_imports_after_them() -> None:
    step = step_in_lines([Edit(4, "a\nb", last=4), Edit(9, "c", last=9), Edit(9, "import keras")])
    assert [sentence.split(",")[0] for sentence in step.text.splitlines() if sentence.startswith("Write")] == [
        "Write these lines in place of line 9", "Write these lines in place of line 4", "Write `import keras` at the top."
    ]  # fmt: skip


def test_steps_are_in_the_order_in_which_line_numbers_stay_true() -> None:
    words, moves = Step("Think."), [step_of([Edit(0, above=2, cell=cell)]) for cell in (5, 4)]
    values = [step_of([Edit(line, "1", "2")]) for line in (3, 12)]
    lines = [step_of([Edit(line, "x = 1", last=line + 2)]) for line in (8, 5)]
    imports, named = (
        step_of([Edit(20, "import keras")]),
        step_of([Edit(12, "np.a", "a"), Edit(12, "import numpy as np")]),
    )
    call = step_of([Edit(9, "m.compile(a)", call="compile")])
    told = [values[0], *moves, words, imports, *reversed(lines), call, named, values[1]]
    assert in_order(told) == [values[0], *moves, named, values[1], call, *lines, imports, words]


@pytest.mark.parametrize(
    ("edit", "is_moving"),
    [
        (LITERAL, False), (Edit(5, "20", call="Dense", argument="units"), False), (Edit(5, "a = 1", last=5), False),
        (Edit(5, spaces=4), False), (Edit(5, "a = 1\nb = 2", last=5), True), (Edit(5, last=5), True),
        (Edit(5, old="a = 1"), True), (Edit(5, "a = 1"), True), (Edit(5, "return a", within="f"), True),
        (Edit(5, above=2), True), (Edit(5, "m.compile(a)", call="compile"), True),
    ],
)  # fmt: skip
def test_what_adds_or_takes_a_line_moves_those_below(edit: Edit, is_moving: bool) -> None:
    assert edit.moves_lines is is_moving
