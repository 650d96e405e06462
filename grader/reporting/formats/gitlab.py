"""GitLab's Code Quality report: an issue for each check that did not pass, which a merge request shows at the file.

GitLab follows an issue from run to run by its fingerprint, which depends on nothing but file, exercise and check.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from typing import Any

from grader.domain import Report
from grader.reporting import wording
from grader.reporting.display import one_line
from grader.reporting.formats.github import path_in_repository
from grader.reporting.wording import Document


def code_quality(report: Report) -> str:
    """All issues as a JSON array; nothing to say is an empty one."""
    found = [issue for grade in report.grades for issue in _of_grade(grade, path_in_repository(report, grade))]
    return json.dumps(found, indent=2, allow_nan=False)


def _of_grade(grade: Document, path: str) -> Iterator[dict[str, Any]]:
    name = grade.get("title") or grade["assignment"] or "This file"
    key = (path, grade["assignment"] or "")
    if not grade["checks"] and grade["status"] != "graded":
        yield _issue(key, "graded", f"{name}: {wording.verdict(grade)}", "blocker", None)
    repeated = wording.told_before(grade["checks"])
    for check in grade["checks"]:
        if check["status"] == "errored":
            yield _issue(key, check["id"], f"{name}: {check['title']}: {wording.GRADER_FAULT}", "info", None)
        elif check["status"] == "failed" and check["id"] not in repeated:
            where = grade["execution"] if check["kind"] == "runs" else wording.blamed(grade, check)
            spelled = wording.location(where["cell"], where["line"]) if where["cell"] is not None else ""
            parts = [f"{name}: {check['title']}", spelled, " ".join(filter(None, (check["message"], check["hint"])))]
            line = where["line"] if where["cell"] is None else None
            yield _issue(key, check["id"], ": ".join(filter(None, parts)), _severity(check), line)
    if grade["status"] == "needs_review" and grade["reasons"]:
        text = f"{name}: needs review: {' '.join(grade['reasons'])}"
        yield _issue(key, "needs_review", text, "info", None)


def _severity(check: Document) -> str:
    return "major" if check["max_score"] else "minor"


def _issue(key: tuple[str, str], check: str, description: str, severity: str, line: int | None) -> dict[str, Any]:
    path, assignment = key
    return {
        "description": one_line(description, 1000),
        "check_name": one_line(f"{assignment}.{check}" if assignment else check),
        "fingerprint": hashlib.sha256("\0".join((path, assignment, check)).encode()).hexdigest(),
        "severity": severity,
        "location": {"path": path, "lines": {"begin": line or 1}},
    }
