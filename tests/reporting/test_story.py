"""What is told of a grade: each thing once, in the same words wherever it is told."""

from __future__ import annotations

from typing import Any

import pytest

from grader.reporting.document import CheckPart, GradeDocument, NotePart
from grader.reporting.story import GRADER_FAULT, MOST_PLACES, lines_of, merged_notes, repeated_checks, story_of
from grader.reporting.wording import ALREADY, CHECK_MARKS, COUNTED, GRADE_MARKS, TRIED, next_step, points, verdict
from tests.reporting.grades import grade_of

WRONG = GradeDocument.of(grade_of("wrong"))


def check(name: str, *reasons: str, **changes: Any) -> CheckPart:
    """A check that failed for these reasons, each with a next step."""
    values = {"id": name, "kind": name, "title": name.capitalize(), "status": "failed", "message": " ".join(reasons)}
    values |= {
        "hint": " ".join(f"Change {reason}" for reason in reasons),
        "differences": [],
        "actual": "found",
        **changes,
    }
    return WRONG.checks[0].model_copy(update=values)


INPUTS, WIDTHS, MERGE = check("inputs", "One."), check("widths", "Two; also wrong in `h`."), check("merge", "Three.")


@pytest.mark.parametrize(
    ("earlier", "last", "told"),
    [
        ([INPUTS, WIDTHS, MERGE], check("graph", "One."), '"Inputs"'),
        ([INPUTS, WIDTHS, MERGE], check("graph", "One.", "Two.", "Three."), '"Inputs", "Widths" and "Merge"'),
        ([INPUTS], check("graph", "One.", "Nobody says this."), ""),
        ([check("inputs", "One.", "Two.")], check("graph", "Two."), '"Inputs"'),
        ([INPUTS, check("heads", "Two.", "One.")], check("graph", "One.", "Two."), '"Heads"'),
        ([INPUTS], check("graph", "One.", hint="Do something else."), ""),
        ([check("inputs", "It is 0.5.")], check("graph", "It is 0."), ""),
        ([INPUTS], check("graph", "One.", status="skipped", hint=""), '"Inputs"'),
        ([INPUTS], check("graph", "One.", status="skipped", hint="Change One.\nDo something else."), '"Inputs"'),
        ([check("inputs", "One.", status="skipped")], check("graph", "One."), ""),
        ([check("inputs", "One.", status="passed")], check("graph", "One."), ""),
        (
            [check("inputs", "One.", hint="Write this:\n    x = 1\nAdd that.")],
            check("graph", "One.", hint="Write this:\n    x = 1\nAdd that."),
            '"Inputs"',
        ),
    ],
)
def test_a_reason_is_told_once(earlier: list[CheckPart], last: CheckPart, told: str) -> None:
    several, steps = "s" if " and " in told else "", [step for step in last.hint.split("\n") if step.endswith("else.")]
    lines = [f"For the same reason{several} as {told}.", *(f"Next step: {step}" for step in steps)] if told else []
    assert [*map(str, repeated_checks([*earlier, last]).get("graph", ()))] == lines


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


def test_a_step_is_told_once() -> None:
    """Another check with the same step, or the same code in the same place, names those that have told it."""
    passes = "This passes once the others are done."
    hints = [
        "Write `a`.\nWrite these lines:\n    x = 1",
        "Write `b`.",
        f"Write `a`.\nThis is why. Write these lines:\n    x = 1\nWrite `b`.\n{passes}",
        f"Write these others:\n    x = 1\n{passes}",
    ]
    checks = [check(f"c{number}", f"Reason {number}.", hint=hint) for number, hint in enumerate(hints)]
    story = story_of(WRONG.model_copy(update={"checks": checks}))
    assert [[line.text for line in block.lines if line.label == "Next step"] for block in story.checks] == [
        ["Write `a`.", "Write these lines:"],
        ["Write `b`."],
        [passes, ALREADY.format('"C0" and "C1"')],
        ["Write these others:", passes],
    ]


def note(code: str, message: str, line: int | None = None, costs: bool = False) -> NotePart:
    return NotePart(code=code, message=message, cell=None, line=line, costs=costs)


@pytest.mark.parametrize(
    ("steps", "is_told"),
    [
        (["Write `a` above line 2.", "Write `b` in place of `c` on line 4."], True),
        (["Write `b` in place of `c` on line 4.", "Write these lines in place of line 5:\n    x = 1"], True),
        (["Write `b` in place of `c` on line 4.", "Write `d` in place of `e` on line 5."], False),
        (["Delete line 7."], False),
    ],
)
def test_where_a_step_moves_lines_the_others_say_which_they_count(steps: list[str], is_told: bool) -> None:
    checks = [check("inputs", "One.", hint=steps[0]), check("widths", "Two.", hint="\n".join(steps[1:]))]
    story = story_of(WRONG.model_copy(update={"checks": checks}))
    assert story.about_steps == ((COUNTED,) if is_told else ())


def test_a_page_says_where_its_steps_lead() -> None:
    leading = WRONG.model_copy(update={"leads_to_full_marks": True})
    assert story_of(leading).about_steps == (TRIED.format(leading.max_score),)


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
        note("step", WRONG.checks[0].hint),
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


UNRUN = WRONG.checks[0].model_copy(
    update={"status": "skipped", "message": "Not run.", "hint": "Write `np` in place of `npp`."}
)
ERRORED = WRONG.checks[0].model_copy(update={"status": "errored"})
PANDAS, DECIDED = note("missing-package", "`pandas` is not installed."), note("override", "Set by a person: total = 10")
OURS = "The grader could not finish its work. This is not your fault."


@pytest.mark.parametrize(
    ("changes", "words", "step"),
    [
        ({}, "Cell 5 raised an error, line 2.", "Plot as many epochs as ran."),
        ({"notes": [PANDAS]}, "Cell 5 raised an error, line 2.", "Plot as many epochs as ran."),
        ({"notes": [PANDAS], "status": "needs_review"}, "`pandas` is not installed.", ""),
        ({"notes": [DECIDED], "score": 10}, "Set by a person: total = 10", "Plot as many epochs as ran."),
        ({"checks": [UNRUN]}, "Not run.", "Write `np` in place of `npp`."),
        ({"checks": [UNRUN, ERRORED]}, OURS, ""),
        ({"checks": [], "status": "needs_review"}, "Nothing could be checked; a person will look at this work.", ""),
        ({"checks": WRONG.checks[1:2]}, "Your work meets all requirements of the exercise.", ""),
        (
            {
                "checks": [
                    check("heads", "One.", hint="Write these lines in place of line 5, indented like it:\n    x = 1")
                ]
            },
            "One.",
            "Write the lines below in place of line 5.",
        ),
        (
            {"checks": [check("heads", "One.", hint="Write these lines in place of what builds it now:\n    x = 1")]},
            "One.",
            "Write the lines below in place of what builds it now.",
        ),
    ],
)
def test_the_verdict_is_the_cause_that_comes_first(changes: dict[str, Any], words: str, step: str) -> None:
    document = WRONG.model_copy(update=changes)
    assert (verdict(document), next_step(document)) == (words, step)


def test_no_two_statuses_look_alike() -> None:
    for marks in (CHECK_MARKS, GRADE_MARKS):
        assert len({mark.word for mark in marks.values()}) == len(marks)
    assert len({mark.symbol for mark in GRADE_MARKS.values()}) == len(GRADE_MARKS)


def test_a_check_of_no_points_is_not_scored() -> None:
    assert points(WRONG.checks[0].model_copy(update={"max_score": 0})) == "not scored"
