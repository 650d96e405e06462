"""Grades as the pipeline hands them over: right, wrong, hostile, under review, unreadable, empty."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from grader.domain import (
    AnswerGroup,
    Assignment,
    Calibration,
    CalibrationCase,
    Call,
    Check,
    CheckResult,
    ClassReport,
    DataSpec,
    Difference,
    Execution,
    Failure,
    Grade,
    GradeStatus,
    HeadPicture,
    Layer,
    Limits,
    Location,
    ModelGraph,
    ModelMatch,
    Note,
    Outcome,
    Output,
    Recipe,
    RecordedModel,
    Status,
    Submission,
    Tensor,
    Training,
    TrainingRun,
    steps,
)  # fmt: skip
from grader.reporting.document import GradeDocument

ATTACK = "<script>alert(1)</script>\"'><img src=x onerror=alert(2)> \x1b[31m\x1b]0;owned\x07=cmd|'/c calc'!A1"
ATTACK += " \u202egnp.exe\u202c \x00\x08 \ud800 ::error::forged %0A ]]> [red]loud[/red] | `code` {{ 7*7 }}"

PICTURE = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGNoAAAAggCBd81ytgAAAABJRU5ErkJggg=="
"""A real one of one grey point, as a notebook has it."""

RUBRIC = (
    Check("runs", "runs", "The code runs from top to bottom", 1),
    Check("inputs", "inputs", "Two inputs, each of which reaches the output", 4),
    Check("widths", "widths", "The layers have the widths of the task", 3),
    Check("graph", "graph", "The whole network is the one of the task", 1),
    Check("learns", "learns", "The network learns the sine", 1),
)


def grade_document(grade: Grade, sketch: str = "") -> dict[str, Any]:
    """The document as JSON has it."""
    return GradeDocument.of(grade, sketch).model_dump(by_alias=True)


def make_assignment(identity: str = "two_inputs", reveal: str = "difference", fixed: bool = True) -> Assignment:
    """An assignment as its spec would be loaded."""
    title = "Two inputs, one output" if identity == "two_inputs" else identity.replace("_", " ").capitalize()
    recipe = Recipe("rmsprop", ("mse",), (1.0,), 400, 32, "uniform")
    data = DataSpec(("x", "x"), ("sin",))
    return Assignment(
        identity, title, "3", (identity,), data, recipe, RUBRIC, Limits(), Path("spec"), fixed=fixed, reveal=reveal
    )


def dense_layer(name: str, units: int, activation: str = "sigmoid") -> Layer:
    """A Dense layer as `graph.parse` leaves it: parameters that are not defaults, sorted."""
    own = (("activation", activation),) if activation != "linear" else ()
    return Layer(name, "Dense", (*own, ("kernel_initializer", "uniform"), ("units", units)))


def graph_of(name: str, *rows: tuple[Layer, tuple[int, ...], int], outputs: tuple[int, ...] = (-1,)) -> ModelGraph:
    """A graph with a call in each row: its layer, the calls that it reads, its width. Equal layers are one."""
    layers = list(dict.fromkeys(layer for layer, _, _ in rows))
    calls = []
    for layer, reads, width in rows:
        tensors = tuple(map(Tensor, reads))
        calls.append(Call(layers.index(layer), tensors if len(reads) < 2 else (tensors,), (), ((None, width),)))
    inputs = [Tensor(number) for number, (_, reads, _) in enumerate(rows) if not reads]
    ends = [Tensor(range(len(rows))[number]) for number in outputs]
    return ModelGraph(name, "Functional", tuple(layers), tuple(calls), tuple(inputs), tuple(ends))


def two_inputs_graph(right: int = 20, name: str = "two_inputs") -> ModelGraph:
    """The tutorial's network with two inputs; the width of its right branch can be mistaken."""
    graph = graph_of(
        name,
        (Layer("x0_left", "InputLayer"), (), 1),
        (Layer("x0_right", "InputLayer"), (), 1),
        (dense_layer("dense", 32), (0,), 32),
        (dense_layer("dense_1", right), (1,), right),
        (Layer("concatenate", "Concatenate"), (2, 3), 32 + right),
        (dense_layer("dense_2", 32), (4,), 32),
        (dense_layer("dense_3", 1, "linear"), (5,), 1),
    )
    return replace(graph, parameters=64 + 2 * right + 1700)


WIDE = AnswerGroup(
    "0123456789ab", "Layer `dense on right`: expected 20 units, found 32.",
    ("Layer `dense on right`: expected 20 units, found 32.",), "network", ("The whole network",),
    two_inputs_graph(32), two_inputs_graph(), ("dense_1",), ("dense_1",),
)  # fmt: skip


def shared_graph() -> ModelGraph:
    """Two inputs through one and the same layer, and a long edge from an input to the end."""
    return graph_of(
        "shared",
        (Layer("a", "InputLayer"), (), 1),
        (Layer("b", "InputLayer"), (), 1),
        (dense_layer("both", 32), (0,), 32),
        (dense_layer("both", 32), (1,), 32),
        (Layer("concatenate", "Concatenate"), (2, 3), 64),
        (dense_layer("hidden", 32), (4,), 32),
        (Layer("add", "Add"), (5, 3), 32),
        (dense_layer("out", 1, "linear"), (6,), 1),
        outputs=(7, 5),
    )


def make_run(seed: int, hit_epoch: int | None, epochs: int = 400) -> TrainingRun:
    """A run that leaves its plateau shortly before `hit_epoch`, or never."""
    leave = (hit_epoch or 10**6) - 60
    marks = range(25, (hit_epoch or epochs) + 1, 25)
    curve = tuple((0.17 + 0.3 * math.exp(-e / 30) if e < leave else 0.17 * math.exp(-(e - leave) / 16),) for e in marks)
    fit = 0.98 if hit_epoch else 0.45
    predictions = (tuple(fit * math.sin(2 * math.pi * (i + 0.5) / 100) + 0.02 for i in range(100)),)
    diagnosis = None if hit_epoch else "plateau"
    return TrainingRun(seed, curve[-1], curve, hit_epoch or epochs, hit_epoch, predictions, diagnosis)


def make_submission(identity: str = "student-01", who: str = "Ada Lovelace") -> Submission:
    return Submission(identity, who, Path(f"{identity}.ipynb"), None, "9f86d081884c7d659a2feaa0c55ad015" * 2)


def make_match(graph: ModelGraph, name: str = "two_inputs") -> ModelMatch:
    """The model was found by its name in the third cell."""
    location = Location(cell=3, line=7)
    model = RecordedModel(0, "functional", "Functional", (name,), "", False, location, (), None, "")
    return ModelMatch("found", "name", name, model, graph)


def passed(check: Check) -> CheckResult:
    return CheckResult(check, Status.PASSED, check.points, f"{check.title}.")


def good_grade(identity: str = "student-01", who: str = "Ada Lovelace") -> Grade:
    """Full marks, learned at the first try, with a note on the Keras 2 import."""
    message = "The network learned in 1 of 1 run, at about epoch 225."
    training = Training("learned", (0.01,), (make_run(1, 225),), 400, message)
    return Grade(
        make_submission(identity, who),
        make_assignment(),
        Execution(Outcome.OK, 0.91, "full"),
        make_match(two_inputs_graph()),
        tuple(passed(check) for check in RUBRIC),
        training,
        notes=(
            Note("keras2-spelling", "Write `keras.layers` in place of `keras.layers.merge`.", Location(cell=1, line=6)),
        ),
    )


def wrong_grade(identity: str = "student-02", who: str = "Grace Hopper", reveal: str = "difference") -> Grade:
    """A wrong width, which costs `widths` and `graph`, and a plot that raises."""
    hint = "Give the second branch 20 units: `Dense(20, ...)`."
    mended = {
        "runs": (
            "Cell 5 raised an error, line 2.",
            "no error",
            "`ValueError` in cell 5",
            steps("Plot as many epochs as ran."),
        ),
        "widths": ("Layer `dense_1`: expected 20 units, found 32.", "32 and 20", "32 and 32", steps(hint)),
        "graph": (
            "The network differs from the one of the task in one layer.",
            "the task's",
            "one differs",
            steps(hint),
        ),
    }
    location = Location(cell=3, line=4)
    difference = Difference(
        "width", *mended["widths"][::3], "dense_1", "20", "32", ("dense_1",), ("dense_1",), location
    )
    results = [
        CheckResult(check, Status.FAILED, 0, *mended[check.id]) if check.id in mended else passed(check)
        for check in RUBRIC
    ]
    results[3] = replace(results[3], differences=(difference,))
    trace = '  File "<cell 5>", line 2, in <module>\n    plt.plot(range(1, 401), mse)\nValueError: x and y differ'
    execution = Execution(
        Outcome.ERROR,
        2.4,
        "full",
        failures=(Failure("ValueError", "x and y must have same first dimension", Location(5, 2), trace),),
        outputs=(Output("text", "32/32 - loss: 0.0004", 3), Output("png", PICTURE, 4)),
    )
    message = "The network learned in 1 of 2 runs, at about epoch 325."
    training = Training("learned", (0.01,), (make_run(1, None), make_run(2, 325)), 400, message)
    return Grade(
        make_submission(identity, who),
        make_assignment(reveal=reveal),
        execution,
        make_match(two_inputs_graph(right=32)),
        tuple(results),
        training,
        group=AnswerGroup("aaaaaaaaaaaa", "Layer `dense on right`: expected 20 units, found 32.", ("…",), "network"),
    )


def review_grade() -> Grade:
    """An errored check beside a skipped one: ours to look at."""
    results = list(map(passed, RUBRIC))
    results[3] = CheckResult(RUBRIC[3], Status.SKIPPED, 0, "Mend `inputs` first: the network has one input only.")
    results[4] = CheckResult(RUBRIC[4], Status.ERRORED, 0, "trainer died", review="The trainer ended twice.")
    grade = good_grade("student-03", "Alan Turing")
    reasons = ("The check `learns` could not be finished.", "The trainer ended twice.")
    review = GradeStatus.NEEDS_REVIEW
    return replace(grade, results=tuple(results), training=None, reasons=reasons, status=review, notes=())


def unreadable_grade() -> Grade:
    """A file that is no notebook at all."""
    problem = "This file is not a notebook: it is not JSON (line 1)."
    submission = replace(make_submission("student-04", "student-04"), problem=problem)
    execution = Execution(Outcome.UNREADABLE, 0.0, "full", message=problem)
    match = ModelMatch("unreadable", reason=problem)
    return Grade(submission, None, execution, match, reasons=(problem,), status=GradeStatus.NOT_GRADED)


def empty_grade() -> Grade:
    """A mandatory exercise of which nothing is there: zero points, which is not the same as no grade."""
    results = tuple(
        CheckResult(
            check, Status.FAILED, 0, "No model for this exercise was found.", "a model", "none", steps("Build one.")
        )
        for check in RUBRIC
    )
    match = ModelMatch("no_model", reason="The code builds no model.")
    execution = Execution(Outcome.OK, 0.2, "full")
    return Grade(make_submission("student-05", "Emmy Noether"), make_assignment(), execution, match, results)


def hostile_grade() -> Grade:
    """Every text that a submission can choose is an attack, and no number is an ordinary one."""
    graph = two_inputs_graph()
    layers = tuple(replace(layer, name=ATTACK) for layer in graph.layers)
    graph = replace(graph, layers=(*layers[:4], replace(layers[4], kind=ATTACK), *layers[5:]), name=ATTACK)
    run = TrainingRun(1, (None,), ((None,), (1e299,)), 50, None, ((None, 1e299),), ATTACK)
    failure = Failure(ATTACK, ATTACK * 900, Location(2, 1, ATTACK), ATTACK * 50)
    outputs = (Output("text", ATTACK * 2000, 1), Output("html", ATTACK, 1))
    return Grade(
        replace(make_submission("student-06", ATTACK), entry=Path("a\x1b[31m=<b>.ipynb"), problem=""),
        make_assignment(),
        Execution(Outcome.ERROR, 1.0, "full", ATTACK, failures=(failure,), outputs=outputs),
        replace(make_match(graph, ATTACK), reason=ATTACK),
        tuple(CheckResult(check, Status.FAILED, 0, ATTACK, ATTACK, ATTACK, steps(ATTACK)) for check in RUBRIC),
        Training("missed", (0.01,), (run,), 400, ATTACK, ATTACK),
        (ATTACK,),
        notes=(Note(ATTACK, ATTACK, Location(1, 1)),),
    )


def calibration(validation: Any = (), pictures: tuple[HeadPicture, ...] = (), curves: Any = ()) -> Calibration:
    """What a page draws of one."""
    case = CalibrationCase("", ("mse",), None, 400, 3, 0.0, 0.0, {"curves": curves})
    return Calibration("reaches", (0.01,), (), (case,), (), (), "", {}, validation, (), pictures)


def report_of(*grades: Grade) -> ClassReport:
    """A class of these grades, an exercise that was not found and a student who handed in nothing."""
    documents = tuple(map(grade_document, grades))
    provenance = {
        "date": "2026-11-24 23:59",
        "versions": {"grader": "0.1.0", "keras": "3.15.1"},
        "isolation": "full",
        "assignments": ["two_inputs", "two_outputs"],
        "excused": [("student-01", "two_outputs")],
    }
    return ClassReport(documents, (("student-02", "two_outputs"),), ("=Mallory", "Katherine Johnson"), provenance)


SITUATIONS: dict[str, Callable[..., Grade]] = {
    "good": good_grade, "wrong": wrong_grade, "review": review_grade, "unreadable": unreadable_grade,
    "empty": empty_grade, "hostile": hostile_grade,
}  # fmt: skip


def grade_of(name: str, *submission: str, **options: Any) -> Grade:
    """A grade by the name of its situation; of the submission and student given."""
    return SITUATIONS[name](*submission, **options)


REPORT = report_of(*map(grade_of, SITUATIONS))
"""A class with every situation."""
