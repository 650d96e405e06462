"""Next steps of checks are true: whoever writes what they say earns more."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import pytest

from benchmarks.slips import as_job
from grader.assignments.course import load_course
from grader.checks import Evidence, run_checks
from grader.domain import CheckResult, Execution, Limits, ModelGraph, Status, Submission
from grader.execution import execute
from grader.execution.student.source.followed_steps import followed
from grader.graph import parse
from grader.graph.differences.changes import KINDS_OF_CHANGE
from grader.sandbox import resolve_isolation
from tests.checks.students import LEARNED, tried
from tests.conftest import Supervisors
from tests.notebooks import notebook

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
Results = Sequence[CheckResult]
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
    Slip("width", RIGHT, f"other = {RIGHT[8:-1].replace('20', '21')}, name='mine')\nright = other"),
    Slip("activation", "right = Dense(20, activation='sigmoid'", "right = Dense(20, activation='relu'"),
    Slip("activation", "top = Dense(32, activation='sigmoid', ", "top = Dense(32, "),
    Slip("activation", OUT, OUT.replace("(1, ", "(1, activation='sigmoid', ")),
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
    Slip("extra", "model = Model([a, b], out)", "model = Model([a, b], [out, Dense(1)(top)])"),
    Slip("sharing", "second = shared(b)", f"second = {TOP[6:-6]}(b)", "shared_layer"),
    Slip("merge", BOTH, "both = layers.multiply([left, Dense(32)(right)])"),
    Slip("compiled", COMPILE, "model.compile('adam', ['mse', 'mae'], loss_weights=[0.9, 0.1])", "weighted_losses"),
    Slip("compiled", COMPILE, "model.compile(loss={'dense_9': 'mse', 'dense_12': 'mse'})", "weighted_losses"),
    Slip("compiled", COMPILE, "", "weighted_losses"),
)  # fmt: skip


def checked(execution: Execution, cell: int, assignment: str) -> Results:
    """What the rubric says of the model of one cell; that it learns is taken for granted."""
    course = load_course([assignment])
    model = next(model for model in execution.models if model.location.cell == cell)
    graph = parse(model.config or {})
    assert isinstance(graph, ModelGraph), graph
    (reference,) = course.references.values()
    (spec,), moves = course.assignments, tried(graph)
    evidence = Evidence(spec, execution, model, graph, reference, lambda: LEARNED, lambda: moves)
    return tuple(result for result in run_checks(evidence) if result.check.kind not in ("learns", "runs"))


def lost(results: Results) -> int:
    return sum(result.max_score - result.score + (result.status is Status.FAILED) for result in results)


@pytest.fixture(scope="module")
def graded(tmp_path_factory: pytest.TempPathFactory, supervisors: Supervisors) -> dict[Slip, tuple[Results, Results]]:
    """What the rubric says of each slip, and of the program in which its next step was followed."""
    folder, supervisor = tmp_path_factory.mktemp("slips"), supervisors(resolve_isolation("auto"))

    def results(name: str, programs: Sequence[str]) -> list[Results]:
        path = folder / name
        path.write_text(notebook(*programs), "utf-8")
        submission, limits = Submission(path.stem, path.stem, path, None, ""), Limits(seconds=240)
        execution = execute(submission, supervisor, functions=(), marks=(), limits=limits)
        return [checked(execution, cell, slip.assignment) for cell, slip in enumerate(SLIPS, start=1)]

    before = results("mistakes.ipynb", [slip.program for slip in SLIPS])
    programs = [corrected(slip.program, failed(first)) for slip, first in zip(SLIPS, before, strict=True)]
    return dict(zip(SLIPS, zip(before, results("corrected.ipynb", programs), strict=True), strict=True))


def corrected(program: str, result: CheckResult) -> str:
    """The program of a cell after the next steps of a check."""
    edits = dict.fromkeys(edit for step in result.steps for edit in step.edits)
    assert edits, result.hint
    return followed(program, [as_job([*edits])], "")


def failed(results: Results) -> CheckResult:
    return next(result for result in results if result.status is Status.FAILED)


@pytest.mark.parametrize("slip", SLIPS, ids=lambda slip: f"{slip.kind}: {slip.new[:40]}")
def test_whoever_follows_a_step_earns_points(graded: dict[Slip, tuple[Results, Results]], slip: Slip) -> None:
    before, after = graded[slip]
    kinds = {difference.kind for result in before for difference in result.differences}
    assert slip.kind in kinds | {result.check.kind for result in before if result.status is Status.FAILED}, kinds
    assert lost(after) < lost(before), (failed(before).hint, [result.message for result in after])


def test_every_kind_of_difference_is_provoked() -> None:
    assert KINDS_OF_CHANGE.keys() <= {slip.kind for slip in SLIPS}
