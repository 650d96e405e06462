"""What platforms of tests take: a test for each check, in the words of the story, and one mapping for each platform.

A grade that is not settled has no final points: each platform has its own way to say so.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from xml.etree import ElementTree

from grader.domain import Report
from grader.reporting import wording
from grader.reporting.display import clean, one_line
from grader.reporting.document import CheckPart, GradeDocument, grades_of
from grader.reporting.formats.github import path_in_repository
from grader.reporting.story import Story, lines_of, story_of

NOT_FINAL = "This score is not final: a person will look at your work. It has the points that are certain so far."
NOTHING = "No exercise was found in this submission."
MOST_BYTES = 900_000  # PrairieLearn takes 1 MB
CLASSROOM50 = {
    "classroom": "CLASSROOM",
    "assignment": "ASSIGNMENT",
    "assignment_type": "ASSIGNMENT_TYPE",
    "owner": "OWNER",
    "submission": "SUBMISSION_TAG",
    "commit": "COMMIT_URL",
    "release": "RELEASE_URL",
    "review": "REVIEW_URL",
}
OTHERWISE = {"assignment_type": "individual", "submission": "submit/none"}
_JUNIT = {"failed": "failure", "errored": "error", "skipped": "skipped"}
_COUNTS = {"failures": "failure", "errors": "error", "skipped": "skipped"}


@dataclass(frozen=True)
class Test:
    """One check as a test. Each stands alone, so its text repeats what another one says."""

    check: CheckPart
    name: str
    text: str


@dataclass(frozen=True)
class Tests:
    """One grade as tests."""

    document: GradeDocument
    story: Story

    def __iter__(self) -> Iterator[Test]:
        for check in self.document.checks:
            name = one_line(f"{self.document.name}: {check.title}") or "check"
            yield Test(check, name, clean("\n".join(map(str, lines_of(check) or (check.message,)))))

    @property
    def title(self) -> str:
        return one_line(self.story.title)

    @property
    def verdict(self) -> str:
        return f"{self.title}: {self.story.verdict}"

    @property
    def reason(self) -> str:
        """Why a person must look."""
        return " ".join(self.document.reasons) or self.story.verdict

    @property
    def remarks(self) -> list[str]:
        """What is told besides the tests."""
        return [line for line in (self.story.ran, self.story.learned, *map(str, self.story.remarks)) if line]


def tests_of(report: Report) -> list[Tests]:
    """The grades of a report, each with its tests."""
    return [Tests(grade, story_of(grade)) for grade in grades_of(report)]


def stand_in(document: GradeDocument) -> CheckPart:
    """A check that stands for a grade: an unreadable file is the student's failure, anything else is for a person."""
    reason = " ".join(document.reasons) or wording.verdict(document)
    unreadable = document.execution.outcome == "unreadable"
    return CheckPart(
        id="readable" if unreadable else "review",
        kind="grade",
        title="the file can be read" if unreadable else "needs review",
        status="failed" if unreadable else "skipped" if document.status == "needs_review" else "errored",
        score=0,
        max_score=0,
        message=reason,
        expected="",
        actual="",
        hint="",
        review="" if unreadable else reason,
    )


def gradescope_json(report: Report) -> str:
    """Gradescope's `results.json`: a test for each check. Text is sent as text, so nothing in it is rendered."""
    grades = tests_of(report)
    # The student sees it whatever the program did.
    outputs = [NOT_FINAL] if any(one.document.status == "needs_review" for one in grades) else []
    reviews = [[f"Needs review: {why}" for why in one.story.review] for one in grades]
    outputs += ["\n".join([one.verdict, *why, *one.remarks]) for one, why in zip(grades, reviews, strict=True)]
    return _json(
        {
            "score": sum(one.document.score for one in grades),
            "execution_time": round(max((one.document.execution.seconds for one in grades), default=0.0)),
            "output": clean("\n\n".join(outputs)) or "There was nothing to grade.",
            "output_format": "text",
            "test_output_format": "text",
            "test_name_format": "text",
            "visibility": "visible",
            "stdout_visibility": "hidden",
            "tests": [
                {
                    "name": test.name,
                    "score": test.check.score,
                    "max_score": test.check.max_score,
                    "output": test.text,
                    "tags": [one_line(one.document.assignment or ""), one_line(test.check.id)],
                    "visibility": "visible",
                    **({"status": test.check.status} if test.check.status in ("passed", "failed") else {}),
                }
                for one in grades
                for test in one
            ],
            "extra_data": {
                "status": {str(one.document.assignment): one.document.status for one in grades},
                "not_found": [name for _, name in report.not_found],
            },
        }
    )


def prairielearn_json(report: Report) -> str:
    """PrairieLearn's `results.json`: a score from 0 to 1, and a test for each check."""
    # What is not settled is *not gradable*: it costs neither points nor an attempt. There is one score for everything,
    # so one such exercise holds back all of them.
    grades = tests_of(report)
    top = sum(one.document.max_score for one in grades)
    problems = [_problem(one) for one in grades if one.document.status != "graded"] or ([] if top else [NOTHING])
    score = {"format_errors": problems} if problems else {"score": sum(one.document.score for one in grades) / top}
    result: dict[str, Any] = {
        "gradable": not problems,
        **score,
        "message": clean("\n".join(one.verdict for one in grades)) or NOTHING,
        "output": clean("\n".join(remark for one in grades for remark in one.remarks)),
        "tests": [
            {
                "name": test.name,
                "description": wording.CHECK_MARKS[test.check.status].word,
                "points": test.check.score,
                "max_points": test.check.max_score,
                "message": test.text,
            }
            for one in grades
            for test in one
        ],
    }
    if len(text := _json(result)) <= MOST_BYTES:
        return text
    return _json({**result, "output": "", "tests": [], "message": "The report is too long for PrairieLearn."})


def _problem(one: Tests) -> str:
    in_review = one.document.status == "needs_review"
    person = " A person will look at it; this is not your fault." if in_review else ""
    return one_line(f"{one.title}: {one.reason}{person}", 1000)


def classroom50_json(report: Report, environment: Mapping[str, str] | None = None) -> str:
    """Classroom 50's `result.json`: a test for each check. The runner's environment says what it is about."""
    # The runner stamps owner, kind of assignment and time of submission over what is written here. A grade that is not
    # settled is one test of 0 points, which says why.
    found = os.environ if environment is None else environment
    about = {key: one_line(found.get(name) or OTHERWISE.get(key, "unknown"), 400) for key, name in CLASSROOM50.items()}
    if not found.get("REVIEW_URL"):
        about["review"] = about["commit"]  # as the runner has it where there is nothing to compare
    now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    tests = []
    for one in tests_of(report):
        open_ = Test(stand_in(one.document), one_line(f"{one.title}: {one.story.mark.word}"), clean(one.reason))
        for test in one if one.document.status == "graded" else [open_]:
            passed, points = test.check.status == "passed", (test.check.score, test.check.max_score)
            numbers = dict(zip(("score", "max-score"), points, strict=True))
            tests.append({"test-name": test.name, "passed": passed, **numbers, "message": test.text})
    return _json(
        {
            "schema": "classroom50/result/v1",
            **about,
            "datetime": now,
            "graded_at": now,
            "score": sum(test["score"] for test in tests),
            "max-score": sum(test["max-score"] for test in tests),
            "tests": tests,
        }
    )


def _json(result: Mapping[str, Any]) -> str:
    return json.dumps(result, indent=2, allow_nan=False)


def junit_xml(report: Report) -> str:
    """JUnit XML in the xunit1 shape, which keeps `file` and `line`: a suite per grade, a case per check."""
    root = ElementTree.Element("testsuites", name="grader")
    for one in tests_of(report):
        _suite(root, one, path_in_repository(report, one.document))
    for key in ("tests", *_COUNTS):
        root.set(key, str(sum(int(suite.get(key, "0")) for suite in root)))
    ElementTree.indent(root)
    return f'<?xml version="1.0" encoding="utf-8"?>\n{ElementTree.tostring(root, encoding="unicode")}\n'


def _suite(root: ElementTree.Element, tests: Tests, path: str) -> None:
    grade, model = tests.document, tests.document.model
    suite = ElementTree.SubElement(root, "testsuite")
    about = {"classname": one_line(f"{grade.submission.id}.{grade.assignment or 'file'}"), "file": path}
    line = {"line": str(model.line)} if model.line is not None and model.cell is None else {}
    absent = stand_in(grade)
    for test in tests if grade.checks else [Test(absent, "", absent.message)]:
        # GitLab drops cases of the same name, so a case is named by its check's id too.
        check = test.check
        about["name"], about["time"] = one_line(f"{check.id}: {check.title}"), "0.000"
        case = ElementTree.SubElement(suite, "testcase", {**about, **line})
        if tag := _JUNIT.get(check.status):
            child = ElementTree.SubElement(case, tag, message=one_line(test.text, 300))
            child.text = clean(test.text)
            if tag != "skipped":
                child.set("type", one_line(check.kind))
        points = wording.points(check, " of ") + (" points" if check.max_score else "")
        review = f"\nNeeds review: {check.review}" if check.review else ""
        ElementTree.SubElement(case, "system-out").text = clean(points + review)
    suite.set("name", about["classname"])
    suite.set("tests", str(len(suite)))
    suite[0].set("time", f"{grade.execution.seconds:.3f}")
    for key, tag in _COUNTS.items():
        suite.set(key, str(len(suite.findall(f"testcase/{tag}"))))
