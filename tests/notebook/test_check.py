"""`check(model)` in a student's own notebook: a real kernel, the same engine, a verdict that a cell can show."""

from __future__ import annotations

import nbformat
import pytest
from nbclient import NotebookClient

from tests.notebooks import notebook

pytestmark = pytest.mark.long

CELLS = [
    """
import keras
from keras import layers
from grader import check
from grader.notebook import trainer_host
print("trainers before the first check:", trainer_host.cache_info().currsize)
""",
    """
a, b = keras.Input((1,)), keras.Input((1,))
hidden = dict(activation="sigmoid", kernel_initializer="uniform")
x = layers.concatenate([layers.Dense(32, **hidden)(a), layers.Dense(20, **hidden)(b)])
two_inputs = keras.Model([a, b], layers.Dense(1, kernel_initializer="uniform")(layers.Dense(32, **hidden)(x)))
two_inputs.compile(optimizer="rmsprop", loss="mse")
before = [w.copy() for w in two_inputs.get_weights()]
verdict = check(two_inputs)
print(bool(verdict), all((x == y).all() for x, y in zip(before, two_inputs.get_weights())))
verdict
""",
    "wrong = check(two_inputs, 'one_input')\nprint(wrong)",
    "print(check(3))\nprint(check(two_inputs, 'nothing'))",
    """
unused = layers.Dense(8)(a)
network = keras.Model([a, b], layers.Dense(1)(layers.concatenate([layers.Dense(31)(a), b])))
print(check(network, "two_inputs"))
""",
]


@pytest.fixture(scope="module")
def executed() -> list[str]:
    """What each cell showed, as plain text."""
    content = nbformat.reads(notebook(*CELLS), as_version=4)
    NotebookClient(content, timeout=240, kernel_name="python3").execute()
    outputs = []
    for cell in content.cells:
        texts = [output.get("text") or output.get("data", {}).get("text/html", "") for output in cell.outputs]
        outputs.append("".join(texts))
    return outputs


def test_the_trainer_starts_with_the_import(executed: list[str]) -> None:
    """So that it is ready when the first model is."""
    assert "trainers before the first check: 1" in executed[0]


def test_a_right_model_is_true_and_untouched(executed: list[str]) -> None:
    assert "True True" in executed[1]
    assert "Two inputs, one output" in executed[1]
    assert "correct so far" in executed[1]
    assert executed[1].count("<svg") == 1


def test_only_the_first_check_says_why_it_takes_long(executed: list[str]) -> None:
    assert ["The first check takes longest" in text for text in executed[1:]] == [True, False, False, False]


def test_the_wrong_exercise_is_explained(executed: list[str]) -> None:
    assert executed[2].count("The network has 2 inputs; this exercise has 1") >= 1
    assert "No Keras model was built" not in executed[2]


def test_what_cannot_be_checked_is_told_and_not_raised(executed: list[str]) -> None:
    assert "takes a keras.Model" in executed[3]
    assert "there is no assignment `nothing`" in executed[3]


def test_layers_have_the_names_of_their_variables(executed: list[str]) -> None:
    assert "`unused`, `Dense(8)`, is created but not used" in " ".join(executed[4].split())
