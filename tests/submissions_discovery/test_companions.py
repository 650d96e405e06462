"""What goes along with a file, and what stays where it is."""

from __future__ import annotations

import json
import time
import tracemalloc
from pathlib import Path

import pytest

from grader.domain import Submission
from grader.errors import UsageError
from grader.execution.workspace import copy_submission
from grader.submissions import Intake, Reader, discover, opened
from grader.submissions.companions import parts_of_paths
from grader.submissions.source_text import imported
from tests.notebooks import notebook
from tests.submissions_discovery.downloads import NETWORK, tree


def behind_a_picture(*lines: str) -> str:
    """A notebook of one cell, behind another with a large output."""
    content = json.loads(notebook(["1"], list(lines)))
    picture = {"output_type": "display_data", "data": {"image/png": "A" * 3_000_000}, "metadata": {}}
    content["cells"][0]["outputs"] = [picture]
    return json.dumps(content)


def travels(path: Path) -> list[str]:
    (submission,) = discover(path)
    assert submission.files is not None
    return list(submission.files)


DATA = ["data/a.csv", "data/train.csv"]
IMPORTS = (
    "import stuff", "import numpy, stuff", "from stuff import f", "    from stuff.deep import f",
    "from . import stuff", "import importlib; importlib.import_module('stuff')", "__import__('stuff')", "%run stuff.py", "%run stuff",
    "exec(open('stuff.py').read())",
)  # fmt: skip


@pytest.mark.parametrize("suffix", [".py", ".ipynb"])
@pytest.mark.parametrize(
    ("line", "expected"),
    [
        *((line, ["stuff.py"]) for line in IMPORTS),
        ("from other import stuff", ["other.py"]),
        ("# import stuff", []),
        ("'''\nimport stuff\n'''", []),
        ("open('data/train.csv')", DATA),
        (r"open(r'data\train.csv')", DATA),
        (r"open('data\\train.csv')", DATA),
        ("glob('./data/t*.csv')", DATA),
        ("pd.read_csv(os.path.join('data', 'train.csv'))", DATA),
        ("open(f'data/{name}.csv')", DATA),
        ("file = f'{name}.npz'; data = metadata(f'{name}_data')", ["x.npz"]),
        ("glob('*'); glob('**/*'); os.listdir('.')", []),
        ("# open('x.npz')", []),
        ("%run parts/deep.py", ["parts/deep.py"]),
        ("!python parts/deep.py --fast", ["parts/deep.py"]),
        ("def (:\n    open('x.npz'", ["x.npz"]),
        ('np.load("./x.npz")', ["x.npz"]),
        ("glob('*.npz')", ["x.npz"]),
        ("glob('*.py'); name.endswith(('.py', '.npz', '.txt')); open('x/stuff/other.json')", []),  # others' work
        ("open('my file.txt')", ["my file.txt"]),
        ("sys.path.append('parts')\nimport deep", ["parts/deep.py"]),
        ("from pack.inner import f", ["pack/__init__.py", "pack/inner.py", "pack/table.csv"]),
        ("open('/etc/passwd'); open('../secret.txt')", []),
        ("x = 'train.csv'", []),
    ],
)
def test_what_the_text_names_travels(tmp_path: Path, line: str, expected: list[str], suffix: str) -> None:
    """A file of the folder, or all of a folder in it; however it is named, in a module and in a notebook."""
    names = ("data/train.csv", "data/a.csv", "x.npz", "lone", "stuff.py", "other.py", "my file.txt", "parts/deep.py")
    tree(tmp_path, dict.fromkeys((*names, "pack/__init__.py", "pack/inner.py", "pack/table.csv"), "1"))
    entry = tmp_path / f"my{suffix}"
    entry.write_text(line + "\n" if suffix == ".py" else notebook(["1"], [line + "\n"]))
    assert travels(entry) == expected


def test_what_is_named_behind_a_large_picture_travels(tmp_path: Path) -> None:
    tree(tmp_path, {"my.ipynb": behind_a_picture("open('x.npz')\n"), "x.npz": "1"})
    assert travels(tmp_path / "my.ipynb") == ["x.npz"]


HELPERS: dict[str, tuple[dict[str, str], list[str]]] = {
    "what a helper needs": (
        {"my.py": "import one\n", "one.py": "import two\n", "two.py": "import one\nopen('x.csv')\n", "x.csv": "1"},
        ["one.py", "two.py", "x.csv"],
    ),
    "what is next to a helper": (
        {"my.py": "%run tools/plots.py\n", "tools/plots.py": "import style\n", "tools/style.py": "open('look.txt')\n",
         "tools/look.txt": "1", "lone.py": "x = 1\n"},
        ["tools/look.txt", "tools/plots.py", "tools/style.py"],
    ),
    "what a package imports relatively, and nothing above the folder": (
        {"my.py": "from pack.one import f\n", "pack/one.py": "from . import two\n",
         "pack/two.py": "from ...secret import x\n"},
        ["pack/one.py", "pack/two.py"],
    ),
    "a helper with a network": (
        {"my.py": "import nmt_utils\n", "nmt_utils.py": NETWORK, "other.ipynb": "{}", "s_01.py": NETWORK},
        ["nmt_utils.py"],
    ),
    "no link": ({"my.py": "import helpers\nopen('x.csv')\nopen('data/y.csv')\n"}, []),
}  # fmt: skip


@pytest.mark.parametrize(("files", "expected"), HELPERS.values(), ids=HELPERS)
def test_a_helper_goes_along_with_what_it_needs(tmp_path: Path, files: dict[str, str], expected: list[str]) -> None:
    own = tree(tmp_path / "own", files)
    tree(tmp_path, {"secret.py": "x = 1\n"})
    for name, place in (("helpers.py", "/etc/passwd"), ("x.csv", "/etc/passwd"), ("data", "/etc")):
        if not (own / name).exists():
            (own / name).symlink_to(place)
    assert travels(own / "my.py") == expected


def test_what_goes_along_is_said(tmp_path: Path) -> None:
    tree(tmp_path, {"my.py": "import helper\nopen('grades.csv')\n", "helper.py": "x = 1\n", "grades.csv": "anna,1"})
    (submission,) = discover(tmp_path / "my.py")
    along, refused = submission.origin.decisions
    assert along == "copied along: `helper.py`"
    assert "`grades.csv`; if it is data of yours, give it another name" in refused


BESIDE = ("grades_final.csv", "roster.csv", "overrides.toml", "anna_data.csv", "utils.py", "train.csv", "data/jane.txt",
          "lib/tool.py", "results/anna.json", "feedback/anna/index.html", "report.pdf", "run.json", "notes.txt", "index.html")  # fmt: skip


def class_of(root: Path) -> Path:
    """Students' files in one folder, with what an instructor keeps beside them."""
    own = {"anna.py": NETWORK, "bert.py": "secret = 1\n", "carl.ipynb": behind_a_picture("1"), "dora/main.py": "1"}
    return tree(root, own | dict.fromkeys(BESIDE, "1"))


def everything_named(root: Path) -> str:
    """A file that imports and names whatever there is."""
    names = [path.relative_to(root).as_posix() for path in sorted(root.rglob("*"))]
    stems = [Path(name).stem for name in names if "/" not in name]
    lines = [f"import {stem}" for stem in stems] + [f"open({name!r})" for name in names]
    lines += [f"sys.path.append({name!r})" for name in names] + ["glob('*')", "glob('**/*')", "open(f'{a}.py')"]
    return NETWORK + "\n".join(lines) + "\n"


def in_class(root: Path, companions: tuple[str, ...] = ()) -> tuple[dict[str, Submission], Intake]:
    with opened(root, Reader(companions=companions)) as intake:
        return {submission.who: submission for submission in intake.submissions}, intake


def test_nothing_of_a_class_travels_though_everything_is_named(tmp_path: Path) -> None:
    """Neither a helper nor data: nobody knows whose they are. What is imported is named."""
    root = class_of(tmp_path / "class")
    tree(root, {"mallory.py": everything_named(root)})
    submissions, intake = in_class(root)
    assert all(
        submission.folder is None for submission in submissions.values() if submission.who not in ("dora", "lib")
    )
    copy_submission(submissions["mallory"], tmp_path / "work")
    assert [path.name for path in (tmp_path / "work").rglob("*")] == ["mallory.py"]
    assert submissions["mallory"].left_behind == ("anna.py", "bert.py", "utils.py")
    assert "only an instructor can declare what goes along" in submissions["mallory"].origin.decisions[0]
    assert intake.facts()["left_behind"] == {"mallory": ["anna.py", "bert.py", "utils.py"]}


def test_companions_of_a_class_are_nobodys_submission(tmp_path: Path) -> None:
    """A file, one in a folder, and a folder."""
    class_of(tmp_path)
    submissions, intake = in_class(tmp_path, ("utils.py", "data/jane.txt", "lib"))
    assert intake.companions == {name: tmp_path / name for name in ("utils.py", "data/jane.txt", "lib/tool.py")}
    assert sorted(submissions) == ["anna", "bert", "carl", "dora", "report"]
    assert submissions["anna"].left_behind == ()
    assert "copied along with each submission, and none itself: `utils.py`, `data/jane.txt`, `lib`" in intake.remarks


OUTSIDE = ("../secret.py", "/etc/passwd", "a/../../b.py", "C:\\data.csv", "", ".")


@pytest.mark.parametrize(
    ("name", "words"),
    [
        *((name, "next to the submissions") for name in OUTSIDE),
        (".git", "hidden files"),
        ("link.py", "links are not followed"),
        ("linked/passwd", "links are not followed"),
        ("utlis.py", "neither in the course nor next to the submissions.*Did you mean `utils.py`"),
    ],
)
def test_a_companion_is_a_file_in_the_folder(tmp_path: Path, name: str, words: str) -> None:
    class_of(tmp_path)
    (tmp_path / "link.py").symlink_to("/etc/passwd")
    (tmp_path / "linked").symlink_to("/etc")
    with pytest.raises(UsageError, match=words):
        in_class(tmp_path, (name,))


def test_companions_have_a_bound(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("grader.submissions.companions.MOST_BYTES", 3)
    tree(tmp_path, {"anna.py": "1", "bert.py": "1", "train.csv": "1,2\n"})
    with pytest.raises(UsageError, match="at most 2,000 files"):
        in_class(tmp_path, ("train.csv",))


FORMS = (
    "'''", '"\\', "import ", "from a import (", "import a,", "from \t", "{", "%", "import_module( ", "#\n", "'*{'\n", "\\", "a.",
)  # fmt: skip


def test_a_source_of_any_form_is_gone_through_once() -> None:
    def seconds(size: int) -> float:
        started = time.process_time()
        for form in FORMS:
            text = form * (size // len(form))
            imported(text), list(parts_of_paths(text))
        return time.process_time() - started

    assert seconds(80_000) < 8 * seconds(20_000) + 1


@pytest.mark.parametrize("start", ["a" * 250_000, "." * 250_000, "." * 250 + "a", "."])
def test_a_list_of_names_takes_no_more_than_its_length(start: str) -> None:
    """What is imported from a module with a long name is not written out once for each name."""
    text = f"import keras\nfrom {start} import {', '.join(f'n{number}' for number in range(40_000))}\n"
    started = time.process_time()
    tracemalloc.start()
    assert len(imported(text)) <= 5_000
    assert tracemalloc.get_traced_memory()[1] < 64 * 2**20
    tracemalloc.stop()
    assert time.process_time() - started < 5


GRADES = (
    "week-3/index.html", "week-3/groups/0a.html", "week-3/recordings/a.gz", "grades.csv", "Grades_2024.xlsx",
    "gradesfinal.csv", "GradeBook.ods", "roster.csv", "overrides.toml", "run.json", "final_grades/a.csv",
    "results/anna.json", "feedback/anna/index.html", "journal/a.json", "data/grades.csv",
)  # fmt: skip


@pytest.mark.parametrize("name", GRADES)
def test_a_gradebook_never_travels(tmp_path: Path, name: str) -> None:
    """Not even from a folder that is one student's by all appearances."""
    around, base = name.partition("/")[0], name.rpartition("/")[2]
    text = f"open({name!r})\nopen({base!r})\nos.listdir({around!r})\n"
    tree(tmp_path, {name: "1", "my.py": text} | ({"week-3/journal/a.json": "{}"} if around == "week-3" else {}))
    assert travels(tmp_path / "my.py") == []
