"""GRADE and CHECK documents, and their JSON schemas."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import jsonschema
import pytest

from grader.domain import Grade
from grader.reporting import CHECK_SCHEMA, GRADE_SCHEMA, check_document, grade_document

SITUATIONS = ["good", "wrong", "review", "unreadable", "empty", "hostile"]


@pytest.mark.parametrize("name", SITUATIONS)
def test_document_is_valid_json_of_its_schema(grade_of: Callable[..., Grade], name: str) -> None:
    """Every situation makes a document without NaN that its schema accepts, alone and inside a CHECK."""
    document = grade_document(grade_of(name))
    text = json.dumps(check_document([document], ["two_outputs"]), allow_nan=False, ensure_ascii=False)

    assert text.encode("utf-8")
    jsonschema.Draft202012Validator(GRADE_SCHEMA).validate(document)
    jsonschema.Draft202012Validator(CHECK_SCHEMA).validate(json.loads(text))


@pytest.mark.parametrize("schema", [GRADE_SCHEMA, CHECK_SCHEMA])
def test_schemas_are_schemas(schema: dict[str, object]) -> None:
    """Both schemas are valid draft 2020-12."""
    jsonschema.Draft202012Validator.check_schema(schema)


def test_schema_refuses_a_broken_document(grade_of: Callable[..., Grade]) -> None:
    """A missing key and an unknown status are both refused."""
    document = grade_document(grade_of("good"))
    validator = jsonschema.Draft202012Validator(GRADE_SCHEMA)

    assert not validator.is_valid({key: value for key, value in document.items() if key != "checks"})
    assert not validator.is_valid({**document, "status": "fine"})


def test_document_has_every_key_of_the_contract(grade_of: Callable[..., Grade]) -> None:
    """The keys that the design binds are all there, with cells and lines where they are known."""
    document = grade_document(grade_of("good"), {"keras2-import": "Old spelling."})

    assert document["schema"] == "grader.grade/1"
    assert {"id", "path", "sha256"} <= set(document["submission"])
    assert (document["assignment"], document["score"], document["max_score"]) == ("two_inputs", 10, 10)
    assert document["execution"].items() >= {"outcome": "ok", "cell": None, "line": None, "limit": None}.items()
    assert document["model"] == {
        "outcome": "found",
        "matched_by": "name",
        "name": "two_inputs",
        "cell": 3,
        "line": 7,
        "reason": "",
    }
    assert document["training"]["threshold"] == [0.01]
    assert document["training"]["runs"][0].items() >= {"seed": 1, "diagnosis": None}.items()
    assert document["notes"][0] == {
        "code": "keras2-import",
        "message": "Old spelling. `keras.layers.merge` was read as `keras.layers`.",
        "cell": 1,
        "line": 6,
    }


def test_first_failure_places_the_execution(grade_of: Callable[..., Grade]) -> None:
    """The execution names the first failing cell, its line and its message."""
    execution = grade_document(grade_of("wrong"))["execution"]

    assert (execution["cell"], execution["line"]) == (5, 2)
    assert execution["message"].startswith("ValueError: x and y")


def test_what_is_not_finite_is_null(grade_of: Callable[..., Grade]) -> None:
    """NaN becomes null, and the diagnosis stays."""
    run = grade_document(grade_of("hostile"))["training"]["runs"][0]

    assert run["mse"] == [None]
    assert run["diagnosis"]


def test_paths_do_not_name_the_machine(grade_of: Callable[..., Grade]) -> None:
    """An absolute path is shown relative to the root, or else to the submission's own folder."""
    grade = grade_of("good")
    submission = replace(grade.submission, entry=Path("/home/prof/class/ada/main.ipynb"), folder=None)

    def path(folder: Path | None, root: Path | None) -> str:
        changed = replace(grade, submission=replace(submission, folder=folder))
        return str(grade_document(changed, root=root)["submission"]["path"])

    assert path(None, Path("/home/prof/class")) == "ada/main.ipynb"
    assert path(Path("/home/prof/class/ada"), None) == "ada/main.ipynb"
    assert path(None, None) == "main.ipynb"
    assert path(None, Path("/elsewhere")) == "main.ipynb"


def test_differences_are_data_where_there_are_any(grade_of: Callable[..., Grade]) -> None:
    """Kind, layer and place of each change; a check that found none has no such key."""
    checks = {check["id"]: check for check in grade_document(grade_of("wrong"))["checks"]}

    (found,) = checks["graph"]["differences"]
    assert [found[key] for key in ("kind", "layer", "cell", "line")] == ["width", "dense_1", 3, 4]
    assert "differences" not in checks["widths"]
