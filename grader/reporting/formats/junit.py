"""JUnit XML in the xunit1 shape, which keeps `file` and `line`: a suite per grade, a case per check.

GitLab shows `classname` as the suite and drops cases of the same name, so a case is named by its check's id
too.
"""

from __future__ import annotations

from xml.etree import ElementTree

from grader.domain import Report
from grader.reporting import wording
from grader.reporting.display import clean, one_line
from grader.reporting.formats.github import path_in_repository
from grader.reporting.wording import Document


def junit_xml(report: Report) -> str:
    """All grades as `<testsuites>`."""
    root = ElementTree.Element("testsuites", name="grader")
    for grade in report.grades:
        _suite(root, grade, path_in_repository(report, grade))
    for key in ("tests", "failures", "errors", "skipped"):
        root.set(key, str(sum(int(suite.get(key, "0")) for suite in root)))
    ElementTree.indent(root)
    return f'<?xml version="1.0" encoding="utf-8"?>\n{ElementTree.tostring(root, encoding="unicode")}\n'


def _suite(root: ElementTree.Element, grade: Document, path: str) -> None:
    name = f"{grade['submission']['id']}.{grade['assignment'] or 'file'}"
    suite = ElementTree.SubElement(root, "testsuite", name=one_line(name))
    for check in grade["checks"]:
        case = _case(suite, grade, path, f"{check['id']}: {check['title']}")
        _verdict(case, check)
    if not grade["checks"]:
        case = _case(suite, grade, path, "graded")
        kind = _absent_kind(grade)
        if kind:
            _child(case, kind, grade["status"], wording.verdict(grade))
    if len(suite):
        suite[0].set("time", f"{grade['execution']['seconds']:.3f}")
    counts = {"failures": "failure", "errors": "error", "skipped": "skipped"}
    suite.set("tests", str(len(suite)))
    for key, tag in counts.items():
        suite.set(key, str(len(suite.findall(f"testcase/{tag}"))))


def _absent_kind(grade: Document) -> str:
    """How a grade without checks counts: an unreadable file is the student's failure, the rest is for staff."""
    if grade["execution"]["outcome"] == "unreadable":
        return "failure"
    return {"not_graded": "error", "needs_review": "skipped"}.get(grade["status"], "failure")


def _case(suite: ElementTree.Element, grade: Document, path: str, name: str) -> ElementTree.Element:
    case = ElementTree.SubElement(
        suite,
        "testcase",
        classname=suite.get("name", ""),
        name=one_line(name),
        file=path,
        time="0.000",
    )
    model = grade["model"]
    if model["line"] is not None and model["cell"] is None:
        case.set("line", str(model["line"]))
    return case


def _verdict(case: ElementTree.Element, check: Document) -> None:
    tag = {"failed": "failure", "errored": "error", "skipped": "skipped"}.get(check["status"])
    if tag:
        _child(case, tag, check["kind"], wording.explained(check))
    points = wording.points(check, " of ") + (" points" if check["max_score"] else "")
    review = f"\nNeeds review: {check['review']}" if check.get("review") else ""
    ElementTree.SubElement(case, "system-out").text = clean(points + review)


def _child(case: ElementTree.Element, tag: str, kind: str, text: str) -> None:
    child = ElementTree.SubElement(case, tag, message=one_line(text, 300))
    if tag != "skipped":
        child.set("type", one_line(kind))
    child.text = clean(text)
