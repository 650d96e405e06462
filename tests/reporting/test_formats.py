"""Every format but pages: as its sample, in each situation, within the limits of its place, and never forged."""

from __future__ import annotations

import json
import re
from dataclasses import replace

import pytest

from grader.domain import ClassReport, Grade, Location, Note
from grader.reporting import FORMATS, grades_csv, student_page
from grader.reporting.document import GradeDocument
from grader.reporting.formats import as_tests
from grader.reporting.formats.as_tests import classroom50_json, gradescope_json, junit_xml, prairielearn_json
from grader.reporting.formats.csv_export import safe_cell
from grader.reporting.formats.github import MAX_BYTES, MAX_PER_LEVEL, escape_data, escape_property, workflow_commands
from grader.reporting.notebook_cell import Report
from grader.reporting.safe_text import markdown
from grader.reporting.story import story_of
from grader.reporting.terminal import print_grade, print_summary
from tests.integrations.places import CLASSROOM50, validated
from tests.reporting.grades import REPORT, SITUATIONS, grade_of, report_of
from tests.reporting.samples import FOLDER, printed, samples, shown

SAMPLES = samples()
SCHEMAS = {
    "gradescope": "gradescope-results",
    "classroom50": "classroom50-result",
    "prairielearn": "prairielearn-results",
}


@pytest.mark.parametrize("name", SAMPLES)
def test_a_format_is_as_its_sample(name: str) -> None:
    assert SAMPLES[name] == (FOLDER / f"{name}.txt").read_text(encoding="utf-8"), "see tests/reporting/samples.py"


@pytest.mark.parametrize(
    ("name", "next_part"),
    [
        ("wrong", "Error over the epochs"),
        ("review", "How your file ran"),
        ("empty", "How your file ran"),
        ("unreadable", "Graded from"),
    ],
)
def test_a_notebook_is_told_what_the_page_tells(name: str, next_part: str) -> None:
    """Word for word, but for charts, and what is about the file."""
    grade = grade_of(name)
    cell = shown(Report.of_grades([grade], {})._repr_html_())
    _, found, rest = shown(student_page([grade])).partition(f"{cell}\n")
    assert found
    assert rest.startswith(next_part)


@pytest.mark.parametrize("name", sorted(FORMATS))
def test_every_format_renders_every_situation(name: str) -> None:
    for report in (REPORT, ClassReport(())):
        text = FORMATS[name](report)
        text.encode("utf-8")
        assert bool(text) is not (name == "github" and not report.grades)  # a workflow has nothing to say of nobody
        assert not re.search("[\x00-\x08\x0b\x0c\x0e-\x1f\x9b\u202e]", text)


@pytest.mark.parametrize("name", SCHEMAS)
def test_each_place_takes_its_report(name: str) -> None:
    for grades in ([], *([grade_of(kind)] for kind in SITUATIONS), [grade_of(kind) for kind in SITUATIONS]):
        validated(SCHEMAS[name], FORMATS[name](report_of(*grades)))


@pytest.mark.parametrize("name", ["github", "junit"])
def test_paths_begin_at_the_repository(name: str) -> None:
    """`check hw2` grades hw2/student-02.ipynb; CI knows the file by that."""
    report = report_of(grade_of("wrong"))
    assert "hw2/student-02.ipynb" in FORMATS[name](replace(report, provenance={"base": "hw2"}))
    assert "hw2" not in FORMATS[name](replace(report, provenance={"base": "."}))


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "\n", " =", "\x1b[31m=", "＝", "\u200b="])
def test_csv_cells_are_no_formulas(start: str) -> None:
    cell = safe_cell(f"{start}cmd|' /C calc'!A0")
    assert cell.startswith(("'", "<U+"))
    assert "\n" not in cell


def test_a_persons_decision_is_in_the_csv_with_its_reason() -> None:
    note = Note("override", "merge = 2, by A. Instructor on 2026-11-24: as agreed", Location())
    assert note.detail in grades_csv(report_of(replace(grade_of("good"), notes=(note,))))


def test_markdown_escapes_tables_links_and_markup() -> None:
    line = markdown("a|b [x](http://e.org) <b> &amp; *c* _d_ www.e.org # `Dense(1)` $x$")
    assert line == (
        r"a\|b \[x\]\(http\://e\.org\) &lt;b&gt; &amp;amp; \*c\* \_d\_ www\.e\.org \# "
        r"<code>Dense\(1\)</code> \$x\$"
    )
    table = [line for line in FORMATS["markdown"](REPORT).splitlines() if line.startswith("|")]
    assert {len(re.findall(r"(?<!\\)\|", line)) for line in table} == {6}


def test_workflow_commands_cannot_be_forged() -> None:
    lines = workflow_commands(REPORT).splitlines()
    assert lines
    assert all(re.match(r"::(error|warning|notice) (file|title)=", line) for line in lines)
    assert not any("::" in line.split("::", 2)[1] for line in lines)
    assert escape_data("100 %: a,b\nc") == "100 %25: a,b c"
    assert escape_property("a:b,c%") == "a%3Ab%2Cc%25"


def test_limits_of_places_are_kept() -> None:
    """What is left out is said, and PrairieLearn's score never is."""
    many = workflow_commands(report_of(*(grade_of("wrong", identity=f"s{i}") for i in range(9)))).splitlines()
    errors = [line for line in many if line.startswith("::error")]
    assert len(errors) == MAX_PER_LEVEL
    assert errors[-1] == "::error title=More::18 more are in the report."
    grade = grade_of("hostile")
    long = report_of(*(replace(grade, submission=replace(grade.submission, id=f"s{n}")) for n in range(400)))
    summary = FORMATS["markdown"](long)
    assert len(summary.encode()) < MAX_BYTES + 200
    assert "left out" in summary.splitlines()[-1]
    text = prairielearn_json(long)
    assert len(text.encode()) < as_tests.MOST_BYTES
    assert "score" in validated("prairielearn-results", text)


def test_cases_of_junit_have_names_of_their_own() -> None:
    names = re.findall(r'<testcase classname="([^"]+)" file="[^"]+" name="([^"]+)" time="', junit_xml(REPORT))
    assert len(set(names)) == len(names) == 5 * 5 + 1


@pytest.mark.parametrize(
    ("url", "shown"), [("https://example.org/d", "https://example.org/d"), ("", "https://example.org/c")]
)
def test_classroom50_hears_of_its_own_submission(url: str, shown: str) -> None:
    """The commit stands for a comparison where there is nothing to compare."""
    environment = {**CLASSROOM50, "REVIEW_URL": url}
    result = json.loads(classroom50_json(report_of(grade_of("good"), grade_of("wrong")), environment))
    values = [result[key] for key in ("classroom", "assignment", "assignment_type", "owner", "submission", "review")]
    assert values == ["cs", "two-inputs", "group", "grace", CLASSROOM50["SUBMISSION_TAG"], shown]
    assert (result["score"], result["max-score"]) == (15, 20)


def test_what_is_settled_has_points() -> None:
    """As samples show, what is not settled gives and takes none, neither 0 of 10 nor 8 of 10."""
    settled = report_of(grade_of("good"), grade_of("wrong"))
    assert json.loads(prairielearn_json(settled))["score"] == 0.75
    assert "not final" not in json.loads(gradescope_json(settled))["output"]


def told(grade: Grade | GradeDocument, encoding: str = "utf-8", width: int = 80, color: bool = False) -> str:
    document = grade if isinstance(grade, GradeDocument) else GradeDocument.of(grade)
    return printed(lambda console: print_grade(console, story_of(document)), encoding, width, color)


@pytest.mark.parametrize(("name", "said"), [("good", "All 5 checks passed."), ("wrong", "The other 2 checks passed.")])
def test_of_several_exercises_a_terminal_shows_the_checks_that_did_not_pass(name: str, said: str) -> None:
    story = story_of(GradeDocument.of(grade_of(name)))
    text = printed(lambda console: print_grade(console, story, is_one_of_several=True))
    assert (said in text, "passed  " in text) == (True, False)


@pytest.mark.parametrize("encoding", ["utf-8", "cp1252"])
@pytest.mark.parametrize("name", SITUATIONS)
def test_grades_fit_80_columns(name: str, encoding: str) -> None:
    assert all(len(line) <= 80 for line in told(grade_of(name), encoding).splitlines())


def test_hostile_text_commands_no_terminal() -> None:
    text = told(grade_of("hostile"), color=True)
    assert "\x1b]0;owned" not in text
    assert "[red]loud[/red]" in text
    assert "<U+202E>" in text
    assert "\x1b" not in told(grade_of("review"))


def test_code_keeps_the_columns_in_which_it_begins() -> None:
    """And what commands a terminal is shown there, too."""
    document = GradeDocument.of(grade_of("wrong"))
    text = "Write these lines in place of line 1, indented like it:\n    for n in a:\n        f(n,  '\x1b[2J::set-output a::')"
    step = document.steps[0].model_copy(update={"text": text})
    loop, inner = told(document.model_copy(update={"checks": [], "steps": [step]})).splitlines()[-3:-1]
    assert (loop.strip(), inner.strip()) == ("for n in a:", "f(n,  '<U+001B>[2J: :set-output a::')")
    assert len(inner) - len(inner.lstrip()) == len(loop) - len(loop.lstrip()) + 4


@pytest.mark.parametrize("width", [30, 44, 80])
def test_hostile_text_commands_no_workflow(width: int) -> None:
    """In the log of GitHub's runner nothing that a student wrote is a command, wherever lines are wrapped."""
    document = GradeDocument.of(grade_of("wrong"))
    message = "a word ::set-output name=score::10 and ##[stop-commands]x and more::error::owned"
    first = document.checks[0].model_copy(update={"message": message})
    step = document.steps[0].model_copy(update={"text": "x[::2] stays"})
    text = told(document.model_copy(update={"checks": [first], "steps": [step]}), width=width)
    assert not any(line.strip().startswith("::") for line in text.splitlines())
    assert "##[" not in text
    assert "x[::2] stays" in " ".join(text.split())


@pytest.mark.parametrize(("width", "names_fit"), [(50, False), (120, True)])
def test_a_class_fits_its_terminal(width: int, names_fit: bool) -> None:
    """Where the exercises do not fit, only the totals are printed."""
    text = printed(lambda console: print_summary(console, REPORT), width=width)
    assert all(len(line) <= width for line in text.splitlines())
    assert ("two outputs" in text.partition("\n")[0]) is names_fit
    assert "Ada Lovelace" in text
