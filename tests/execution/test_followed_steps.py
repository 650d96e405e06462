"""A step that is followed letter by letter, and the run that shows what comes after it."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from grader.domain import Edit
from grader.execution.student.notebook import follow
from grader.execution.student.source.followed_steps import followed
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
    "a string in other quotes": ('f(a, "b")\n', [Edit(1, "'c'", "'b'")], "f(a, 'c')\n"),
    "last in a function, in its last line": ("def f():\n    a = 1\nb = 2", [Edit(3, "return a", within="f")], "def f():\n    a = 1; return a\nb = 2"),
    "moved": ("def f():\n    return m\n    m.g(1,\n        2)", [Edit(3, above=2)], "def f():\n    m.g(1,\n        2)\n    return m"),
    "deleted": ("def f(x):\n    x = Input(1)\n    return x", [Edit(3, old="x = Input(1)")], "def f(x):\n    pass\n    return x"),
    # What is not certain, or cannot be followed as a whole, changes nothing.
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


def test_what_comes_after_a_move_of_cells_counts_them_anew(left: Left) -> None:
    cells = (START, "m.compille('sgd', 'mse')", "i = Input((1,))\nm = Model(i, Dense(1)(i))")
    first = left(notebook(*cells), "work.ipynb")
    assert first.corrected
    assert [(failure.type, failure.location.cell) for failure in first.corrected.failures] == [("AttributeError", 3)]
    last = first.corrected.corrected
    assert last
    assert (last.failures, len(last.models[0].compiles)) == ((), 1)


@pytest.mark.parametrize("name", ["work.py", "work.ipynb"])
def test_a_program_runs_again_without_the_errors_that_notes_explain(left: Left, name: str) -> None:
    """As often as there is a step that is new; what the first run built and did is left as it is."""
    program = f"{START}i = Input((1,))\nh = Dens(3)(i)\nm = Model(i, Dense(1)(h))\nm.compille('sgd', 'mse')\n"
    first = left(notebook(program) if name.endswith("ipynb") else program, name)
    assert [failure.type for failure in first.failures] == ["NameError"]
    assert not first.models
    assert first.corrected
    assert [failure.type for failure in first.corrected.failures] == ["AttributeError"]
    last = first.corrected.corrected
    assert last
    assert (last.failures, last.corrected, len(last.models[0].compiles)) == ((), None, 1)
    assert [note.code for note in last.followed] == ["misspelt-name", "misspelt-name"]


def test_a_step_is_followed_twice_where_a_line_has_twice_what_is_wrong(left: Left) -> None:
    first = left(f"{START}i = Inptu((1,)), Inptu((1,))\nm = Model([*i], [Dens(1)(i[0]), Dens(1)(i[1])])\n")
    runs = [first]
    while runs[-1].corrected:
        runs.append(runs[-1].corrected)
    assert [len(run.failures) for run in runs] == [1, 1, 1, 1, 0]


BUILT = "    i = Input((1,))\n    h = Dense(2)(i)\n"
UNMADE = {
    "all that nothing reads": ("i, ends = [Input((1,)), Input((2,))], []\nfor t in i:\n    ends.append(Dense(1)(t))\nm.compile('sgd', ['mse'] * 2)\n",
                               "m = Model(inputs=[i[0], i[1]], outputs=[ends[0], ends[1]])"),
    "a tensor": ("i = Input((1,))\nm = Dense(1)(i)\nm.compile('sgd', 'mse')\n", "m = Model(inputs=i, outputs=m)"),
    "in a function": (f"def f():\n{BUILT}    m.compile('sgd', 'mse')\n\nf()\nm = 1\n", "m = Model(inputs=i, outputs=h)"),
    "a tensor of a function": (f"def f():\n{BUILT}    return h\n\nm = f()\nm.compile('sgd', 'mse')\n", "return Model(inputs=i, outputs=h)"),
    "nothing of a function": (f"def f():\n{BUILT}\nm = f()\nm.compile('sgd', 'mse')\n", "return Model(inputs=i, outputs=h)"),
}  # fmt: skip


@pytest.mark.parametrize(("program", "line"), UNMADE.values(), ids=UNMADE)
def test_a_model_that_no_line_makes_is_written(left: Left, program: str, line: str) -> None:
    first = left(f"{START}{program}")
    assert f"Write `{line}` " in first.notes[0].detail
    assert first.corrected
    assert [len(model.compiles) for model in first.corrected.models] == [1]


@pytest.mark.parametrize(
    ("later", "is_told"), [("m.predict([x, x], verbose=0)", True), ("[1][int(m.predict(x)[0][0] * 0) + 5]", False)]
)
def test_an_error_after_a_cut_fit_is_told_where_a_note_explains_it(left: Left, later: str, is_told: bool) -> None:
    """The others may be due to the cut."""
    data = "import numpy as np\nx = np.linspace(0, 1, 24)\n"
    built = "i = Input((1,))\nm = Model(i, Dense(1)(i))\nm.compile('sgd', 'mse')\n"
    first = left(f"{data}{START}{built}m.fit([x, x], x, epochs=3, verbose=0)\n{later}\n")
    assert (first.corrected is not None) == is_told


def test_an_end_that_no_note_explains_is_that_of_the_only_run(left: Left) -> None:
    assert left("raise SystemExit(3)\nprint()\n").corrected is None
