"""What the pages and tables of a class show of each grade, and no more: so that ten thousand fit in memory."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from grader.domain import Report

_OF_GRADE = ("assignment", "title", "score", "max_score", "status", "reasons")
_OF_CHECK = ("id", "title", "status", "message", "review")


def briefly(report: Report) -> Report:
    """The same report with brief documents, all in memory."""
    return replace(report, grades=tuple(map(_brief, report.grades)))


def _brief(grade: Mapping[str, Any]) -> dict[str, Any]:
    return {
        **{key: _shared(grade[key]) for key in _OF_GRADE if key in grade},
        "submission": grade["submission"],
        "execution": {"outcome": _shared(grade["execution"]["outcome"])},
        "notes": [note for note in grade["notes"] if note["code"] == "override"],
        "checks": [{key: _shared(check[key]) for key in _OF_CHECK if key in check} for check in grade["checks"]],
    }


def _shared(value: Any) -> Any:
    """Texts that thousands of grades have in common are kept once."""
    return sys.intern(value) if isinstance(value, str) else value
