"""From paths to submissions."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from grader.errors import NothingToGrade, UsageError
from grader.submissions import chosen, discover


def make(root: Path, *names: str, text: str = "x = 1\n") -> Path:
    for name in names:
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return root


def ids(path: Path, **options: object) -> list[str]:
    return [one.id for one in discover(path, **options)]  # type: ignore[arg-type]


def test_single_file_travels_with_its_folder(tmp_path: Path) -> None:
    """A student's own check has helpers and data beside it."""
    make(tmp_path, "my.ipynb", "helpers.py", "data.csv")
    (submission,) = discover(tmp_path / "my.ipynb")
    assert (submission.id, submission.entry, submission.folder) == ("my", tmp_path / "my.ipynb", tmp_path)


def test_files_of_a_class_do_not_travel_with_each_other(tmp_path: Path) -> None:
    """In a flat folder every file is alone, in natural order."""
    make(tmp_path, "student-10.py", "student-2.ipynb", "student-1.py")
    found = discover(tmp_path)
    assert [one.id for one in found] == ["student-1", "student-2", "student-10"]
    assert {one.folder for one in found} == {None}


def test_documents_among_submissions_do_not_vanish(tmp_path: Path) -> None:
    """What was handed in as a PDF, or under a student's name, is named with its problem."""
    make(tmp_path, "student-1.py", "student-2.py", "student-3.pdf", "student-4.txt", "README.md", "grades.csv")
    make(tmp_path, "overrides.toml", ".hidden.py", "notes.txt")
    problems = {one.id: one.problem for one in discover(tmp_path)}
    assert sorted(problems) == ["student-1", "student-2", "student-3", "student-4"]
    assert "neither a notebook" in problems["student-3"]
    assert "neither a notebook" in problems["student-4"]
    assert problems["student-1"] == ""


def test_folder_of_folders_is_one_submission_each(tmp_path: Path) -> None:
    """The only notebook, or the usual name, is run; everything beside it travels."""
    make(tmp_path, "anna/work.ipynb", "anna/helpers.py", "bert/main.py", "bert/other.py", "carl/report.docx")
    found = {one.id: one for one in discover(tmp_path)}
    assert found["anna"].entry.name == "work.ipynb"
    assert found["anna"].folder == tmp_path / "anna"
    assert found["bert"].entry.name == "main.py"
    assert "no notebook" in found["carl"].problem


def test_helper_that_another_module_imports_is_not_the_entry(tmp_path: Path) -> None:
    """Of two modules, the one that nobody imports is run."""
    make(tmp_path, "anna/layers_of_mine.py", "bert/b.py")
    (tmp_path / "anna" / "network.py").write_text("from layers_of_mine import branch\n")
    assert [one.entry.name for one in discover(tmp_path)] == ["network.py", "b.py"]


def test_folder_with_a_file_for_each_exercise_gives_several(tmp_path: Path) -> None:
    """Where nothing tells which file is to be run, each is, under the student's name."""
    make(tmp_path, "anna/two_inputs.py", "anna/three_inputs.py", "bert/main.py")
    found = discover(tmp_path)
    assert [one.id for one in found] == ["anna-three-inputs", "anna-two-inputs", "bert"]
    assert [one.who for one in found] == ["anna", "anna", "bert"]


def test_repository_is_one_submission(tmp_path: Path) -> None:
    """`check .` in an assignment repository runs its one program, with the repository around it."""
    root = make(tmp_path / "my-repository", "solution.ipynb", "helpers.py", "README.md", ".github/workflows/ci.yml")
    (submission,) = discover(root)
    assert (submission.id, submission.entry.name, submission.folder) == ("my-repository", "solution.ipynb", root)


def test_ids_are_unique_and_safe(tmp_path: Path) -> None:
    """Spaces, accents, scripts, reserved names and collisions."""
    make(tmp_path, "Ána López.py", "ana-lopez.py", "Ana_Lopez.ipynb", "con.py", "张伟.py")
    found = ids(tmp_path)
    assert sorted(found) == sorted(["ana-lopez", "ana-lopez-2", "ana-lopez-3", "submission-con", "张伟"])


def test_hash_changes_with_anything_that_travels(tmp_path: Path) -> None:
    """A changed helper is a changed submission; a changed hidden file is not."""
    make(tmp_path, "my.py", "helpers.py")
    before = discover(tmp_path / "my.py")[0].sha256
    make(tmp_path, ".ipynb_checkpoints/my.py", "__pycache__/helpers.pyc")
    assert discover(tmp_path / "my.py")[0].sha256 == before
    make(tmp_path, "helpers.py", text="x = 2\n")
    assert discover(tmp_path / "my.py")[0].sha256 != before


def test_links_are_named_and_not_followed(tmp_path: Path) -> None:
    """A link as submission is a problem; a link beside one does not travel."""
    make(tmp_path, "student-1.py", "student-2.py")
    (tmp_path / "student-3.py").symlink_to("/etc/hostname")
    assert "link" in discover(tmp_path)[2].problem


def test_empty_file_is_a_problem(tmp_path: Path) -> None:
    """Nothing was handed in, which is said."""
    make(tmp_path, "my.py", text="")
    assert discover(tmp_path / "my.py")[0].problem == "`my.py` is empty"


def test_only_picks_by_id_or_name(tmp_path: Path) -> None:
    """An unknown name gets the near miss."""
    make(tmp_path, "Anna B.py", "bert.py")
    for name in ("Anna B", "anna-b"):
        assert [one.id for one in chosen(discover(tmp_path), (name,))] == ["anna-b"]
    with pytest.raises(UsageError, match="Did you mean `bert`"):
        chosen(discover(tmp_path), ("brt",))


def test_layout_can_be_insisted_on(tmp_path: Path) -> None:
    """An unknown layout gets the near miss."""
    make(tmp_path, "a.py", "b.py")
    assert ids(tmp_path, layout="files") == ["a", "b"]
    with pytest.raises(UsageError, match="Did you mean `files`"):
        discover(tmp_path, layout="file")


def test_nothing_to_grade_says_what_would_be(tmp_path: Path) -> None:
    """An empty folder is an error of its own; a path that is not there another."""
    with pytest.raises(NothingToGrade, match=r"\.ipynb"):
        discover(tmp_path)
    make(tmp_path, "work.ipynb")
    with pytest.raises(UsageError, match=r"Did you mean `work\.ipynb`"):
        discover(tmp_path / "wrk.ipynb")
    make(tmp_path, "work.pdf")
    with pytest.raises(UsageError, match="neither a notebook"):
        discover(tmp_path / "work.pdf")


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such files")
def test_what_cannot_be_read_keeps_nobody_waiting(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Pipes are not opened, and folders deeper than any path can name are left alone."""
    make(tmp_path, "anna/main.py", "bert/main.py")
    for name in ("run.json", "helpers.py", "data.csv"):
        os.mkfifo(tmp_path / "anna" / name)
    monkeypatch.chdir(tmp_path / "bert")
    for _ in range(30):
        os.mkdir("d" * 200)
        os.chdir("d" * 200)
    os.chdir(tmp_path)
    assert [(one.id, one.entry.name, one.problem) for one in discover(tmp_path)] == [
        ("anna", "main.py", ""),
        ("bert", "main.py", ""),
    ]
