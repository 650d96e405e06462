"""What is told of a grade: each thing once, in the same words wherever it is told."""

from __future__ import annotations

from typing import Any

import pytest

from grader.reporting.document import CheckPart, GradeDocument, NotePart, StepPart
from grader.reporting.story import (
    GRADER_FAULT,
    MOST_PLACES,
    lines_of,
    merged_notes,
    story_of,
    submission_story,
    told_by,
)
from grader.reporting.wording import (
    ALL_TRIED,
    CELLS,
    CHECK_MARKS,
    COUNTED,
    GRADE_MARKS,
    SOME_TRIED,
    TRIED,
    points,
    verdict,
)
from tests.reporting.grades import grade_of

WRONG = GradeDocument.of(grade_of("wrong"))


def check(name: str, *reasons: str, **changes: Any) -> CheckPart:
    """A check that failed for these reasons, each with a next step."""
    values = {"id": name, "kind": name, "title": name.capitalize(), "status": "failed", "message": " ".join(reasons)}
    values |= {
        "hint": "\n".join(f"Change {reason}" for reason in reasons),
        "differences": [],
        "actual": "found",
        **changes,
    }
    return WRONG.checks[0].model_copy(update=values)


INPUTS, WIDTHS, MERGE = (
    check("inputs", "One."),
    check("widths", "Two; also wrong in `h`.", hint="Change Two."),
    check("merge", "Three."),
)


@pytest.mark.parametrize(
    ("earlier", "last", "told"),
    [
        ([INPUTS, WIDTHS, MERGE], check("graph", "One."), ["Inputs"]),
        ([INPUTS, WIDTHS, MERGE], check("graph", "One.", "Two.", "Three."), ["Inputs", "Widths", "Merge"]),
        ([INPUTS], check("graph", "One.", "Nobody says this."), []),
        ([check("inputs", "One.", "Two.")], check("graph", "Two."), ["Inputs"]),
        ([INPUTS, check("heads", "Two.", "One.")], check("graph", "One.", "Two."), ["Heads"]),
        ([check("inputs", "It is 0.5.")], check("graph", "It is 0."), []),
        ([INPUTS], check("graph", "One.", status="skipped"), ["Inputs"]),
        ([check("inputs", "One.", status="skipped")], check("graph", "One."), []),
        ([check("inputs", "One.", status="passed")], check("graph", "One."), []),
    ],
)
def test_a_reason_is_told_once(earlier: list[CheckPart], last: CheckPart, told: list[str]) -> None:
    assert told_by([*earlier, last]).get("graph", []) == [f'"{title}"' for title in told]
    *_, block = story_of(WRONG.model_copy(update={"checks": [*earlier, last]})).checks
    assert block.repeats is bool(told)
    assert len(block.lines) == 1 or not told


@pytest.mark.parametrize(
    ("changes", "lines"),
    [
        ({"status": "passed"}, []),
        ({"status": "passed", "review": "look"}, ["One."]),
        ({"status": "errored"}, [GRADER_FAULT]),
        ({"status": "skipped"}, ["One.", "Next step: Change One."]),
        ({"expected": "two", "hint": ""}, ["One.", "Expected: two", "Found: found"]),
    ],
)
def test_a_check_says_what_belongs_to_its_status(changes: dict[str, Any], lines: list[str]) -> None:
    assert [*map(str, lines_of(INPUTS.model_copy(update={"expected": "", **changes})))] == lines


def step(text: str, *checks: str, moves_lines: bool = False) -> StepPart:
    return StepPart(text=text, checks=[*checks], moves_lines=moves_lines)


TWO = [
    step("Write `a`.", "widths"),
    step("Write this:\n    x = 1\nDelete line 3.", "inputs", "widths", moves_lines=True),
]


@pytest.mark.parametrize(
    ("steps", "told"),
    [(TWO, [["Steps: 2 and 3"], ["Steps: 1, 2 and 3"], []]), (TWO[:1], [[], [], []]), ([], [[], [], []])],
)
def test_checks_name_their_steps_by_the_numbers_of_these(steps: list[StepPart], told: list[list[str]]) -> None:
    """Where there is one, it needs none."""
    story = story_of(WRONG.model_copy(update={"checks": [INPUTS, WIDTHS, check("graph", "One.")], "steps": steps}))
    named = [[str(line) for line in block.lines if line.label.startswith("Step")] for block in story.checks]
    assert named == told


def test_an_import_that_two_steps_need_is_told_once_and_last() -> None:
    texts = [f"Write {name}.\nWrite `import keras` at the top." for name in ("a", "b")]
    steps = [StepPart(text=text, checks=[name]) for text, name in zip(texts, ("inputs", "widths"), strict=True)]
    story = story_of(WRONG.model_copy(update={"steps": steps, "checks": [INPUTS, WIDTHS]}))
    assert [line.text for line in story.steps.lines] == ["Write a.", "Write b.", "Write `import keras` at the top."]
    assert [block.lines[-1].text for block in story.checks] == ["1 and 3", "2 and 3"]


def test_a_step_has_its_sentences_with_the_code_below_each() -> None:
    lines = story_of(WRONG.model_copy(update={"steps": TWO[1:]})).steps.lines
    assert [(line.text, line.code) for line in lines] == [("Write this:", ("x = 1",)), ("Delete line 3.", ())]


def note(code: str, message: str, line: int | None = None, costs: bool = False) -> NotePart:
    return NotePart(code=code, message=message, cell=None, line=line, costs=costs)


@pytest.mark.parametrize(
    ("steps", "leads", "told"),
    [
        (TWO, False, COUNTED),
        (TWO[1:], False, COUNTED),
        ([step("Write `a`."), step("Write `b`.")], False, ""),
        ([step("Delete line 7.", moves_lines=True)], False, ""),
        ([step("Write `a` in cell 3, line 2.")], False, CELLS),
        (TWO[:1], True, TRIED.format(WRONG.max_score)),
    ],
    ids=["a step moves lines", "one with two changes", "no step does", "nothing follows", "cells", "to full marks"],
)
def test_a_page_says_how_to_follow_its_steps_and_where_they_lead(steps: list[StepPart], leads: bool, told: str) -> None:
    changed = WRONG.model_copy(update={"steps": steps, "leads_to_full_marks": leads})
    assert story_of(changed).steps.about == told


def several(*changes: dict[str, Any]) -> list[GradeDocument]:
    return [
        WRONG.model_copy(update={"assignment": name, "title": name.upper(), **change})
        for name, change in zip("abc", changes, strict=False)
    ]


def test_what_to_do_in_a_file_of_several_exercises_is_told_once_in_one_order() -> None:
    first, second, both = (
        step(text, name) for text, name in (("First.", "merge"), ("Second.", "inputs"), ("Both.", "inputs"))
    )
    first, second, both = (entry.model_copy(update={"number": n}) for n, entry in enumerate((first, second, both), 1))
    told = submission_story(several({"checks": [INPUTS], "steps": [second, both]},
                                    {"checks": [MERGE, INPUTS], "steps": [first, both]}))  # fmt: skip
    (steps,) = told.steps
    assert ([line.text for line in steps.lines], steps.heading) == (["First.", "Second.", "Both."], "What to do next")
    assert not any(story.steps.lines for story in told.exercises)
    lines = [[str(block.lines[-1]) for block in story.checks] for story in told.exercises]
    assert lines == [["Steps: 2 and 3"], ["Step: 1", "Step: 3"]]


def test_an_error_of_the_file_is_told_once() -> None:
    """What else two exercises lack they lack in two places, in whatever words."""
    runs = check("runs", "It ends early.")
    first, second = submission_story(several(*[{"checks": [runs, INPUTS]}] * 2)).exercises
    assert not any(block.repeats for block in first.checks)
    assert [str(block.lines[0]) for block in second.checks] == ['The same error as under "A".', "One."]
    assert second.verdict == 'The same error as under "A".'


def test_a_note_on_the_file_is_told_by_the_first_of_its_exercises() -> None:
    notes = [
        {"checks": [], "notes": [note("full-fit", "It takes long."), note("free", name)]}
        for name in ("First.", "Second.")
    ]
    told = submission_story(several(*notes)).exercises
    assert [[remark.message for remark in story.remarks] for story in told] == [
        ["It takes long.", "First."],
        ["Second."],
    ]


def test_each_of_several_files_has_a_list_of_its_own() -> None:
    one, two, other = several({"steps": TWO}, {"steps": TWO}, {"steps": TWO[:1]})
    other = other.model_copy(update={"submission": other.submission.model_copy(update={"path": "s/other.py"})})
    told = submission_story([one, other, two])
    assert [steps.heading for steps in told.steps] == ["What to do next in student-02.ipynb"]
    twin = two.model_copy(update={"submission": two.submission.model_copy(update={"path": "t/other.py"})})
    both = submission_story([other, twin, twin.model_copy(update={"assignment": "d"})])
    assert [steps.heading for steps in both.steps] == ["What to do next in t/other.py"]
    assert [len(story.steps.lines) for story in told.exercises] == [0, 1, 0]


@pytest.mark.parametrize(
    ("leading", "is_full", "told"),
    [
        ((True, True), True, ALL_TRIED),
        ((True, True), False, SOME_TRIED.format('"A" and "B"', "have")),
        ((True, False), True, SOME_TRIED.format('"A"', "has")),
        ((False, False), True, ""),
    ],
)
def test_a_list_says_which_exercises_it_leads_to_full_marks(
    leading: tuple[bool, ...], is_full: bool, told: str
) -> None:
    """One without a step has them, or gets no promise."""
    steps = [{"steps": TWO[:1], "leads_to_full_marks": leads} for leads in leading]
    last = {"steps": [], "score": WRONG.max_score if is_full else 0}
    assert [steps.about for steps in submission_story(several(*steps, last)).steps] == [told]


def test_notes_that_say_the_same_are_one() -> None:
    first, second = merged_notes([note("a", "same", 1), note("b", "other"), note("a", "same", 2), note("a", "same", 1)])
    assert (str(first), str(second)) == ("note a (line 1; line 2): same", "note b: other")
    (many,) = merged_notes(note("a", "same", line) for line in range(1, MOST_PLACES + 2))
    assert many.where.endswith("; …")


def test_notes_that_cost_points_are_not_said_to_cost_none() -> None:
    """They stand apart; where nothing was graded, nothing is said of points; a next step is not told again."""
    notes = [
        note("free", "A remark."),
        note("costly", "A mistake.", costs=True),
        note("step", WRONG.steps[0].text),
        note("comment", "c"),
    ]
    story = story_of(WRONG.model_copy(update={"notes": notes}))
    assert [(group.story, [item.code for item in group.notes]) for group in story.notes] == [
        ("You lost points above because of these.", ["costly"]),
        ("These do not cost points.", ["free"]),
    ]
    assert story.comments == ("c",)
    unread = GradeDocument.of(grade_of("unreadable")).model_copy(update={"notes": notes[:1]})
    assert [group.story for group in story_of(unread).notes] == [""]


UNRUN = WRONG.checks[0].model_copy(update={"status": "skipped", "message": "Not run."})
ERRORED = WRONG.checks[0].model_copy(update={"status": "errored"})
PANDAS, DECIDED = note("missing-package", "`pandas` is not installed."), note("override", "Set by a person: total = 10")


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({}, "Cell 5 raised an error, line 2."),
        ({"notes": [PANDAS]}, "Cell 5 raised an error, line 2."),
        ({"notes": [PANDAS], "status": "needs_review"}, "`pandas` is not installed."),
        ({"notes": [DECIDED], "score": 10}, "Set by a person: total = 10"),
        ({"checks": [UNRUN]}, "Not run."),
        ({"checks": [UNRUN, ERRORED]}, "The grader could not finish its work. This is not your fault."),
        ({"checks": [], "status": "needs_review"}, "Nothing could be checked; a person will look at this work."),
        ({"checks": WRONG.checks[1:2]}, "Your work meets all requirements of the exercise."),
    ],
)
def test_the_verdict_is_the_cause_that_comes_first(changes: dict[str, Any], words: str) -> None:
    assert verdict(WRONG.model_copy(update=changes)) == words


def test_no_two_statuses_look_alike() -> None:
    for marks in (CHECK_MARKS, GRADE_MARKS):
        assert len({mark.word for mark in marks.values()}) == len(marks)
    assert len({mark.symbol for mark in GRADE_MARKS.values()}) == len(GRADE_MARKS)


def test_a_check_of_no_points_is_not_scored() -> None:
    assert points(WRONG.checks[0].model_copy(update={"max_score": 0})) == "not scored"
