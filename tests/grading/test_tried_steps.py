"""The next steps of a grade, done to the program, and what is told of the runs with them."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from grader.assignments.course import load_course
from grader.domain import (
    Check,
    CheckResult,
    Edit,
    Execution,
    Failure,
    Grade,
    GradeStatus,
    Location,
    ModelMatch,
    Note,
    Outcome,
    RecordedModel,
    Statement,
    Status,
    Step,
    Submission,
)
from grader.grading.grade import Graded, with_what_follows
from grader.grading.tried_steps import MOST_ROUNDS, MOST_TIMES, tried
from grader.hints import steps_for

DETAIL = "Write `Dense` in place of `Dens`."
NAME = Step(f"This name is unknown. {DETAIL}", (Edit(3, "Dense", "Dens"),))
LATER = Step("Write `y` in place of `x`.", (Edit(4, "y", "x"),))
LINES = Step("Write these lines in place of line 5:\n    h = Dense(3)(x)", (Edit(5, "h = Dense(3)(x)", last=5),))
WITHIN = Step("Write `4` in place of `3` on line 5.", (Edit(5, "4", "3"),))
ADVICE = replace(LINES, is_advice=True)
ABOVE = Step("Write `import keras` at the top.", (Edit(5, "import keras"),))
WIDTH = Step("Write `32` in place of `30` on line 6.", (Edit(6, "32", "30"),))
NEW_LINES = Step("Write these lines in place of lines 4 to 5:\n    x", (Edit(4, "x", last=5),))
FIT = Step("Write `[x, x]` in place of `x`.", (Edit(9, "[x, x]", "x"),))
CALL = Step("Write `m.compile(b)`.", (Edit(8, "m.compile(b)", call="compile"),))
IMPORT = Step("Write `import keras` above it.", (Edit(8, "import keras"),))
VAGUE = Step("Think.")
FOUND = ModelMatch("found", model=RecordedModel(0, "functional", "", (), "", False, Location(), (), None, ""))
ABSENT = ModelMatch("no_model")
KINDS = ("runs", "widths", "graph")
ASSIGNMENT, OTHER = load_course(["one_input", "two_inputs"]).assignments
Result = tuple[Status, Sequence[Step]]


def result(kind: str, status: Status, *told: Step) -> CheckResult:
    message = "it says" if status is Status.FAILED else "said"
    return CheckResult(Check(kind, kind, kind, 3), status, 3 * (status is Status.PASSED), message, steps=told)


OK: Result = (Status.PASSED, ())
HIDDEN: Result = (Status.SKIPPED, ())


def wrong(*told: Step) -> Result:
    return Status.FAILED, told


def grade(match: ModelMatch, *results: Result, notes: tuple[Note, ...] = ()) -> Grade:
    """One with an error where its check of that kind fails."""
    checks = tuple(result(kind, status, *told) for kind, (status, told) in zip(KINDS, results, strict=True))
    failures = (Failure("NameError", "x", Location(None, 3)),) * (results[0][0] is Status.FAILED)
    outcome = Outcome.ERROR if failures else Outcome.OK
    execution = Execution(outcome, 1.0, "none", failures=failures, notes=notes)
    status = GradeStatus.GRADED if match.model else GradeStatus.NEEDS_REVIEW
    submission = Submission("s", "s", Path("s.py"), None, "s")
    return Grade(submission, ASSIGNMENT, execution, match, checks, None, ("an error",), status, notes)


class Runs:
    """Later grades of one program, one for each round; what was done for it, and whether it went on."""

    def __init__(self, *later: Grade) -> None:
        self.later = list(later)
        self.asked: list[tuple[list[Step], bool]] = []

    def __call__(self, done: Sequence[Step], goes_on: bool) -> Sequence[Grade]:
        self.asked.append(([replace(step, edits=()) for step in done], goes_on))
        if not self.later:
            return ()
        given = self.later.pop(0)
        return (replace(given, execution=replace(given.execution, followed=tuple(done), went_on=goes_on)),)


class Both(Runs):
    """Of two exercises in one file, each in every round."""

    def __call__(self, done: Sequence[Step], goes_on: bool) -> Sequence[Grade]:
        return tuple(replace(given, execution=replace(given.execution, followed=tuple(done))) for given in self.later)


def told(first: Grade, *later: Grade) -> list[str]:
    return [result.hint for result in tried([first], Runs(*later))[0].results]


ERROR = grade(ABSENT, wrong(NAME), HIDDEN, HIDDEN)
RIGHT = grade(FOUND, OK, OK, OK)
WIDTHS = grade(FOUND, OK, wrong(WIDTH), wrong(LINES))


@pytest.mark.parametrize(
    ("first", "later", "expected"),
    [
        (ERROR, [RIGHT], [NAME.text, "", ""]),
        (ERROR, [grade(FOUND, OK, wrong(WIDTH), OK), RIGHT], [NAME.text, f"it says {WIDTH.text}", ""]),
        (ERROR, [grade(ABSENT, wrong(LATER), HIDDEN, HIDDEN), RIGHT], [f"{NAME.text}\n{LATER.text}", "", ""]),
        (WIDTHS, [RIGHT], ["", WIDTH.text, LINES.text]),
        (WIDTHS, [grade(FOUND, wrong(FIT), OK, OK), RIGHT], ["", WIDTH.text, f"{LINES.text}\n{FIT.text}"]),
        (grade(FOUND, OK, wrong(VAGUE), wrong(LINES)), [RIGHT], ["", LINES.text, LINES.text]),
        (grade(FOUND, OK, wrong(VAGUE), wrong(LINES)), [grade(FOUND, OK, wrong(FIT), OK), RIGHT], ["", FIT.text, LINES.text]),
        (WIDTHS, [grade(FOUND, OK, wrong(NEW_LINES), OK)], ["", WIDTH.text, LINES.text]),
        (grade(FOUND, OK, wrong(VAGUE), wrong(LINES)), [grade(FOUND, OK, wrong(NEW_LINES), OK)], ["", VAGUE.text, LINES.text]),
        (grade(FOUND, wrong(IMPORT), wrong(CALL), OK), [grade(FOUND, OK, wrong(CALL), OK), RIGHT], [IMPORT.text, CALL.text, ""]),
        (WIDTHS, [], ["", WIDTH.text, LINES.text]),
        (grade(FOUND, OK, wrong(WITHIN), wrong(LINES)), [RIGHT], ["", LINES.text, LINES.text]),
        (grade(ABSENT, wrong(LINES), HIDDEN, (Status.SKIPPED, (WITHIN,))), [RIGHT], [LINES.text, "", ""]),
        (grade(FOUND, OK, wrong(ABOVE), wrong(LINES)), [RIGHT], ["", ABOVE.text, LINES.text]),
        (grade(FOUND, OK, wrong(WITHIN), wrong(ADVICE)), [grade(FOUND, OK, OK, wrong(ADVICE))], ["", WITHIN.text, LINES.text]),
    ],
    ids=["an error alone", "what is left after it", "several errors in a row", "the network", "what fit needs then",
         "what passes then", "what a check says by then", "lines that are not in the program",
         "what still fails, with such lines", "an import above a call", "a run that shows nothing",
         "what other lines are written for", "nor if it was not checked",
         "an import above such lines", "what only advice would overwrite"],
)  # fmt: skip
def test_what_is_told_are_the_steps_that_were_done_and_those_that_are_left(
    first: Grade, later: list[Grade], expected: list[str]
) -> None:
    """No point and no status changes."""
    (merged,) = tried([first], Runs(*later))
    assert [result.hint for result in merged.results] == expected
    assert [replace(result, steps=()) for result in merged.results] == [replace(r, steps=()) for r in first.results]
    assert merged.status is first.status


def test_the_grade_says_so_where_all_steps_lead_to_full_marks() -> None:
    assert tried([WIDTHS], Runs(RIGHT))[0].leads_to_full_marks
    assert not tried([WIDTHS], Runs(grade(FOUND, OK, OK, wrong(VAGUE))))[0].leads_to_full_marks
    assert not tried([RIGHT], Runs())[0].leads_to_full_marks


def test_steps_of_one_file_have_one_order() -> None:
    """From its end to its beginning, imports last; what two exercises tell is one step."""
    first = grade(FOUND, OK, wrong(LINES, ABOVE), wrong(WIDTH))
    other = replace(grade(FOUND, OK, wrong(CALL), wrong(replace(ABOVE, text="The same."))), assignment=OTHER)
    lists = [[*entry.next_steps] for entry in tried([first, other], Both(first, other))]
    assert [[(step.text, step.number) for step in steps] for steps in lists] == [
        [(LINES.text, 1), (WIDTH.text, 2), (ABOVE.text, 4)],
        [(CALL.text, 3), (ABOVE.text, 4)],
    ]


@pytest.mark.parametrize("edit", [Edit(9, "x", "[x, x]"), Edit(9, "y", "x")], ids=["undone", "another value"])
def test_what_two_exercises_need_in_one_place_is_not_told_as_a_change(edit: Edit) -> None:
    """A helper trains two networks, and each needs other data there."""
    first = grade(FOUND, wrong(FIT), OK, OK)
    other = replace(grade(FOUND, wrong(Step("Write it.", (edit,))), OK, OK), assignment=OTHER)
    merged = tried([first, other], Both(RIGHT, replace(RIGHT, assignment=OTHER)))
    words = "Line 9 serves exercises that need different code there: "
    needs = [f'{words}"{ASSIGNMENT.title}" needs `[x, x]`.', f'{words}"{OTHER.title}" needs `{edit.new}`.']
    what = " Make what differs a parameter of the function."
    assert [[step.text for step in entry.next_steps] for entry in merged] == [[text + what for text in needs]] * 2
    assert not any(entry.leads_to_full_marks for entry in merged)


def test_lines_that_two_exercises_need_otherwise_are_told_of_none() -> None:
    first = grade(FOUND, OK, wrong(LINES), OK)
    other = replace(grade(FOUND, OK, wrong(NEW_LINES), OK), assignment=OTHER)
    merged = tried([first, other], Both(RIGHT, replace(RIGHT, assignment=OTHER)))
    steps = [[*entry.next_steps] for entry in merged]
    assert [[step.is_vague for step in own] for own in steps] == [[True]] * 2
    assert all("needs other lines." in own[0].text for own in steps)


def test_what_another_exercise_undoes_in_the_next_round_is_not_told_as_a_change() -> None:
    """It passed, as long as nobody had changed the line that both use."""
    here, there = (
        Step(f"Write `{code}`.", (Edit(9, code, call="compile"),)) for code in ("m.compile(a)", "m.compile(b)")
    )
    first, others = grade(FOUND, OK, wrong(here), OK), replace(RIGHT, assignment=OTHER)
    spoilt = replace(grade(FOUND, OK, wrong(there), OK), assignment=OTHER)
    turns = itertools.cycle([Both(RIGHT, spoilt), Both(first, others)])

    def again(done: Sequence[Step], goes_on: bool) -> Sequence[Grade]:
        return next(turns)(done, goes_on)

    merged = tried([first, others], again)
    assert [[step.text[:62] for step in entry.next_steps] for entry in merged] == [
        ['Line 9 serves exercises that need different code there: "One i'],
        [],
    ]


def test_values_that_one_exercise_exchanges_are_no_matter_of_two() -> None:
    there, back = (Step(f"Write `{a}`.", (Edit(6, a, b),)) for a, b in (("20", "30"), ("30", "20")))
    (merged,) = tried([grade(FOUND, OK, wrong(there, back), OK)], Runs(RIGHT))
    assert [step.text for step in merged.next_steps] == [there.text, back.text]
    assert merged.leads_to_full_marks


def test_what_is_said_of_the_run_of_a_file_is_said_of_all_its_exercises() -> None:
    """Also of the one that knows nothing of the error, since that is the matter of the other."""
    place = Location(None, 3)
    first = replace(grade(FOUND, wrong(), wrong(WIDTH), OK), of_others=frozenset({place}))
    other = replace(grade(FOUND, wrong(FIT), OK, OK), assignment=OTHER)
    (merged, _) = tried([first, other], Both(RIGHT, replace(RIGHT, assignment=OTHER)))
    assert [result.hint for result in merged.results] == [FIT.text, "", ""]
    assert merged.leads_to_full_marks


def test_what_a_note_of_the_last_run_adds_is_not_told_where_it_spoils_something() -> None:
    """It has not been tried with the other steps before."""
    note = Note("targets-swapped", "Write `b` in place of `a`.", Location(None, 7), edits=(Edit(7, "b", "a"),))
    for spoils in (False, True):

        def again(done: Sequence[Step], goes_on: bool, spoils: bool = spoils) -> Sequence[Grade]:
            run = WIDTHS if spoils and any("`b`" in step.text for step in done) else replace(RIGHT, notes=(note,))
            return [replace(run, execution=replace(run.execution, followed=tuple(done)))]

        (merged,) = tried([WIDTHS], again)
        assert any("`b`" in step.text for step in merged.next_steps) is not spoils
        assert merged.leads_to_full_marks


def test_steps_that_cost_another_exercise_something_are_not_said_to_lead_there() -> None:
    """They correct one number that both use."""
    first, other = grade(FOUND, OK, wrong(WIDTH), OK), replace(RIGHT, assignment=OTHER)
    for after in ([other], [replace(WIDTHS, assignment=OTHER)], []):  # or its network is not there any more
        (merged, _) = tried([first, other], Both(RIGHT, *after))
        assert merged.leads_to_full_marks is (after == [other])


def test_a_line_that_one_step_adds_is_added_as_another_one_has_it() -> None:
    """What is in no line of the student's cannot be replaced there."""
    added = Step("Write `m.compile(a)` above line 8.", (Edit(8, "m.compile(a)"),))
    first = grade(FOUND, wrong(added), wrong(VAGUE), OK)
    runs = Runs(grade(FOUND, OK, wrong(CALL), OK), RIGHT, RIGHT)
    (merged,) = tried([first], runs)
    assert [result.hint for result in merged.results] == ["Write `m.compile(b)` above line 8."] * 2 + [""]
    assert merged.leads_to_full_marks
    assert [step.text for step in runs.asked[-1][0]] == ["Write `m.compile(b)` above line 8."]


def test_what_a_whole_call_takes_the_place_of_is_not_told() -> None:
    """Nor an import that only it needs; what else stands on its line is told."""
    named = Step(
        "Write `RMSprop` in place of `rmsprop`.",
        (Edit(8, "RMSprop", "rmsprop"), Edit(8, "from keras.optimizers import RMSprop")),
    )
    call = Step("Write `m.compile('rmsprop')`.", (Edit(8, "m.compile('rmsprop')", call="compile"),))
    beside = replace(FIT, edits=(Edit(8, "[x, x]", "x"),))
    for step, hints in ((named, [call.text, call.text, ""]), (beside, [FIT.text, call.text, ""])):
        first = grade(FOUND, wrong(step), wrong(call), OK)
        assert told(first, grade(FOUND, OK, wrong(call), OK), RIGHT, RIGHT) == hints


def test_a_value_for_a_name_that_another_step_replaces_is_not_told() -> None:
    made = Step("Write `y = Input((1,))` above line 4.", (Edit(4, "y = Input((1,))"),))
    named = Step("Write `x` in place of `y`.", (Edit(4, "x", "y"),))
    first = grade(FOUND, wrong(made), OK, OK)
    assert told(first, grade(FOUND, wrong(named), OK, OK), RIGHT, RIGHT) == [named.text, "", ""]


def test_errors_come_first_and_a_step_is_done_once() -> None:
    """The network of a program that ends at an error is half of one."""
    runs = Runs(WIDTHS, RIGHT)
    tried([grade(FOUND, wrong(NAME), wrong(WIDTH), wrong(LINES))], runs)
    first, *others = (Step(step.text) for step in (NAME, WIDTH, LINES))
    assert runs.asked == [([first], False), ([first, *others], False)]


def test_what_never_helps_is_tried_a_few_times() -> None:
    runs = Runs(*[WIDTHS] * 9)
    tried([WIDTHS], runs)
    assert len(runs.asked) == MOST_TIMES
    errors = [
        grade(ABSENT, wrong(replace(NAME, edits=(Edit(line, "a", "b"),))), HIDDEN, HIDDEN) for line in range(1, 9)
    ]
    runs = Runs(*errors)
    tried([ERROR], runs)
    assert len(runs.asked) == MOST_ROUNDS


def test_what_only_a_training_can_tell_is_not_tried() -> None:
    """A class of designs would be trained twice."""
    runs = Runs(RIGHT)
    tried([grade(FOUND, OK, wrong(replace(WIDTH, is_advice=True)), OK)], runs)
    assert runs.asked == []


MOVES = Step("Move cell 4 above cell 2.", (Edit(0, above=2, cell=4),))


def test_a_cell_is_moved_before_any_other_step() -> None:
    """The others count cells anew after it."""
    runs = Runs(RIGHT)
    tried([grade(ABSENT, wrong(NAME, MOVES), HIDDEN, HIDDEN)], runs)
    assert runs.asked[0] == ([Step(MOVES.text)], False)


FAILED = (Statement(Location(), "h = Dense('a')(x)", failed=True),)
BROKEN = replace(FOUND, model=replace(FOUND.model, statements=FAILED) if FOUND.model else None)
AGAIN = Note("layer-again", "", Location(None, 3))
(SENTENCE,) = steps_for([AGAIN], "")
UNCLEAR = Step("Correct the error, and call `f()`.", is_vague=True)
UNKNOWN = grade(ABSENT, wrong(SENTENCE), HIDDEN, HIDDEN, notes=(AGAIN,))


def test_a_run_that_went_on_says_what_to_write_for_an_error_and_what_comes_after_it() -> None:
    """Why, and the lines, are one step; what other checks say of the same network is told with it."""
    whole = grade(BROKEN, wrong(LINES), wrong(LINES), wrong(FIT))
    assert told(UNKNOWN, whole, RIGHT) == [f"{SENTENCE.text} {LINES.text}", "", f"it says {FIT.text}"]


def test_why_something_is_an_error_stands_with_the_step_that_changes_its_line() -> None:
    """Whichever comes first, and whichever run has found the error."""
    here = Step("Write these lines in place of line 3:\n    h", (Edit(3, "h", last=3),))
    whole = grade(BROKEN, wrong(LINES, here), OK, OK)
    for first, *later in ([UNKNOWN, whole], [ERROR, UNKNOWN, whole]):
        (text,) = {*told(first, *later, RIGHT)} - {""}
        assert text == f"{LINES.text}\n{SENTENCE.text} {here.text}"


def test_of_a_run_that_went_on_in_vain_nothing_is_told() -> None:
    whole = grade(BROKEN, wrong(UNCLEAR), wrong(WIDTH), wrong(FIT))
    assert told(UNKNOWN, whole) == [SENTENCE.text, "", ""]


VALUE = Step("Write `32` in place of `30`.", (Edit(4, "32", "30"),))


@pytest.mark.parametrize(
    ("first", "later", "points"),
    [
        (ERROR, [WIDTHS], 3),
        # Not with what corrects the network.
        (ERROR, [grade(FOUND, OK, wrong(VALUE), OK), RIGHT], 6),
        # A run that went on has corrected nothing, and a program can tell that it is run so.
        (UNKNOWN, [grade(BROKEN, wrong(LINES), OK, OK)], None),
        (replace(ERROR, match=FOUND, status=GradeStatus.GRADED), [WIDTHS], None),
        (ERROR, [replace(WIDTHS, match=ABSENT)], None),
    ],
    ids=["hidden", "and corrected", "went on", "built", "never built"],
)
def test_who_reviews_a_hidden_network_reads_what_its_errors_corrected_alone_would_earn(
    first: Grade, later: list[Grade], points: int | None
) -> None:
    told = [f"with only its errors corrected, it would earn {points} of 10 points"] if points else []
    assert tried([first], Runs(*later))[0].reasons == ("an error", *told)


def test_an_error_that_other_steps_do_away_with_is_no_remark() -> None:
    """It only followed from another one."""
    notes = (
        Note("misspelt-name", DETAIL, Location(None, 3)),
        Note("layer-not-called", "Call `h` on a tensor.", Location(None, 5)),
        Note("keras2-spelling", "Write it as today.", Location(None, 1)),
    )
    first = grade(ABSENT, wrong(NAME), HIDDEN, HIDDEN, notes=notes)
    (merged,) = tried([first], Runs(grade(FOUND, OK, OK, OK, notes=notes[2:])))
    assert merged.notes == (notes[0], notes[2])


def test_what_goes_wrong_after_a_grade_costs_nothing_of_it() -> None:
    def fails(done: Sequence[Step], goes_on: bool) -> Execution:
        raise ValueError(done)

    graded = Graded(WIDTHS.submission, (WIDTHS,))
    nothing: Any = None
    assert with_what_follows(graded, fails, nothing, nothing) == graded
