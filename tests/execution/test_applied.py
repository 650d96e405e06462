"""A step that is followed letter by letter, and the run that shows what comes after it."""

from __future__ import annotations

import pytest

from grader.execution.student.source.applied import NotLiteral, applied, followed, is_literal
from tests.execution.conftest import Left
from tests.notebooks import notebook

START = "from keras import Input, Model\nfrom keras.layers import Dense\n\n"
STEPS = {
    "a name, only where it is a whole one": ("a = dense\nb = dense2\n", 1, "Write `Dense` in place of `dense`.", "a = Dense\nb = dense2\n"),
    "in the line of the step rather than above it": ("a = x\nb = x\n", 2, "Write `y` in place of `x`.", "a = x\nb = y\n"),
    "where it stands at all": ("def f():\n    return m\n\nf()\n", 4, "Write `return k` in place of `return m`.", "def f():\n    return k\n\nf()\n"),
    "code in other quotes and lines, which stay as many": ('f("a",\n  b)\nc\n', 1, "Write `f('a', d)` in place of `f('a', b)`.", "f('a', d\n)\nc\n"),
    "and the same elsewhere": ("a = x\nb = x\n", 1, "Write `y` in place of `x`, and the same on line 2.", "a = y\nb = y\n"),
    "above a statement, in its line": ("a = np.pi\n", 1, "Write `import numpy as np` above it.", "import numpy as np; a = np.pi\n"),
    "above it and in it": ("\na = f([b])\n", 2, "Write `c = b` above it, and `c` in place of `[b]`.", "c = b\na = f(c)\n"),
    "last in a function": ("def f():\n    a = 1\n\nb = 2", 4, "Write `return a` as the last line of `f`.", "def f():\n    a = 1\n    return a\nb = 2"),
    "first one and then the other": ("def f():\n    return m.g()\n\n", 2, "Write `m.g()` in place of `return m.g()`. Then write `return m` as the last line of `f`.", "def f():\n    m.g()\n    return m\n"),
    "moved": ("def f():\n    return m\n    m.g(1,\n        2)", 3, "Move it above line 2.", "def f():\n    m.g(1,\n        2)\n    return m"),
    "deleted": ("def f(x):\n    x = Input(1)\n    return x", 3, "`x = Input(1)` gives `x` another value than `f` is called with: delete this line.", "def f(x):\n    pass\n    return x"),
}  # fmt: skip


@pytest.mark.parametrize(("program", "line", "step", "after"), STEPS.values(), ids=STEPS)
def test_a_step_is_followed(program: str, line: int, step: str, after: str) -> None:
    assert is_literal(step)
    assert applied(program, line, step) == after


def test_what_cannot_be_followed_changes_nothing() -> None:
    assert not is_literal("Join the tensors first.")
    with pytest.raises(NotLiteral):
        applied("a = 1", 1, "Write `c` in place of `b`.")
    steps = [("w.py", "c", "b"), ("other.py", "c", "a"), ("w.py", "c c", "a")]
    asked = [
        {"file": file, "cell": None, "line": 1, "words": f"Write `{new}` in place of `{old}`."}
        for file, new, old in steps
    ]
    assert followed("a = 1", asked, "w.py") == "a = 1"
    assert followed("a = 1", [{**asked[1], "line": 9}], "other.py") == "a = 1"
    assert followed("a = 1", asked, "other.py") == "c = 1"


@pytest.mark.parametrize(
    ("program", "line", "step"),
    [
        ("# units\nf(x)\nunits = 'units'", 2, "Write `width` in place of `units`."),
        ("a = f(x)\nb = f(x)\n\nc", 4, "Write `f(y)` in place of `f(x)`."),
        ("import nunpy, os", 1, "Write `import numpy`."),
    ],
    ids=["a comment and a text are no code", "one of several places", "other names would be lost"],
)
def test_what_is_not_certain_is_not_followed(program: str, line: int, step: str) -> None:
    asked = [{"file": "w.py", "cell": None, "line": line, "words": step}]
    assert followed(program, asked, "w.py") == program.replace("units = '", "width = '") if "units" in step else program


@pytest.mark.parametrize("name", ["work.py", "work.ipynb"])
def test_a_program_runs_again_without_the_errors_that_notes_explain(left: Left, name: str) -> None:
    """As often as there is a step that is new; what the first run built and did is left as it is."""
    program = f"{START}i = Input((1,))\nh = Dens(3)(i)\nm = Model(i, Dense(1)(h))\nm.compille('sgd', 'mse')\n"
    first = left(notebook(program) if name.endswith("ipynb") else program, name)
    assert [one.type for one in first.failures] == ["NameError"]
    assert not first.models
    assert first.corrected
    assert [one.type for one in first.corrected.failures] == ["AttributeError"]
    last = first.corrected.corrected
    assert last
    assert (last.failures, last.corrected, len(last.models[0].compiles)) == ((), None, 1)
    assert [note.code for note in last.followed] == ["misspelt-name", "misspelt-name"]


def test_what_stands_below_return_is_moved_although_nothing_fails(left: Left) -> None:
    body = "    i = Input((1,))\n    m = Model(i, Dense(1)(i))\n    return m\n    m.compile('sgd', 'mse')\n"
    first = left(f"{START}def build():\n{body}\nbuild()\n")
    assert not first.failures
    assert first.corrected
    assert [len(one.models[0].compiles) for one in (first, first.corrected)] == [0, 1]


def test_an_error_that_no_note_explains_ends_with_the_first_run(left: Left) -> None:
    assert left("1 / 0\n").corrected is None
