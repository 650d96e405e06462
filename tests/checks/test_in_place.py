"""What is wrong in a helper or a loop, or read from the wrong variable, is corrected where the program says it."""

from __future__ import annotations

import pytest

from tests.checks.conftest import Graded

pytestmark = pytest.mark.long

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
STACKED = f"""{START}x = layers.Input((1,))
def stack(t, n, name):
    h = t
    for _ in range(2):
        h = layers.Dense(n, activation='sigmoid', kernel_initializer='uniform')(h)
    return layers.Dense(1, kernel_initializer='uniform', name=name)(h)
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
SLIPS = {  # of an exercise, a right program, what it has, what a student writes there, and the step
    "in the call of a helper": ("three_inputs", HELPED, "(8, c)", "(8, b)", "Write `c` in place of `b` on line 8."),
    "in the call of a helper that is called on the same line": ("three_inputs", HELPED, "(32, a), dense(20, b)", "(32, b), dense(20, b)", "Write `a` in place of the 1st `b` on line 7."),
    "in a helper": ("three_inputs", HELPED, "')(t)", "')(a)", "Write `t` in place of `a` on line 5."),
    "one tensor twice": ("three_inputs", HELPED, "left, right, third]", "left, right, right]", "Write `third` in place of the 2nd `right` on line 9."),
    "one that the line gives another value": ("three_inputs", REUSED, "b = dense(8, c)", "b = dense(8, b)", "Write `c` in place of the 2nd `b` on line 8."),
    "in a loop": ("three_inputs", IN_TURN, "ins[i]", "ins[0]", "Write `ins[i]` in place of `ins[0]` on line 9."),
    "in a comprehension": ("three_inputs", AT_ONCE, "dense(n, t) for", "dense(n, ins[0]) for", "Write `t` in place of `ins[0]` on line 7."),
    "a loop that does not carry on": ("two_outputs", STACKED, "')(h)\n    return", "')(t)\n    return", "Write `h` in place of `t` on line 7."),
    "a branch that begins too early": ("two_outputs", STACKED, "stack(second, 30", "stack(first, 30", "Write `second` in place of `first` on line 11."),
    "the other branch that begins too early": ("two_outputs", STACKED, "second, 20", "first, 20", "Write `second` in place of `first` on line 11."),
    "what an object holds": ("shared_layer", OBJECT, "self.shared(self.right)", "self.shared(self.left)", "Write `self.right` in place of the 2nd `self.left` on line 8."),
}  # fmt: skip


VARYING = {  # the same for values
    "a number in a helper": ("three_inputs", HELPED, "layers.Dense(n,", "layers.Dense(32,", "Write `n` in place of `32` on line 5."),
    "a number in a loop": ("three_inputs", AT_ONCE, "dense(n, t) for", "dense(20, t) for", "Write `n` in place of the 1st `20` on line 7."),
}  # fmt: skip
SLIPS |= VARYING
BESIDE = {  # and a change of the network beside one that is in a helper
    "outputs in another order": ("two_outputs", STACKED, (("'sigmoid', kernel_initializer='uniform')(h)", "'relu', kernel_initializer='uniform')(h)"),
                                 ("Model(x, [stack(second, 20, 'sine'), stack(second, 30, 'exponential')])",
                                  "Model(x, [stack(second, 30, 'exponential'), stack(second, 20, 'sine')])"))),
    "a layer too many": ("three_inputs", HELPED, (("'sigmoid'", "'relu'"), ("joined = layers.concatenate([left, right, third])", "joined = layers.Dense(7)(layers.concatenate([left, right, third]))"))),
    "a layer that is missing": ("three_inputs", IN_TURN, (("'uniform')(t)", "'normal')(t)"), ("dense(32, joined)", "joined"))),
}  # fmt: skip


@pytest.mark.parametrize("name", SLIPS)
def test_one_variable_in_place_of_another_is_the_step(name: str, graded: Graded) -> None:
    assignment, program, right, wrong, step = SLIPS[name]
    assert program.count(right) == 1
    grade = graded(assignment, program.replace(right, wrong))
    assert {result.hint for result in grade.results} - {""} == {step}
    assert grade.leads_to_full_marks


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


TWICE = STACKED.replace("x = layers.Input((1,))\n", "").replace(
    "first = ", "def network():\n    x = layers.Input((1,))\n    first = "
)
TWICE = (
    TWICE.replace("\nsecond = ", "\n    second = ")
    .replace("\nmodel = ", "\n    return ")
    .replace(
        "\nmodel.compile",
        """
two_outputs = network()
two_outputs.compile('rmsprop', ['mse', 'mse'])
weighted_losses = network()
weighted_losses.compile""",
    )
)
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
    ("assignment", "program", "line"),
    [("shared_layer", FINISHED, 13), ("two_outputs", TWICE.replace("second, 20", "first, 20"), 13)],
    ids=["others", "the same"],
)
def test_of_a_function_that_builds_several_networks_the_call_gives_way(
    assignment: str, program: str, line: int, graded: Graded
) -> None:
    """What is written in it may be right for one and wrong for the other."""
    grade = graded(assignment, program)
    (hint,) = {result.hint for result in grade.results} - {""}
    assert hint.startswith(f"Write these lines in place of line {line}, indented like it:\n")
    assert f"    {assignment} = keras.Model(" in hint
    assert grade.leads_to_full_marks
