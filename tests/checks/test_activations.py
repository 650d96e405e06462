"""`activations`: one for each hidden layer, however it is spelled."""

from __future__ import annotations

import keras
import pytest
from keras import layers

from grader.domain import Status
from tests.checks.students import chain, dense, evidence, look
from tests.graph.networks import read


@pytest.mark.parametrize("spelling", ["argument", "layer", "function"])
def test_activations_are_seen_however_they_are_spelled(spelling: str) -> None:
    x = keras.Input((1,))
    hidden = {
        "argument": lambda: dense(3)(x),
        "layer": lambda: layers.Activation("sigmoid")(layers.Dense(3)(x)),
        "function": lambda: keras.activations.sigmoid(layers.Dense(3)(x)),
    }[spelling]()
    finding = look("activations", evidence(keras.Model(x, layers.Dense(1)(hidden))), hidden="sigmoid")
    assert Status.PASSED is finding.status


def test_a_head_that_another_head_reads_is_no_hidden_layer() -> None:
    """The connection is wrong, which another check says; no activation is missing."""

    def two_heads(chained: bool) -> keras.Model:
        x = keras.Input((1,))
        hidden = dense(8)(x)
        first = dense(2, None, name="first")(hidden)
        return keras.Model(x, [first, dense(2, None, name="second")(first if chained else hidden)])

    student = evidence(two_heads(True), reference=read(two_heads(False)))
    assert look("activations", student, hidden="sigmoid").status is Status.PASSED
    assert look("widths", student, units=[8]).status is Status.PASSED
    assert look("graph", student).status is Status.FAILED


def test_every_layer_with_a_wrong_activation_is_named() -> None:
    """A next step about one of them would not be enough; what the task requires is the same without a reference."""
    model = chain(dense(8, "tanh", name="first"), dense(8, "relu", name="second"), dense(1, None))
    given = evidence(model, reference=read(chain(dense(8), dense(8), dense(1, None))), assignment="one_input")
    finding = look("activations", given, hidden="sigmoid")
    assert finding.message == "Layer `first`: expected activation `sigmoid`, found `tanh`; also wrong in `second`."
    assert finding.hint == "Write `activation='sigmoid'` in `first`, and do the same in `second`."
    finding = look("activations", evidence(model), hidden="sigmoid")
    assert finding.hint == "Write `activation='sigmoid'` in `first` and `second`."


def test_the_whole_network_names_them_in_the_same_words() -> None:
    """So a page can say that it is the same reason, and nothing is left among the other differences."""
    model = chain(dense(8, "tanh", name="first"), dense(8, "relu", name="second"), dense(1, None))
    given = evidence(model, reference=read(chain(dense(8), dense(8), dense(1, None))), assignment="one_input")
    whole, own = look("graph", given), look("activations", given, hidden="sigmoid")
    assert (whole.message, whole.hint, whole.actual) == (own.message, own.hint, "")
