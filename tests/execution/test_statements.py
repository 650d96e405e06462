"""A program goes on after a statement that fails, in modules and in cells alike."""

from __future__ import annotations

import ast

import pytest

from grader.domain import Outcome
from grader.execution.student.source.statements import binds, parsed, reads
from tests.execution.conftest import Left
from tests.notebooks import notebook

NETWORK = """
from keras import Input, Model
from keras.layers import Dense
inputs = Input((1,))
model = Model(inputs, Dense(1)(Dense(3)(inputs)))
model.compile("sgd", "mse")
"""


PROGRAMS = {  # with the errors that are told; each builds one network
    "file": (
        "import numpy as np\ndata = np.load('/no/such/file')\nx = data['x']\nprint(x.shape)\n" + NETWORK,
        ["FileNotFoundError"],
    ),
    "print": (NETWORK + "print 'hello'\nmodel = None\n", ["SyntaxError"]),
    "bracket": (NETWORK + "x = (1,\n" + NETWORK + "y = 2\n", ["SyntaxError"]),
    "after": (NETWORK + "model.fit(undefined, undefined)\nmodel.fit(x)", ["NameError"]),
    "between": (NETWORK.replace("model.compile", "raise ValueError('no')\nmodel.compile"), ["ValueError"]),
    "exit": ("import sys\nsys.exit('no GPU')\n" + NETWORK, ["SystemExit"]),
    "under main": (
        "if __name__ == '__main__':\n    raise ValueError\n" + NETWORK.replace("\n", "\n    "),
        ["ValueError"],
    ),
    "function": (NETWORK + "def plot(a=1\n    b=2):\n    pass\nplot()\n", ["SyntaxError"]),
}
FOLLOWING = {  # what an earlier statement would have put in is no error of its own
    "collection": ("rows = []\nwith open('no.csv') as file:\n    for row in file:\n        rows.append(row)\n"
                   "table = np.array(rows)\ntable[0]", ["FileNotFoundError"]),
    "entry": ("made = {}\nmade['a'] = 1 / 0\nmade['b'] = made['a'] + 1\nmade['c'] = made['b']", ["ZeroDivisionError"]),
    "loop": ("for n in (1, 0):\n    parts.add(1 / n)\nparts.add(3)", ["ZeroDivisionError"]),
    "passed over": ("lost = undefined\nlost.add(1)\nparts.add(lost)\nparts.add(1, 2)", ["NameError"]),
    "old value": ("old = 3\nold = undefined\nold.nonsense", ["NameError"]),
    "module": ("gone = undefined\nnp.save('a.npy', gone)\nnp.nonsense(1)", ["NameError", "AttributeError"]),
}  # fmt: skip
HEAD = "import numpy as np\nparts = set()\n"


def test_the_networks_that_the_rest_builds_are_there(left: Left) -> None:
    """The first cause is a failure; what only follows from it is none, nor is what an error of syntax leaves unread."""
    names = ("file", "after", "between", "exit", "under main", "bracket")
    execution = left("".join(PROGRAMS[name][0] + "\n" for name in names))
    errors = [error for name in names for error in PROGRAMS[name][1]]
    assert execution.outcome is Outcome.ERROR
    assert sorted(failure.type for failure in execution.failures) == sorted(errors)
    assert [(model.variables[-1:], len(model.compiles)) for model in execution.models] == [(("model",), 1)] * len(names)


def test_a_cell_goes_on_like_a_module(left: Left) -> None:
    rows = PROGRAMS | {name: (HEAD + text, types) for name, (text, types) in FOLLOWING.items()}
    execution = left(notebook(*(text for text, _ in rows.values())), "work.ipynb")
    for cell, (name, (_, errors)) in enumerate(rows.items(), start=1):
        assert [failure.type for failure in execution.failures if failure.location.cell == cell] == errors, name
        networks = [model for model in execution.models if model.location.cell == cell]
        results = [(model.variables[-1:], len(model.compiles)) for model in networks]
        assert results == [(("model",), 1)] * (name in PROGRAMS), name


@pytest.mark.parametrize(
    ("text", "read", "bound"),
    [
        ("def f(x=a):\n    return b", {"a"}, {"f"}),
        ("for x in data:\n    y = x", {"data"}, {"x", "y"}),
        ("x = x + 1", {"x"}, {"x"}),
        ("import a.b as c, d.e", set(), {"c", "d"}),
        ("class A(B):\n    c = d", {"B", "d"}, {"A"}),
        ("z = [q for q in r]", {"q", "r"}, {"z"}),
        ("match v:\n    case [a, *b]:\n        pass", {"v"}, {"a", "b"}),
    ],
)
def test_what_a_statement_reads_and_binds(text: str, read: set[str], bound: set[str]) -> None:
    """What a function reads, it reads when it is called."""
    (statement,) = ast.parse(text).body
    assert (reads(statement), binds(statement)) == (read, bound)


@pytest.mark.parametrize(
    ("text", "kept", "lost"),
    [
        ("a = 1\nb = (2\nc = 3", "a = 1", {"b", "c"}),
        ("y = 1\ndef f():\n    x = 1\n    print x\n    return x\nz = f()", "y = 1", {"f", "z"}),
        ("if a:\n    b = 1\nelse:\n    b = = 1\nc = 2", "", {"c"}),
        ("x = 1\n  y = 2\nz = 3", "x = 1", {"z"}),
        ("x = g(1,\n      2\n      3)\ny = 1", "", {"x", "y"}),
        ("this is\na letter", "", set()),
    ],
)
def test_the_statements_before_an_error_of_syntax_are_kept(text: str, kept: str, lost: set[str]) -> None:
    """Whole statements only: half of a function would be another function."""
    source = parsed(text, "text")
    assert (ast.unparse(ast.Module(source.body, [])), set(source.lost)) == (kept, lost)
    assert source.error is not None


def test_a_file_of_an_older_editor_is_read_all_the_same(left: Left) -> None:
    execution = left(("# Übung" + NETWORK).encode("cp1252"))
    assert [(failure.location.line, "save the file as UTF-8" in failure.message) for failure in execution.failures] == [
        (1, True)
    ]
    assert [model.variables for model in execution.models] == [("model",)]


def test_every_error_is_there_and_what_kept_the_network_from_being_built_comes_first(left: Left) -> None:
    execution = left(
        "import keras\nnothing\ni = keras.Input((1,))\nh = keras.layers.Dense(3, activatoin='relu')(i)\n"
        "model = keras.Model(i, keras.layers.Dense(1)(h))\n[][3]\n"
    )
    assert [failure.type for failure in execution.failures] == ["ValueError", "NameError", "IndexError"]
    assert [failure.location.line for failure in execution.failures] == [4, 2, 6]
    assert execution.message.startswith("ValueError: Unrecognized keyword")
