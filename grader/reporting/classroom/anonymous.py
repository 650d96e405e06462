"""A class without names: what is left of a report when it is shown to the class itself.

Students are numbered in an order that tells nothing. No id, path, comment or remark is left, nor any sentence in which
a student's own name of something may stand; the answer groups, whose words are ours alone, stay as they are.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from grader.domain import Report

_FACTS = ("schema", "started", "versions", "isolation", "seed", "assignments", "anonymous")


def is_anonymous(report: Report) -> bool:
    """Whether the run was made with `--anonymous`."""
    return report.provenance.get("anonymous") is True


def anonymised(report: Report) -> Report:
    """The report with `student 1` and so on in place of everybody."""
    ids = {str(grade["submission"]["id"]) for grade in report.grades} | {name for name, _ in report.not_found}
    numbers = {name: f"student {number}" for number, name in enumerate(sorted(ids, key=_scattered), start=1)}
    absent = range(len(ids) + 1, len(ids) + 1 + len(report.missing))
    who = {str(grade["submission"].get("who") or ""): str(grade["submission"]["id"]) for grade in report.grades}

    def called(name: str) -> str:
        return numbers.get(name) or numbers.get(who.get(name, ""), "a student")

    excused = [[called(str(name)), assignment] for name, assignment in report.provenance.get("excused", ())]
    facts = {key: value for key, value in report.provenance.items() if key in _FACTS}
    return replace(
        report,
        grades=tuple(_nameless(grade, called) for grade in report.grades),
        not_found=tuple((called(name), assignment) for name, assignment in report.not_found),
        missing=tuple(f"student {number}" for number in absent),
        provenance={**facts, "excused": excused},
    )


def _scattered(name: str) -> str:
    return hashlib.sha256(name.encode()).hexdigest()


def _nameless(grade: Mapping[str, Any], called: Callable[[str], str]) -> dict[str, Any]:
    name = called(str(grade["submission"]["id"]))
    said = (grade.get("group") or {}).get("title", "")
    reasons = [said or "A person must look at this."] if grade["reasons"] or grade["status"] != "graded" else []
    checks = [{**check, "message": "", "review": ""} for check in grade["checks"]]
    late = {"late": True} if grade["submission"].get("late") else {}
    return {
        **{key: value for key, value in grade.items() if key not in ("execution", "model", "training", "notes")},
        "submission": {"id": name, "who": name, "path": "", "sha256": "", **late},
        "reasons": reasons,
        "execution": {"outcome": grade["execution"]["outcome"]},
        "checks": checks,
        "notes": [],
    }
