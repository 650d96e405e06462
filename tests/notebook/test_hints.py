"""Hints: a little more each time, and never more than the page shows."""

from __future__ import annotations

import html
import re

import pytest

from grader.domain import Grade
from grader.reporting import student_page
from grader.reporting.notebook_cell import Report
from tests.notebook.test_report import REFERENCE, report_of, wrong
from tests.reporting.grades import empty_grade, good_grade, unreadable_grade


def words_of_the_page(grade: Grade) -> str:
    text = re.sub(r"<[^>]+>", "", student_page([grade], reference_graphs=REFERENCE))
    return " ".join(html.unescape(text).split())


def test_each_hint_says_more_than_the_one_before() -> None:
    report = report_of(wrong())
    where, what, how = (report.hint(number, "widths") for number in (1, 2, 3))
    assert "The layers have the widths of the task" in where.text
    assert "20" not in where.text
    assert "expected 20 units, found 32" in what.text
    assert "Dense(20" not in what.text
    assert "Dense(20" in how.text
    assert str(how).startswith("Hint 3 of 3: ")


def test_after_the_last_hint_there_are_no_more() -> None:
    assert "no more hints" in str(report_of(wrong()).hint(4))


@pytest.mark.parametrize("number", [0, -1])
def test_hints_are_counted_from_one(number: int) -> None:
    assert "counted from 1" in str(report_of(wrong()).hint(number))


def test_a_hint_is_about_the_first_check_that_cost_points() -> None:
    assert "The code runs from top to bottom" in str(report_of(wrong()).hint())


def test_the_layer_to_look_at_is_named_with_its_place() -> None:
    assert "Look at the layer `dense_1` (cell 3, line 4)." in str(report_of(wrong()).hint(1, "graph"))


@pytest.mark.parametrize("reveal", ["hint", "difference", "solution"])
def test_hints_reveal_nothing_that_the_page_does_not(reveal: str) -> None:
    grade = wrong(reveal)
    report, page = report_of(grade), words_of_the_page(grade)
    for check in ("runs", "widths", "merge", "graph"):
        for number in (1, 2, 3):
            text = report.hint(number, check).text.replace("`", "")
            for part in re.split(r"(?:Expected|Found): |(?<=\.) ", text):
                if part and not part.startswith(("“", "Look at", "There are no more")):
                    assert part.rstrip(".") in page


def test_an_expected_value_that_is_not_revealed_is_in_no_hint() -> None:
    report = report_of(wrong("hint"))
    assert all("Expected" not in str(report.hint(number, "widths")) for number in (1, 2, 3))


def test_an_unknown_check_is_named_with_those_that_exist() -> None:
    assert "There is no check `nope`. Choose one of `runs`, `inputs`," in str(report_of(wrong()).hint(1, "nope"))


def test_where_nothing_failed_there_is_nothing_to_hint_at() -> None:
    assert "No hint is needed" in str(report_of(good_grade()).hint())
    assert "No hint is needed" in str(report_of(wrong()).hint(1, "learns"))


def test_without_a_model_the_hint_says_so() -> None:
    assert "No model for this exercise was found." in str(report_of(empty_grade()).hint(2))
    assert str(report_of(unreadable_grade()).hint()).startswith("Hint 1 of 1: ")


def test_a_hint_can_be_shown_in_a_notebook() -> None:
    hint = report_of(wrong()).hint(1, "graph")
    assert "<code>dense_1</code>" in hint._repr_html_()
    assert r"<code>dense\_1</code>" in hint._repr_markdown_()


def test_a_problem_is_its_own_hint() -> None:
    assert str(Report.of_problem("no course here").hint(2)) == "no course here"
