"""A class that is graded again: nothing runs that has not changed, and the verdicts are those of a fresh run."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any
from unittest.mock import Mock, call
from uuid import uuid4

import pytest

from grader.assignments.course import load_course
from grader.assignments.folder import read_course
from grader.domain import ClassReport, Submission
from grader.errors import UsageError
from grader.execution import Supervisor
from grader.pipeline import Progress, grade_class
from grader.runs.options import ClassOptions, RunOptions
from grader.submissions import Reader
from grader.training.host import TrainerProcess
from tests.pythons import new_python
from tests.runs.programs import course_in, hand_in, one_input, override, without_networks

pytestmark = pytest.mark.long


@pytest.fixture(scope="module")
def graded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A course with one assignment, a class of two, and its first grading."""
    place = tmp_path_factory.mktemp("previous")
    course_in(place / "course")
    hand_in(place, anna=one_input(), ben=one_input(head=2) + "print('mine')\n")
    grade(place)
    return place


def grade(
    place: Path, out: str = "out", progress: Progress | None = None, python: Path | None = None, **more: Any
) -> ClassReport:
    course = load_course(["one_input"], read_course(place / "course"))
    run, options = RunOptions("none", python), ClassOptions(jobs=1, **more)
    return grade_class(place / "class", place / out, course, run, options, progress or Progress())


@pytest.fixture
def nothing_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    refused = Mock(side_effect=AssertionError("a process was started"))
    monkeypatch.setattr(Supervisor, "start", refused)
    monkeypatch.setattr(TrainerProcess, "__init__", refused)


def documents(folder: Path) -> dict[str, Any]:
    """All that a grade says, but how long its run took."""
    documents = {path.name: json.loads(path.read_text("utf-8")) for path in (folder / "results").iterdir()}
    return {
        name: {**document, "execution": {**document["execution"], "seconds": 0}} for name, document in documents.items()
    }


def test_a_changed_rubric_grades_from_recordings_as_a_fresh_run_does(
    graded: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And says who fell, by which check, and why; what it replaced is kept."""
    spec = graded / "course" / "assignments" / "one_input" / "assignment.toml"
    text = spec.read_text("utf-8")
    assert 'kind = "heads"\npoints = 1' in text
    spec.write_text(text.replace('kind = "heads"\npoints = 1', 'kind = "heads"\npoints = 2'), "utf-8")
    progress = Mock(spec=Progress)
    with monkeypatch.context() as patch:
        patch.setattr(Supervisor, "start", lambda *_: pytest.fail("a run was executed"))
        report = grade(graded, progress=progress)
    changes = report.provenance["changes"]
    progress.begin.assert_called_once_with(2, 0, 2)
    assert call("starting TensorFlow") not in progress.stage.mock_calls
    assert [(change["submission"], change["direction"], change["causes"]) for change in changes["changes"]] == [
        ("ben", "fell", ["rubric"]),
    ]  # fmt: skip
    assert len(list((graded / "out" / "previous").iterdir())) == 1
    assert "What changed" in (graded / "out" / "index.html").read_text("utf-8")
    grade(graded, "fresh")
    assert documents(graded / "out") == documents(graded / "fresh")


def test_a_comment_and_an_override_of_a_group_reach_its_members_only(graded: Path, nothing_runs: None) -> None:
    """The others are not even graded again."""
    group = documents(graded / "out")["ben.one_input.json"]["group"]["digest"]
    details = f'assignment = "one_input"\ngroup = "{group}"\nwho = "A"\nwhen = 2026-11-24\n'
    overrides = graded / "out" / "overrides.toml"
    overrides.write_text(
        f'[[group_overrides]]\ncheck = "heads"\nscore = 1\nreason = "agreed"\n{details}[[comments]]\ntext = "Well."\n{details}',
        "utf-8",
    )
    progress = Mock(spec=Progress)
    before = documents(graded / "out")
    report = grade(graded, progress=progress)
    after = documents(graded / "out")
    progress.begin.assert_called_once_with(2, 1, 1)
    assert after["ben.one_input.json"]["score"] == before["ben.one_input.json"]["score"] + 1
    assert {"comment", "override"} <= {note["code"] for note in after["ben.one_input.json"]["notes"]}
    assert [change["causes"] for change in report.provenance["changes"]["changes"]] == [["override"]]
    overrides.write_text(overrides.read_text("utf-8").replace(group, "0" * 12), "utf-8")
    assert "no longer exists" in grade(graded).provenance["flags"][0]
    overrides.unlink()


def test_whoever_only_left_out_stays_and_a_decision_about_them_is_named(graded: Path, nothing_runs: None) -> None:
    """Until it is applied."""
    sha256 = documents(graded / "out")["ben.one_input.json"]["submission"]["sha256"]
    overrides = graded / "out" / "overrides.toml"
    overrides.write_text(override("ben", sha256), "utf-8")
    report = grade(graded, only=("anna",))
    assert [document["submission"]["id"] for document in report.grades] == ["anna", "ben"]
    assert report.provenance["flags"] == [
        "ben, one_input: its grade is older than what was decided about it, since --only left it out: grade again "
        "without --only"
    ]
    assert "flags" not in grade(graded).provenance
    overrides.unlink()


def notes(place: Path, name: str) -> set[str]:
    return {note["code"] for note in documents(place / "out")[f"{name}.one_input.json"]["notes"]}


@pytest.fixture
def executed(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    names: list[str] = []
    run = Supervisor.run

    def counted(self: Supervisor, submission: Submission, *rest: Any, **more: Any) -> Any:
        names.append(submission.id)
        return run(self, submission, *rest, **more)

    monkeypatch.setattr(Supervisor, "run", counted)
    return names


def test_those_who_lacked_a_package_run_again_if_asked_or_if_it_is_there(tmp_path: Path, executed: list[str]) -> None:
    """Only they, and by no other word; whoever claims to lack what was there all the time does not."""
    name = f"lacked_{uuid4().hex}"
    python, packages = new_python(tmp_path / "python")
    place = hand_in(tmp_path, anna="x = 1\n", ben=f"import {name}\nprint({name}.VALUE)\n")
    without_networks(place / "course")
    grade(place, python=python)
    assert "package-absent" in notes(place, "ben")
    for rerun in ((), ("timeout", "errored")):
        executed.clear()
        grade(place, python=python, rerun=rerun)
        assert executed == []
    grade(place, python=python, rerun=("missing-package",))
    assert set(executed) == {"ben"}
    executed.clear()
    (packages / f"{name}.py").write_text("VALUE = 1\n", "utf-8")
    grade(place, python=python)
    assert set(executed) == {"ben"}
    assert "package-absent" not in notes(place, "ben")


def test_whoever_was_found_and_not_asked_for_in_a_new_folder_is_not_graded_yet(
    graded: Path, tmp_path: Path, nothing_runs: None
) -> None:
    """Not without a submission; and nobody else counts as done."""
    hand_in(tmp_path, anna="", ben="")
    course, progress = load_course(["one_input"], read_course(graded / "course")), Mock(spec=Progress)
    options = ClassOptions(jobs=1, only=("anna",), reader=Reader(layout="files"))
    report = grade_class(tmp_path / "class", tmp_path / "out", course, RunOptions("none"), options, progress)
    progress.begin.assert_called_once_with(1, 0, 0)
    assert [entry["id"] for entry in report.provenance["not_graded_yet"]] == ["ben"]
    assert "ben,ben,one_input,,,not_graded_yet" in (tmp_path / "out" / "grades.csv").read_text("utf-8")
    assert "Not graded yet" in (tmp_path / "out" / "index.html").read_text("utf-8")


def test_whoever_renames_a_file_stops_nobody(graded: Path, tmp_path: Path, nothing_runs: None) -> None:
    """What was decided about the old name is named to the instructor; nobody else is affected."""
    place = tmp_path / "copy"
    shutil.copytree(graded, place)
    (place / "class" / "anna.py").unlink()
    (place / "out" / "overrides.toml").write_text(override("anna", "abc", "learns"), "utf-8")
    for _ in range(2):
        report = grade(place, reader=Reader(layout="files"))
        assert [document["submission"]["id"] for document in report.grades] == ["ben"]
        assert "anna, one_input: the override of `learns`" in report.provenance["flags"][0]
    (place / "out" / "overrides.toml").write_text(override("anne", "abc", "learns"), "utf-8")
    with pytest.raises(UsageError, match="there is no submission `anne`"):
        grade(place)
