"""`grade --dry-run` and `export`, from the folder of a run."""

from __future__ import annotations

import csv
import json
import os
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest

from grader.domain import ClassReport
from grader.runs.folder import StoredDocuments, close
from grader.runs.journal import Entry, dump, install, page_name, result_name
from tests.reporting.grades import grade_document, grade_of
from tests.submissions_discovery import downloads
from tests.submissions_discovery.downloads import WORKSHEET, taken, zipped
from tests.terminal import grader


def graded(download: Path, out: Path) -> Path:
    """What `grade` leaves, without running anything: 5 of 10 points for each who submitted a file."""
    names, ids = [], []
    with taken(download) as intake:
        for submission in intake.submissions:
            grade = replace(grade_of("unreadable" if submission.problem else "wrong"), submission=submission)
            grade = replace(grade, reasons=(submission.problem,)) if submission.problem else grade
            name = result_name(submission.id, grade.assignment and grade.assignment.id)
            files = {page_name(submission.id): f"page of {submission.id}", name: dump(grade_document(grade))}
            install(out, submission.id, files, Entry("k", (name,), (), settled=True))
            names.append(name)
            ids.append(submission.id)
    facts = {"schema": "grader.run/1", "started": "", "seconds": 1, "command": "", "submissions": ids}
    facts["assignments"] = ["two_inputs"]
    close(out, ClassReport(StoredDocuments(out, names), provenance=facts))
    return out


@pytest.fixture
def run(tmp_path: Path) -> Path:
    (tmp_path / "Grades.csv").write_text(WORKSHEET, "utf-8")
    return graded(zipped(tmp_path / "m.zip", downloads.MOODLE), tmp_path / "run")


def printed(*arguments: object) -> str:
    done = grader(*arguments)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_a_dry_run_says_what_would_be_graded(tmp_path: Path) -> None:
    """A line for each submission, its decisions, and how many there are."""
    output = printed("grade", zipped(tmp_path / "m.zip", downloads.MOODLE), "--dry-run", "--out", tmp_path / "out")
    assert "jane-doe-4711: Jane Doe (4711): Jane Doe_4711_assignsubmission_file/hw2.py" in output
    assert "onlinetext" in output
    assert not (tmp_path / "out").exists()


def test_from_a_zip_of_moodle_to_its_worksheet(tmp_path: Path, run: Path) -> None:
    output = printed("export", "moodle", run, "--gradebook", tmp_path / "Grades.csv")
    rows = list(csv.DictReader((run / "export" / "Grades.csv").read_text("utf-8").splitlines()))
    assert [row["Grade"] for row in rows] == ["5.00", "5.00", "", ""]
    assert "2 settled scores of two_inputs" in output
    assert "Bo Li: no submission" in output
    assert "Ada Lovelace: only text was typed into Moodle" in output


def test_feedback_goes_back_in_moodles_folders(tmp_path: Path, run: Path) -> None:
    """Also about a file that could not be graded."""
    printed("export", "moodle-feedback", run, "--gradebook", tmp_path / "Grades.csv", "--out", tmp_path / "f.zip")
    with zipfile.ZipFile(tmp_path / "f.zip") as archive:
        assert sorted(archive.namelist()) == [
            "Ada Lovelace_4713_assignsubmission_file/feedback.html",
            "Jane Doe_4711_assignsubmission_file/feedback.html", "José García_4712_assignsubmission_file/feedback.html",
        ]  # fmt: skip
        assert archive.read("Jane Doe_4711_assignsubmission_file/feedback.html") == b"page of jane-doe-4711"


def test_what_was_exported_before_the_grades_changed_is_said_to_be_older(tmp_path: Path, run: Path) -> None:
    assert "older" not in printed("export", "moodle-feedback", run, "--gradebook", tmp_path / "Grades.csv")
    for path in (run / "results").glob("*.json"):
        os.utime(path, (path.stat().st_mtime + 100,) * 2)
    output = printed("export", "csv", run, "--out", tmp_path / "grades.csv")
    assert f"{run / 'export' / 'moodle-feedback.zip'} is older than the grades" in output


def test_a_table_needs_no_platform(run: Path) -> None:
    assert "2 scores (final or so far) of two_inputs: " in printed("export", "csv", run, "--provisional")
    printed("export", "csv", run)
    assert "leave out --gradebook and --column" in grader("export", "csv", run, "--column", "Grade").stderr
    rows = list(csv.DictReader((run / "export" / "grades-by-check.csv").read_text("utf-8").splitlines()))
    points = {row["name"]: row["two_inputs.inputs"] for row in rows}
    assert points == {"Jane Doe": "4", "José García": "4", "Ada Lovelace": ""}


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["modle"], "Did you mean `moodle`"),
        (["moodle"], "fills in that file, but cannot create it"),
        (["csv", "--assignment", "two_input"], "Did you mean `two_inputs`"),
        (["canvas", "--gradebook", "absent.csv"], "absent.csv: the file cannot be read"),
    ],
)
def test_a_mistake_says_what_to_do(run: Path, arguments: list[str], words: str) -> None:
    assert words in grader("export", arguments[0], run, *arguments[1:]).stderr


def test_a_run_that_was_changed_is_not_exported(run: Path) -> None:
    """A score that somebody typed into a result is not what was graded."""
    path = run / "results" / "jane-doe-4711.two_inputs.json"
    grade = json.loads(path.read_text("utf-8"))
    path.write_text(json.dumps({**grade, "score": 10}), "utf-8")
    assert "is not what the run wrote" in grader("export", "csv", run).stderr
