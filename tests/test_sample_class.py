"""The sample class, graded by the command that an instructor gives: every verdict is the one written beside it."""

from __future__ import annotations

import json
import shutil
import tomllib
from pathlib import Path
from typing import Any

import pytest

from grader.sandbox import resolve_isolation
from tests.terminal import grader

pytestmark = pytest.mark.long

SAMPLE = Path(__file__).parent / "submissions" / "class"
STARTER = SAMPLE.parents[2] / "assignments" / "two_inputs" / "starter.py"
EXPECTED = tomllib.loads((SAMPLE / "expected.toml").read_text(encoding="utf-8"))
LEFT_OUT = (  # of the part; what each is, another test of `make test` shows as well
    "student-02",  # a Keras 2 import: student-03 has it too
    "student-05",  # widths: wrong/one_input/wrong_width.py
    "student-18",  # endless: tests/execution/test_endings.py
    "student-26",  # functions of several exercises: student-03, 06 and 15 have several, tests/submissions/good these
    "student-27",  # no better than what it has to beat: tests/training/test_learning.py
)
Graded = tuple[Path, dict[str, Any]]


@pytest.fixture(scope="session", params=[LEFT_OUT, pytest.param((), marks=pytest.mark.slow)], ids=["a part", "all"])
def graded(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Graded:
    """The folder that one run over the class leaves, and what is expected of whoever is in it."""
    folder = tmp_path_factory.mktemp("class")
    copied = folder / "submissions"
    left_out = shutil.ignore_patterns("expected.toml", *(f"{name}*" for name in request.param))
    shutil.copytree(SAMPLE, copied, ignore=left_out)
    shutil.copy(STARTER, copied / "student-23.py")
    done = grader("grade", copied, "--out", folder / "run", "--isolation", resolve_isolation("auto"), "--jobs", 1)
    assert done.returncode == 0, done.stderr
    return folder / "run", {student: grades for student, grades in EXPECTED.items() if student not in request.param}


def verdict(document: dict[str, Any]) -> dict[str, Any]:
    """As `expected.toml` has it; a status is said there where it must be that one."""
    if document["assignment"] is None:
        assert document["status"] == "not_graded"
        return {"outcome": document["execution"]["outcome"]}
    by_status = {
        name: [check["id"] for check in document["checks"] if check["status"] == status]
        for name, status in (("fails", "failed"), ("skips", "skipped"), ("errors", "errored"))
    }
    fields = {key: document[key] for key in ("score", "status")}
    return {document["assignment"]: fields | {name: ids for name, ids in by_status.items() if ids}}


def test_each_verdict_is_the_expected_one_and_none_is_unexpected(graded: Graded) -> None:
    run, expected = graded
    verdicts: dict[str, dict[str, Any]] = {}
    for path in (run / "results").glob("*.json"):
        document = json.loads(path.read_text(encoding="utf-8"))
        student = document["submission"]["id"]
        verdicts.setdefault(student, {}).update(verdict(document))
        grade, wanted = verdicts[student].get(document["assignment"]), expected.get(student, {})
        if grade and "status" not in wanted.get(document["assignment"], {}):
            grade.pop("status")
    assert verdicts == expected


def test_every_student_has_a_page_that_names_nobody_else(graded: Graded) -> None:
    run, expected = graded
    names = {path.name for path in (run / "feedback").iterdir()}
    assert names == set(expected)
    for name in names:
        page = (run / "feedback" / name / "index.html").read_text(encoding="utf-8")
        assert name in page
        assert not [other for other in names - {name} if other in page]
