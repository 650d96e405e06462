"""JUnit XML in the xunit1 shape, which keeps `file` and `line`: a suite per grade, a case per check.

GitLab shows `classname` as the suite and drops cases of the same name, so a case is named by its check's id
too.
"""

from __future__ import annotations

from xml.etree import ElementTree

from grader.domain import Report
from grader.reporting import wording
from grader.reporting.display import clean, one_line
from grader.reporting.document import GradeDocument, ModelPart
from grader.reporting.formats.github import path_in_repository
from grader.reporting.formats.results import GradeResults, results_of

_TAGS = {"failed": "failure", "errored": "error", "skipped": "skipped"}
_COUNTS = {"failures": "failure", "errors": "error", "skipped": "skipped"}


def junit_xml(report: Report) -> str:
    """All grades as `<testsuites>`."""
    root = ElementTree.Element("testsuites", name="grader")
    for results in results_of(report):
        _suite(root, results, path_in_repository(report, results.document))
    for key in ("tests", *_COUNTS):
        root.set(key, str(sum(int(suite.get(key, "0")) for suite in root)))
    ElementTree.indent(root)
    return f'<?xml version="1.0" encoding="utf-8"?>\n{ElementTree.tostring(root, encoding="unicode")}\n'


def _suite(root: ElementTree.Element, results: GradeResults, path: str) -> None:
    grade = results.document
    name = one_line(f"{grade.submission.id}.{grade.assignment or 'file'}")
    suite = ElementTree.SubElement(root, "testsuite", name=name)
    for test in results.tests:
        check = test.about
        case = _case(suite, grade.model, path, f"{check.id}: {check.title}")
        if tag := _TAGS.get(check.status):
            _child(case, tag, check.kind, test.text)
        points = wording.points(check, " of ") + (" points" if check.max_score else "")
        review = f"\nNeeds review: {check.review}" if check.review else ""
        ElementTree.SubElement(case, "system-out").text = clean(points + review)
    if not results.tests:
        _child(_case(suite, grade.model, path, "graded"), _absent_kind(grade), grade.status, results.story.verdict)
    suite[0].set("time", f"{grade.execution.seconds:.3f}")
    suite.set("tests", str(len(suite)))
    for key, tag in _COUNTS.items():
        suite.set(key, str(len(suite.findall(f"testcase/{tag}"))))


def _absent_kind(grade: GradeDocument) -> str:
    """How a grade without checks counts: an unreadable file is the student's failure, the rest is for staff."""
    if grade.execution.outcome == "unreadable":
        return "failure"
    return {"not_graded": "error", "needs_review": "skipped"}.get(grade.status, "failure")


def _case(suite: ElementTree.Element, model: ModelPart, path: str, name: str) -> ElementTree.Element:
    about = {"classname": suite.get("name", ""), "name": one_line(name), "file": path, "time": "0.000"}
    line = {"line": str(model.line)} if model.line is not None and model.cell is None else {}
    return ElementTree.SubElement(suite, "testcase", {**about, **line})


def _child(case: ElementTree.Element, tag: str, kind: str, text: str) -> None:
    child = ElementTree.SubElement(case, tag, message=one_line(text, 300))
    if tag != "skipped":
        child.set("type", one_line(kind))
    child.text = clean(text)
