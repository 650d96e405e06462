"""The class's page and what it is made of."""

from __future__ import annotations

from dataclasses import replace

from grader.domain import ClassReport, Origin
from grader.reporting import class_page
from grader.reporting.class_view import ClassView
from tests.reporting.grades import ATTACK, REPORT, grade_document, grade_of


def test_hostile_names_stay_text() -> None:
    facts = {"assignments": [ATTACK], "remarks": [ATTACK], "layout": ATTACK}
    hostile = replace(REPORT, missing=(ATTACK,), not_found=((ATTACK, ATTACK),), provenance=facts)
    page = class_page(hostile)
    assert page.count("<script>") == 1
    assert "script-src 'sha256-" in page.replace("&#39;", "'")
    assert "<img" not in page
    assert "\x1b" not in page


def test_what_an_lms_says_is_next_to_the_name() -> None:
    grade = grade_of("good")
    decided = "2 files; graded `hw2.ipynb`, the one with networks"
    origin = Origin("Moodle", late=True, submitted="2026-10-01", attempt=2, attempts=3, decisions=(decided,))
    late = grade_document(replace(grade, submission=replace(grade.submission, origin=origin)))
    page = class_page(ClassReport((late,), provenance={"remarks": ["ignored `starter.ipynb`"]}))
    assert '<td class="muted">late, submitted 2026-10-01, attempt 2 of 3; ' in page
    assert "graded <code>hw2.ipynb</code>, the one with networks" in page
    assert "ignored <code>starter.ipynb</code>" in page
    assert "<tr data-late data-findings=" in page


def test_what_needs_a_person_stands_first_once_for_each_reason() -> None:
    document = grade_document(grade_of("review"))
    page = class_page(
        ClassReport(
            tuple({**document, "submission": {**document["submission"], "id": name}} for name in ("a", "b", "c"))
        )
    )
    assert '<a href="#review"><strong>3</strong> to review</a>' in page
    assert page.index('id="review"') < page.index('id="teach"')
    section = page[page.index('id="review"') : page.index('id="teach"')]
    assert section.count("<li>") == 1
    assert section.count("feedback/") == 3


def test_nothing_and_nearly_everything_do_not_share_a_sign() -> None:
    document = grade_document(grade_of("good"))
    cells = [ClassView.of(ClassReport(({**document, "score": score},))).rows[0].cells[0] for score in (0, 2, 5, 9, 10)]
    assert [cell.mark.symbol for cell in cells] == ["✗", "◔", "◑", "◕", "✓"]


def test_equal_files_are_pointed_out() -> None:
    """By the sketches of their code, in a neutral sentence; not those that one group of students delivered."""
    sketch = "0123456789ab0123456789ab"
    alone = [grade_document(grade_of("good", identity=f"s{number}"), sketch=sketch) for number in range(2)]
    assert "The same code" in class_page(ClassReport(tuple(alone)))
    together = [{**document, "submission": {**document["submission"], "group": "Team 4"}} for document in alone]
    assert ClassView.of(ClassReport(tuple(together))).similar == []
    assert "The same code" not in class_page(ClassReport(tuple(together)))
