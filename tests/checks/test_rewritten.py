"""The expected network, written into a program as the steps say: full marks, however the program is written."""

from __future__ import annotations

from typing import Any

import pytest

from benchmarks.slips import as_told
from grader.checks import run_checks
from grader.domain import Status
from tests.checks.conftest import Graded
from tests.checks.students import evidence

pytestmark = pytest.mark.long

START = """\
import numpy as np
import keras
from keras import layers
x1 = np.linspace(0, 1, 40)
x2, y = x1, np.sin(x1)
"""
COMPILED = "model.compile('rmsprop', 'mse')\n"
TOP = """\
h = layers.Dense(32, activation='sigmoid', kernel_initializer='uniform')(layers.concatenate(ends))
out = layers.Dense(1, kernel_initializer='uniform')(h)
"""
INS = "a, b = layers.Input((1,)), layers.Input((1,))\n"
END = f"{TOP}model = keras.Model([a, b], out)\n{COMPILED}"
DENSE = "def dense(n, t):\n    return layers.Dense(n, activation='sigmoid', kernel_initializer='uniform')(t)\n"
FORK = f"""{START}e = np.exp(x1)
{DENSE}x = layers.Input((1,))
t = dense(20, dense(20, x))
a = layers.Dense(1, kernel_initializer='uniform')(dense(20, dense(20, t)))
b = layers.Dense(1, kernel_initializer='uniform')(dense(30, dense(30, t)))
"""
PROGRAMS = {  # of an exercise each
    "a class that is not imported": ("two_inputs", """\
from keras import Model
from keras.layers import Dense, Input
a, b = Input((1,)), Input((1,))
left = Dense(32, activation='sigmoid', kernel_initializer='uniform')(a)
right = Dense(20, activation='sigmoid', kernel_initializer='uniform')(b)
h = Dense(32, activation='sigmoid', kernel_initializer='uniform')(left)
model = Model([a, b], Dense(1, kernel_initializer='uniform')(h))
model.compile('rmsprop', 'mse')
"""),
    "a loop that is one pass short": ("three_inputs", f"""{START}ins = [layers.Input((1,)) for _ in range(3)]
options = dict(activation='sigmoid', kernel_initializer='uniform')
ends = [layers.Dense(n, **options)(t) for n, t in zip([32, 20], ins)]
{TOP}model = keras.Model(ins, out)
model.compile('rmsprop', 'mse')
"""),
    "a loop that makes an input in each pass": ("branching_network", f"""{START}options = dict(activation='sigmoid', kernel_initializer='uniform')
ins, ends = [], []
for sizes in ((32, 16), (20,)):
    a = layers.Input((1,))
    ins.append(a)
    h = layers.Dense(16, **options)(a)
    for n in sizes:
        h = layers.Dense(n, **options)(h)
    ends.append(h)
{TOP}model = keras.Model(ins, out)
model.compile('rmsprop', 'mse')
"""),
    "branches in a dict, joined before the last is there": ("three_inputs", f"""{START}ins = {{n: layers.Input((1,)) for n in 'abc'}}
parts = {{}}
parts['a'] = layers.Dense(32, activation='sigmoid', kernel_initializer='uniform')(ins['a'])
parts['b'] = layers.Dense(20, activation='sigmoid', kernel_initializer='uniform')(ins['a'])
ends = [*parts.values()]
parts['c'] = layers.Dense(8, activation='sigmoid', kernel_initializer='uniform')(ins['c'])
{TOP}model = keras.Model([ins['a'], ins['b'], ins['c']], out)
model.compile('rmsprop', 'mse')
"""),
    "a model that is left in its function": ("one_input", f"""{START}{DENSE}def build():
    t = x = layers.Input((1,))
    for n in (32, 32):
        t = dense(n, t)
    model = keras.Model(x, layers.Dense(1, kernel_initializer='uniform')(t))
    model.compile('rmsprop', 'mse')

build()
model.fit(x1, y, verbose=0)
"""),
    "a graph in a dict": ("branching_network", f"""{START}GRAPH = {{'start': (16, 'x'), 'long': (32, 'start'), 'long2': (16, 'long'), 'short': (20, 'x')}}
def build():
    t = {{'x': layers.Input((1,))}}
    for name, (units, parent) in GRAPH.items():
        t[name] = layers.Dense(units, activation='sigmoid', kernel_initializer='uniform')(t[parent])
    # joined
    t['join'] = layers.Concatenate()([t['long2'], t['short']])
    t['h'] = layers.Dense(32, kernel_initializer='uniform')(t['join'])
    model = keras.Model(t['x'], layers.Dense(1, kernel_initializer='uniform')(t['h']))
    model.compile('rmsprop', 'mse')
    return model
model = build()
"""),
    "an object that makes its trunk for each branch": ("two_outputs", f"""{START}class Net:
    def __init__(self):
        self.x = layers.Input((1,))
    def dense(self, n, t):
        return layers.Dense(n, activation='sigmoid', kernel_initializer='uniform')(t)
    def branch(self, n):
        t = self.dense(20, self.dense(20, self.x))
        return layers.Dense(1, kernel_initializer='uniform')(self.dense(n, self.dense(n, t)))
    def build(self):
        sine = self.branch(20)
        exponential = self.branch(30)
        return keras.Model(self.x, [sine, exponential])

def build_two_outputs():
    model = Net().build()
    model.compile('rmsprop', ['mse', 'mse'])
    return model
"""),
    "a helper that makes the shared layer anew": ("shared_layer", f"""{START}ins = [layers.Input((1,)), layers.Input((1,))]
def shared(t):
    return layers.Dense(32, activation='sigmoid', kernel_initializer='uniform')(t)
left, right = map(shared, ins)
ends = [left, right]
{TOP}model = keras.Model(ins, out)
model.compile('rmsprop', 'mse')
"""),
    "a helper that is given what the network is of": ("two_inputs", f"""{START}{DENSE}
def finish(ins, outs, x, y, loss='mse', **more):
    model = keras.Model(ins, outs)
    model.compile('rmsprop', loss, **more)
    model.fit(x, y, verbose=0)
    return model

{INS}h = dense(32, layers.concatenate([dense(32, a), dense(20, a)]))
two_inputs = finish([a, b], layers.Dense(1, kernel_initializer='uniform')(h), [x1, x2], y)
"""),
    "settings that are handed to a helper": ("weighted_losses", f"""{FORK}
def finish(model, data, loss, optimizer='adam', **more):
    model.compile(optimizer, loss, **more)
    model.fit(x1, data, verbose=0)
    return model

model = finish(keras.Model(x, [a, b]), [y, e], ['mse', 'mse'])
"""),
    "a shared layer for inputs that are joined": ("shared_layer", f"""{START}{INS}shared = layers.Dense(32, activation='sigmoid', kernel_initializer='uniform')
ends = shared(layers.concatenate([a, b]))
h = layers.Dense(32, activation='sigmoid', kernel_initializer='uniform')(ends)
model = keras.Model([a, b], layers.Dense(1, kernel_initializer='uniform')(h))
model.compile('rmsprop', 'mse')
"""),
    "an activation of its own, and a layer too many": ("one_input", f"""{START}x = layers.Input((1,))
h = layers.Dense(32, kernel_initializer='uniform')(x)
h = layers.Activation('relu')(h)
h = layers.Dropout(0.5)(h)
h = layers.Dense(32, activation='sigmoid', kernel_initializer='uniform')(h)
model = keras.Model(x, layers.Dense(1, kernel_initializer='uniform')(h))
model.compile('rmsprop', 'mse')
"""),
    "a result in place of an input": ("one_input", f"""{START}x = layers.Input((1,))
x = layers.Dense(32, activation='sigmoid', kernel_initializer='uniform')(x)
h = layers.Dense(32, activation='sigmoid', kernel_initializer='uniform')(x)
model = keras.Model(x, layers.Dense(1, kernel_initializer='uniform')(h))
model.compile('rmsprop', 'mse')
"""),
    "an array for one of two outputs": ("two_outputs", f"{FORK}model = keras.Model(x, b)\nmodel.compile('rmsprop', 'mse')\nmodel.fit(x1, e, verbose=0)\n"),
    "outputs and a compile that are exchanged": ("weighted_losses", f"{FORK}model = keras.Model(x, [b, a])\nmodel.compile('adam', ['mae', 'mse'], loss_weights=[0.9, 0.1])\n"),
    "variables as keys": ("weighted_losses", f"""{START}{DENSE}x = layers.Input((1,))
t = dense(20, dense(20, x))
wave = layers.Dense(1, kernel_initializer='uniform')(dense(20, dense(20, t)))
growth = layers.Dense(1, kernel_initializer='uniform')(dense(30, dense(30, t)))
model = keras.Model(x, [wave, growth])
model.compile('rmsprop', {{'growth': 'mae', 'wave': 'mse'}}, loss_weights={{'growth': 0.9, 'wave': 0.1}})
model.fit(x1, {{'wave': y, 'growth': y}}, verbose=0)
"""),
}  # fmt: skip
STOPPED = {  # by an error, all of `two_inputs`
    "inputs in a row for a helper that takes them as one": f"""{START}{INS}{DENSE}def finish(ins, out, data, verbose=0):
    model = keras.Model(ins, out)
    {COMPILED}    model.fit(data, y, verbose=verbose)
    return model
h = dense(32, layers.concatenate([dense(32, a), dense(20, b)]))
model = finish(a, b, layers.Dense(1, kernel_initializer='uniform')(h), [x1, x2])
""",
    "a tensor of a function that is given its inputs": f"""{START}def build(a, b):
    ends = [layers.Dense(n, activation='sigmoid', kernel_initializer='uniform')(t) for n, t in ((32, a), (20, b))]
    h = layers.Dense(32, activation='sigmoid', kernel_initializer='uniform')(layers.concatenate(ends))
    return layers.Dense(1, kernel_initializer='uniform')(h)
model = build(layers.Input((1,)), layers.Input((1,)))
{COMPILED}""",
    "comments of another language": f"""% exercise two_inputs
{START}{INS}% network
ends = [layers.Dense(n, activation='sigmoid', kernel_initializer='uniform')(t) for n, t in ((32, a), (20, b))]
{END}""",
    "inputs under names that are near to others": f"""{START}in_left, in_right = layers.Input((1,)), layers.Input((1,))
left = layers.Dense(32, activation='sigmoid', kernel_initializer='uniform')(in_left)
right = layers.Dense(20, activation='sigmoid', kernel_initializer='uniform')(in_right)
ends, Input = [left, right], layers.Input
{TOP}model = keras.Model([input_left, x0_right], out)
{COMPILED}""",
    "one layer called on two tensors at once": f"""{START}{INS}branch = layers.Dense(32, activation='sigmoid', kernel_initializer='uniform')
left, right = branch(a, b)
ends = [left, right]
{END}""",
    "data for the shape of an input": f"""{START}a, b = layers.Input(shape=x1), layers.Input((1,))
ends = [layers.Dense(n, activation='sigmoid', kernel_initializer='uniform')(t) for n, t in ((32, a), (20, b))]
{END}""",
    "data in place of inputs": f"""{START}a, b = x1, x2
ends = [layers.Dense(n, activation='sigmoid', kernel_initializer='uniform')(t.reshape(-1, 1)) for n, t in ((32, a), (20, b))]
{END}""",
    "names that nothing gives a value": f"""{START}{INS}ends = []
ends += layers.Dense(32, activation='sigmoid', kernel_initializer='uniform')(a)
ends += layers.Dense(20, activation='sigmoid', kernel_initializer='uniform')(b)
{END}""",
    "one name for two inputs, and for two layers": f"""{START}a, b = layers.Input((1,), name='x'), layers.Input((1,), name='x')
def side(t, n):
    return layers.Dense(n, activation='sigmoid', kernel_initializer='uniform', name='side')(t)
ends = [side(a, 32), side(b, 20)]
{END}""",
    "layers that are joined before there is a tensor": f"""{START}left = layers.Dense(32, activation='sigmoid', kernel_initializer='uniform')
right = layers.Dense(20, activation='sigmoid', kernel_initializer='uniform')
join = layers.concatenate([left, right])
a, b = layers.Input((1,)), layers.Input((1,))
ends = [join([a, b])]
h = layers.Dense(32, activation='sigmoid', kernel_initializer='uniform')(ends[0])
model = keras.Model([a, b], layers.Dense(1, kernel_initializer='uniform')(h))
{COMPILED}""",
    "layers that a function joins before there is a tensor": f"""{START}def build():
    ends = [layers.Dense(n, activation='sigmoid', kernel_initializer='uniform') for n in (32, 20)]
    joined = layers.concatenate(ends)
    ins = []
    for end in ends:
        ins.append(layers.Input((1,)))
        end(ins[-1])
    h = layers.Dense(32, activation='sigmoid', kernel_initializer='uniform')(joined)
    return keras.Model(ins, layers.Dense(1, kernel_initializer='uniform')(h))
model = build()
{COMPILED}""",
    "models in place of tensors": f"""{START}sides = []
for n in (32, 20):
    dense = layers.Dense(n, activation='sigmoid', kernel_initializer='uniform')
    sides.append(keras.Sequential([layers.Input((1,)), dense]))
ends = sides
{TOP}model = keras.Model([side.inputs[0] for side in sides], out)
{COMPILED}""",
}  # fmt: skip


OPEN = f"""{START}def build():
    x = layers.Input((1,))
    a = layers.Dense(40, activation='tanh')(x)
    b = layers.Dense(30, activation='tanh')(x)
    sine, exponential = layers.Dense(1), layers.Dense(1)
    sine(layers.Dense(40, activation='tanh')(a))
    exponential(layers.Dense(30, activation='tanh')(b))
    return CALL
model = build()
model.compile('rmsprop', ['mse', 'mse'])
"""
CALLS = (
    "keras.Model(x, [keras.Model(x, sine.output), keras.Model(x, exponential.output)])",
    "keras.Model(x, list({'a': sine, 'b': exponential}.values()))",
    "keras.Model(x, sine.output, exponential.output)",
)


BY_HAND = {
    "settings that are handed to a helper",
    "a class that is not imported",
    "variables as keys",
    "data in place of inputs",
}


@pytest.mark.parametrize("name", [*PROGRAMS, *STOPPED])
def test_whoever_writes_it_has_full_marks(name: str, graded: Graded) -> None:
    """The grader has tried it; some programs are corrected and graded once more, as a student does it."""
    assignment, text = PROGRAMS[name] if name in PROGRAMS else ("two_inputs", STOPPED[name])
    grade = graded(assignment, text)
    assert grade.score < grade.max_score
    assert (grade.match.model is None) == (name in STOPPED)
    assert grade.leads_to_full_marks, [result.hint for result in grade.results]
    program = as_told(text, grade)
    assert len(program.splitlines()) < len(text.splitlines()) + 8
    if name in BY_HAND:
        after = graded(assignment, program)
        assert after.score == after.max_score, (program, [result.message for result in after.results])


@pytest.mark.usefixtures("untried")
def test_nothing_is_tried_where_grading_takes_long(graded: Graded) -> None:
    """A process that grades has a limit, and no grade is lost for a hint; tried, this one leads to full marks."""
    grade = graded(*PROGRAMS["a loop that is one pass short"])
    assert not grade.leads_to_full_marks
    assert "Write these lines in place of " in "".join(result.hint for result in grade.results)


def built(program: str) -> Any:
    """The model of a program, run in this process."""
    exec(compile(program, "program", "exec"), namespace := {"__name__": "__main__"})
    return namespace["model"]


@pytest.mark.parametrize("call", CALLS)
def test_where_no_network_is_expected_the_lines_build_the_programs_own(call: str, graded: Graded) -> None:
    text = OPEN.replace("CALL", call)
    grade = graded("better_two_outputs", text)
    assert grade.match.model is None
    assert len(built(as_told(text, grade)).layers) == 7


def test_what_nobody_can_know_is_not_written(graded: Graded) -> None:
    text = OPEN.replace("CALL", CALLS[-1]).replace("layers.Dense(40, activation='tanh')(x)", "layers.Dense('many')(x)")
    grade = graded("better_two_outputs", text)
    assert not any("gap" in f"{result.message} {result.hint}".lower() for result in grade.results)
    assert grade.results[0].steps[0].is_vague


BEGUN = f"{START}x = layers.Input((1,))\nh = layers.Dense(40, activation='tanh')(x)\n"
OTHER_ENDS = {
    "outputs that are joined": "a, b = layers.Dense(1)(h), layers.Dense(1)(h)\nmodel = keras.Model(x, layers.concatenate([a, b]))",
    "another output that is built": "a, b = layers.Dense(1)(h), layers.Dense(1)(h)\nlayers.Dense(8)(x)\nmodel = keras.Model(x, [a, a])",
    "widths": "a, b = layers.Dense(2)(h), layers.Dense(3, activation='relu')(h)\nmodel = keras.Model(x, [a, b])",
    "outputs that are always 1": "model = keras.Model(x, [layers.Dense(1, activation='softmax')(h), layers.Dense(1, activation='softmax')(x)])",
    "a hidden layer in place of an output that is built": "a, b = layers.Dense(1)(h), layers.Dense(1)(h)\nmodel = keras.Model(x, [h, b])",
    "one layer of two units": "head = layers.Dense(2)\nmodel = keras.Model(x, [head(h), head(layers.Dense(40)(x))])",
    "the input as an output": "model = keras.Model(x, [x, h])",
    "three outputs": "model = keras.Model(x, [layers.Dense(1)(h), layers.Dense(1)(h), h])",
    "a dict": "model = keras.Model(x, {'sine': layers.Dense(1)(h), 'exponential': layers.Dense(2)(h)})",
    "three outputs with names": "model = keras.Model(x, [layers.Dense(1, name=n)(h) for n in ('helper', 'sin', 'exp')])",
}  # fmt: skip


@pytest.mark.usefixtures("untried")
@pytest.mark.parametrize("name", OTHER_ENDS)
def test_where_no_network_is_expected_the_programs_own_is_given_the_ends_that_are(name: str, graded: Graded) -> None:
    text = f"{BEGUN}{OTHER_ENDS[name]}\nmodel.compile('rmsprop', 'mse')\n"
    program = as_told(text, graded("better_two_outputs", text))
    results = run_checks(evidence(built(program), assignment="better_two_outputs"))
    ends = {result.check.kind: result.status for result in results}
    assert (ends["inputs"], ends["heads"]) == (Status.PASSED, Status.PASSED), program


DESIGN = """x = layers.Input((1,))
a = layers.Dense(8, activation='tanh')(x)
b = layers.Dense(8, activation='tanh')(x)
end = layers.Dense(1, name='exponential')(a)
sine = layers.Dense(1, name='sine')(b)
model = keras.Model(x, [sine, end])
"""
WEAK = {
    "an end that squeezes": ("1, name='exponential'", "1, activation='tanh', name='exponential'", "end = layers.Dense(1, name='exponential')(net1)"),
    "layers that draw a line": ("8, activation='tanh'", "8", "a = layers.Dense(8, activation='tanh')(x)"),
    "the order that the names tell": ("[sine, end]", "[end, sine]", "model = keras.Model(inputs=x, outputs=[sine, end])"),
    "a loop that never chains": (" layers.Dense(8, activation='tanh')(x)\nend", " x\nend", "sine = layers.Dense(1, name='sine')(net3)"),
    "an end behind another": ("'sine')(b)", "'sine')(end)", "sine = layers.Dense(1, name='sine')(net2)"),
}  # fmt: skip


@pytest.mark.parametrize(("right", "wrong", "line"), WEAK.values(), ids=WEAK)
def test_what_keeps_a_network_of_ones_own_from_learning_is_written(
    right: str, wrong: str, line: str, trained: Graded
) -> None:
    text = f"{START}{DESIGN.replace(right, wrong)}model.compile('rmsprop', ['mse', 'mse'])\n"
    assert line in as_told(text, trained("better_two_outputs", text)).splitlines()


def test_a_call_of_compile_is_corrected_where_an_error_kept_the_network_from_being_built(graded: Graded) -> None:
    text = f"""{START}x = layers.Input((1,))
def end(t, n):
    t = layers.Dense(n, activation='sigmoid', kernel_initializer='uniform')(t)
    return layers.Dense(1, kernel_initializer='uniform', name='end')(t)
model = keras.Model(x, [end(x, 20), end(x, 30)])
model.compile('adam', ['mae'])
"""
    hints = "\n".join(result.hint for result in graded("weighted_losses", text).results)
    for step in ("`loss_weights=[0.1, 0.9]` in the call of `compile`", "`'rmsprop'` in place of `'adam'`"):
        assert step in hints


SUBCLASS = """import keras
class Net(keras.Model):
    def __init__(self):
        super().__init__()
        self.end = keras.layers.Dense(1)
    def call(self, x):
        return self.end(x)
def build():
    x = keras.Input((1,))
    model = Net()
    model(x)
    model.compile('rmsprop', 'mse')
    return model
model = build()
"""


@pytest.mark.parametrize("assignment", ["one_input", "better_two_outputs"])
def test_in_place_of_a_class_the_network_is_written(assignment: str, graded: Graded) -> None:
    text = SUBCLASS.replace("'mse'", "['mse', 'mse']") if assignment == "better_two_outputs" else SUBCLASS
    grade = graded(assignment, text)
    assert any("in place of line 10" in result.hint for result in grade.results)
    assert grade.leads_to_full_marks


TABLES = {  # what is told to write in place of a table
    "an input of one column": ("one_input", "", "`table[:, :1]` in place of `table`"),
    "an input for each column": ("two_inputs", "", "`[table[:, 0], table[:, 1]]` in place of `table`"),
    "an output for each column": ("better_two_outputs", "layers.Dense(2)", "`[both[:, 0], both[:, 1]]` in place of `both`"),
}  # fmt: skip


@pytest.mark.parametrize(("assignment", "end", "told"), TABLES.values(), ids=TABLES)
def test_what_fit_needs_once_the_ends_have_changed_is_told_too(
    assignment: str, end: str, told: str, graded: Graded
) -> None:
    text = f"""{START}table = np.c_[x1, x1]
both = np.c_[y, np.exp(x1)]
x = layers.Input((2,))
t = layers.Dense(32, activation='sigmoid', kernel_initializer='uniform')(x)
t = layers.Dense(32, activation='sigmoid', kernel_initializer='uniform')(t)
model = keras.Model(x, {end or "layers.Dense(1, kernel_initializer='uniform')"}(t))
model.compile('rmsprop', 'mse')
model.fit(table, {"both" if end else "y"}, verbose=0)
"""
    steps = [result.hint for result in graded(assignment, text).results]
    assert any(f"rite {told} on line 13." in step for step in steps), steps


CHAIN = (
    "keras.Sequential([layers.Input((1,)), layers.Dense(32, 'sigmoid', kernel_initializer='uniform'), layers.Dense(1)])"
)
HELPER = f"def build(units=32):\n    return {CHAIN}\ndef build_one_input():\n    return build()\n".replace(
    "32,", "units,"
)
TAKEN = """from keras import Sequential
from keras.layers import Dense, Input
layers = [32, 32]
model = Sequential()
model.add(Input((1,)))
for n in layers:
    model.add(Dense(n, activation='sigmoid', kernel_initializer='uniform'))
model.add(Dense(1, kernel_initializer='uniform'))
model.compile('rmsprop', 'mse')
"""


def test_lines_need_no_name_that_is_taken(graded: Graded) -> None:
    grade = graded("one_input", TAKEN)
    assert grade.leads_to_full_marks
    assert "Write `import keras` at the top." in "\n".join(result.hint for result in grade.results)


CHAINS = {
    "returned": (f"def build_one_input():\n    return {CHAIN}\n", 7),
    "in an object": (f"class Net:\n    def build(self):\n        self.net = {CHAIN}\n        return self.net\n"
                     "def build_one_input():\n    return Net().build()\nNet().build()\n", 8),
    "by a helper, for another use of the same": (f"{HELPER}print(build())\n", 7),
    "by a helper, for another network": (f"{HELPER}other = build(20)\n", 9),
}  # fmt: skip


@pytest.mark.parametrize(("text", "line"), CHAINS.values(), ids=CHAINS)
def test_the_lines_of_a_chain_are_replaced_or_the_call_that_they_serve_alone(
    text: str, line: int, graded: Graded
) -> None:
    compiled = "model = build_one_input()\nmodel.compile('rmsprop', 'mse')\n"
    grade = graded("one_input", START + text + compiled)
    assert grade.leads_to_full_marks
    assert all(f"in place of line {line}," in result.hint for result in grade.results if result.hint)


@pytest.mark.usefixtures("untried")
@pytest.mark.parametrize(("names", "is_order"), [(("sine", "exponential"), False), (("first", "second"), True)])
def test_outputs_whose_names_tell_their_order_are_not_exchanged(
    names: tuple[str, str], is_order: bool, graded: Graded
) -> None:
    text = FORK.replace("\na = ", f"\n{names[1]} = ").replace("\nb = ", f"\n{names[0]} = ")
    text += f"model = keras.Model(x, [{', '.join(names)}])\nmodel.compile('rmsprop', ['mse', 'mse'])\n"
    results = graded("two_outputs", text).results
    (message,) = (result.message for result in results if result.status is Status.FAILED)
    assert ("The outputs are in the wrong order" in message) is is_order
    assert ("expected 20 units, found 30" in message) is not is_order


def test_whoever_exchanges_the_outputs_exchanges_the_targets_too(graded: Graded) -> None:
    """In the program as it is, each output learns its own curve."""
    text = FORK.replace("\na = ", "\nfirst = ").replace("\nb = ", "\nsecond = ")
    text += "model = keras.Model(x, [second, first])\nmodel.compile('rmsprop', ['mse', 'mse'])\nwave, both = np.sin(6.283 * x1), 1\n"
    text += "model.fit(x1, [np.exp(x1), wave], validation_data=(x1, (np.exp(x1), wave)), verbose=0)\n"
    grade = graded("two_outputs", text)
    ((step, checks),) = ((step, by) for step, by in grade.next_steps.items() if "the targets in the order" in step.text)
    assert not checks
    assert step.text.endswith(
        "Write `[wave, np.exp(x1)]` in place of `[np.exp(x1), wave]`, "
        "and `[wave, np.exp(x1)]` in place of `(np.exp(x1), wave)` on line 16."
    )
    assert grade.leads_to_full_marks


TOLD = {  # of an exercise, a program, and words of its page
    "the expected network, in place of a model that cannot be read": (
        "two_inputs", "import keras\nmodel = keras.Sequential([keras.layers.Concatenate(), keras.layers.Dense(1)])\n",
        "    model = keras.Model(inputs=[net0, net1], outputs=net6)",
    ),
    "no chain any more, where it is given another end": (
        "better_two_outputs", "import keras\nmodel = keras.Sequential([keras.Input((1,)), keras.layers.Dense(2)])\n",
        "    model = keras.Model(inputs=net0, outputs=[net1, net2])",
    ),
    "a width that the student may choose": ("three_inputs", f"""{START}{DENSE}a, b, c = layers.Input((1,)), layers.Input((1,)), layers.Input((1,))
ends = [dense(32, a), dense(20, b), dense(8, layers.add([a, b]))]
{TOP}model = keras.Model([a, b, c], out)
""", "layers.Dense(8,"),
    "of layers that are alike the copy": ("three_inputs", f"""{START}{DENSE}a, b, c = layers.Input((1,)), layers.Input((1,)), layers.Input((1,))
left, middle = dense(32, a), dense(20, b)
right = dense(20, b)
h = dense(32, layers.concatenate([left, middle, right]))
model = keras.Model([a, b, c], layers.Dense(1, kernel_initializer='uniform')(h))
""", "`right` (called on line 10) reads `b`; expected `c`"),
}  # fmt: skip


@pytest.mark.usefixtures("untried")
@pytest.mark.parametrize(("assignment", "text", "words"), TOLD.values(), ids=TOLD)
def test_what_a_page_says_of_a_network(assignment: str, text: str, words: str, graded: Graded) -> None:
    told = [f"{result.message}\n{result.hint}" for result in graded(assignment, text).results]
    assert any(words in part for part in told), told
