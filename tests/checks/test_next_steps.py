"""Next steps of checks are true: whoever does what they say has full marks.

What is wrong in a helper or a loop, or read from the wrong variable, is corrected where the program says it.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property, partial

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
START = "import keras\nfrom keras import layers\n"
DENSE = """\
def dense(n, t):
    h = layers.Dense(n, activation='sigmoid', kernel_initializer='uniform')(t)
    return h
"""
END = "model = keras.Model(ins, layers.Dense(1, kernel_initializer='uniform')(dense(32, joined)))\nmodel.compile('rmsprop', 'mse')\n"
HELPED = f"""{START}a, b, c = ins = [layers.Input((1,)) for _ in range(3)]
{DENSE}left, right = dense(32, a), dense(20, b)
third = dense(8, c)
joined = layers.concatenate([left, right, third])
{END}"""
IN_TURN = f"""{START}ins = [layers.Input((1,)) for _ in range(3)]
{DENSE}ends = []
for i, n in enumerate((32, 20, 8)):
    ends.append(dense(n, ins[i]))
joined = layers.concatenate(ends)
{END}"""
REUSED = HELPED.replace("third = dense(8, c)", "b = dense(8, c)").replace(", third]", ", b]")
AT_ONCE = f"""{START}ins = [layers.Input((1,)) for _ in range(3)]
{DENSE}joined = layers.concatenate([dense(n, t) for n, t in zip((32, 20, 8), ins)])
{END}"""
STACK = """\
def stack(t, n, name):
    h = t
    for _ in range(2):
        h = layers.Dense(n, activation='sigmoid', kernel_initializer='uniform')(h)
    return layers.Dense(1, kernel_initializer='uniform', name=name)(h)
"""
STACKED = f"""{START}{STACK}x = layers.Input((1,))
first = layers.Dense(20, activation='sigmoid', kernel_initializer='uniform')(x)
second = layers.Dense(20, activation='sigmoid', kernel_initializer='uniform')(first)
model = keras.Model(x, [stack(second, 20, 'sine'), stack(second, 30, 'exponential')])
model.compile('rmsprop', ['mse', 'mse'])
"""
OBJECT = f"""{START}class Net:
    def __init__(self):
        self.left, self.right = layers.Input((1,)), layers.Input((1,))
        self.shared = layers.Dense(32, activation='sigmoid', kernel_initializer='uniform')
    def build(self):
        joined = layers.concatenate([self.shared(self.left), self.shared(self.right)])
        h = layers.Dense(32, activation='sigmoid', kernel_initializer='uniform')(joined)
        return keras.Model([self.left, self.right], layers.Dense(1, kernel_initializer='uniform')(h))
model = Net().build()
model.compile('rmsprop', 'mse')
"""


@dataclass(frozen=True)
class Slip:
    """One change to a right program. `kind`: of the difference, or of the check where the reference shows none.

    `step`: all that is to do, where a word of the program is to be corrected.
    """

    kind: str
    old: str
    new: str
    step: str = ""
    assignment: str = "two_inputs"
    right: str = TWO_INPUTS

    @cached_property
    def program(self) -> str:
        assert self.right.count(self.old) == 1
        return self.right.replace(self.old, self.new)


RIGHT = "right = Dense(20, activation='sigmoid', kernel_initializer='uniform')"
TOP = "top = Dense(32, activation='sigmoid', kernel_initializer='uniform')(both)"
OUT = "out = Dense(1, kernel_initializer='uniform')(top)"
BOTH = "both = layers.concatenate([left, right])"
COMPILE = "model.compile('rmsprop', ['mse', 'mse'])"
three, two, sharing = (
    partial(Slip, assignment=name, right=program)
    for name, program in (("three_inputs", HELPED), ("two_outputs", STACKED), ("shared_layer", OBJECT))
)
SLIPS = {
    "a width": Slip("width", "right = Dense(20,", "right = Dense(52,"),
    "an activation": Slip("activation", "20, activation='sigmoid'", "20, activation='relu'"),
    "no initializer": Slip("initializers", RIGHT, "right = Dense(20, activation='sigmoid')"),
    "no bias": Slip("parameter", OUT, OUT.replace("(1, ", "(1, use_bias=False, ")),
    "the shape of an input": Slip("inputs", "b = Input((1,))", "b = Input(shape=(2,))"),
    "another class": Slip("class", TOP, "top = layers.LayerNormalization()(both)"),
    "another order": Slip(
        "order", f"{BOTH}\n{TOP}\n{OUT}",
        f"{TOP.replace('(both)', '(left)')}\n{BOTH.replace('left', 'top')}\n{OUT.replace('(top)', '(both)')}",
    ),
    "another input": Slip("wiring", "kernel_initializer='uniform')(b)", "kernel_initializer='uniform')(a)"),
    "a layer too many": Slip("extra", OUT, "extra = Dense(7)(top)\n" + OUT.replace("(top)", "(extra)")),
    "a layer too few": Slip("missing", TOP, "top = both"),
    "another output": Slip("outputs", "model = Model([a, b], out)", "model = Model([a, b], top)"),
    "two layers in place of one": sharing(
        "sharing", "self.shared(self.right)", "layers.Dense(32, 'sigmoid')(self.right)",
    ),
    "another merge": Slip("merge", BOTH, "both = layers.multiply([left, Dense(32)(right)])"),
    "other settings": two("compiled", COMPILE, "model.compile('adam', ['mse', 'mae'])"),
    "no settings": two("compiled", COMPILE, ""),
    # A variable in place of another.
    "in the call of a helper": three("wiring", "(32, a), dense(20, b)", "(32, b), dense(20, b)",
          "Write `a` in place of the 1st `b` on line 7."),
    "in a helper": three("wiring", "')(t)", "')(a)", "Write `t` in place of `a` on line 5."),
    "one tensor twice": three("wiring", "left, right, third]", "left, right, right]",
          "Write `third` in place of the 2nd `right` on line 9."),
    "one that the line gives another value": three("wiring", "b = dense(8, c)", "b = dense(8, b)",
          "Write `c` in place of the 2nd `b` on line 8.", right=REUSED),
    "in a loop": three("wiring", "ins[i]", "ins[0]", "Write `ins[i]` in place of `ins[0]` on line 9.", right=IN_TURN),
    "in a comprehension": three("wiring", "dense(n, t) for", "dense(n, ins[0]) for",
          "Write `t` in place of `ins[0]` on line 7.", right=AT_ONCE),
    "a loop that does not carry on": two("wiring", "')(h)\n    return", "')(t)\n    return",
          "Write `h` in place of `t` on line 6."),
    "a branch that begins too early": two("wiring", "second, 20", "first, 20",
          "Write `second` in place of `first` on line 11."),
    "what an object holds": sharing("wiring", "self.shared(self.right)", "self.shared(self.left)",
          "Write `self.right` in place of the 2nd `self.left` on line 8."),
    # A value in place of a variable.
    "a number in a helper": three("width", "layers.Dense(n,", "layers.Dense(32,",
          "Write `n` in place of `32` on line 5."),
    "a number in a loop": three("width", "dense(n, t) for", "dense(20, t) for",
          "Write `n` in place of the 1st `20` on line 7.", right=AT_ONCE),
}  # fmt: skip


@pytest.mark.parametrize("name", SLIPS)
def test_whoever_follows_the_steps_has_full_marks(name: str, graded: Graded) -> None:
    slip = SLIPS[name]
    grade = graded(slip.assignment, slip.program)
    kinds = {difference.kind for result in grade.results for difference in result.differences}
    assert slip.kind in kinds | {result.check.kind for result in grade.results if result.status is Status.FAILED}, kinds
    assert grade.leads_to_full_marks, [result.hint for result in grade.results]
    if slip.step:
        assert {result.hint for result in grade.results} - {""} == {slip.step}


def test_every_kind_of_difference_is_provoked() -> None:
    assert KINDS_OF_CHANGE.keys() <= {slip.kind for slip in SLIPS.values()}


BESIDE = {  # a change of the network beside one that is in a helper
    "outputs in another order": ("two_outputs", STACKED, (("'sigmoid', kernel_initializer='uniform')(h)", "'relu', kernel_initializer='uniform')(h)"),
                                 ("Model(x, [stack(second, 20, 'sine'), stack(second, 30, 'exponential')])",
                                  "Model(x, [stack(second, 30, 'exponential'), stack(second, 20, 'sine')])"))),
    "a layer too many": ("three_inputs", HELPED, (("'sigmoid'", "'relu'"), ("joined = layers.concatenate([left, right, third])", "joined = layers.Dense(7)(layers.concatenate([left, right, third]))"))),
    "a layer that is missing": ("three_inputs", IN_TURN, (("'uniform')(t)", "'normal')(t)"), ("dense(32, joined)", "joined"))),
}  # fmt: skip


@pytest.mark.parametrize("name", BESIDE)
def test_a_helper_is_corrected_where_something_else_is_written_anew(name: str, graded: Graded) -> None:
    assignment, program, slips = BESIDE[name]
    for right, wrong in slips:
        assert right in program
        program = program.replace(right, wrong)
    grade = graded(assignment, program)
    told = [step for result in grade.results for step in result.hint.split("\n") if step.startswith("Write")]
    assert any(" in place of `" in step for step in told), told
    assert grade.leads_to_full_marks, told


@pytest.mark.usefixtures("untried")
def test_what_serves_another_network_too_is_not_changed_for_one(graded: Graded) -> None:
    """As "in a helper", where it serves one."""
    text = HELPED.replace("')(t)", "')(a)") + "other = keras.Model(ins, dense(4, a))\n"
    hints = {result.hint for result in graded("three_inputs", text).results}
    assert "Write `t` in place of `a` on line 5." not in hints


TWICE = f"""{START}{STACK}def network():
    x = layers.Input((1,))
    first = layers.Dense(20, activation='sigmoid', kernel_initializer='uniform')(x)
    second = layers.Dense(20, activation='sigmoid', kernel_initializer='uniform')(first)
    return keras.Model(x, [stack(first, 20, 'sine'), stack(second, 30, 'exponential')])
two_outputs = network()
two_outputs.compile('rmsprop', ['mse', 'mse'])
weighted_losses = network()
weighted_losses.compile('rmsprop', ['mse', 'mse'])
"""
FINISHED = f"""{START}{DENSE}def finish(ins, ends):
    h = dense(32, layers.concatenate(ends))
    return keras.Model(ins, layers.Dense(1, kernel_initializer='uniform')(h))
a, b = layers.Input((1,)), layers.Input((1,))
two_inputs = finish([a, b], [dense(32, a), dense(20, b)])
two_inputs.compile('rmsprop', 'mse')
c, d = layers.Input((1,)), layers.Input((1,))
shared_layer = finish([c, d], [dense(32, c), dense(32, d)])
shared_layer.compile('rmsprop', 'mse')
"""


@pytest.mark.parametrize(
    ("assignment", "program"),
    [("shared_layer", FINISHED), ("two_outputs", TWICE)],
    ids=["others", "the same"],
)
def test_of_a_function_that_builds_several_networks_the_call_gives_way(
    assignment: str, program: str, graded: Graded
) -> None:
    """What is written in it may be right for one and wrong for the other."""
    grade = graded(assignment, program)
    (hint,) = {result.hint for result in grade.results} - {""}
    assert hint.startswith("Write these lines in place of line 13, indented like it:\n")
    assert f"    {assignment} = keras.Model(" in hint
    assert grade.leads_to_full_marks
