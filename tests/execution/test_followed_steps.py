"""A step that is followed letter by letter, and the run that shows what comes after it."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from grader.domain import Edit, Execution, Step
from grader.execution.execute import job_of
from grader.execution.student.notebook import follow
from grader.execution.student.source.followed_steps import followed
from grader.hints import remedy
from tests.execution.conftest import Left
from tests.notebooks import notebook

START = "from keras import Input, Model\nfrom keras.layers import Dense\n\n"
STEPS = {
    "a name, only where it is a whole one": ("a = dense\nb = dense2\n", [Edit(1, "Dense", "dense")], "a = Dense\nb = dense2\n"),
    "in the line of the step rather than above it": ("a = x\nb = x\n", [Edit(2, "y", "x")], "a = x\nb = y\n"),
    "where it stands at all": ("def f():\n    return m\n\nf()\n", [Edit(4, "return k", "return m")], "def f():\n    return k\n\nf()\n"),
    "code in other quotes and lines, which stay as many": ('f("a",\n  b)\nc\n', [Edit(1, "f('a', d)", "f('a', b)")], "f('a', d\n)\nc\n"),
    "in several lines": ("a = x\nb = x\n", [Edit(1, "y", "x"), Edit(2, "y", "x")], "a = y\nb = y\n"),
    "above a statement, in its line": ("a = np.pi\n", [Edit(1, "import numpy as np")], "import numpy as np; a = np.pi\n"),
    "in it and above it": ("\na = f([b])\n", [Edit(2, "c", "[b]"), Edit(2, "c = b")], "c = b\na = f(c)\n"),
    "last in a function": ("def f():\n    a = 1\n\nb = 2", [Edit(4, "return a", within="f")], "def f():\n    a = 1\n    return a\nb = 2"),
    "last in a function, in its last line": ("def f():\n    a = 1\nb = 2", [Edit(3, "return a", within="f")], "def f():\n    a = 1; return a\nb = 2"),
    "moved": ("def f():\n    return m\n    m.g(1,\n        2)", [Edit(3, above=2)], "def f():\n    m.g(1, 2); return m\n    pass\n"),
    "whole lines, which stay as many": ("a = 1\nb = f(\n  2)\nc", [Edit(2, "x = 1\ny = 2\nz = 3", last=3)], "a = 1\nx = 1; y = 2\nz = 3\nc"),
    "fewer lines": ("if a:\n    b\n    c\nd", [Edit(2, "x", last=3)], "if a:\n    x\n\nd"),
    "lines that go": ("a\nb\nc", [Edit(2, last=2)], "a\npass\nc"),
    "lines with a loop": ("a\nb", [Edit(1, "x\nfor i in x:\n    y", last=2)], "x\nfor i in x: y"),
    "a call of a name": ("m.compile('a',\n  b)\nm.fit()", [Edit(1, "m.compile(c)", call="compile")], "m.compile(c\n)\nm.fit()"),
    "below a statement, in its line": ("a = f(\n  b)\nc", [Edit(2, "d", below=True)], "a = f(\n  b); d\nc"),
    "deleted": ("def f(x):\n    x = Input(1)\n    return x", [Edit(3, old="x = Input(1)")], "def f(x):\n    pass\n    return x"),
    "above a loop, behind what stands before it": ("a = 1\nfor i in b:\n    i", [Edit(2, "b = a")], "a = 1; b = a\nfor i in b:\n    i"),
    "an import, at the top": ("'t'\nfrom __future__ import x\na = 1\nb = np", [Edit(4, "import np")], "'t'\nfrom __future__ import x; import np\na = 1\nb = np"),
    "an import above a function": ("# a\n\ndef f():\n    np", [Edit(4, "import np")], "# a\nimport np\ndef f():\n    np"),
    "an import where there is no room above": ("def f():\n    np", [Edit(2, "import np")], "def f():\n    import np; np"),
    "lines of a loop with what they import": ("a\nfor i in b:\n    i", [Edit(2, "for i in np:\n    j", last=3), Edit(2, "import np")], "import np; a\nfor i in np:\n    j"),
    "one of equal literals": ("f(30)(g(x=30))", [Edit(1, "20", "30", nth=2)], "f(30)(g(x=20))"),
    "a literal, and no part of another": ("f('a-52', 52.0, 52)", [Edit(1, "32", "52")], "f('a-52', 52.0, 32)"),
    "two that exchange their places": ("f(20, 30)", [Edit(1, "30", "20"), Edit(1, "20", "30")], "f(30, 20)"),
    "two arguments of one call": ("d(1,\n  b=2)", [Edit(1, "3", call="d", argument="b"), Edit(1, "4", call="d", argument="c")], "d(1,\n  b=3, c=4)"),
    "an argument before a comment": ("d(1,  # one\n)", [Edit(1, "4", call="d", argument="c")], "d(1, c=4,  # one\n)"),
    "the only argument": ("d()", [Edit(1, "4", call="d", argument="c")], "d(c=4)"),
    # What is not certain, or cannot be followed as a whole, changes nothing.
    "an argument beside unpacked ones": ("d(**kw)", [Edit(1, "4", call="d", argument="c")], "d(**kw)"),
    "an argument of a call by a longer name": ("own_d(1)", [Edit(1, "4", call="d", argument="c")], "own_d(1)"),
    "a second one of which there is one": ("f(30)", [Edit(1, "20", "30", nth=2)], "f(30)"),
    "one within another": ("f(g(x))", [Edit(1, "h(x)", "g(x)"), Edit(1, "y", "x")], "f(g(x))"),
    "above the loop that begins a program": ("for i in np:\n    i", [Edit(1, "import np")], "for i in np:\n    i"),
    "more lines than there are": ("a\nb", [Edit(1, "for i in x:\n    y\n    z", last=1)], "a\nb"),
    "one of several calls": ("f(f(a))", [Edit(1, "g(a)", call="f")], "f(f(a))"),
    "what is not there": ("a = 1", [Edit(1, "c", "b")], "a = 1"),
    "no such line": ("a = 1", [Edit(9, "c", "a")], "a = 1"),
    "no Python": ("a = 1", [Edit(1, "c c", "a")], "a = 1"),
    "a part of it": ("a = 1", [Edit(1, "c", "a"), Edit(1, "c", "b")], "a = 1"),
    "a comment and a text are no code": ("# units\nf(x)\nunits = 'units'", [Edit(2, "width", "units")], "# units\nf(x)\nwidth = 'units'"),
    "one of several places": ("a = f(x)\nb = f(x)\n\nc", [Edit(4, "f(y)", "f(x)")], "a = f(x)\nb = f(x)\n\nc"),
}  # fmt: skip


def step(*edits: Edit, file: str = "w.py") -> dict[str, Any]:
    return {"file": file, "cell": None, "edits": [edit.change for edit in edits]}


@pytest.mark.parametrize(("program", "edits", "after"), STEPS.values(), ids=STEPS)
def test_a_step_is_followed(program: str, edits: list[Edit], after: str) -> None:
    assert followed(program, [step(*edits)], "w.py") == after
    assert after.count("\n") == program.count("\n")  # places that other steps name stay the same


def test_the_edits_of_a_text_are_done_together() -> None:
    """Wherever they stand among those of other cells: one that cannot be done changes nothing of its text."""
    first, other, again = Edit(1, "a", "b", cell=2), Edit(1, "c", "d", cell=3), Edit(1, "import e", cell=2)
    job = job_of((), {}, full=False, done=[Step("", (first, other, again))])["steps"]
    assert [(entry["cell"], len(entry["edits"])) for entry in job] == [(2, 2), (3, 1)]


def test_a_name_is_replaced_where_it_is_read_rather_than_where_a_step_gives_it_a_value() -> None:
    steps = [step(Edit(1, "y = 1")), step(Edit(1, "x", "y"))]
    assert followed("a = f(y)", steps, "w.py") == "y = 1; a = f(x)"


def test_a_step_changes_its_own_file_alone() -> None:
    steps = [step(Edit(1, "b", "a"), file="other.py"), step(Edit(1, "c", "a"))]
    assert followed("a = 1", steps, "w.py") == "c = 1"


@pytest.mark.parametrize(
    ("cell", "above", "after"),
    [(1, 3, "text b a c d"), (1, 5, "text b c d a"), (4, 2, "a text d b c"), (9, 2, "a text b c d")],
)
def test_a_cell_is_moved_above_another_of_code(cell: int, above: int, after: str) -> None:
    cells = [SimpleNamespace(cell_type="code" if len(word) == 1 else "markdown", word=word)
             for word in ("a", "text", "b", "c", "d")]  # fmt: skip
    follow({"file": "", "cell": cell, "edits": [Edit(0, above=above).change]}, cells)
    assert " ".join(entry.word for entry in cells) == after


def corrected(left: Left, program: str, name: str = "work.py") -> list[Execution]:
    """One run after another, each with the steps of the notes that explain the errors of those before."""
    runs, done = [left(program, name)], list[Step]()
    while steps := [step for step in remedy(runs[-1].failures, runs[-1]) if step.edits] if runs[-1].failures else []:
        done += steps
        runs.append(left(program, name, done=done))
    return runs


def test_what_comes_after_a_move_of_cells_counts_them_anew(left: Left) -> None:
    cells = (START, "m.compille('sgd', 'mse')", "i = Input((1,))\nm = Model(i, Dense(1)(i))")
    _, second, last = corrected(left, notebook(*cells), "work.ipynb")
    assert [(failure.type, failure.location.cell) for failure in second.failures] == [("AttributeError", 3)]
    assert (last.failures, len(last.models[0].compiles)) == ((), 1)


def test_a_line_that_needs_an_earlier_cell_is_moved_there_alone(left: Left) -> None:
    cells = (START, "i = Input((1,))\nm = Model(i, h)\nm.compile('sgd', 'mse')", "h = Dense(1)(i)")
    first, last = corrected(left, notebook(*cells), "work.ipynb")
    assert [failure.type for failure in first.failures] == ["NameError"]
    assert (last.failures, len(last.models[0].compiles)) == ((), 1)


BUILT = "    i = Input((1,))\n    h = Dense(2)(i)\n"
UNMADE = {  # the cells of one notebook, each with names of its own
    "in a function": (f"def f():\n{BUILT}    cocoa.compile('sgd', 'mse')\n\nf()\ncocoa = 1\n", "cocoa = Model(inputs=i, outputs=h)"),
    "all that nothing reads": ("i, ends = [Input((1,)), Input((2,))], []\nfor t in i:\n    ends.append(Dense(1)(t))\napple.compile('sgd', ['mse'] * 2)\n",
                               "apple = Model(inputs=[i[0], i[1]], outputs=[ends[0], ends[1]])"),
    "a tensor": ("i2 = Input((1,))\nberry = Dense(1)(i2)\nberry.compile('sgd', 'mse')\n", "berry = Model(inputs=i2, outputs=berry)"),
    "a tensor of a function": (f"def f4():\n{BUILT}    return h\n\ndates = f4()\ndates.compile('sgd', 'mse')\n", "return Model(inputs=i, outputs=h)"),
    "nothing of a function": (f"def f5():\n{BUILT}\nelder = f5()\nelder.compile('sgd', 'mse')\n", "return Model(inputs=i, outputs=h)"),
}  # fmt: skip


def test_a_model_that_no_line_makes_is_written(left: Left) -> None:
    first, last = corrected(left, notebook(START, *(program for program, _ in UNMADE.values())), "work.ipynb")
    for cell, (name, (_, line)) in enumerate(UNMADE.items(), start=2):
        (note,) = [note for note in first.notes if note.location.cell == cell]
        assert f"Write `{line}` " in note.detail, name
        assert [len(model.compiles) for model in last.models if model.location.cell == cell] == [1], name


@pytest.mark.parametrize(
    ("later", "is_told"), [("m.predict([x, x], verbose=0)", True), ("[1][int(m.predict(x)[0][0] * 0) + 5]", False)]
)
def test_an_error_after_a_cut_fit_is_told_where_a_note_explains_it(left: Left, later: str, is_told: bool) -> None:
    """The others may be due to the cut."""
    data = "import numpy as np\nx = np.linspace(0, 1, 24)\n"
    built = "i = Input((1,))\nm = Model(i, Dense(1)(i))\nm.compile('sgd', 'mse')\n"
    _, *later_runs = corrected(left, f"{data}{START}{built}m.fit([x, x], x, epochs=3, verbose=0)\n{later}\n")
    assert (later_runs[0].undecided == "") == is_told
