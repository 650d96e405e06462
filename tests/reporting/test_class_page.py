"""The class's page and what it is made of."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace

from grader.domain import Grade, Origin, Report
from grader.reporting import class_page, grade_document
from grader.reporting.class_table import rows
from grader.reporting.class_view import distributions


def test_every_situation_is_told_apart(report: Report) -> None:
    """A zero, a review, an unreadable file, an excuse and a missing exercise are five different words."""
    cells = {row.who: [(cell.mark.word, cell.score) for cell in row.cells] for row in rows(report)}

    assert cells["Ada Lovelace"] == [("full marks", "10 / 10"), ("excused", "")]
    assert cells["Grace Hopper"] == [("graded", "5 / 10"), ("not found", "")]
    assert cells["Alan Turing"][0] == ("needs review", "")
    assert cells["student-04"][0] == ("not graded", "")
    assert cells["Emmy Noether"][0] == ("graded", "0 / 10")


def test_totals_count_what_is_settled(report: Report) -> None:
    """A total is blank where nothing is settled, and a zero where that was earned."""
    totals = {row.who: row.total for row in rows(report)}

    assert totals["Alan Turing"] == totals["student-04"] == ""
    assert totals["Emmy Noether"] == "0 / 10"


def test_distributions_leave_out_what_is_no_score(report: Report) -> None:
    """Reviews and gaps stand beside the scores, not among them."""
    two_inputs, two_outputs = distributions(report)

    assert two_inputs.mean == "3.8 of 10 on average, 4 graded"
    assert [(mark.word, count) for mark, count in two_inputs.counts] == [("needs review", 1)]
    assert two_outputs.mean == "none graded yet"


def test_page_links_feedback_and_lists_what_is_absent(report: Report) -> None:
    """Each submission leads to its page; missing, unreadable and under review are listed with reasons."""
    page = class_page(report)

    assert 'href="feedback/student-02/index.html"' in page
    for words in ("Katherine Johnson", "This file is not a notebook", "The trainer ended twice.", "keras 3.15.1"):
        assert words in page


def test_hostile_names_stay_text(report: Report, attack: str) -> None:
    """The only script is the page's own, named by its hash."""
    facts = {"assignments": [attack], "remarks": [attack], "layout": attack}
    hostile = replace(report, missing=(attack,), not_found=((attack, attack),), provenance=facts)
    page = class_page(hostile)

    assert page.count("<script>") == 1
    assert "script-src 'sha256-" in page.replace("&#39;", "'")
    assert "<img" not in page
    assert "\x1b" not in page


def test_page_renders_from_what_a_run_left_on_disk(report: Report) -> None:
    """Documents that went through JSON render the same page."""
    stored = replace(report, grades=tuple(json.loads(json.dumps(report.grades))))

    assert class_page(stored) == class_page(report)


def test_what_an_lms_says_is_next_to_the_name(grade_of: Callable[..., Grade]) -> None:
    """Late, attempts and decisions for each, remarks for all; late ones can be selected."""
    grade = grade_of("good")
    decided = "2 files of this student; graded `hw2.ipynb`, the one with networks"
    origin = Origin("Moodle", late=True, submitted="2026-10-01", attempt=2, attempts=3, decisions=(decided,))
    late = grade_document(replace(grade, submission=replace(grade.submission, origin=origin)))
    page = class_page(Report((late,), provenance={"remarks": ["ignored `starter.ipynb`"]}))
    assert "late, submitted 2026-10-01, attempt 2 of 3" in page
    assert "graded <code>hw2.ipynb</code>, the one with networks" in page
    assert "ignored <code>starter.ipynb</code>" in page
    (row,) = rows(Report((late,)))
    assert "late" in row.states.split()


def test_an_empty_class_has_a_page() -> None:
    """Nothing to show is said, not raised."""
    assert "There is no submission in this report." in class_page(Report(()))
