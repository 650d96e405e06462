"""Notes that more than one cell makes, and what decides which of them there are."""

from __future__ import annotations

import pytest

from grader.domain import Execution
from grader.execution.student import cut_fit
from grader.execution.student.source.written_calls import nearest
from tests.execution import wrong_programs
from tests.execution.conftest import Left

# Cells of one notebook, each with the code and what the note says beside its sentence.
CELLS = [
    ("zeta + 1", "defined-later", "`zeta` gets its value in cell {next}: first move cell {cell} below cell {next}."),
    ("zeta = 2\nzeta + 1", "", ""),
    (
        "both = 1\neta + 1",
        "defined-later",
        "`eta` gets its value in cell {next}: move only the line that gives it into cell {cell}, above",
    ),
    ("eta = both", "", ""),
    ("theta + 1", "defined-later", "`theta` gets its value in cell 8: first move that cell above cell 6."),
    ("theta + 1", "defined-later", "`theta` gets its value in cell {next}: first move cell {cell} below cell {next}."),
    ("theta = 2", "", ""),
    ("iota + lamda", "defined-later", "`lamda` gets its value in cell 11: first move cell 9 below cell 11."),
    ("iota = 2", "", ""),
    ("lamda = 2", "", ""),
    (
        "mu()\ndef later():\n    return nu",
        "defined-later",
        "`mu` gets its value in cell {next}: first move cell {cell} below",
    ),
    ("def mu():\n    return 1", "", ""),
    ("nu = 2", "", ""),
    ("kappa + 1\nkappa = 2", "defined-later", "`kappa` gets its value on line 2: move that line above this one."),
    ("def helper():\n    Input(1)", "input-shape-number", "`Input(shape=(1,))` in place of `Input(1)`"),
    ("helper()", "input-shape-number", "`Input(shape=(1,))` in place of `Input(1)`"),
    (
        "def log(f):\n    def wrapper():\n        f()\n    return wrapper\n\n@log\ndef logged():\n    return two()\n\n"
        "seen = logged()\nseen.summary()",
        "none-returned",
        "",
    ),
    ("done = inputs(1)\ndone = done.fit(x, y, verbose=0)", "", ""),
    ("done.summary()", "misspelt-name", "Write `history = done.fit(x, y, verbose=0)` in place of"),
    (
        "def looped(t):\n    for n in (2, 3):\n        Dense(n)(t)\n\nDense(1)(looped(Input((1,))))",
        "none-returned",
        "Write `return Dense(n)(t)` as the last line of `looped`.",
    ),
    ("none = inputs(1).compile('sgd', 'mse')", "", ""),
    ("none.summary()", "none-returned", "Write `none = inputs(1); none.compile('sgd', 'mse')` in place of"),
    ("inputs(1).fit([0.1] * 40, x, x)", "data-not-array", ""),
    ("i = Input((1,))", "", ""),
    (
        "first = Model(i, Dense(1)(i))\nfirst.fit(x, y)\nfirst.compile('sgd', 'mse')",
        "not-compiled",
        "Write `first.compile('sgd', 'mse')` above cell 26, line 2.",
    ),
    ("slip = dict(kernel_initializer='unifrom')\ndef built():\n    made = two()", "", ""),
    ("Dense(3, **slip)", "unknown-name", "Write `'uniform'` in place of `'unifrom'` in cell 27, line 1."),
    ("built().summary()", "none-returned", "Write `return made` as the last line of `built`."),
    ("maximum([1], [2])", "not-imported", "Write `layers.maximum` in place of `maximum` on line 1."),
    ("from keras.layers import maximum", "", ""),
    ("%tensorflow_version 2.x\nprint('over')\nimport sys\nsys.exit()", "", ""),
]


START = wrong_programs.START
PROGRAMS = {cell: source for cell, (source, _, _) in enumerate(CELLS, start=2)}


@pytest.mark.parametrize(("cell", "code", "detail"), [(n, *row[1:]) for n, row in enumerate(CELLS, start=2)])
def test_a_mistake_is_noted_in_its_cell(of_cells: Execution, cell: int, code: str, detail: str) -> None:
    notes = [note for note in of_cells.notes if note.location.cell == cell]
    assert [note.code for note in notes] == ([code] if code else [])
    detail = detail.format(cell=cell, next=cell + 1) if "{next}" in detail else detail
    assert all(detail in note.detail and note.location.line for note in notes), notes


def test_what_stands_in_another_cell_is_changed_there(of_cells: Execution) -> None:
    edits = [edit for note in of_cells.notes if note.location.cell in (28, 29) for edit in note.edits]
    assert [(edit.cell, edit.line) for edit in edits] == [(27, 1), (27, 2)]


def test_exit_as_the_last_word_of_a_notebook_is_free(of_cells: Execution) -> None:
    assert len(CELLS) + 1 not in {failure.location.cell for failure in of_cells.failures}


def test_an_array_in_a_message_is_left_out(of_cells: Execution) -> None:
    """Keras quotes all of what it was given."""
    (message,) = (failure.message for failure in of_cells.failures if "Unrecognized data" in failure.message)
    assert message == "Unrecognized data type: x=[…] (of type <class 'list'>)"


def test_error_of_the_cut_fit_is_told_where_the_full_one_fails_alike() -> None:
    """The second error may be about data that the first run used up."""
    first, second = ValueError("the cause"), ValueError("an empty generator")
    assert cut_fit.tells_more(first, second, [1])
    assert cut_fit.tells_more(first, KeyError("else"), iter([1]))
    assert not cut_fit.tells_more(first, KeyError("else"), [1])


@pytest.mark.parametrize(
    ("name", "names", "meant"),
    [
        ("set_session", ["set_epsilon", "set_floatx"], ""),
        ("clear_sesion", ["clear_session"], "clear_session"),
        ("kernel_initialiser", ["bias_initializer", "kernel_initializer"], "kernel_initializer"),
        ("y_train", ["y_train1", "y_train2"], "y_train1"),
        ("hl", ["h1", "h2"], "h1"),
        ("x_right", ["x0_left", "x0_right"], "x0_right"),
        ("hidden_3", ["hidden_1", "hidden_2"], ""),
    ],
)
def test_a_slip_is_one_in_each_word_of_a_name(name: str, names: list[str], meant: str) -> None:
    """A name of the same make is no slip: to write it would fail once more, or change what is computed."""
    assert nearest(name, names) == meant


def test_the_only_model_is_meant_where_another_is_trained(left: Left) -> None:
    program = "import keras\nx = keras.Input((1,))\nnet = keras.Model(x, keras.layers.Dense(1)(x))\nmodel.fit()\n"
    (note,) = left(program).notes
    assert (note.code, note.detail) == ("misspelt-name", "Write `net` in place of `model` on line 4.")
