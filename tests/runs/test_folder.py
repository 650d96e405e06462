"""What a run leaves in its folder, and what it leaves alone."""

from __future__ import annotations

import json
import os
from dataclasses import replace
from pathlib import Path

import pytest

from grader.domain import Execution, Grade, GradeStatus, ModelMatch, Outcome, Submission
from grader.errors import UsageError
from grader.filesystem import PART, lock, tidy, write
from grader.grading.overrides import load_overrides
from grader.runs.folder import RunFolder, read_run
from grader.runs.journal import Entry, dump, install, page_name, read_entry, result_name
from grader.runs.options import Basis, ClassOptions
from grader.runs.previous import plan
from tests.reporting.grades import grade_document
from tests.runs.programs import override


def entry(key: str, *results: str) -> Entry:
    return Entry(key, results, (), settled=True)


def test_two_runs_do_not_share_a_folder(tmp_path: Path) -> None:
    """The second says so, and the folder is free when the first has ended."""
    with lock(tmp_path / "out"), pytest.raises(UsageError, match="another run"), lock(tmp_path / "out"):
        pass
    with lock(tmp_path / "out"):
        pass


def test_scraps_go_and_the_files_of_others_stay(tmp_path: Path) -> None:
    """Also where the report goes into the folder of the class."""
    (tmp_path / "results").mkdir()
    (tmp_path / "anna").mkdir()
    scraps = [tmp_path / f"run.json.1.{PART}", tmp_path / "results" / f"a.json.2.{PART}"]
    files = [tmp_path / "anna" / "weights.part", tmp_path / "anna" / f"mine.{PART}"]
    for path in (*scraps, *files):
        path.write_text("x")
    tidy(tmp_path, ("results", "feedback"))
    assert ([path.exists() for path in scraps], [path.exists() for path in files]) == ([False] * 2, [True] * 2)


def test_what_a_submission_no_longer_has_goes_with_its_new_results(tmp_path: Path) -> None:
    install(tmp_path, "a", {"results/a.one.json": "{}"}, entry("1", "results/a.one.json"))
    install(tmp_path, "a", {"results/a.two.json": "{}"}, entry("2", "results/a.two.json"))
    assert [path.name for path in (tmp_path / "results").iterdir()] == ["a.two.json"]


ANNA = Submission("anna", "anna", Path("anna.py"), None, "abc")


def graded(out: Path, submission: Submission = ANNA) -> RunFolder:
    """The folder of a run that has finished one submission."""
    folder = RunFolder(out)
    execution = Execution(Outcome.OK, 0.1, "none")
    grade = Grade(submission, None, execution, ModelMatch("no_model"), reasons=(), status=GradeStatus.NOT_GRADED)
    name = result_name(submission.id, None)
    files = {page_name(submission.id): "page", name: dump(grade_document(grade))}
    install(out, submission.id, files, entry(folder._key(submission), name))
    return folder


def is_done(folder: RunFolder) -> bool:
    return not plan(folder, [ANNA], ClassOptions()).todo


def test_what_a_person_has_decided_about_counts_as_it_was_run(tmp_path: Path) -> None:
    """Already when the decision is first applied: nobody waits for an endless loop again."""
    folder = graded(tmp_path)
    assert plan(replace(folder, basis=Basis({}, {}, "new")), [ANNA], ClassOptions()).decided == set()
    (tmp_path / "overrides.toml").write_text(override("anna", "abc", "review", 0))
    overrides = load_overrides(tmp_path / "overrides.toml")
    planned = plan(replace(folder, overrides=overrides), [ANNA], ClassOptions())
    assert (planned.todo, planned.decided) == ([ANNA], {"anna"})


SPOILT = ["", "null", "[]", "{}", '{"key": 1}', "{", "\x00\xff", "[" * 100_000, '"text"', "1e999", "-1", "true"]


@pytest.mark.parametrize("name", ["journal/anna.json", "results/anna.json", "feedback/anna/index.html"])
@pytest.mark.parametrize("content", SPOILT, ids=range(len(SPOILT)))
def test_a_spoilt_file_of_a_run_counts_as_absent(tmp_path: Path, name: str, content: str) -> None:
    """The submission is graded again, and its files are written again."""
    folder = graded(tmp_path)
    (tmp_path / name).write_bytes(content.encode("latin-1"))
    assert folder.kept(ANNA) is None
    assert is_done(graded(tmp_path))


WRONG_ENTRIES: tuple[dict[str, object], ...] = (
    {"results": [1]}, {"results": [["results/anna.json"]]}, {"results": "results/anna.json"}, {"results": ["../x"]},
    {"results": ["results/ben.json"]}, {"results": ["results/anna.\ud800.json"]}, {"results": ["results/anna.\0.json"]},
    {"results": []}, {"not_found": None}, {"not_found": [{}]}, {"settled": "yes"}, {"key": None}, {"key": ["x"]},
    {"files": []}, {"files": {"results/anna.json": 3}},
)  # fmt: skip


@pytest.mark.parametrize("changed", WRONG_ENTRIES, ids=str)
def test_a_journal_entry_of_wrong_types_counts_as_absent(tmp_path: Path, changed: dict[str, object]) -> None:
    """It may name any file, and none outside of the results is removed with it."""
    (tmp_path / "x").touch()
    folder = graded(tmp_path / "out")
    path = tmp_path / "out" / "journal" / "anna.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), **changed}))
    assert folder.kept(ANNA) is None
    assert is_done(graded(tmp_path / "out"))
    assert (tmp_path / "x").exists()


def spoil(out: Path, **changed: object) -> None:
    """Another result of anna's, for which the journal vouches."""
    name, entry = "results/anna.json", read_entry(out, "anna")
    assert entry
    result = json.dumps({**json.loads((out / name).read_text()), **changed})
    install(out, "anna", {page_name("anna"): "page", name: result}, entry)


def test_a_result_that_no_page_could_show_counts_as_absent(tmp_path: Path) -> None:
    """Though the journal vouches for it."""
    folder = graded(tmp_path)
    spoil(tmp_path, score="10")
    assert folder.kept(ANNA) is None


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="Windows has no such files")
def test_a_pipe_among_the_results_keeps_nobody_waiting(tmp_path: Path) -> None:
    folder = graded(tmp_path)
    (tmp_path / "results" / "anna.json").unlink()
    os.mkfifo(tmp_path / "results" / "anna.json")
    assert folder.kept(ANNA) is None
    assert is_done(graded(tmp_path))


def test_what_is_written_is_on_the_disk_before_it_has_its_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A power cut leaves the old file or the new one."""
    calls: list[str] = []
    monkeypatch.setattr(os, "fsync", lambda descriptor: calls.append("flush"))
    real = os.replace
    monkeypatch.setattr(os, "replace", lambda *paths: (calls.append("rename"), real(*paths)))
    write(tmp_path / "file", "text")
    assert calls == ["flush", "rename", "flush"]
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


FACTS = {"schema": "grader.run/1", "started": "2026", "seconds": 1.0, "command": "", "submissions": ["anna"]}


def test_a_run_is_read_as_it_was_written(tmp_path: Path) -> None:
    graded(tmp_path)
    (tmp_path / "run.json").write_text(json.dumps(FACTS))
    report = read_run(tmp_path)
    assert ([grade["submission"]["id"] for grade in report.grades], report.provenance) == (["anna"], FACTS)


def test_the_result_of_another_is_refused(tmp_path: Path) -> None:
    graded(tmp_path)
    spoil(tmp_path, submission={**json.loads((tmp_path / "results/anna.json").read_text())["submission"], "id": "ben"})
    (tmp_path / "run.json").write_text(json.dumps(FACTS))
    with pytest.raises(UsageError, match="not a result of `anna`"):
        read_run(tmp_path)


WRONG_RUNS: tuple[dict[str, object], ...] = (
    {"submissions": ["../anna"]}, {"submissions": [3]}, {"submissions": "anna"}, {"not_graded_yet": [3]}, {"started": 3},
    {"command": None}, {"missing": [3]}, {"excused": [3]}, {"versions": []},
)  # fmt: skip


@pytest.mark.parametrize("changed", WRONG_RUNS, ids=str)
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
