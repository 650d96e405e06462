"""A file of two exercises, of which each has a mistake: what is told on which page."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from grader.assignments.course import load_course
from grader.domain import Grade
from grader.pipeline import grade_submission
from grader.runs.workers import Worker
from grader.submissions import discover
from tests.checks.conftest import OPTIONS

ONE = """
import numpy as np
from keras import Input, Model, layers

x = np.linspace(0.0, 1.0, 1000)
y = np.sin(2 * np.pi * x)
opts = dict(activation="sigmoid", kernel_initializer="uniform")
# exercise: one_input
i = Input((1,))
h = layers.Dense(32, **opts)(i)
o = layers.Dense(1, kernel_initializer="uniform")(h)
model = Model(i, o)
model.compile("rmsprop", "mse")
model.fit(x, y, epochs=400)
"""
TWO = """# exercise: two_inputs
from keras.layers import Dense, concatenate
a, b = Input((1,)), Input((1,))
m = concatenate([Dense(32, **opts)(a), Dense(20, **opts)(b)])
h = Dense(32, **opts)(m)
model = Model(MODEL)
model.compile("rmsprop", "mse")
model.fit([x, x], y, epochs=400)
"""
RIGHT = '[a, b], Dense(1, kernel_initializer="uniform")(h)'
LACKS_INPUT = TWO.replace("MODEL", RIGHT.replace("[a, b]", "a"))
UNCOMPILED = TWO.replace("MODEL", RIGHT).replace('model.compile("rmsprop", "mse")\n', "")
FORK = """# exercise: two_outputs
i = Input((1,))
t = layers.Dense(20, **opts)(layers.Dense(20, **opts)(i))
ends = [layers.Dense(n, **opts)(layers.Dense(n, **opts)(t)) for n in (20, 30)]
fork = Model(i, [layers.Dense(1, kernel_initializer="uniform")(end) for end in ends])
fork.fit(x, [y, np.exp(x)], epochs=300)
"""
Both = Callable[[str], list[Grade]]


@pytest.fixture
def both(tmp_path: Path, here: Worker, graded: object) -> Both:
    def grades_of(text: str) -> list[Grade]:
        (tmp_path / "work.py").write_text(text)
        (submission,) = discover(tmp_path / "work.py")
        return [*grade_submission(submission, load_course(), OPTIONS, here).grades]

    return grades_of


def test_both_lead_to_full_marks_in_one_order(both: Both) -> None:
    """Lines for the first have no name that only the second one imports."""
    for text in (UNCOMPILED, LACKS_INPUT):
        one, two = both(ONE + text)
        assert (one.leads_to_full_marks, two.leads_to_full_marks) == (True, True)
        ends, lines = one.next_steps
        assert "layers.Dense(32" in lines.text
        assert ([*two.next_steps], ends.number, lines.number) == ([ends], 1, 2)


def test_what_to_feed_is_left_to_the_exercise_whose_network_it_is_fed_to(both: Both) -> None:
    """`[x, x]` is right once the network is."""
    one, two = both(ONE + TWO.replace("MODEL", 'a, Dense(1, kernel_initializer="uniform")(Dense(32, **opts)(a))'))
    assert (one.leads_to_full_marks, two.leads_to_full_marks) == (True, True)
    assert not any("fit" in step.text for step in two.next_steps)


def test_a_training_that_fails_is_no_part_of_the_network_below_it(both: Both) -> None:
    head, _ = ONE.split("# exercise")
    wrong = TWO.replace("MODEL", RIGHT).replace("h = Dense(32, **opts)", "h = Dense(31, **opts)")
    two, _ = both(head + FORK + wrong)
    assert "Write `32` in place of `31` on line 18." in [step.text for step in two.next_steps]
    assert two.leads_to_full_marks


def test_an_error_of_another_exercise_costs_no_full_training(both: Both) -> None:
    """Layers are made before `fit` is called, also in one line."""
    late = "def build():\n    return Model(i, layers.Dense(1, kernel_initializer='unifrom')(i))\n\nbuild().fit(x, y)\n"
    (one, *_) = both(f"{ONE}# exercise: two_inputs\n{late}")
    assert not one.execution.full_fit
