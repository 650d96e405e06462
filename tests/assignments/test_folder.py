"""A course is the one that was named, the one around, or the tutorial; never one that a submission brought.

One of one's own can be copied from the built-in one.
"""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from grader.assignments.course import Course, copy_course, load_course
from grader.assignments.folder import VARIABLE, find_course, read_course, tutorial
from grader.assignments.spec import load_assignments
from grader.errors import InvalidAssignment, UsageError
from tests.terminal import grader


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A course with one exercise of the tutorial's."""
    monkeypatch.delenv(VARIABLE, raising=False)
    found = tmp_path / "course"
    shutil.copytree(tutorial().assignments / "one_input", found / "assignments" / "warm_up")
    (found / "grader.toml").write_text('title = "Networks"\nreveal = "hint"\n[limits]\nseconds = 30\n')
    return found


def test_the_tutorial_is_the_course_where_there_is_no_other(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv(VARIABLE, raising=False)
    assert find_course(None) == tutorial()
    assert "two_inputs" in [assignment.id for assignment in load_assignments()]


def test_a_course_is_found_by_name_by_the_environment_or_around(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    named = find_course(root)
    monkeypatch.chdir(root / "assignments")
    around = find_course(None)
    monkeypatch.chdir("/")
    monkeypatch.setenv(VARIABLE, str(root))
    assert named == around == find_course(None)
    assert (named.title, named.root) == ("Networks", root.resolve())


def test_a_command_in_a_message_names_the_course_as_it_was_named(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A copied command finds the same course; one around the folder, or in the environment, is found again anyway."""
    (root / "assignments" / "warm_up" / "calibration.json").unlink()
    root.rename(root.with_name("my course"))
    monkeypatch.chdir(root.parent)
    with pytest.raises(InvalidAssignment, match='run `grader calibrate warm_up --course "my course"`'):
        load_course((), find_course(Path("my course")))
    monkeypatch.setenv(VARIABLE, "my course")
    assert find_course(None).command("calibrate", "warm_up") == "grader calibrate warm_up"


@pytest.mark.parametrize("place", ["work.py", "submissions/anna.py"])
def test_a_submission_cannot_bring_its_own_course(root: Path, place: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever wrote the file may have written `grader.toml` and `checks.py` around it."""
    monkeypatch.chdir(root)
    with pytest.raises(UsageError, match=r"--course"):
        find_course(None, graded=Path(place))
    assert find_course(root, graded=Path(place)).root == root.resolve()
    assert find_course(None, graded=root.parent / "elsewhere.py").root == root.resolve()


def test_assignments_take_defaults_of_their_course(root: Path) -> None:
    found = load_assignments((), read_course(root))
    spec = root / "assignments" / "warm_up" / "assignment.toml"
    spec.write_text('reveal = "solution"\n' + spec.read_text() + "\n[limits]\nseconds = 5\n")
    found += load_assignments((), read_course(root))
    (root / "grader.toml").write_text('reveal = "hint"\n[limits]\nseconds = 31\n')
    found += load_assignments((), read_course(root))
    assert [(one.reveal, one.limits.seconds) for one in found[:2]] == [("hint", 30), ("solution", 5)]
    assert len({one.digest for one in found}) == 3


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("tilte = 'x'", "tilte: unknown key; did you mean `title`?"),
        ("reveal = 'all'", "reveal: unknown value `all`"),
        ("[", "grader.toml"),
        *((f"companions = [{name!r}]\n", "companions: ") for name in ("../x.py", "/etc/passwd", ".git", "")),
    ],
)
def test_settings_that_cannot_be_used_are_named(root: Path, text: str, said: str) -> None:
    """So is a companion that would leave the course."""
    (root / "grader.toml").write_text(text)
    with pytest.raises(InvalidAssignment, match=r"grader\.toml") as caught:
        read_course(root)
    assert said in str(caught.value)


def test_a_folder_that_is_no_course_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"has no folder `assignments`"):
        find_course(tmp_path)
    with pytest.raises(UsageError, match=r"is not a folder"):
        find_course(tmp_path / "nowhere")


def test_a_reference_is_beside_its_assignment_or_with_the_others(root: Path) -> None:
    course = read_course(root)
    assert course.reference("warm_up") == root / "reference_solutions" / "warm_up.py"
    beside = root / "assignments" / "warm_up" / "reference.py"
    beside.touch()
    assert course.reference("warm_up") == beside


def test_an_assignment_that_cannot_be_graded_blocks_no_other(root: Path) -> None:
    """It is left out with what to do, and its data are still next to submissions, which may be for it."""
    other = np.zeros(3)
    for name, old, new in (
        ("broken", "title =", "titel ="),
        ("stale", "epochs = 400", "epochs = 300"),
        ("fresh", "[data]", '[data]\nfile = "fresh.npz"'),
    ):
        own = root / "assignments" / name
        shutil.copytree(root / "assignments" / "warm_up", own)
        spec = own / "assignment.toml"
        spec.write_text(spec.read_text().replace(old, new))
    np.savez(own / "fresh.npz", x=other, x_val=other, sin=other, sin_val=other)
    (own / "calibration.json").unlink()
    folder = read_course(root)
    course = load_course((), folder)
    assert [one.id for one in course.assignments] == ["warm_up"]
    assert "titel: unknown key; did you mean `title`?" in course.left_out["broken"]
    assert "not calibrated yet; run `grader calibrate fresh`" in course.left_out["fresh"]
    assert "has changed since this calibration; run `grader calibrate stale`" in course.left_out["stale"]
    assert list(course.files_beside) == ["fresh.npz"]
    assert load_course(["warm_up"], folder).left_out == {}
    for name, why in (("broken", "did you mean `title`"), ("stale", "has changed since this calibration")):
        with pytest.raises(InvalidAssignment, match=why):
            load_course([name], folder)


def test_companions_are_in_the_course_or_next_to_the_submissions(tmp_path: Path) -> None:
    """Those that it holds go along with `check` too; results depend on what is in them."""
    for name in ("helpers.py", "data/train.csv", "data/test.csv"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("1")
    (tmp_path / "assignments").mkdir()
    (tmp_path / "grader.toml").write_text('companions = ["helpers.py", "data", "more.csv"]\n')
    course = Course((), {}, asked=True, root=tmp_path).with_companions(read_course(tmp_path).companions)
    assert course.files_beside == {name: tmp_path / name for name in ("helpers.py", "data/test.csv", "data/train.csv")}
    assert course.elsewhere == ("more.csv",)
    before = course.companions_digest
    (tmp_path / "data" / "train.csv").write_text("2")
    assert course.companions_digest != before


def test_a_copy_is_a_course_whose_points_can_be_changed(tmp_path: Path) -> None:
    """It stays calibrated: points are not what a calibration is of."""
    assert copy_course(["two_inputs"], tutorial(), tmp_path / "own") == {"two_inputs": True}
    spec = tmp_path / "own" / "assignments" / "two_inputs" / "assignment.toml"
    spec.write_text(spec.read_text("utf-8").replace("points = 1", "points = 2"), "utf-8")
    own, theirs = load_course([], read_course(tmp_path / "own")), load_course(["two_inputs"])
    assert own.assignments[0].max_score > theirs.assignments[0].max_score
    assert len(copy_course([], tutorial(), tmp_path / "all")) > 1
    assert load_course([], read_course(tmp_path / "all")).left_out == own.left_out == {}


def test_an_installation_has_no_reference_solutions(tmp_path: Path) -> None:
    """What was copied is graded all the same."""
    installed = replace(tutorial(), references=tmp_path / "nothing")
    assert copy_course(["two_inputs"], installed, tmp_path / "own") == {"two_inputs": False}
    assert load_course(["two_inputs"], read_course(tmp_path / "own")).assignments
    assert not (tmp_path / "own" / "reference_solutions").exists()


def test_what_is_there_already_stays_as_it_is(tmp_path: Path) -> None:
    copy_course(["two_inputs"], tutorial(), tmp_path)
    (tmp_path / "grader.toml").write_text('title = "Mine"\n', "utf-8")
    copy_course(["one_input"], tutorial(), tmp_path)
    assert read_course(tmp_path).title == "Mine"
    with pytest.raises(UsageError, match=r"one_input exists already, and nothing was copied"):
        copy_course([], tutorial(), tmp_path)


def test_the_command_says_what_to_do_next(tmp_path: Path) -> None:
    done = grader("course", "copy", "two_inputs", tmp_path / "own")
    assert (done.returncode, "assignment.toml, then run" in done.stdout) == (0, True)
    assert grader("course", "copy", "two_input", tmp_path / "other").returncode == 2
