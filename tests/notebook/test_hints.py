"""Hints: a little more each time, and never more than the page shows."""

from __future__ import annotations

from tests.notebook.test_report import report_of, wrong


def test_each_hint_says_more_than_the_one_before() -> None:
    report = report_of(wrong())
    where, what, how = (report.hint(number, "widths") for number in (1, 2, 3))
    assert "The layers have the widths of the task" in where.text
    assert "20" not in where.text
    assert "expected 20 units, found 32" in what.text
    assert "Dense(20" not in what.text
    assert "Dense(20" in how.text
    assert str(how).startswith("Hint 3 of 3: ")


def test_a_hint_can_be_shown_in_a_notebook() -> None:
    hint = report_of(wrong()).hint(1, "graph")
    assert "<code>dense_1</code>" in hint._repr_html_()
