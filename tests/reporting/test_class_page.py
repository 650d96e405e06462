"""The page of the class and what it is made of, and pages of groups of answers."""

from __future__ import annotations

import re
from dataclasses import replace

from grader.domain import AnswerGroup, ClassReport, Grade, Origin
from grader.reporting import class_page, group_pages
from grader.reporting.class_groups import MistakeGroup, topics
from grader.reporting.class_view import ClassView
from tests.reporting.grades import ATTACK, REPORT, WIDE, grade_document, grade_of, report_of


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


# Groups of answers

ERROR = AnswerGroup("ba9876543210", "`NameError` before the <network> is built.", ("…",), "error")


def answer_groups(report: ClassReport) -> tuple[MistakeGroup, ...]:
    return tuple(ClassView.of(report).groups.values())


def wrong(number: int, group: AnswerGroup) -> Grade:
    return replace(grade_of("wrong", f"zuse-{number:02}", f"Konrad Zuse {number}"), group=group)


IN_GROUPS = report_of(wrong(1, ERROR), wrong(2, WIDE), wrong(3, WIDE))


def test_groups_are_counted_and_the_largest_comes_first() -> None:
    first, second = answer_groups(IN_GROUPS)
    assert [first.count, second.count, first.seen] == [2, 1, 3]
    assert first.cost == sum(grade["max_score"] - grade["score"] for grade in IN_GROUPS.grades) - second.cost
    (group,) = answer_groups(report_of(wrong(1, replace(WIDE, causes=("One.", "Two.")))))
    assert group.short.endswith(". (and 1 more)")
    assert [grade.submission.name for grade in first.grades] == ["Konrad Zuse 2", "Konrad Zuse 3"]


def test_a_group_is_drawn_once_with_the_difference_marked() -> None:
    first, second = answer_groups(IN_GROUPS)
    assert [title for title, _ in first.drawings] == ["What was built", "What is expected"]
    assert all(svg.count('class="flag"') == 1 for _, svg in first.drawings)
    assert second.drawings == ()


def test_the_page_of_the_class_lists_the_groups_with_links_to_their_pages_and_to_feedback() -> None:
    """A row of the table has the group of its answer."""
    page = class_page(IN_GROUPS)
    assert page.count(f'data-group="{WIDE.digest}"') == 2
    assert "<network>" not in page
    section = page[page.index("What to teach next") : page.index("Scores by assignment")]
    assert section.count("expected 20 units, found 32") == 1
    assert section.count(f"groups/{WIDE.digest}.html") == 1
    assert sorted(re.findall(r"feedback/(zuse-\d\d)/", section)) == ["zuse-01", "zuse-02", "zuse-03"]


def about(number: int, digest: str, *topics: str) -> Grade:
    group = replace(ERROR, digest=digest * 12, title=f"{topics[0]} in {digest}", topics=topics, kind="settings")
    return wrong(number, group)


def test_groups_fold_by_what_they_are_about() -> None:
    """An answer counts for each of its mistakes; what the grader lacks is not to be taught."""
    lacking = replace(ERROR, kind="grader", title="The package `x` is not installed where this was graded.")
    report = report_of(about(1, "a", "Initializers"), about(2, "b", "Initializers"), about(3, "b", "Initializers"),
                      about(4, "c", "Widths", "Initializers"), about(5, "d", "Widths"), wrong(6, lacking))  # fmt: skip
    first, second = topics(answer_groups(report))
    assert [(topic.title, topic.count, topic.seen) for topic in (first, second)] == [
        ("Initializers", 4, 6),
        ("Widths", 2, 6),
    ]
    assert [group.about.title for group in first.groups] == ["Initializers in b", "Initializers in a", "Widths in c"]
    assert class_page(report).count("Initializers</h3>") == 1


def test_pages_of_groups_lead_to_each_other() -> None:
    pages = dict(group_pages(IN_GROUPS))
    assert list(pages) == [WIDE.digest, ERROR.digest]
    assert f'href="{ERROR.digest}.html" rel="next"' in pages[WIDE.digest]
