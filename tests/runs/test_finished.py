"""A finished run is read back only as the grader wrote it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from grader.errors import UsageError
from grader.runs.finished import read_run
from grader.runs.journal import install, page_name, read_entry
from tests.runs.test_folder import graded

FACTS = {"schema": "grader.run/1", "started": "2026", "seconds": 1.0, "command": "", "submissions": ["anna"]}


def test_a_run_is_read_as_it_was_written(tmp_path: Path) -> None:
    graded(tmp_path)
    (tmp_path / "run.json").write_text(json.dumps(FACTS))
    report = read_run(tmp_path)
    assert ([one["submission"]["id"] for one in report.grades], report.provenance) == (["anna"], FACTS)


def test_the_result_of_another_is_refused(tmp_path: Path) -> None:
    """Also where the journal vouches for it."""
    graded(tmp_path)
    name = "results/anna.json"
    forged = json.loads((tmp_path / name).read_text())
    forged["submission"]["id"] = "ben"
    entry = read_entry(tmp_path, "anna")
    assert entry
    install(tmp_path, "anna", {page_name("anna"): "page", name: json.dumps(forged)}, entry)
    (tmp_path / "run.json").write_text(json.dumps(FACTS))
    with pytest.raises(UsageError, match="not a result of `anna`"):
        read_run(tmp_path)


@pytest.mark.parametrize(
    "changed",
    [
        {"submissions": ["../anna"]},
        {"submissions": [3]},
        {"submissions": "anna"},
        {"seconds": "long"},
        {"seconds": None},
        {"started": 3},
        {"command": None},
        {"missing": [3]},
        {"excused": [3]},
        {"versions": []},
    ],
    ids=str,
)
def test_a_run_of_wrong_types_is_refused(tmp_path: Path, changed: dict[str, object]) -> None:
    """A message, not a traceback."""
    graded(tmp_path)
    (tmp_path / "run.json").write_text(json.dumps({**FACTS, **changed}))
    with pytest.raises(UsageError, match=r"grader grade"):
        read_run(tmp_path)


@pytest.mark.parametrize("content", ["null", "[]", "3", "{", "[" * 100_000])
def test_a_run_whose_facts_or_results_are_spoilt_is_refused(tmp_path: Path, content: str) -> None:
    graded(tmp_path)
    (tmp_path / "run.json").write_text(content)
    with pytest.raises(UsageError, match="not a finished run"):
        read_run(tmp_path)
    (tmp_path / "run.json").write_text(json.dumps(FACTS))
    (tmp_path / "results" / "anna.json").write_text(content)
    with pytest.raises(UsageError, match="grade the class again"):
        read_run(tmp_path)
