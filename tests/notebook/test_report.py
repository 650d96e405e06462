"""The representations of a report: for notebooks, for front ends without HTML, for terminals."""

from __future__ import annotations

import io
from dataclasses import replace

import pytest
from rich.console import Console

from grader.domain import CheckResult, Grade, ModelGraph, Status
from grader.reporting.document import GradeDocument
from grader.reporting.notebook_cell import LATER, Report
from grader.reporting.story import story_of
from grader.reporting.terminal import print_grade
from tests.reporting.grades import ATTACK, grade_of, two_inputs_graph
from tests.reporting.markup import Page

REFERENCE: dict[str, ModelGraph] = {"two_inputs": two_inputs_graph()}


def report_of(*grades: Grade, references: dict[str, ModelGraph] = REFERENCE) -> Report:
    return Report.of_grades(grades, references)


def left_open(grade: Grade) -> Grade:
    """Without what needs the whole file, as `check(model)` leaves it."""
    first = CheckResult(grade.results[0].check, Status.SKIPPED, 0, LATER)
    return replace(grade, results=(first, *grade.results[1:]))


def test_a_terminal_and_a_report_print_the_same() -> None:
    stream = io.StringIO()
    print_grade(Console(file=stream, width=100), story_of(GradeDocument.of(grade_of("wrong"))))
    assert repr(report_of(grade_of("wrong"))) == stream.getvalue().rstrip("\n")


def test_a_cell_draws_both_networks_and_marks_the_difference() -> None:
    html = report_of(grade_of("wrong"))._repr_html_()
    assert html.count("<svg") == 2
    assert html.count(">≠</text>") == 2
    assert "Your network" in html
    assert "The expected network" in html


def test_a_cell_needs_no_style_sheet_and_runs_nothing() -> None:
    """Notebooks strip styles and scripts, and a class without its sheet would be black on black."""
    cell = Page(report_of(grade_of("wrong"), grade_of("good"))._repr_html_())
    assert not {"style", "script", "link", "iframe", "object", "h2", "h3"} & set(cell.tags)
    assert not {name for name, _ in cell.attributes if name in ("class", "id", "href") or name.startswith("on")}


def test_what_a_student_writes_is_never_markup() -> None:
    report = report_of(grade_of("hostile"))
    assert {"script", "img"}.isdisjoint(Page(report._repr_html_()).tags)
    for text in (report._repr_html_(), repr(report)):
        assert not {"\x1b", "\u202e"} & {*text}
        assert ATTACK not in text


def test_a_right_model_is_shown_as_right_though_its_file_has_not_run() -> None:
    report = report_of(left_open(grade_of("good")))
    assert report
    for text in (report._repr_html_(), repr(report)):
        assert "correct so far" in text
    assert "grader check my.ipynb" in report._repr_html_()


def test_truth_is_full_marks_without_a_review() -> None:
    assert report_of(grade_of("good"))
    for name in ("wrong", "review", "unreadable", "empty"):
        assert not report_of(grade_of(name))
    assert not Report.of_problem("nothing here")


def test_grades_are_typed_and_cannot_be_changed() -> None:
    report = report_of(grade_of("wrong"), grade_of("good"))
    assert (report.score, report.max_score, report.document["schema"]) == (15, 20, "grader.check/1")
    assert [grade.status for grade in report.grades] == ["graded", "graded"]
    with pytest.raises(ValueError, match="frozen"):
        report.grades[0].score = 10  # type: ignore[misc]


def test_a_problem_is_shown_in_each_form() -> None:
    report = Report.of_problem("there is no assignment `<b>`")
    assert "<code>&lt;b&gt;</code>" in report._repr_html_()
    assert "there is no assignment `<b>`" in repr(report)
