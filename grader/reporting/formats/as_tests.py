"""Grades as tests: a test for each check, in the words of the story, and one mapping for each platform or runner.

A grade that is not settled has no final points: each platform has its own way to say so.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from grader.domain import ClassReport
from grader.reporting import wording
from grader.reporting.document import CheckPart, GradeDocument, grades_of
from grader.reporting.formats.github import path_in_repository
from grader.reporting.safe_text import clean, one_line
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


def stories_of(report: ClassReport) -> list[tuple[GradeDocument, Story]]:
    """The grades of a report, each with its story."""
    return [(grade, story_of(grade)) for grade in grades_of(report)]


def name_of_test(grade: GradeDocument, check: CheckPart) -> str:
    return one_line(f"{grade.name}: {check.title}")


def text_of_test(check: CheckPart) -> str:
    """Each test stands alone, so it repeats what another one says."""
    return clean("\n".join(map(str, lines_of(check) or (check.message,))))


def remarks_of(story: Story) -> list[str]:
    """What is said besides the tests."""
    return [*filter(None, (story.ran, story.learned, *map(str, story.remarks)))]


def stand_in(document: GradeDocument) -> CheckPart:
    """A check that stands for a grade: an unreadable file is the student's failure, anything else is for a person."""
    reason = " ".join(document.reasons)
    unreadable = document.execution.outcome == "unreadable"
    nothing = dict.fromkeys(("expected", "actual", "hint"), "")
    return CheckPart.model_validate({
        "id": "readable" if unreadable else "review",
        "kind": "grade",
        "title": "the file can be read" if unreadable else "needs review",
        "status": "failed" if unreadable else "skipped" if document.status == "needs_review" else "errored",
        "score": 0, "max_score": 0, "message": reason, "review": "" if unreadable else reason, **nothing,
    })  # fmt: skip


def gradescope_json(report: ClassReport) -> str:
    """Gradescope's `results.json`: a test for each check. Text is sent as text, so nothing in it is rendered."""
    stories = stories_of(report)
    # The student sees it whatever the program did.
    outputs = [NOT_FINAL] if any(grade.status == "needs_review" for grade, _ in stories) else []
    for _, story in stories:
        reviews = [f"Needs review: {why}" for why in story.review]
        outputs.append("\n".join([f"{story.title}: {story.verdict}", *reviews, *remarks_of(story)]))
    return _json(
        {
            "score": sum(grade.score for grade, _ in stories),
            "execution_time": round(max((grade.execution.seconds for grade, _ in stories), default=0.0)),
            "output": clean("\n\n".join(outputs)) or "There was nothing to grade.",
            "output_format": "text",
            "test_output_format": "text",
            "test_name_format": "text",
            "visibility": "visible",
            "stdout_visibility": "hidden",
            "tests": [
                {
                    "name": name_of_test(grade, check),
                    "score": check.score,
                    "max_score": check.max_score,
                    "output": text_of_test(check),
                    "tags": [one_line(grade.assignment or ""), one_line(check.id)],
                    "visibility": "visible",
                    **({"status": check.status} if check.status in ("passed", "failed") else {}),
                }
                for grade, _ in stories
                for check in grade.checks
            ],
            "extra_data": {
                "status": {str(grade.assignment): grade.status for grade, _ in stories},
                "not_found": [name for _, name in report.not_found],
            },
        }
    )


def prairielearn_json(report: ClassReport) -> str:
    """PrairieLearn's `results.json`: a score from 0 to 1, and a test for each check."""
    # What is not settled is *not gradable*: it costs neither points nor an attempt. There is one score for everything,
    # so one such exercise holds back all of them.
    stories = stories_of(report)
    top = sum(grade.max_score for grade, _ in stories)
    problems = [_problem(grade) for grade, _ in stories if grade.status != "graded"] or ([] if top else [NOTHING])
    score = {"format_errors": problems} if problems else {"score": sum(grade.score for grade, _ in stories) / top}
    result: dict[str, Any] = {
        "gradable": not problems,
        **score,
        "message": clean("\n".join(f"{story.title}: {story.verdict}" for _, story in stories)) or NOTHING,
        "output": clean("\n".join(remark for _, story in stories for remark in remarks_of(story))),
        "tests": [
            {
                "name": name_of_test(grade, check),
                "description": wording.CHECK_MARKS[check.status].word,
                "points": check.score,
                "max_points": check.max_score,
                "message": text_of_test(check),
            }
            for grade, _ in stories
            for check in grade.checks
        ],
    }
    if len(text := _json(result)) <= MOST_BYTES:
        return text
    return _json({**result, "output": "", "tests": [], "message": "The report is too long for PrairieLearn."})


def _problem(grade: GradeDocument) -> str:
    person = " A person will look at it; this is not your fault." if grade.status == "needs_review" else ""
    return one_line(f"{grade.name}: {' '.join(grade.reasons)}{person}", 1000)


def classroom50_json(report: ClassReport, environment: Mapping[str, str] | None = None) -> str:
    """Classroom 50's `result.json`: a test for each check. The runner's environment says what it is about."""
    # The runner stamps owner, kind of assignment and time of submission over what is written here. A grade that is not
    # settled is one test of 0 points, which says why.
    env = os.environ if environment is None else environment
    about = {key: one_line(env.get(name) or OTHERWISE.get(key, "unknown"), 400) for key, name in CLASSROOM50.items()}
    if not env.get("REVIEW_URL"):
        about["review"] = about["commit"]  # as the runner has it where there is nothing to compare
    now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    keys, tests = ("test-name", "passed", "score", "max-score", "message"), []
    for grade, story in stories_of(report):
        for check in grade.checks if grade.status == "graded" else ():
            points = check.score, check.max_score
            tests.append((name_of_test(grade, check), check.status == "passed", *points, text_of_test(check)))
        if grade.status != "graded":
            name = one_line(f"{story.title}: {story.mark.word}")
            tests.append((name, False, 0, 0, clean(" ".join(grade.reasons))))
    return _json(
        {
            "schema": "classroom50/result/v1",
            **about,
            "datetime": now,
            "graded_at": now,
            "score": sum(score for _, _, score, _, _ in tests),
            "max-score": sum(most for _, _, _, most, _ in tests),
            "tests": [dict(zip(keys, test, strict=True)) for test in tests],
        }
    )


def _json(result: Mapping[str, Any]) -> str:
    return json.dumps(result, indent=2, allow_nan=False)


def junit_xml(report: ClassReport) -> str:
    """JUnit XML in the xunit1 shape, which keeps `file` and `line`: a suite per grade, a case per check."""
    root = Element("testsuites", name="grader")
    for grade in grades_of(report):
        _add_suite(root, grade, path_in_repository(report, grade))
    for element in (root, *root):
        cases = list(element.iter("testcase"))
        counts = {noun: sum(case.find(tag) is not None for case in cases) for noun, tag in _COUNTS.items()}
        element.attrib |= {"tests": str(len(cases)), **{noun: str(count) for noun, count in counts.items()}}
    indent(root)
    return f'<?xml version="1.0" encoding="utf-8"?>\n{tostring(root, encoding="unicode")}\n'


def _add_suite(root: Element, grade: GradeDocument, path: str) -> None:
    """Where there is no check, one stands for all."""
    name = one_line(f"{grade.submission.id}.{grade.assignment or 'file'}")
    element = SubElement(root, "testsuite", name=name)
    for number, check in enumerate(grade.checks or [stand_in(grade)]):
        text = text_of_test(check) if grade.checks else check.message
        title = one_line(f"{check.id}: {check.title}")  # GitLab drops cases of the same name
        time = f"{0.0 if number else grade.execution.seconds:.3f}"
        case = SubElement(element, "testcase", classname=name, file=path, name=title, time=time)
        if grade.model.line and grade.model.cell is None:
            case.set("line", str(grade.model.line))
        if tag := _JUNIT.get(check.status):
            kind = {} if tag == "skipped" else {"type": one_line(check.kind)}
            SubElement(case, tag, {"message": one_line(text, 300), **kind}).text = text
        points = wording.points(check, " of ") + (" points" if check.max_score else "")
        SubElement(case, "system-out").text = points + (f"\nNeeds review: {check.review}" if check.review else "")
