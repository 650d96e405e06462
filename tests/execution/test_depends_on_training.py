"""What depends on the result of a training: such programs train in full, and only such errors are looked at again."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from grader.domain import Limits, Submission
from grader.execution import Supervisor
from grader.execution.student.source.depends_on_training import trained
from grader.execution.student.source.sources import Source
from grader.execution.supervisor import RunEnd
from tests.execution.conftest import Left
from tests.notebooks import notebook

BUILD = """
def build(units):
    i = Input((1,))
    h = Dense(units)(i)
    return Model(i, Dense(1)(h))
"""
CHOICES = {
    "argument": "scores = []\nfor u in (1, 2):\n    h = build(u).fit(x, y)\n    scores.append(h.history['loss'][-1])\n"
    "final = build((1, 2)[np.argmin(scores)])",
    "a name again": "best = 1\nbest = 1 if build(1).evaluate(x, y) < 1 else 2\nm = build(best)",
    "a name that a function reads": "u = build(1).evaluate(x, y)\ndef last():\n    return build(2 if u > 1 else 1)\n"
    "u = build(2).evaluate(x, y)\nm = last()",
    "condition": "loss = build(1).evaluate(x, y)\nif loss > 0.1:\n    final = build(2)",
    "loop with a break": "m = build(1)\nwhile True:\n    h = m.fit(x, y)\n    if h.history['loss'][-1] < 0.1:\n        break",
    "by a function": "def score(u):\n    return build(u).evaluate(x, y)\nfinal = build(min((1, 2), key=score))\n"
    "best = 1 if score(1) < score(2) else 2\nfinal = build(best)",
    "layer": "h = build(1).fit(x, y)\nwidth = 3 if min(h.history['loss']) > 1 else 4\ni = Input((1,))\n"
    "o = Dense(width)(i)\nm = Model(i, o)",
    "kept in an object": "class Search:\n    def run(self):\n        for u in (1, 2):\n            m = build(u)\n"
    "            self.loss = m.evaluate(x, y)\n            if self.loss < self.low:\n                self.best = m\n        return self\n"
    "m = Search().run().best\nm.summary()",
    "by an object": "class Search:\n    def run(self):\n        self.losses[1] = build(1).evaluate(x, y)\n        return self\n"
    "s = Search().run()\nm = build(1 if s.losses[1] > 0.1 else 2)",
    "the first that is good enough": "for u in (1, 2, 4):\n    m = build(u)\n    if m.evaluate(x, y) < 0.1:\n        break",
    "the least of a list": "r = []\nfor u in (1, 2):\n    m = build(u)\n    r.append((m.evaluate(x, y), u, m))\n"
    "best = sorted(r)[0][2]",
    "a model that a function returns": "def run(u):\n    m = build(u)\n    return m, m.evaluate(x, y)\nlow = 9\n"
    "for u in (1, 2):\n    m, loss = run(u)\n    if loss < low:\n        low, best = loss, m\nbest.summary()",
    "a network under the name of an exercise, with which nothing else is done": "kept, scores = {}, {}\nfor u in (1, 2):\n"
    "    m = build(u)\n    scores[u] = m.evaluate(x, y)\n    kept[u] = m\ntwo_inputs = kept[min(scores, key=scores.get)]",
    "dict": "r = {}\nfor u in (1, 2):\n    r[u] = build(u).evaluate(x, y)\nb = min(r, key=r.get)\nm = build(b)",
}
PLAIN = {
    "one fit": "m = build(1)\nh = m.fit(x, y)\nplt.plot(h.history['loss'])\nprint(m.evaluate(x, y))",
    "a name of something else before": "i = Input((1,))\nfor u in (1, 2):\n    h = Dense(u)(i)\nm = Model(i, h)\n"
    "h = m.fit(x, y)\nplt.plot(h.history['loss'])",
    "a name of something else after": "m = build(1)\no = m.predict(x)\nprint(o)\ni = Input((1,))\no = Dense(1)(i)\nn = Model(i, o)",
    "another condition": "if big:\n    m = build(2)\nelse:\n    m = build(1)\nm.fit(x, y)",
    "printed": "m = build(1)\nloss = m.evaluate(x, y)\nif loss > 0.1:\n    print('still bad')",
    "a model with its history": "def train(m):\n    h = m.fit(x, y)\n    return m, h\n"
    "m = build(1)\nm, h = train(m)\nm.summary()\nplt.plot(h.history['loss'])",
    "what nobody uses": "m = build(1)\n_, error = m.evaluate(x, y)\n_ = m.summary()\nn = Model(i, layer(i)[0])",
    "a callback of a module": "import keras\na = build(1)\na.fit(x, y, callbacks=[keras.callbacks.TensorBoard('logs')])\n"
    "b = keras.Model(i, keras.layers.Dense(1)(i))\nb.fit(x, y)",
    "a history in an object": "class Work:\n    def run(self):\n        self.m = build(1)\n        self.h = self.m.fit(x, y)\n"
    "        return self\nw = Work().run()\nm = w.m\nm.summary()\nplt.plot(w.h.history['loss'])",
    "an early end": "m = build(1)\nh = m.fit(x, y)\nif h.history['loss'][-1] > 0.1:\n    sys.exit(3)\nn = build(2)",
    "a sum deeper than Python recurses": "total = " + " + ".join(["1"] * 1_500),
}
HEAD = """
import numpy as np
from keras import Input, Model
from keras.layers import Dense
x = np.linspace(0, 1, 64)
i = Input((1,))
m = Model(i, Dense(1)(i))
m.compile("sgd", "mse")
"""


@pytest.mark.parametrize("name", [*CHOICES, *PLAIN])
def test_a_choice_by_a_training_is_seen(name: str) -> None:
    """And what chooses nothing needs no training."""
    assert bool(trained([Source("", BUILD + (CHOICES | PLAIN)[name])]).chosen) is (name in CHOICES)


def test_a_loop_that_trains_until_it_has_learned_ends(left: Left) -> None:
    """It never would with a `fit` of one step; and it is seen whatever stands above it."""
    quick = HEAD.replace('"sgd"', "__import__('keras').optimizers.SGD(0.5)")
    loop = "loss = 1\nwhile loss > 0.4:\n    loss = m.fit(x, 3 * x, epochs=9, verbose=0).history['loss'][-1]\n"
    execution = left(notebook("print x", quick, loop), "work.ipynb")
    assert [failure.type for failure in execution.failures] == ["SyntaxError"]
    assert (execution.full_fit, execution.undecided) == (True, "")


def test_verdicts_about_a_training_are_passed_over(left: Left) -> None:
    """The grader trains the network itself. Other assertions are the program's own; what a callback counts is none."""
    ends = ("sys.exit(3)", "raise ValueError('diverged')", "exit()")
    verdicts = ["assert m.evaluate(x, x, verbose=0) < 1e-30", "assert len(seen) == 9"]
    verdicts += [f"if h.history['loss'][-1] > 0:\n    {end}" for end in ends]
    counts = "each = keras.callbacks.LambdaCallback(on_epoch_end=lambda epoch, logs: seen.append(epoch))"
    fit = "h = m.fit(x, x, epochs=9, verbose=0, callbacks=[each])"
    after = "n = Model(i, Dense(7)(i))\nassert len(x) == 3\n"
    execution = left("\n".join([f"import keras, sys\n{HEAD}seen = []", counts, fit, *verdicts, after]))
    assert [failure.type for failure in execution.failures] == ["AssertionError"]
    assert (execution.full_fit, len(execution.models)) == (False, 2)
    assert [note.code for note in execution.notes] == ["assertion-about-training"] * len(verdicts)


class Slow:
    """A supervisor that says of each run that it took eight seconds, and keeps how long each was allowed to take."""

    def __init__(self, runs: Supervisor) -> None:
        self.runs, self.isolation, self.python = runs, runs.isolation, runs.python
        self.allowed: list[float] = []

    def run(self, submission: Submission, job: Any, limits: Limits, seconds: float) -> RunEnd:
        self.allowed.append(seconds)
        return replace(self.runs.run(submission, job, limits, seconds), seconds=8.0)


def test_a_full_training_is_announced_and_all_runs_share_one_limit(left: Left, supervisor: Supervisor) -> None:
    """The networks that it keeps from being built are shown, whichever it would have chosen: a person decides."""
    messages, runs = list[str](), Slow(supervisor)
    execution = left(
        HEAD + "h = m.fit(x, x, epochs=1_000_000, verbose=0)\nn = 3 if h.history['loss'][-1] < 1 else 4\n"
        "chosen = Model(i, Dense(n)(i))\n",
        runs=runs, limits=Limits(seconds=9, full_fit_seconds=10), announce=messages.append,
    )  # fmt: skip
    assert messages == ["`fit` runs in full, since results of training decide which network is built or kept"]
    assert runs.allowed == [9, 2]
    assert "with full training" in execution.undecided
    assert "chosen" in [name for model in execution.models for name in model.variables]
