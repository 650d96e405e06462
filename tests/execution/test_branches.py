"""Whether code builds networks on a condition, so that a `fit` cut short may have cost it one."""

from __future__ import annotations

import pytest

from grader.execution.student.branches import builds_on_condition

ON_CONDITION = [
    "if history.history['loss'][-1] < 0.1:\n    model = keras.Model(x, y)",
    "while True:\n    m = Sequential()\n    break",
    "def build():\n    return Model(x, y)\nif good:\n    two_inputs = build()",
    "def inner():\n    return Model(x, y)\ndef outer():\n    return inner()\nm = outer() if good else None",
    "class Net(keras.Model): pass\nmatch kind:\n    case 1:\n        Net()",
    "try:\n    train()\nexcept ValueError:\n    keras.models.load_model('x.keras')",
]
ALWAYS = [
    "model = keras.Model(x, y)",
    "def build():\n    return Model(x, y)\nmodel = build()\nif model is None:\n    print('nothing')",
    "def build():\n    return Model(x, y)\nif __name__ == '__main__':\n    build()",
    "for units in (1, 2):\n    Model(x, y)",
    "if broken(:",
    "",
]


@pytest.mark.parametrize("text", ON_CONDITION)
def test_a_branch_that_builds_is_seen(text: str) -> None:
    """In a statement, an expression, through functions and classes."""
    assert builds_on_condition([text])


@pytest.mark.parametrize("text", ALWAYS)
def test_what_always_runs_is_no_branch(text: str) -> None:
    """A branch that builds nothing is of no interest, nor is what cannot be parsed."""
    assert not builds_on_condition([text])


def test_functions_of_other_files_count() -> None:
    """A helper beside the entry may hold what builds."""
    assert builds_on_condition(["if good:\n    build()", "def build():\n    return Model(x, y)"])
