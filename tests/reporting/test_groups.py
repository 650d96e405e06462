"""Answer groups on the page of the class, and on pages of their own."""

from __future__ import annotations

import re
from dataclasses import replace

from grader.domain import AnswerGroup, ClassReport, Grade
from grader.reporting import class_page, group_pages
from grader.reporting.class_groups import MistakeGroup, topics
from grader.reporting.class_view import ClassView
from tests.reporting.grades import WIDE, grade_of, report_of

ERROR = AnswerGroup("ba9876543210", "`NameError` before the <network> is built.", ("…",), "error")


def answer_groups(report: ClassReport) -> tuple[MistakeGroup, ...]:
    return tuple(ClassView.of(report).groups.values())


def wrong(number: int, group: AnswerGroup) -> Grade:
    return replace(grade_of("wrong", f"zuse-{number:02}", f"Konrad Zuse {number}"), group=group)


REPORT = report_of(wrong(1, ERROR), wrong(2, WIDE), wrong(3, WIDE))


def test_groups_are_counted_and_the_largest_comes_first() -> None:
    first, second = answer_groups(REPORT)
    assert [first.count, second.count, first.seen] == [2, 1, 3]
    assert first.cost == sum(grade["max_score"] - grade["score"] for grade in REPORT.grades) - second.cost
    (group,) = answer_groups(report_of(wrong(1, replace(WIDE, causes=("One.", "Two.")))))
    assert group.short.endswith(". (and 1 more)")
    assert [grade.submission.name for grade in first.grades] == ["Konrad Zuse 2", "Konrad Zuse 3"]


def test_a_group_is_drawn_once_with_the_difference_marked() -> None:
    first, second = answer_groups(REPORT)
    assert [title for title, _ in first.drawings] == ["What was built", "What is expected"]
    assert all(svg.count('class="flag"') == 1 for _, svg in first.drawings)
    assert second.drawings == ()


def test_the_page_of_the_class_lists_the_groups_with_links_to_their_pages_and_to_feedback() -> None:
    """A row of the table has the group of its answer."""
    page = class_page(REPORT)
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
    pages = dict(group_pages(REPORT))
    assert list(pages) == [WIDE.digest, ERROR.digest]
    assert f'href="{ERROR.digest}.html" rel="next"' in pages[WIDE.digest]
