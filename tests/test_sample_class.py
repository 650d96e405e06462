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
EXPECTED = tomllib.loads((SAMPLE / "expected.toml").read_text(encoding="utf-8"))["expected"]
SLOW = {"student-18"}  # loops for ever, and takes the whole time limit; `make grade` shows it


@pytest.fixture(scope="session")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("class")
    copied = folder / "submissions"
    shutil.copytree(SAMPLE, copied, ignore=shutil.ignore_patterns("expected.toml", *(f"{name}*" for name in SLOW)))
    done = grader("grade", copied, "--out", folder / "run", "--isolation", resolve_isolation("auto"), "--jobs", 1)
    assert done.returncode == 0, done.stderr
    return folder / "run"


@pytest.fixture(scope="session")
def documents(run: Path) -> dict[tuple[str, str | None], dict[str, Any]]:
    found = [json.loads(path.read_text(encoding="utf-8")) for path in (run / "results").glob("*.json")]
    return {(document["submission"]["id"], document["assignment"]): document for document in found}


@pytest.mark.parametrize(
    "expected",
    [entry for entry in EXPECTED if entry["submission"] not in SLOW],
    ids=lambda entry: f"{entry['submission']}-{entry.get('assignment', 'none')}",
)
def test_each_verdict_is_the_expected_one(expected: dict[str, Any], documents: dict[Any, Any]) -> None:
    document = documents[expected["submission"], expected.get("assignment")]
    if "assignment" not in expected:
        assert (document["status"], document["execution"]["outcome"]) == ("not_graded", expected["outcome"])
        return
    by_status = {
        status: [check["id"] for check in document["checks"] if check["status"] == status]
        for status in ("failed", "skipped", "errored")
    }
    wanted = {"failed": expected["fails"], "skipped": expected.get("skips", []), "errored": []}
    assert (document["score"], by_status) == (expected["score"], wanted)
    assert document["status"] == expected.get("status", document["status"])


def test_no_verdict_is_unexpected(documents: dict[Any, Any]) -> None:
    wanted = {(entry["submission"], entry.get("assignment")) for entry in EXPECTED if entry["submission"] not in SLOW}
    assert set(documents) == wanted


def test_every_student_has_a_page_that_names_nobody_else(run: Path) -> None:
    names = {path.name for path in (run / "feedback").iterdir()}
    assert len(names) == len({entry["submission"] for entry in EXPECTED} - SLOW)
    for name in names:
        page = (run / "feedback" / name / "index.html").read_text(encoding="utf-8")
        assert name in page
        assert not [other for other in names - {name} if other in page]
