"""The expected network, written into a program as the steps say: full marks, however the program is written."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.slips import as_told
from grader.assignments.course import load_course
from grader.domain import Grade
from grader.pipeline import grade_submission
from grader.runs.options import RunOptions
from grader.runs.workers import Worker
from grader.submissions import discover
from tests.conftest import Processes

START = """\
import numpy as np
import keras
from keras import layers
x1 = np.linspace(0, 1, 40)
x2, y = x1, np.sin(x1)
"""
COMPILED = "model.compile('rmsprop', 'mse')\nmodel.fit([x1, x2], y, epochs=1, verbose=0)\n"
BRANCH = "    return layers.Dense(n, activation='sigmoid', kernel_initializer='uniform')(t)\n"
TOP = """\
h = layers.Dense(32, activation='sigmoid', kernel_initializer='uniform')(layers.concatenate(ends))
out = layers.Dense(1, kernel_initializer='uniform')(h)
"""
PROGRAMS = {
    "a loop": f"""{START}ins, ends = [layers.Input((1,)), layers.Input((1,))], []
for t in ins:
    ends.append(layers.Dense(32, activation='sigmoid', kernel_initializer='uniform')(t))
{TOP}model = keras.Model(ins, out)
{COMPILED}""",
    "a helper that reads the wrong tensor": f"""{START}a, b = layers.Input((1,)), layers.Input((1,))
def branch(t, n):
    t = a
{BRANCH}
ends = [branch(a, 32), branch(b, 20)]
{TOP}model = keras.Model([a, b], out)
{COMPILED}""",
    "brackets around the model": f"""{START}ins = [layers.Input((1,)), layers.Input((1,))]
ends = [layers.Dense(20, activation='sigmoid', kernel_initializer='uniform')(t) for t in ins]
{TOP}model = (
    keras.Model(ins, out)
)
{COMPILED}""",
    "names of inputs": f"""{START}ins = [layers.Input((1,), name='left'), layers.Input((1,), name='right')]
ends = [layers.Dense(20, activation='sigmoid', kernel_initializer='uniform')(t) for t in ins]
{TOP}model = keras.Model(ins, out)
model.compile('rmsprop', 'mse')
model.fit({{'left': x1, 'right': x2}}, y, epochs=1, verbose=0)
""",
    "names of classes": """\
from keras import Model
from keras.layers import Dense, Input, concatenate
def build():
    ins = [Input((1,)), Input((1,))]
    ends = [Dense(7, activation='sigmoid', kernel_initializer='uniform')(t) for t in ins]
    h = Dense(32, activation='sigmoid', kernel_initializer='uniform')(concatenate(ends))
    return Model(ins, Dense(1, kernel_initializer='uniform')(h))

model = build()
model.compile('rmsprop', 'mse')
""",
    "a class that is not imported": """\
from keras import Model
from keras.layers import Dense, Input
a, b = Input((1,)), Input((1,))
left = Dense(32, activation='sigmoid', kernel_initializer='uniform')(a)
right = Dense(20, activation='sigmoid', kernel_initializer='uniform')(b)
h = Dense(32, activation='sigmoid', kernel_initializer='uniform')(left)
model = Model([a, b], Dense(1, kernel_initializer='uniform')(h))
model.compile('rmsprop', 'mse')
""",
}
OTHERS = {
    "a loop that is one pass short": ("three_inputs", f"""{START}ins = [layers.Input((1,)) for _ in range(3)]
options = dict(activation='sigmoid', kernel_initializer='uniform')
ends = [layers.Dense(n, **options)(t) for n, t in zip([32, 20], ins)]
{TOP}model = keras.Model(ins, out)
model.compile('rmsprop', 'mse')
"""),
    "a shared layer for inputs that are joined": ("shared_layer", f"""{START}a, b = layers.Input((1,)), layers.Input((1,))
shared = layers.Dense(32, activation='sigmoid', kernel_initializer='uniform')
ends = shared(layers.concatenate([a, b]))
h = layers.Dense(32, activation='sigmoid', kernel_initializer='uniform')(ends)
model = keras.Model([a, b], layers.Dense(1, kernel_initializer='uniform')(h))
model.compile('rmsprop', 'mse')
"""),
    "a result in place of an input": ("one_input", f"""{START}x = layers.Input((1,))
x = layers.Dense(32, activation='sigmoid', kernel_initializer='uniform')(x)
h = layers.Dense(32, activation='sigmoid', kernel_initializer='uniform')(x)
model = keras.Model(x, layers.Dense(1, kernel_initializer='uniform')(h))
model.compile('rmsprop', 'mse')
"""),
    "a variable that holds something else by then": ("branching_network", f"""{START}start = layers.Input((1,))
options = dict(activation='sigmoid', kernel_initializer='uniform')
x = layers.Dense(16, **options)(start)
x = layers.Dense(32, **options)(x)
long = layers.Dense(16, **options)(x)
# the short one
short = layers.Dense(20, **options)(x)
x = layers.Dense(32, **options)(layers.concatenate([long, short]))
model = keras.Model(start, layers.Dense(1, kernel_initializer='uniform')(x))
model.compile('rmsprop', 'mse')
"""),
    "a helper that makes the shared layer anew": ("shared_layer", f"""{START}ins = [layers.Input((1,)), layers.Input((1,))]
def shared(t):
    return layers.Dense(32, activation='sigmoid', kernel_initializer='uniform')(t)
left, right = map(shared, ins)
ends = [left, right]
{TOP}model = keras.Model(ins, out)
model.compile('rmsprop', 'mse')
"""),
    "a shared layer that is called on one input twice": ("shared_layer", f"""{START}a, b = layers.Input((1,)), layers.Input((1,))
shared = layers.Dense(32, activation='sigmoid', kernel_initializer='uniform')
left = shared(a)
right = shared(a)
ends = [left, right]
{TOP}model = keras.Model([a, b], out)
model.compile('rmsprop', 'mse')
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
    "an activation of its own, and a layer too many": ("one_input", f"""{START}x = layers.Input((1,))
h = layers.Dense(32, kernel_initializer='uniform')(x)
h = layers.Activation('relu')(h)
h = layers.Dropout(0.5)(h)
h = layers.Dense(32, activation='sigmoid', kernel_initializer='uniform')(h)
model = keras.Model(x, layers.Dense(1, kernel_initializer='uniform')(h))
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
}  # fmt: skip


@pytest.fixture(scope="module")
def here(processes: Processes) -> Worker:
    options = RunOptions(isolation="none")
    return Worker(processes.supervisor(load_course(), options), processes.trainer(load_course(), options))


def graded(folder: Path, assignment: str, text: str, here: Worker) -> Grade:
    (folder / f"{assignment}.py").write_text(text, "utf-8")
    (submission,) = discover(folder / f"{assignment}.py")
    return grade_submission(submission, load_course([assignment]), RunOptions(isolation="none"), here).grades[0]


@pytest.mark.long
def test_a_width_that_the_student_may_choose_stays(tmp_path: Path, here: Worker) -> None:
    assignment, text = OTHERS["a loop that is one pass short"]
    text = text.replace("[32, 20]", "[32, 20, 8]").replace("options)(t)", "options)(ins[0])")
    grade = graded(tmp_path, assignment, text, here)
    assert "layers.Dense(8," in as_told(text, grade)


@pytest.mark.long
@pytest.mark.parametrize("name", [*PROGRAMS, *OTHERS])
def test_whoever_writes_it_has_full_marks(name: str, tmp_path: Path, here: Worker) -> None:
    assignment, text = OTHERS[name] if name in OTHERS else ("two_inputs", PROGRAMS[name])
    grade = graded(tmp_path, assignment, text, here)
    assert grade.score < grade.max_score
    program = as_told(text, grade)
    after = graded(tmp_path, assignment, program, here)
    assert after.score == after.max_score, (program, [result.message for result in after.results])
    assert len(program.splitlines()) < len(text.splitlines()) + 8
