"""Grades and classes on a terminal."""

from __future__ import annotations

import io
from collections.abc import Callable

import pytest
from rich.console import Console

from grader.domain import Grade, Report
from grader.reporting.document import GradeDocument
from grader.reporting.story import story_of
from grader.reporting.terminal import print_grade, print_summary
from tests.reporting.grades import REPORT, grade_of, report_of

WRONG = """\
Two inputs, one output  5 / 10  ◑ graded
  Graded: the model `two_inputs`, built in cell 3, line 7, chosen by its name.
  ✗ failed         0/1  The code runs from top to bottom
      Cell 5 raised an error, line 2.
      expected: no error
      found:    `ValueError` in cell 5
      next:     Plot as many epochs as ran.
  ✓ passed         3/3  Two inputs, each of which reaches the output
  ✗ failed         0/1  The layers have the widths of the task
      Layer `dense_1`: expected 20 units, found 32.
      expected: 32 and 20
      found:    32 and 32
      next:     Give the second branch 20 units: `Dense(20, ...)`.
"""


def printed(show: Callable[[Console], None], encoding: str = "utf-8", width: int = 80, color: bool = False) -> str:
    """What a terminal of that encoding and width receives."""
    raw = io.BytesIO()
    stream = io.TextIOWrapper(raw, encoding=encoding)
    show(Console(file=stream, width=width, force_terminal=color, color_system="truecolor" if color else None))
    stream.flush()
    return raw.getvalue().decode(encoding)


def told(grade: Grade | GradeDocument, **options: object) -> str:
    document = grade if isinstance(grade, GradeDocument) else GradeDocument.of(grade)
    return printed(lambda console: print_grade(console, story_of(document)), **options)  # type: ignore[arg-type]


def test_a_grade_reads_from_score_to_next_step() -> None:
    text = told(grade_of("wrong"))
    assert text.startswith(WRONG)
    assert text.endswith("  Learned in 1 of 2 runs, at about epoch 325.\n")


@pytest.mark.parametrize("encoding", ["utf-8", "ascii", "cp1252"])
@pytest.mark.parametrize("name", ["good", "wrong", "review", "unreadable", "empty", "hostile"])
def test_grades_fit_80_columns_in_any_encoding(name: str, encoding: str) -> None:
    assert all(len(line) <= 80 for line in told(grade_of(name), encoding=encoding).splitlines())


def test_hostile_text_commands_nothing() -> None:
    text = told(grade_of("hostile"), color=True)
    assert "\x1b]0;owned" not in text
    assert "[red]loud[/red]" in text
    assert "<U+202E>" in text


@pytest.mark.parametrize("width", [30, 44, 80])
def test_hostile_text_commands_no_workflow(width: int) -> None:
    """In the log of GitHub's runner nothing that a student wrote is a command, wherever lines are wrapped."""
    document = GradeDocument.of(grade_of("wrong"))
    said = "a word ::set-output name=score::10 and ##[stop-commands]x and more::error::owned"
    first = document.checks[0].model_copy(update={"message": said, "hint": "x[::2] stays"})
    text = told(document.model_copy(update={"checks": [first]}), width=width)
    assert not any(line.strip().startswith("::") for line in text.splitlines())
    assert "##[" not in text
    assert "x[::2] stays" in " ".join(text.split())


def test_colour_is_only_decoration() -> None:
    plain = told(grade_of("review"))
    assert "\x1b" not in plain
    for words in ("! grader error", "– skipped", "Needs review: The check `learns` could not be finished."):
        assert words in plain


def test_a_reason_is_printed_once() -> None:
    text = told(grade_of("empty"))
    assert text.count("No model for this exercise was found.") == 1
    assert text.count('For the same reason as "The code runs from top to bottom".') == 6


@pytest.mark.parametrize("width", [60, 80, 120])
def test_a_class_is_a_table_and_what_it_lacks(width: int) -> None:
    text = printed(lambda console: print_summary(console, REPORT), width=width)
    assert all(len(line) <= width for line in text.splitlines())
    for words in ("Ada Lovelace", "needs review: Alan Turing", "not submitted: =Mallory", "What to teach next:"):
        assert words in text


def test_of_very_many_assignments_only_the_total_is_printed() -> None:
    names = [f"assignment_{letter}" for letter in "abcdefgh"]
    wide = Report(report_of(grade_of("good")).grades, provenance={"assignments": ["two_inputs", *names]})
    text = printed(lambda console: print_summary(console, wide))
    assert text.startswith("submission      total\nAda Lovelace  10 / 10\n")
