"""CSV, JUnit, Markdown, GitHub and Gradescope."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Callable
from dataclasses import replace
from xml.etree import ElementTree

import pytest

from grader.domain import Grade, Location, Note, Report
from grader.reporting import FORMATS, grades_csv
from grader.reporting.display import markdown
from grader.reporting.formats.annotations import MAX_PER_LEVEL, escape_data, escape_property, workflow_commands
from grader.reporting.formats.csv_export import safe_cell
from grader.reporting.formats.markdown import MAX_BYTES, summary_markdown
from grader.reporting.formats.platforms import gradescope_json, junit_xml


def csv_rows(text: str) -> list[dict[str, str]]:
    """The rows of a CSV file by column."""
    return list(csv.DictReader(io.StringIO(text)))


@pytest.mark.parametrize("name", sorted(FORMATS))
def test_every_format_renders_every_situation(report: Report, name: str) -> None:
    """Each format takes a class with all situations, and an empty one, and can be written as UTF-8."""
    for each in (report, Report(())):
        text = FORMATS[name](each)

        text.encode("utf-8")
        assert bool(text) is not (name == "github" and not each.grades)  # a workflow has nothing to say of nobody
        assert not re.search("[\x00-\x08\x0b\x0c\x0e-\x1f\x9b\u202e]", text)


def test_csv_scores_are_blank_unless_settled(report: Report) -> None:
    """Only a settled grade has a score; every other state is a word of its own."""
    by_key = {(row["who"], row["assignment"]): (row["status"], row["score"]) for row in csv_rows(grades_csv(report))}

    assert by_key["Ada Lovelace", "two_inputs"] == ("graded", "10")
    assert by_key["Emmy Noether", "two_inputs"] == ("graded", "0")
    assert by_key["Alan Turing", "two_inputs"] == ("needs_review", "")
    assert by_key["student-04", ""] == ("not_graded", "")
    assert by_key["Grace Hopper", "two_outputs"] == ("not_found", "")
    assert by_key["Katherine Johnson", "two_inputs"] == ("not_submitted", "")
    assert by_key["Ada Lovelace", "two_outputs"] == ("excused", "")


def test_csv_includes_reviews_when_asked(report: Report) -> None:
    """`include_review` gives the score so far."""
    row = next(row for row in csv_rows(grades_csv(report, include_review=True)) if row["status"] == "needs_review")

    assert row["score"] == "8"


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "\n", " =", "\x1b[31m=", "＝", "\u200b="])
def test_csv_cells_are_no_formulas(start: str) -> None:
    """Whatever could start a formula is preceded by an apostrophe, also behind what hides it."""
    cell = safe_cell(f"{start}cmd|' /C calc'!A0")

    assert cell.startswith(("'", "<U+200B>"))
    assert "\n" not in cell


def test_csv_of_hostile_names_parses_to_as_many_rows(report: Report) -> None:
    """No name breaks out of its cell."""
    assert len(csv_rows(grades_csv(report))) == len(report.grades) + 1 + 2 * 2 + 1


def test_junit_counts_and_names_cases(report: Report) -> None:
    """Suites are submission and assignment, cases are checks, and statuses keep their kind."""
    root = ElementTree.fromstring(junit_xml(report))
    suites = {suite.get("name"): suite for suite in root}
    review = suites["student-03.two_inputs"]
    (unreadable,) = suites["student-04.file"]

    assert root.get("tests") == str(len(root.findall("testsuite/testcase")))
    assert [review.get(key) for key in ("failures", "errors", "skipped")] == ["0", "1", "1"]
    assert unreadable.find("failure") is not None
    names = [case.get("name") for case in suites["student-02.two_inputs"]]
    assert len(set(names)) == len(names)
    failure = suites["student-02.two_inputs"].find("testcase/failure")
    assert failure is not None
    assert "Next step: Plot as many epochs as ran." in (failure.text or "")
    assert {case.get("classname") for case in review} == {"student-03.two_inputs"}
    assert all(case.get("file") and case.get("time") for case in root.iter("testcase"))


def test_markdown_escapes_tables_links_and_markup() -> None:
    """Nothing that a student writes is markup, and backquoted words are code."""
    line = markdown("a|b [x](http://e.org) <b> &amp; *c* _d_ www.e.org # `Dense(1)` $x$")

    assert line == (
        r"a\|b \[x\]\(http\://e\.org\) &lt;b&gt; &amp;amp; \*c\* \_d\_ www\.e\.org \# "
        r"<code>Dense\(1\)</code> \$x\$"
    )


def test_markdown_tables_keep_their_columns(report: Report) -> None:
    """Every row of the table has as many unescaped edges as its head."""
    table = [line for line in summary_markdown(report).splitlines() if line.startswith("|")]

    assert {len(re.findall(r"(?<!\\)\|", line)) for line in table} == {6}


def test_markdown_is_bounded(report_of: Callable[..., Report], grade_of: Callable[..., Grade]) -> None:
    """A long report is cut below GitHub's limit, and says so."""
    hostile = replace(report_of(), grades=report_of(grade_of("hostile")).grades * 400)
    text = summary_markdown(hostile)

    assert len(text.encode()) < MAX_BYTES + 200
    assert "left out" in text.splitlines()[-1]


def test_workflow_commands_cannot_be_forged(report: Report) -> None:
    """Every line is a command of ours, one for each annotation, whatever the texts hold."""
    lines = workflow_commands(report).splitlines()

    assert lines
    assert all(re.match(r"::(error|warning|notice) (file|title)=", line) for line in lines)
    assert not any("::" in line.split("::", 2)[1] for line in lines)


def test_workflow_commands_are_escaped() -> None:
    """Percent signs always, colons and commas in properties."""
    assert escape_data("100 %: a,b\nc") == "100 %25: a,b c"
    assert escape_property("a:b,c%") == "a%3Ab%2Cc%25"


def test_workflow_commands_stay_within_the_limit(
    report_of: Callable[..., Report], grade_of: Callable[..., Grade]
) -> None:
    """No more than ten of a level are given, the last saying how many are left."""
    lines = workflow_commands(report_of(*(grade_of("wrong", identity=f"s{i}") for i in range(9)))).splitlines()
    errors = [line for line in lines if line.startswith("::error")]

    assert len(errors) == MAX_PER_LEVEL
    assert errors[-1] == "::error title=More::27 more are in the report."


def test_notebook_annotations_name_the_cell(report: Report) -> None:
    """A notebook gets no line of its JSON, but the cell in words."""
    line = next(line for line in workflow_commands(report).splitlines() if "dense_1" in line)

    assert line.startswith("::error file=student-02.ipynb,title=")
    assert "::cell 3, line 7: Layer" in line


def test_annotations_stand_where_the_difference_is(
    report_of: Callable[..., Report], grade_of: Callable[..., Grade]
) -> None:
    """At the layer's own line where it is known, not at the model's."""
    lines = workflow_commands(report_of(grade_of("wrong"))).splitlines()
    assert any("cell 3, line 4: The network differs" in line for line in lines)


def test_a_persons_decision_is_in_the_csv_with_its_reason(
    report_of: Callable[..., Report], grade_of: Callable[..., Grade]
) -> None:
    """Who reads the table need not open a page to see that a score was set."""
    note = Note("override", "merge = 2, by A. Instructor on 2026-11-24: as agreed", Location())
    row = csv_rows(grades_csv(report_of(replace(grade_of("good"), notes=(note,)))))[0]
    assert "merge = 2, by A. Instructor on 2026-11-24: as agreed" in row["reasons"]


def test_gradescope_results(report_of: Callable[..., Report], grade_of: Callable[..., Grade]) -> None:
    """Scores, statuses and text formats are as Gradescope wants them."""
    result = json.loads(gradescope_json(report_of(grade_of("wrong"))))

    assert result["score"] == sum(test["score"] for test in result["tests"]) == 5
    assert {test["status"] for test in result["tests"]} == {"passed", "failed"}
    assert result["visibility"] == "visible"
    assert result["output_format"] == result["test_output_format"] == "text"


def test_gradescope_says_that_a_score_under_review_is_not_final(
    report_of: Callable[..., Report], grade_of: Callable[..., Grade]
) -> None:
    """The student sees what was found, whatever the program did; a grader error is not a failed test."""
    result = json.loads(gradescope_json(report_of(grade_of("review"))))

    assert result["visibility"] == "visible"
    assert result["output"].startswith("This score is not final")
    assert "not final" not in json.loads(gradescope_json(report_of(grade_of("wrong"))))["output"]
    assert "status" not in result["tests"][6]
    assert "trainer died" not in json.dumps(result)
