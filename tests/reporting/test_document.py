"""GRADE and CHECK documents, and their JSON schemas."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from grader.domain import ClassReport, Origin, Student
from grader.reporting import CHECK_SCHEMA, GRADE_SCHEMA, check_document, read_grade_document
from tests.reporting.grades import SITUATIONS, grade_document, grade_of


@pytest.mark.parametrize("name", SITUATIONS)
def test_document_is_valid_json_of_its_schema(name: str) -> None:
    document = grade_document(grade_of(name))
    report = ClassReport((document,), (("student-01", "two_outputs"),))
    text = json.dumps(check_document(report), allow_nan=False, ensure_ascii=False)
    assert text.encode("utf-8")
    jsonschema.Draft202012Validator(GRADE_SCHEMA).validate(document)
    jsonschema.Draft202012Validator(CHECK_SCHEMA).validate(json.loads(text))


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("score", True),
        ("score", 1.5),
        ("score", -1),
        ("status", "fine"),
        ("schema", "grader.grade/2"),
        ("execution.seconds", math.inf),
        ("execution.cell", 0),
        ("submission.id", "../ada"),
        ("training.threshold", [True]),
        ("checks", {}),
    ],
)
def test_what_is_spoilt_is_not_read(path: str, value: Any) -> None:
    """A result on disk is believed only if every renderer can take it; later versions may have more keys."""
    document = grade_document(grade_of("good")) | {"later": 1}
    assert read_grade_document(json.dumps(document)) == document
    *outer, last = path.split(".")
    part = document
    for key in outer:
        part = part[key]
    part[last] = value
    assert read_grade_document(json.dumps(document)) is None


def test_paths_do_not_name_the_machine() -> None:
    grade = grade_of("good")
    submission = replace(grade.submission, entry=Path("/home/prof/class/ada/main.ipynb"))

    def path(*paths: str) -> str:
        changed = replace(grade, submission=replace(submission, origin=Origin(paths=paths)))
        return str(grade_document(changed)["submission"]["path"])

    assert path("ada/main.ipynb", "ada/more.ipynb") == "ada/main.ipynb"
    assert path() == "main.ipynb"


def test_what_is_not_revealed_is_in_no_format() -> None:
    revealed, hidden = (grade_document(grade_of("wrong", reveal=reveal))["checks"] for reveal in ("difference", "hint"))
    assert "32 and 20" in [check["expected"] for check in revealed]
    assert {check["expected"] for check in hidden} == {""}
    assert [check["hint"] for check in hidden] == [check["hint"] for check in revealed]


def test_what_an_lms_says_is_in_the_document_and_nothing_else() -> None:
    grade = grade_of("good")
    assert set(grade_document(grade)["submission"]) == {"id", "who", "path", "sha256"}
    origin = Origin(
        layout="Moodle", place="Jane_1_assignsubmission_file", students=(Student("Jane\x1b[2J", "1"),), late=True,
        attempt=2, attempts=2, paths=("Jane_1_assignsubmission_file/hw.py",), decisions=("2 attempts",),
    )  # fmt: skip
    document = grade_document(replace(grade, submission=replace(grade.submission, origin=origin)))
    jsonschema.Draft202012Validator(GRADE_SCHEMA).validate(document)
    assert read_grade_document(json.dumps(document)) == document
    about = document["submission"]
    assert (about["path"], about["late"], about["attempt"]) == ("Jane_1_assignsubmission_file/hw.py", True, 2)
    assert (about["students"], about["decisions"]) == ([{"name": "Jane<U+001B>[2J", "id": "1"}], ["2 attempts"])
    assert "group" not in about
