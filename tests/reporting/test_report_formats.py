"""CSV, JUnit, Markdown, GitHub and Gradescope."""

from __future__ import annotations

import csv
import io
import json
import re
from dataclasses import replace
from xml.etree import ElementTree

import pytest

from grader.domain import Location, Note, Report
from grader.reporting import FORMATS, grades_csv
from grader.reporting.display import markdown
from grader.reporting.formats.annotations import MAX_PER_LEVEL, escape_data, escape_property, workflow_commands
from grader.reporting.formats.csv_export import safe_cell
from grader.reporting.formats.markdown import MAX_BYTES, summary_markdown
from grader.reporting.formats.platforms import gradescope_json, junit_xml
from tests.reporting.grades import REPORT, grade_of, report_of


def csv_rows(text: str) -> list[dict[str, str]]:
    """The rows of a CSV file by column."""
    return list(csv.DictReader(io.StringIO(text)))


@pytest.mark.parametrize("name", sorted(FORMATS))
def test_every_format_renders_every_situation(name: str) -> None:
    for each in (REPORT, Report(())):
        text = FORMATS[name](each)

        text.encode("utf-8")
        assert bool(text) is not (name == "github" and not each.grades)  # a workflow has nothing to say of nobody
        assert not re.search("[\x00-\x08\x0b\x0c\x0e-\x1f\x9b\u202e]", text)


def test_csv_scores_are_blank_unless_settled() -> None:
    by_key = {(row["who"], row["assignment"]): (row["status"], row["score"]) for row in csv_rows(grades_csv(REPORT))}

    assert by_key["Ada Lovelace", "two_inputs"] == ("graded", "10")
    assert by_key["Emmy Noether", "two_inputs"] == ("graded", "0")
    assert by_key["Alan Turing", "two_inputs"] == ("needs_review", "")
    assert by_key["student-04", ""] == ("not_graded", "")
    assert by_key["Grace Hopper", "two_outputs"] == ("not_found", "")
    assert by_key["Katherine Johnson", "two_inputs"] == ("not_submitted", "")
    assert by_key["Ada Lovelace", "two_outputs"] == ("excused", "")


def test_csv_includes_reviews_when_asked() -> None:
    row = next(row for row in csv_rows(grades_csv(REPORT, include_review=True)) if row["status"] == "needs_review")

    assert row["score"] == "8"


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "\n", " =", "\x1b[31m=", "＝", "\u200b="])
def test_csv_cells_are_no_formulas(start: str) -> None:
    cell = safe_cell(f"{start}cmd|' /C calc'!A0")

    assert cell.startswith(("'", "<U+200B>"))
    assert "\n" not in cell


def test_csv_of_hostile_names_parses_to_as_many_rows() -> None:
    assert len(csv_rows(grades_csv(REPORT))) == len(REPORT.grades) + 1 + 2 * 2 + 1


def test_junit_counts_and_names_cases() -> None:
    root = ElementTree.fromstring(junit_xml(REPORT))
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
    line = markdown("a|b [x](http://e.org) <b> &amp; *c* _d_ www.e.org # `Dense(1)` $x$")

    assert line == (
        r"a\|b \[x\]\(http\://e\.org\) &lt;b&gt; &amp;amp; \*c\* \_d\_ www\.e\.org \# "
        r"<code>Dense\(1\)</code> \$x\$"
    )


def test_markdown_tables_keep_their_columns() -> None:
    table = [line for line in summary_markdown(REPORT).splitlines() if line.startswith("|")]

    assert {len(re.findall(r"(?<!\\)\|", line)) for line in table} == {6}


def test_markdown_is_bounded() -> None:
    hostile = replace(report_of(), grades=report_of(grade_of("hostile")).grades * 400)
    text = summary_markdown(hostile)

    assert len(text.encode()) < MAX_BYTES + 200
    assert "left out" in text.splitlines()[-1]


def test_workflow_commands_cannot_be_forged() -> None:
    lines = workflow_commands(REPORT).splitlines()

    assert lines
    assert all(re.match(r"::(error|warning|notice) (file|title)=", line) for line in lines)
    assert not any("::" in line.split("::", 2)[1] for line in lines)


def test_workflow_commands_are_escaped() -> None:
    assert escape_data("100 %: a,b\nc") == "100 %25: a,b c"
    assert escape_property("a:b,c%") == "a%3Ab%2Cc%25"


def test_workflow_commands_stay_within_the_limit() -> None:
    lines = workflow_commands(report_of(*(grade_of("wrong", identity=f"s{i}") for i in range(9)))).splitlines()
    errors = [line for line in lines if line.startswith("::error")]

    assert len(errors) == MAX_PER_LEVEL
    assert errors[-1] == "::error title=More::27 more are in the report."


def test_notebook_annotations_name_the_cell() -> None:
    line = next(line for line in workflow_commands(REPORT).splitlines() if "dense_1" in line)

    assert line.startswith("::error file=student-02.ipynb,title=")
    assert "::cell 3, line 7: Layer" in line


def test_annotations_stand_where_the_difference_is() -> None:
    lines = workflow_commands(report_of(grade_of("wrong"))).splitlines()
    assert any("cell 3, line 4: The network differs" in line for line in lines)


def test_a_persons_decision_is_in_the_csv_with_its_reason() -> None:
    note = Note("override", "merge = 2, by A. Instructor on 2026-11-24: as agreed", Location())
    row = csv_rows(grades_csv(report_of(replace(grade_of("good"), notes=(note,)))))[0]
    assert "merge = 2, by A. Instructor on 2026-11-24: as agreed" in row["reasons"]


def test_gradescope_results() -> None:
    result = json.loads(gradescope_json(report_of(grade_of("wrong"))))

    assert result["score"] == sum(test["score"] for test in result["tests"]) == 5
    assert {test["status"] for test in result["tests"]} == {"passed", "failed"}
    assert result["visibility"] == "visible"
    assert result["output_format"] == result["test_output_format"] == "text"


def test_gradescope_says_that_a_score_under_review_is_not_final() -> None:
    result = json.loads(gradescope_json(report_of(grade_of("review"))))

    assert result["visibility"] == "visible"
    assert result["output"].startswith("This score is not final")
    assert "not final" not in json.loads(gradescope_json(report_of(grade_of("wrong"))))["output"]
    assert "status" not in result["tests"][6]
    assert "trainer died" not in json.dumps(result)
