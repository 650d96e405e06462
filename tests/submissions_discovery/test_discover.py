"""From paths to submissions."""

from __future__ import annotations

import os
import re
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from grader import filesystem
from grader.errors import NothingToGrade, UsageError
from grader.filesystem import travelling_files
from grader.submissions import chosen, discover, opened
from tests.notebooks import notebook


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


def test_folder_with_a_file_for_each_exercise_is_one_submission(tmp_path: Path) -> None:
    """Where nothing tells which file is to be run, each is, and all are the student's."""
    make(tmp_path, "anna/two_inputs.py", "anna/three_inputs.py", "bert/main.py")
    found = discover(tmp_path)
    assert [one.id for one in found] == ["anna", "bert"]
    assert [[part.entry.name for part in one.parts] for one in found] == [["three_inputs.py", "two_inputs.py"], ["main.py"]]
    assert len({part.content for part in found[0].parts}) == 2


def test_a_folder_that_is_a_link_is_listed_and_not_followed(tmp_path: Path) -> None:
    """In a class of folders and in one of files."""
    make(tmp_path, "elsewhere/main.py", "class/anna/main.py", "class/bert/main.py")
    (tmp_path / "class" / "eve").symlink_to(tmp_path / "elsewhere")
    found = {one.id: one.problem for one in discover(tmp_path / "class")}
    assert found == {"anna": "", "bert": "", "eve": "`eve` is a link, and links are not followed"}


def test_repository_is_one_submission(tmp_path: Path) -> None:
    """`check .` in an assignment repository runs its one program, with the repository around it."""
    root = make(tmp_path / "my-repository", "solution.ipynb", "helpers.py", "README.md", ".github/workflows/ci.yml")
    (submission,) = discover(root, of_one=True)
    assert (submission.id, submission.entry.name, submission.folder) == ("my-repository", "solution.ipynb", root)


@pytest.mark.parametrize("sign", ["pyproject.toml", "classroom.json", ".git/config", ".github/workflows/ci.yml", "main.py"])
@pytest.mark.parametrize("files", [("anna.py", "bert.py"), ("anna.py", "bert/main.py"), ("anna/a.py", "bert/b.ipynb")])
def test_no_file_at_the_top_makes_a_class_one_repository(tmp_path: Path, sign: str, files: tuple[str, ...]) -> None:
    """Nor one that imports all the others."""
    make(tmp_path, sign, *files, text="import keras, anna, bert, main\n")
    expected = {"anna", "bert"} | ({"main"} if sign == "main.py" else set())
    assert set(ids(tmp_path)) == expected


def test_ids_are_unique_and_safe(tmp_path: Path) -> None:
    """Spaces, accents, scripts, reserved names and collisions."""
    make(tmp_path, "Ána López.py", "ana-lopez.py", "Ana_Lopez.ipynb", "con.py", "张伟.py")
    found = ids(tmp_path)
    assert sorted(found) == sorted(["ana-lopez", "ana-lopez-2", "ana-lopez-3", "submission-con", "张伟"])


def test_hash_changes_with_anything_that_travels(tmp_path: Path) -> None:
    """A changed helper is a changed submission; a changed hidden file is not."""
    make(tmp_path, "my.py", text="import helpers\n")
    make(tmp_path, "helpers.py")
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


LETTERS = {"ascii": "a", "two bytes": "д", "three bytes": "张", "four bytes": "𝒳", "emoji": "🦊a"}


@pytest.mark.parametrize("letter", LETTERS.values(), ids=LETTERS)
def test_an_id_leaves_room_for_what_is_added_to_it(tmp_path: Path, letter: str) -> None:
    """A file's name is bounded in bytes, not in letters."""
    name = (letter * 250).encode()[:250].decode("utf-8", "ignore") + ".py"
    make(tmp_path, name, name[: len(name) // 2] + ".py")
    found = ids(tmp_path)
    assert len(found) == 2
    for one in found:
        assert len(f"{one}.better_two_outputs.json.12345678.grader-part".encode()) < 200


def run_of_the_grader(folder: Path) -> Path:
    """What `grade` leaves."""
    make(folder, "index.html", "results/anna.json", "feedback/anna/index.html", "journal/anna.json")
    (folder / "run.json").write_text('{"schema": "grader.run/1"}')
    return folder


@pytest.mark.parametrize("lost", ["", "run.json", "index.html"])
def test_results_of_an_earlier_run_are_passed_over_and_named(tmp_path: Path, lost: str) -> None:
    """Also of one that was killed before it could write about the whole class."""
    make(tmp_path, "anna/main.py", "bert/main.py")
    run_of_the_grader(tmp_path / "reports")
    if lost:
        (tmp_path / "reports" / lost).unlink()
    with opened(tmp_path) as intake:
        assert [one.id for one in intake.submissions] == ["anna", "bert"]
        assert intake.skipped == {"skipped": ["reports"]}


@pytest.mark.parametrize("whole", [False, True])
def test_a_student_cannot_make_a_folder_vanish(tmp_path: Path, whole: bool) -> None:
    """Whoever puts a `run.json` beside the work is graded like everybody."""
    make(tmp_path, "anna/main.py", "bert/main.py")
    (tmp_path / "anna" / "run.json").write_text('{"schema": "grader.run/1"}')
    if whole:
        run_of_the_grader(tmp_path / "anna")
    with opened(tmp_path) as intake:
        assert [one.id for one in intake.submissions] == ["anna", "bert"]
        assert intake.skipped == {}


@pytest.mark.parametrize("entry", ["main.py", "zz/work.ipynb"])
def test_the_entry_is_found_behind_any_number_of_files(tmp_path: Path, entry: str) -> None:
    """Data come after code, whatever their names."""
    make(tmp_path, *(f"anna/a{number:04}.csv" for number in range(2_100)), f"anna/{entry}", "bert/main.py")
    anna, _ = discover(tmp_path)
    assert (anna.entry, anna.problem) == (tmp_path / "anna" / entry, "")
    assert tmp_path / "anna" / entry in list(travelling_files(tmp_path / "anna"))


@pytest.mark.skipif(sys.platform == "win32", reason="Windows writes every zero")
@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("big.py", "too large"),
        ("big.ipynb", "too large"),
        ("big/main.py", "too large"),
        ("big.zip", "neither a notebook"),
    ],
)
def test_a_file_that_is_too_large_is_a_problem_and_not_read(tmp_path: Path, name: str, words: str) -> None:
    """A sparse file of any size costs nobody anything."""
    make(tmp_path, "small.py", "other.py", name)
    with (tmp_path / name).open("r+b") as file:
        file.truncate(2**42)
    big = next(one for one in discover(tmp_path, layout="files") if one.who == "big")
    assert words in big.problem
    assert big.sha256


def test_a_folder_without_anything_to_run_vanishes_only_if_it_holds_data(tmp_path: Path) -> None:
    """Beside files of a class: a report is a hand-in, and a table is none."""
    make(tmp_path, "anna.py", "bert.py", "carl/report.docx", "data/train.csv", "weights/m.h5")
    assert ids(tmp_path) == ["anna", "bert", "carl"]


def test_a_file_of_a_class_is_not_hidden_by_who_imports_it(tmp_path: Path) -> None:
    """Nor by somebody whose file is called like the one to be run."""
    make(tmp_path, "anna.py", "bert.py", text="from keras import Model\nm = Model(a, b)\n")
    make(tmp_path, "mallory.py", text="import anna\nimport bert\nfrom keras import Model\nm = Model(a, b)\n")
    assert ids(tmp_path) == ["anna", "bert", "mallory"]
    (tmp_path / "mallory.py").rename(tmp_path / "main.py")
    assert ids(tmp_path) == ["anna", "bert", "main"]


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such names")
def test_names_that_are_no_text_keep_their_submissions(tmp_path: Path) -> None:
    """Bytes, line ends and letters that turn others around."""
    for name in (b"\xff.py", b"a\nb.py", "a\u202eb.py".encode()):
        Path(os.fsdecode(os.fsencode(tmp_path) + b"/" + name)).write_text("x = 1\n")
    found = discover(tmp_path)
    assert sorted(one.id for one in found) == ["a-b", "a-b-2", "submission"]
    assert all(one.sha256 and not one.problem for one in found)


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root reads everything")
def test_a_folder_that_cannot_be_read_says_so(tmp_path: Path) -> None:
    make(tmp_path, "anna/main.py", "bert/main.py")
    (tmp_path / "anna").chmod(0)
    try:
        assert "cannot be read" in discover(tmp_path)[0].problem
    finally:
        (tmp_path / "anna").chmod(0o700)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such files")
def test_what_is_no_plain_file_is_a_problem(tmp_path: Path) -> None:
    """A pipe called like a module."""
    make(tmp_path, "anna.py", "bert.py")
    os.mkfifo(tmp_path / "carl.py")
    assert [one.problem for one in discover(tmp_path)] == ["", "", "`carl.py` is not a regular file"]


def test_the_entry_among_modules_that_import_each_other_is_found_in_one_pass(tmp_path: Path) -> None:
    """Twice as many take about twice as long, however long the chain is."""

    def seconds(count: int) -> float:
        root = tmp_path / str(count)
        for number in range(count):
            make(root, f"anna/m{number}.py", text=f"import m{number - 1}\n" if number else "import keras\n")
        started = time.process_time()
        (anna,) = discover(root)
        assert [part.entry.name for part in anna.parts] == [f"m{count - 1}.py"]
        return time.process_time() - started

    assert seconds(800) < 8 * seconds(200) + 1


@pytest.mark.parametrize(
    ("line", "is_helper"),
    [
        ("import numpy, stuff", True),
        ("from . import stuff", True),
        ("from .stuff import f", True),
        ("from stuff.deep import f", True),
        ("import importlib; importlib.import_module('stuff')", True),
        ("from other import stuff", False),
        ("# import stuff", False),
        ("'''\nimport stuff\n'''", False),
    ],
)
@pytest.mark.parametrize("suffix", [".py", ".ipynb"])
def test_what_another_file_imports_is_a_helper(tmp_path: Path, line: str, is_helper: bool, suffix: str) -> None:
    make(tmp_path, "anna/stuff.py", "bert/main.py", text="import keras\n")
    text = f"import keras\n{line}\n"
    make(tmp_path, f"anna/work{suffix}", text=text if suffix == ".py" else notebook(text.splitlines(keepends=True)))
    anna, _ = discover(tmp_path)
    expected = [f"work{suffix}"] if is_helper or suffix == ".ipynb" else ["stuff.py", "work.py"]
    assert [part.entry.name for part in anna.parts] == expected


def test_names_of_strays_are_compared_in_one_pass(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Twice as many of both take twice as many looks at a name, and not four times."""

    def looks(count: int) -> int:
        folder = tmp_path / str(count)
        folder.mkdir()
        for number in range(count):
            (folder / f"hw{number}.py").write_text("x = 1")
            (folder / f"hw{number}.txt").write_text("x")
        seen: list[str] = []
        substitute = re.sub
        with monkeypatch.context() as patched:
            patched.setattr(re, "sub", lambda pattern, new, text, *rest: seen.append(text) or substitute(pattern, new, text, *rest))
            assert len(discover(folder)) == 2 * count
        return len(seen)

    assert looks(40) < 3 * looks(20)


def fill_with_names(folder: Path) -> None:
    for number in range(20_000):
        (folder / f"a{number}.txt").touch()


def fill_with_modules(folder: Path) -> None:
    line = "from a import b\nimport keras\n"
    for number in range(1_000):
        (folder / f"m{number}.py").write_text(f"# {number}\n{line * 1_000}")


def fill_with_folders(folder: Path) -> None:
    for number in range(2_000):
        (folder / f"d{number}" / "e" / "f").mkdir(parents=True)


def fill_in_depth(folder: Path) -> None:
    for _ in range(400):
        folder = folder / "a"
        folder.mkdir()
        (folder / "deep.py").touch()


@pytest.mark.parametrize("fill", [fill_with_names, fill_with_modules, fill_with_folders, fill_in_depth])
def test_a_folder_of_any_content_takes_no_time(tmp_path: Path, fill: Callable[[Path], None]) -> None:
    """And neither its own file nor a classmate is lost in it."""
    make(tmp_path, "anna/work.py", "eve/main.py", "zoe/work.py", text="import keras\n")
    fill(tmp_path / "eve")
    started = time.process_time()
    with opened(tmp_path) as intake:
        assert [one.id for one in intake.submissions] == ["anna", "eve", "zoe"]
        assert intake.submissions[1].entry.name in ("main.py", "m0.py")
    assert time.process_time() - started < 8


def test_no_folder_hides_what_is_in_another(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also where the names are those of a platform, and where a folder is around the class."""
    monkeypatch.setattr(filesystem, "MOST_LOOKED_AT", 50)
    monkeypatch.setattr(filesystem, "MOST_FILES", 20)
    platform = "{}_{}_assignsubmission_file/{}"
    for around in ("", "class submissions/"):
        place = tmp_path / (around or "plain")
        make(place, *(around + platform.format("Ann", 1, f"{number}{kind}") for number in range(60) for kind in ("x", "y.py")))
        make(place, *(around + platform.format(*who, "work.py") for who in (("Bo", 2), ("Cy", 3))))
        with opened(place) as intake:
            assert [one.id for one in intake.submissions] == ["ann-1", "bo-2", "cy-3"]
            assert [one.problem for one in intake.submissions[1:]] == ["", ""]
