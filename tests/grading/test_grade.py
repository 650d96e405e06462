"""What the grader itself notes of a grade."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import keras
import pytest

from grader.assignments.course import load_course
from grader.checks.kinds.runs import MOST_TOLD
from grader.domain import (
    Check,
    CheckResult,
    CompileCall,
    Difference,
    Edit,
    Execution,
    Failure,
    FitCall,
    Grade,
    Location,
    ModelGraph,
    ModelMatch,
    Note,
    Outcome,
    RecordedModel,
    Status,
    Submission,
    steps,
)
from grader.grading.grade import Graded, explained, grade_execution, order_notes, pooled, settled
from grader.grading.missing_network import nothing_recognised
from grader.hints import EXPLANATIONS, target_notes
from grader.hints.explanations import note_of
from tests.checks.students import dense
from tests.grading.test_matching import recorded, two_outputs
from tests.graph.networks import read
from tests.reporting.grades import grade_of, make_assignment

CALIBRATION = load_course(["two_outputs"]).calibrations["two_outputs"]


def fitted(*ranges: tuple[float, float]) -> RecordedModel:
    fit = FitCall(2, Location(1, 9), 300, 32, True, True, ranges)
    return RecordedModel(0, "functional", "Functional", (), "", False, Location(), (), None, "", (), (fit,))


SINE, EXP = (-1.0, 1.0), (1.0, 2.718)


@pytest.mark.parametrize(
    ("ranges", "ordered", "swapped"),
    [
        ((SINE, EXP), True, False),
        ((EXP, SINE), True, True),
        ((EXP, EXP), True, False),
        ((SINE, (0.0, 5.0)), True, False),
        ((EXP,), True, False),
        ((), True, False),
        ((EXP, SINE), False, False),
    ],
)
def test_targets_of_another_output_are_noted(
    ranges: tuple[tuple[float, float], ...], *, ordered: bool, swapped: bool
) -> None:
    """Not of outputs in a dict, whose order is Keras's own."""
    data = load_course(["two_outputs"]).assignments[0].data
    graph = replace(named("sine", "exponential"), outputs_ordered=ordered)
    notes = target_notes(fitted(*ranges), graph, data, CALIBRATION)
    assert [(note.code, note.location) for note in notes] == [("targets-swapped", Location(1, 9))] * swapped


SUBMISSION = Submission("s", "s", Path("s.py"), None, "s")
FAILED_LINE = Location(2, 5)
STRUCTURE = Difference("missing", "A `Dense(1)` is missing.", steps("Add it after `hidden2`."))


def settled_with(note: Note, *results: CheckResult, failed: bool = False, graph: ModelGraph | None = None) -> Grade:
    """A grade with one note, and perhaps with a program that failed at its line."""
    (assignment,) = load_course(["two_outputs"]).assignments
    failures = (Failure("ValueError", "no", FAILED_LINE),) if failed else ()
    outcome = Outcome.ERROR if failed else Outcome.OK
    execution = Execution(outcome, 1.0, "none", failures=failures, notes=(note,))
    return settled(Grade(SUBMISSION, assignment, execution, ModelMatch("found", graph=graph), results, notes=(note,)))


def lost(kind: str, *differences: Difference) -> CheckResult:
    hint = differences[0].hint if differences else ""
    return CheckResult(Check(kind, kind, kind, 1), Status.FAILED, 0, "no", steps=steps(hint), differences=differences)


@pytest.mark.parametrize(
    ("code", "place", "kind", "failed", "costs"),
    [
        ("output-names", FAILED_LINE, "compiled", False, True),
        ("output-names", FAILED_LINE, "graph", False, False),
        ("misspelt-name", FAILED_LINE, "runs", True, True),
        ("misspelt-name", Location(1, 1), "runs", True, False),
        ("missing-package", FAILED_LINE, "runs", True, True),
    ],
)
def test_a_note_that_points_were_lost_for_says_so(
    code: str, place: Location, kind: str, *, failed: bool, costs: bool
) -> None:
    """It is no remark beside the grade: the page puts the others under \"These cost no points\"."""
    assert settled_with(Note(code, "", place), lost(kind), failed=failed).notes[0].costs is costs


def noted(code: str, values: dict[str, Any], *edits: Edit) -> Note:
    note = note_of(code, values, FAILED_LINE, edits)
    assert note is not None
    return note


def test_as_many_errors_have_their_step_as_the_check_names() -> None:
    notes = tuple(Note("arrays-count", f"Write `{n}`.", Location(n, 1)) for n in range(1, 50))
    failures = tuple(Failure("ValueError", "no", note.location) for note in notes)
    execution = Execution(Outcome.ERROR, 1.0, "none", failures=failures, notes=notes)
    grade = Grade(SUBMISSION, None, execution, ModelMatch("no_model"), (lost("runs"),))
    assert len(explained(lost("runs"), grade, ()).hint.splitlines()) == MOST_TOLD


def test_a_note_quotes_no_line_for_a_call_that_a_check_writes_anew() -> None:
    """Both would be written into the same `compile`, and the check knows what the task asks of it."""
    note = noted("loss-count", {}, Edit(1, "loss=['mse', 'mse']", "loss='mse'"))
    assert settled_with(note, lost("graph")).notes[0].detail == note.detail
    compiled = replace(lost("compiled"), steps=steps("Write `model.compile(loss=['mse', 'mae'])`."))
    grade = settled_with(note, lost("runs"), compiled, failed=True)
    assert ([item.code for item in grade.notes], grade.notes[0].detail) == (["loss-count"], "")
    assert grade.results[0].hint == compiled.hint


def test_of_a_compile_that_fails_the_note_alone_knows_what_it_is_given() -> None:
    """The check would write it without the student's metrics."""
    new, old = "model.compile(loss='mse', metrics=['mse'])", "model.compile(losses='mse', metrics=['mse'])"
    note = noted("argument-unknown", {"function": "model.compile", "argument": "losses"}, Edit(1, new, old))
    compiled = replace(lost("compiled"), steps=steps("Write `model.compile(loss='mse')`."))
    assert new in settled_with(note, lost("runs"), compiled, failed=True).results[0].hint


def test_a_note_never_changes_a_network_that_a_check_says_how_to_change() -> None:
    """`Dense(1)` in place of `Dense(32)` fits the targets, and is not what is missing."""
    note = Note("target-shape-broadcast", "Write `Dense(1)` in place of `Dense(32)`.", FAILED_LINE)
    right = settled_with(note, lost("runs"), failed=True)
    assert [item.code for item in right.notes] == ["target-shape-broadcast"]
    assert "Write `Dense(1)`" in right.results[0].hint
    wrong = settled_with(note, lost("runs"), lost("graph", STRUCTURE), failed=True)
    assert wrong.notes == ()
    assert wrong.results[0].hint == ""


@pytest.mark.parametrize("code", ["arrays-count", "loss-count", "metrics-count", "output-names"])
def test_a_call_never_has_to_fit_a_network_of_too_few_outputs(code: str) -> None:
    """The call may be as the task asks; with the outputs that it asks for, another difference is no excuse."""
    note = Note(code, "Give `fit` less.", FAILED_LINE)
    heads, x = replace(lost("heads"), steps=steps("Give it 2 branches.")), keras.Input((1,))
    few, right = (read(keras.Model(x, [dense(1, None)(x) for _ in range(number)])) for number in (1, 2))
    wrong = settled_with(note, lost("runs"), heads, failed=True, graph=few)
    assert (wrong.notes, wrong.results[0].hint) == ((), "")
    settled = settled_with(note, lost("runs"), lost("graph", STRUCTURE), failed=True, graph=right)
    assert settled.notes[0].detail == note.detail
    assert settled.results[0].hint.endswith(note.detail)


@pytest.mark.parametrize(
    ("matched_by", "name", "function", "passed", "reviewed"),
    [
        ("only model", "two_outputs", "", False, True),
        ("name", "two_outputs", "", False, True),
        ("generic", "model", "", False, True),
        ("name", "model", "", False, False),
        ("only model", "another", "", False, False),
        ("only model", "two_outputs", "", True, False),
        ("name", "two_outputs", "two_outputs", False, False),
    ],
)
def test_a_network_in_place_of_one_that_was_never_built_is_reviewed(
    matched_by: str, name: str, function: str, *, passed: bool, reviewed: bool
) -> None:
    """A right one is not: whatever failed, it is what the exercise asks for; nor one that the failing function built."""
    (assignment,) = load_course(["two_outputs"]).assignments
    execution = Execution(Outcome.ERROR, 1.0, "none", notes=(noted("never-built", {"what": name}),))
    result = replace(lost("graph"), status=Status.PASSED if passed else Status.FAILED)
    model = recorded(two_outputs(), variables=("model",), function=function)
    grade = settled(Grade(SUBMISSION, assignment, execution, ModelMatch("found", matched_by, model=model), (result,)))
    assert bool(grade.reasons) == reviewed


def test_the_best_of_several_files_counts_for_each_exercise() -> None:
    """And what one of them holds is nowhere missing."""

    def holding(**situations: str) -> Graded:
        grades = [replace(grade_of(kind), assignment=make_assignment(name)) for name, kind in situations.items()]
        return Graded(SUBMISSION, tuple(grades), ("shared_layer", *({"two_outputs"} - set(situations))))

    files = holding(one_input="wrong", two_inputs="empty"), holding(two_inputs="good", two_outputs="wrong")
    for graded in (pooled(SUBMISSION, files), pooled(SUBMISSION, files[::-1])):
        scores = {grade.assignment.id: grade.score for grade in graded.grades if grade.assignment}
        assert scores == {"one_input": 5, "two_inputs": 10, "two_outputs": 5}
        assert graded.not_found == ("shared_layer",)


def named(*names: str) -> Any:
    x = keras.Input((1,))
    return read(keras.Model(x, {name: dense(1, None)(x) for name in names}))


def test_outputs_in_a_dict_are_noted_where_there_is_an_order_to_find() -> None:
    (note,) = order_notes(named("a", "b"), ["a", "b"])
    assert (note.code, note.detail) == ("model-unordered", "They are `a` and `b`, in the order of the targets.")
    assert order_notes(named("a"), ["a"]) == ()


def test_a_stopped_program_was_ended_by_what_stopped_it(tmp_path: Path) -> None:
    (entry := tmp_path / "work.py").write_text("import plots\nwait()\n")
    error = Failure("ModuleNotFoundError", "No module named 'plots'", Location(None, 1, "work.py"))
    ended = "it was stopped after 60 s of wall-clock time"
    stopped = Execution(Outcome.TIMEOUT, 60.0, "none", ended, failures=(error,))
    reason = nothing_recognised(Submission("ada", "Ada", entry, None, ""), stopped, ())
    assert reason == f"no model was built before the program ended: {ended}."


def graded_file(folder: Path, text: str, execution: Execution) -> Graded:
    path = folder / "work.py"
    path.write_text(text)
    trainer: Any = None  # nothing is trained
    return grade_execution(Submission("s", "s", path, None, ""), execution, load_course(), trainer)


@pytest.mark.parametrize(("comment", "ids"), [("# exercise: two_inputs", ["two_inputs"]), ("# my answer", [None])])
def test_a_file_is_of_the_exercise_that_its_comment_names_also_without_a_network(
    tmp_path: Path, comment: str, ids: list[str | None]
) -> None:
    error = Failure("NameError", "name 'nothing' is not defined", Location(None, 2))
    execution = Execution(Outcome.ERROR, 1.0, "none", failures=(error,))
    graded = graded_file(tmp_path, f"{comment}\nmodel = nothing", execution)
    assert [grade.assignment and grade.assignment.id for grade in graded.grades] == ids
    assert "two_inputs" not in graded.not_found


@pytest.mark.parametrize("hidden", [{"marks": ("one_input",)}, {"function": "build_one_input"}, {}])
def test_an_exercise_whose_network_an_error_hid_is_there_beside_one_that_was_built(
    tmp_path: Path, hidden: dict[str, Any]
) -> None:
    """By the mark or the function of the error, or the name of what was never built. One with a comment alone is not."""
    part = replace(recorded(two_outputs(), marks=("two_outputs",)), config=None, config_error="too long")
    error = replace(Failure("NameError", "name 'nothing' is not defined", Location(None, 2)), **hidden)
    notes = () if hidden else (Note("never-built", "`one_input`.", Location(None, 3)),)
    execution = Execution(Outcome.ERROR, 1.0, "none", models=(part,), failures=(error,), notes=notes)
    graded = graded_file(tmp_path, "# exercise: shared_layer\nnothing\nsine = Model(a, b)\n", execution)
    assert [grade.assignment and grade.assignment.id for grade in graded.grades] == ["one_input", "two_outputs"]
    assert "shared_layer" in graded.not_found


@pytest.mark.parametrize(
    ("first", "second", "said"),
    [
        ({"marks": ("two_outputs",)}, "better", ["`better` (line 2)."]),
        ({"variables": ("two_outputs",)}, "better", ["`better` (line 2)."]),
        ({"variables": ("two_outputs",)}, "two_outputs", []),
    ],
)
def test_a_network_that_nothing_is_said_of_is_named_beside_others(
    tmp_path: Path, first: dict[str, Any], second: str, said: list[str]
) -> None:
    """Not one that was built before, under the name of one that counts."""
    compiled = {"compiles": (CompileCall(1, Location(None, 9)),), "location": Location(None, 2)}
    other = recorded(two_outputs(19), 0, variables=(second,), **compiled)
    last = recorded(two_outputs(), 1, fits=(FitCall(2, Location(None, 9), 300, 32, True, True),), **first)
    unread = [replace(model, config=None, config_error="too long") for model in (other, last)]
    execution = Execution(Outcome.OK, 1.0, "none", models=(other if said else unread[0], unread[1]))
    (grade,) = graded_file(tmp_path, "", execution).grades
    assert [note.detail for note in grade.notes if note.code == "no-exercise"] == said


def test_what_fails_below_the_comment_of_an_exercise_that_nobody_has_begun_is_not_its_own(tmp_path: Path) -> None:
    part = replace(recorded(two_outputs(), marks=("two_outputs",)), config=None, config_error="too long")
    error = Failure("NameError", "name 'summary' is not defined", Location(None, 2), marks=("one_input",))
    execution = Execution(Outcome.ERROR, 1.0, "none", models=(part,), failures=(error,))
    graded = graded_file(tmp_path, "# exercise: one_input\nprint(summary)\n", execution)
    (grade,) = graded.grades
    assert (grade.assignment and grade.assignment.id, grade.of_others) == ("two_outputs", frozenset())
    assert "one_input" in graded.not_found


def test_an_error_of_another_exercises_training_is_left_to_that_exercise(tmp_path: Path) -> None:
    """What its `fit` should be given depends on what its network should be."""
    place, line = Location(None, 8), Location(None, 9)
    training = FitCall(2, place, 300, 32, cut=True, finished=False)
    unread = replace(recorded(two_outputs(), location=line), config=None, config_error="too long")
    models = [
        replace(unread, index=0, marks=("two_outputs",)),
        replace(unread, index=1, variables=("three_inputs",), fits=(training,)),
    ]
    note, error = Note("arrays-count", "Write it.", place), Failure("ValueError", "2 arrays", place)
    execution = Execution(Outcome.ERROR, 1.0, "none", models=tuple(models), failures=(error,), notes=(note,))
    own, other = graded_file(tmp_path, "", execution).grades
    steps_of = [[step.text for result in grade.results[:1] for step in result.steps] for grade in (own, other)]
    assert steps_of == [[f"Line 8: {EXPLANATIONS['arrays-count'].sentence} Write it."], []]


def test_a_part_that_was_built_before_an_error_belongs_to_the_exercise_that_it_began(tmp_path: Path) -> None:
    """It is not graded, and the exercise is not forgotten."""
    text = "# exercise: two_outputs\ndef build_model():\n    p = Model(a, b)\n    oops\n    return Model(a, p(c))\n"
    part = recorded(two_outputs(), function="build_model", marks=("two_outputs",), location=Location(None, 3))
    failures = {"build_model": Failure("NameError", "name 'oops' is not defined", Location(None, 4))}
    execution = Execution(Outcome.OK, 1.0, "none", models=(part,), function_failures=failures)
    (grade,) = graded_file(tmp_path, text, execution).grades
    assert grade.assignment is not None
    assert (grade.assignment.id, grade.match.outcome, grade.score) == ("two_outputs", "no_model", 0)
