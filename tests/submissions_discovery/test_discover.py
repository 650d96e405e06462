"""From paths to submissions."""

from __future__ import annotations

import os
import shutil
import sys
import time
from pathlib import Path

import pytest

from grader.errors import NothingToGrade, UsageError
from grader.filesystem import MOST_FILES
from grader.submissions import Reader, chosen, discover, opened
from grader.submissions.identity import natural
from tests.submissions_discovery.downloads import tree


def make(root: Path, *names: str, text: str = "x = 1\n") -> Path:
    return tree(root, dict.fromkeys(names, text))


X, KERAS, LINK, LOOP = "x = 1\n", "import keras\n", "a link to /etc", "a link to itself"
FOLDERS = {"anna/main.py": X, "bert/main.py": X}
AMONG = ("s-1.py", "s-2.py", "s-3.pdf", "s-4.txt", "README.md", "grades.csv", "overrides.toml", ".hidden.py")
# What is handed over; and for each id the files that are run, or the start of the problem.
TREES: dict[str, tuple[dict[str, str], dict[str, str]]] = {
    "files of a class": (
        dict.fromkeys(("s-10.py", "s-2.ipynb", "s-1.py"), X), {"s-1": "s-1.py", "s-2": "s-2.ipynb", "s-10": "s-10.py"},
    ),
    "documents among them": (
        dict.fromkeys(AMONG, X), {"s-1": "s-1.py", "s-2": "s-2.py", "s-3": "`s-3.pdf` is neither a"},
    ),
    "reports and data beside them": (
        dict.fromkeys(("anna.py", "bert.py", "carl/report.docx", "data/train.csv", "weights/m.h5"), X),
        {"anna": "anna.py", "bert": "bert.py", "carl": "the folder contains no notebook"},
    ),
    "one that imports the others": (
        {"anna.py": KERAS, "bert.py": KERAS, "main.py": KERAS + "import anna\nimport bert\n"},
        {"anna": "anna.py", "bert": "bert.py", "main": "main.py"},
    ),
    "folders of a class": (
        dict.fromkeys(("anna/work.ipynb", "anna/helpers.py", "bert/main.py", "bert/other.py", "carl/report.docx"), X),
        {"anna": "work.ipynb", "bert": "main.py", "carl": "the folder contains no notebook"},
    ),
    "a helper in a folder": (
        {"anna/layers_of_mine.py": X, "anna/network.py": "from layers_of_mine import branch\n", "bert/b.py": X},
        {"anna": "network.py", "bert": "b.py"},
    ),
    "a file for each exercise": (
        {"anna/main.py": "", "bert/main.py": X, "carl/two.py": X, "carl/three.py": X},
        {"anna": "`main.py` is empty", "bert": "main.py", "carl": "three.py two.py"},
    ),
    "a link to a folder": (FOLDERS | {"eve": LINK}, {"anna": "main.py", "bert": "main.py", "eve": "`eve` is a link"}),
    "a link to itself": (FOLDERS | {"eve": LOOP}, {"anna": "main.py", "bert": "main.py"}),
    "a link to a file": (
        {"anna.py": X, "bert.py": X, "eve.py": LINK}, {"anna": "anna.py", "bert": "bert.py", "eve": "`eve.py` is a link"},
    ),
    "names of any script": (
        dict.fromkeys(("Ána López.py", "ana-lopez.py", "Ana_Lopez.ipynb", "con.py", "张伟.py"), X),
        {"ana-lopez": "", "ana-lopez-2": "", "ana-lopez-3": "", "submission-con": "con.py", "张伟": "张伟.py"},
    ),
}  # fmt: skip


@pytest.mark.parametrize(("files", "expected"), TREES.values(), ids=TREES)
def test_submissions_of_a_class(tmp_path: Path, files: dict[str, str], expected: dict[str, str]) -> None:
    for name, text in files.items():
        if text == LINK:
            (tmp_path / name).symlink_to("/etc/hostname" if "." in name else "/etc")
        elif text == LOOP:
            (tmp_path / name).symlink_to(name)
        else:
            make(tmp_path, name, text=text)
    submissions = {submission.id: submission for submission in discover(tmp_path)}
    texts = {
        key: submission.problem or " ".join(part.entry.name for part in submission.parts)
        for key, submission in submissions.items()
    }
    assert set(submissions) == set(expected)
    assert [submission.who for submission in submissions.values()] == sorted(
        (submission.who for submission in submissions.values()), key=natural
    )
    assert [key for key, text in texts.items() if not text.startswith(expected[key])] == []
    assert {submission.folder for submission in submissions.values() if not submission.problem} <= {
        None,
        *(tmp_path / key for key in expected),
    }


ONE = ("solution.ipynb", "helpers.py", "README.md", ".github/workflows/ci.yml")
OF_ONE: dict[str, tuple[tuple[str, ...], list[str], str]] = {
    "a repository": (ONE, ["solution.ipynb"], ""),
    "a file for each exercise": (("two.py", "three.py", "data/train.csv"), ["three.py", "two.py"], ""),
    "a folder in it": (("src/work.ipynb", "weights/m.h5"), ["work.ipynb"], ""),
    "a document": (("report.pdf", "data.csv"), [], "the folder contains no notebook (.ipynb) and no module (.py)"),
}


@pytest.mark.parametrize(("names", "run", "problem"), OF_ONE.values(), ids=OF_ONE)
def test_all_that_is_in_the_folder_of_one_student_is_one_submission(
    tmp_path: Path, names: tuple[str, ...], run: list[str], problem: str
) -> None:
    """As it is in the folder of a class; what `check` says of it is what `grade` does."""
    root = make(tmp_path / "my-repository", *names)
    (submission,) = discover(root, of_one=True)
    assert (submission.id, submission.folder, submission.problem) == ("my-repository", root, problem)
    assert [part.entry.name for part in submission.parts if not problem] == run
    (in_class,) = discover(tmp_path, layout="folders")
    assert [part.entry for part in in_class.parts] == [part.entry for part in submission.parts]


@pytest.mark.parametrize(
    "sign", ["pyproject.toml", "classroom.json", ".git/config", ".github/workflows/ci.yml", "main.py"]
)
@pytest.mark.parametrize("files", [("anna.py", "bert.py"), ("anna.py", "bert/main.py"), ("anna/a.py", "bert/b.ipynb")])
def test_no_file_at_the_top_makes_a_class_one_repository(tmp_path: Path, sign: str, files: tuple[str, ...]) -> None:
    make(tmp_path, sign, *files, text="import keras, anna, bert, main\n")
    expected = {"anna", "bert"} | ({"main"} if sign == "main.py" else set())
    assert {submission.id for submission in discover(tmp_path)} == expected


def test_hash_changes_with_anything_that_travels(tmp_path: Path) -> None:
    make(tmp_path, "my.py", text="import helpers\n")
    make(tmp_path, "helpers.py")
    before = discover(tmp_path / "my.py")[0].sha256
    make(tmp_path, ".ipynb_checkpoints/my.py", "__pycache__/helpers.pyc")
    assert discover(tmp_path / "my.py")[0].sha256 == before
    make(tmp_path, "helpers.py", text="x = 2\n")
    assert discover(tmp_path / "my.py")[0].sha256 != before


def test_only_picks_by_id_or_name(tmp_path: Path) -> None:
    make(tmp_path, "Anna B.py", "bert.py")
    for name in ("Anna B", "anna-b"):
        assert [submission.id for submission in chosen(discover(tmp_path), (name,))] == ["anna-b"]
    with pytest.raises(UsageError, match="Did you mean `bert`"):
        chosen(discover(tmp_path), ("brt",))


@pytest.mark.parametrize(
    ("name", "words"), [("", r"\.ipynb"), ("wrk.pdf", r"Did you mean `work\.pdf`"), ("work.pdf", "neither a notebook")]
)
def test_nothing_to_grade_says_what_would_be(tmp_path: Path, name: str, words: str) -> None:
    make(tmp_path, "work.pdf") if name else None
    with pytest.raises(UsageError if name else NothingToGrade, match=words):
        discover(tmp_path / name)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such files")
def test_what_cannot_be_read_keeps_nobody_waiting(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Pipes are not opened, and folders deeper than any path can name are left alone. Nobody is lost for that."""
    make(tmp_path / "files", "anna.py", "bert.py", "data/train.csv", "eve/.hidden.py")
    os.mkfifo(tmp_path / "files" / "carl.py")
    os.mkfifo(tmp_path / "files" / "eve" / "main.py")
    why = "the folder contains no file, apart from hidden ones, links and pipes"
    for layout in ("auto", "files"):
        with opened(tmp_path / "files", Reader(layout)) as intake:
            problems = [submission.problem for submission in intake.submissions]
        assert problems == ["", "", "`carl.py` is not a regular file", why]
        assert intake.remarks == ("ignored `data/`: it contains no notebook, no module, and no document or archive",)
    for name in ("bert.py", "carl.py"):
        (tmp_path / "files" / name).unlink()
    assert discover(tmp_path / "files")[0].origin.decisions == (f"left out `eve/`: {why}",)
    shutil.rmtree(tmp_path / "files")
    make(tmp_path, "anna/main.py", "bert/main.py")
    for name in ("run.json", "helpers.py", "data.csv"):
        os.mkfifo(tmp_path / "anna" / name)
    monkeypatch.chdir(tmp_path / "bert")
    for _ in range(30):
        os.mkdir("d" * 200)
        os.chdir("d" * 200)
    os.chdir(tmp_path)
    found = [(submission.id, submission.entry.name, submission.problem) for submission in discover(tmp_path)]
    assert found == [("anna", "main.py", ""), ("bert", "main.py", "")]


OF_A_RUN = {"run.json", "index.html", "results/anna.json", "feedback/anna/index.html", "journal/anna.json"}


@pytest.mark.parametrize(
    ("folder", "names", "skipped"),
    [
        ("reports", OF_A_RUN, ["reports"]),
        ("reports", OF_A_RUN - {"run.json"}, ["reports"]),
        ("reports", OF_A_RUN - {"index.html"}, ["reports"]),
        ("anna", OF_A_RUN, []),
        ("anna", {"run.json"}, []),
    ],
    ids=["whole", "killed", "without its page", "with a submission", "with a submission and no results"],
)
def test_results_of_an_earlier_run_are_passed_over_and_named(
    tmp_path: Path, folder: str, names: set[str], skipped: list[str]
) -> None:
    """Also of one that was killed before it could write about the whole class; a student makes no folder vanish."""
    make(tmp_path, "anna/main.py", "bert/main.py")
    make(tmp_path / folder, *names, text='{"schema": "grader.run/1"}')
    with opened(tmp_path) as intake:
        assert [submission.id for submission in intake.submissions] == ["anna", "bert"]
        assert intake.remarks == tuple(
            f"ignored `{name}/`: it contains the results of an earlier run" for name in skipped
        )


@pytest.mark.skipif(sys.platform == "win32", reason="Windows writes every zero")
@pytest.mark.parametrize("name", ["big.py", "big.ipynb", "big/main.py", "big.zip"])
def test_a_file_that_is_too_large_is_a_problem_and_not_read(tmp_path: Path, name: str) -> None:
    make(tmp_path, "small.py", "other.py", name)
    with (tmp_path / name).open("r+b") as file:
        file.truncate(2**42)
    big = next(submission for submission in discover(tmp_path, layout="files") if submission.who == "big")
    assert ("neither a notebook" if name == "big.zip" else "too large") in big.problem
    assert big.sha256


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such names")
def test_names_that_are_no_text_keep_their_submissions(tmp_path: Path) -> None:
    for name in (b"\xff.py", b"a\nb.py", "a\u202eb.py".encode()):
        Path(os.fsdecode(os.fsencode(tmp_path) + b"/" + name)).write_text("x = 1\n")
    submissions = discover(tmp_path)
    assert sorted(submission.id for submission in submissions) == ["a-b", "a-b-2", "submission"]
    assert all(submission.sha256 and not submission.problem for submission in submissions)


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root reads everything")
def test_a_folder_that_cannot_be_read_says_so(tmp_path: Path) -> None:
    make(tmp_path, "anna/main.py", "bert/main.py")
    (tmp_path / "anna").chmod(0)
    try:
        assert "cannot be read" in discover(tmp_path)[0].problem
    finally:
        (tmp_path / "anna").chmod(0o700)


def test_the_entry_among_modules_that_import_each_other_is_found_in_one_pass(tmp_path: Path) -> None:
    def seconds(count: int) -> float:
        root = tmp_path / str(count)
        for number in range(count):
            make(root, f"anna/m{number}.py", text=f"import m{number - 1}\n" if number else "import keras\n")
        started = time.process_time()
        (anna,) = discover(root)
        assert [part.entry.name for part in anna.parts] == [f"m{count - 1}.py"]
        return time.process_time() - started

    assert seconds(800) < 8 * seconds(200) + 1


MODULE = "from a import b\nimport keras\n" * 400
# What fills the folder of one student; a name that ends with `/` is a folder's.
FILLINGS: dict[str, dict[str, str]] = {
    "names": {f"a{number}.txt": "" for number in range(MOST_FILES + 100)} | {"zz/work.ipynb": KERAS},
    "modules": {f"m{number}.py": f"# {number}\n{MODULE}" for number in range(600)} | {"main.py": KERAS},
    "folders": {f"d{number}/": "" for number in range(MOST_FILES + 100)} | {"main.py": KERAS},
    "depth": {"a/" * depth + "deep.py": "" for depth in range(1, 401)} | {"main.py": KERAS},
}


@pytest.mark.parametrize("files", FILLINGS.values(), ids=FILLINGS)
def test_a_folder_of_any_content_takes_no_time(tmp_path: Path, files: dict[str, str]) -> None:
    """And neither its own file nor a classmate is lost in it."""
    make(tmp_path, "anna/work.py", "zoe/work.py", text=KERAS)
    tree(tmp_path / "eve", files)
    started = time.process_time()
    with opened(tmp_path) as intake:
        assert [submission.id for submission in intake.submissions] == ["anna", "eve", "zoe"]
        assert intake.submissions[1].entry.name in ("work.ipynb", "main.py", "m0.py")
    assert time.process_time() - started < 8
