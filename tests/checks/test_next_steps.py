"""Next steps of checks are true: whoever writes what they say has full marks."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import pytest

from grader.domain import Status
from grader.graph.differences.changes import KINDS_OF_CHANGE
from tests.checks.conftest import Graded

pytestmark = pytest.mark.long

TWO_INPUTS = """\
import keras
from keras import layers, Input, Model
from keras.layers import Dense
a = Input((1,))
b = Input((1,))
left = Dense(32, activation='sigmoid', kernel_initializer='uniform')(a)
right = Dense(20, activation='sigmoid', kernel_initializer='uniform')(b)
both = layers.concatenate([left, right])
top = Dense(32, activation='sigmoid', kernel_initializer='uniform')(both)
out = Dense(1, kernel_initializer='uniform')(top)
model = Model([a, b], out)
model.compile('rmsprop', 'mse')
"""
WEIGHTED = """\
import keras
from keras import Input, Model
from keras.layers import Dense
def dense(units, activation='sigmoid'):
    return Dense(units, activation=activation, kernel_initializer='uniform')
x = Input((1,))
trunk = dense(20)(dense(20)(x))
sine = dense(1, None)(dense(20)(dense(20)(trunk)))
exponential = dense(1, None)(dense(30)(dense(30)(trunk)))
model = Model(x, [sine, exponential])
model.compile('rmsprop', ['mse', 'mae'], loss_weights=[0.1, 0.9])
"""
SHARED = """\
from keras import layers, Input, Model
from keras.layers import Dense
a = Input((1,))
b = Input((1,))
shared = Dense(32, activation='sigmoid', kernel_initializer='uniform')
first = shared(a)
second = shared(b)
both = layers.concatenate([first, second])
top = Dense(32, activation='sigmoid', kernel_initializer='uniform')(both)
out = Dense(1, kernel_initializer='uniform')(top)
model = Model([a, b], out)
model.compile('rmsprop', 'mse')
"""
PROGRAMS = {"two_inputs": TWO_INPUTS, "weighted_losses": WEIGHTED, "shared_layer": SHARED}


@dataclass(frozen=True)
class Slip:
    """One change to a right program. `kind`: of the difference, or of the check where the reference shows none."""

    kind: str
    old: str
    new: str
    assignment: str = "two_inputs"

    @cached_property
    def program(self) -> str:
        right = PROGRAMS[self.assignment]
        assert right.count(self.old) == 1
        return right.replace(self.old, self.new)


RIGHT = "right = Dense(20, activation='sigmoid', kernel_initializer='uniform')"
TOP = "top = Dense(32, activation='sigmoid', kernel_initializer='uniform')(both)"
OUT = "out = Dense(1, kernel_initializer='uniform')(top)"
BOTH = "both = layers.concatenate([left, right])"
COMPILE = "model.compile('rmsprop', ['mse', 'mae'], loss_weights=[0.1, 0.9])"
SLIPS = (
    Slip("width", "right = Dense(20,", "right = Dense(52,"),
    Slip("activation", "right = Dense(20, activation='sigmoid'", "right = Dense(20, activation='relu'"),
    Slip("initializers", RIGHT, "right = Dense(20, activation='sigmoid')"),
    Slip("parameter", OUT, OUT.replace("(1, ", "(1, use_bias=False, ")),
    Slip("inputs", "b = Input((1,))", "b = Input(shape=(2,))"),
    Slip("class", TOP, "top = layers.LayerNormalization()(both)"),
    Slip("order", f"{BOTH}\n{TOP}\n{OUT}",
         f"{TOP.replace('(both)', '(left)')}\n{BOTH.replace('left', 'top')}\n{OUT.replace('(top)', '(both)')}"),
    Slip("wiring", "kernel_initializer='uniform')(b)", "kernel_initializer='uniform')(a)"),
    Slip("extra", OUT, "extra = Dense(7)(top)\n" + OUT.replace("(top)", "(extra)")),
    Slip("missing", TOP, "top = both"),
    Slip("outputs", "model = Model([a, b], out)", "model = Model([a, b], top)"),
    Slip("sharing", "second = shared(b)", f"second = {TOP[6:-6]}(b)", "shared_layer"),
    Slip("merge", BOTH, "both = layers.multiply([left, Dense(32)(right)])"),
    Slip("compiled", COMPILE, "model.compile('adam', ['mse', 'mae'], loss_weights=[0.9, 0.1])", "weighted_losses"),
    Slip("compiled", COMPILE, "", "weighted_losses"),
)  # fmt: skip


@pytest.mark.parametrize("slip", SLIPS, ids=lambda slip: f"{slip.kind}: {slip.new[:40]}")
def test_whoever_follows_the_steps_has_full_marks(slip: Slip, graded: Graded) -> None:
    grade = graded(slip.assignment, slip.program)
    kinds = {difference.kind for result in grade.results for difference in result.differences}
    assert slip.kind in kinds | {result.check.kind for result in grade.results if result.status is Status.FAILED}, kinds
    assert grade.leads_to_full_marks, [result.hint for result in grade.results]


def test_every_kind_of_difference_is_provoked() -> None:
    assert KINDS_OF_CHANGE.keys() <= {slip.kind for slip in SLIPS}
