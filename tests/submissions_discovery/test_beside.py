"""What travels with a single file, and what stays where it is."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from grader.submissions import discover
from tests.notebooks import notebook

NETWORK = "from keras import Input, Model\nmodel = Model(a, b)\n"


def make(root: Path, **texts: str) -> Path:
    """Files by their names, with `_dot_` and `_in_` for what no argument can be called."""
    for name, text in texts.items():
        path = root / name.replace("_in_", "/").replace("_dot_", ".")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return root


def behind_a_picture(*lines: str, size: int = 0) -> str:
    """A notebook of one cell, behind another with its output."""
    content = json.loads(notebook(["1"], list(lines)))
    content["cells"][0]["outputs"] = [
        {"output_type": "display_data", "data": {"image/png": "A" * size}, "metadata": {}}
    ]
    return json.dumps(content)


def travels(path: Path) -> list[str]:
    (submission,) = discover(path)
    assert submission.files is not None
    return list(submission.files)


@pytest.mark.parametrize(
    "line",
    [
        "import stuff",
        "import numpy, stuff",
        "from stuff import f",
        "    from stuff import f",
        "import importlib; importlib.import_module('stuff')",
        "__import__('stuff')",
        "%run stuff.py",
        "%run stuff",
        "exec(open('stuff.py').read())",
    ],
)
@pytest.mark.parametrize("suffix", [".py", ".ipynb"])
def test_a_module_travels_however_it_is_imported(tmp_path: Path, line: str, suffix: str) -> None:
    """One student's folder: a program, a module, and a file that has nothing to do with it."""
    make(tmp_path, stuff_dot_py="x = 1\n", other_dot_py="y = 1\n", letter_dot_txt="z")
    entry = tmp_path / f"my{suffix}"
    entry.write_text(line + "\n" if suffix == ".py" else behind_a_picture(line + "\n"))
    assert travels(entry) == ["stuff.py"]


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("open('data/train.csv')", ["data/a.csv", "data/train.csv"]),
        ("pd.read_csv(os.path.join('data', 'train.csv'))", ["data/a.csv", "data/train.csv"]),
        ("Path('data') / 'train.csv'", ["data/a.csv", "data/train.csv"]),
        ("open(f'data/{name}.csv')", ["data/a.csv", "data/train.csv"]),
        ("glob('./data/*.csv')", ["data/a.csv", "data/train.csv"]),
        ("np.load('x.npz')", ["x.npz"]),
        ('np.load("./x.npz")', ["x.npz"]),
        ("np.load(f'x.{ending}')", ["x.npz"]),
        ("glob('*.npz')", ["x.npz"]),
        ("keras.models.load_model('m.keras')", ["m.keras"]),
        ("open('my file.txt')", ["my file.txt"]),
        ("sys.path.append('parts')\nimport deep", ["parts/deep.py"]),
        ("from pack.inner import f", ["pack/__init__.py", "pack/inner.py", "pack/table.csv"]),
        ("open('/etc/passwd'); open('../secret.txt')", []),
        ("x = 'train.csv'", []),
    ],
)
def test_data_travel_that_the_text_names(tmp_path: Path, line: str, expected: list[str]) -> None:
    make(tmp_path, data_in_train_dot_csv="1", data_in_a_dot_csv="1", x_dot_npz="1", m_dot_keras="1", lone="1")
    make(tmp_path, parts_in_deep_dot_py="1", pack_in_inner_dot_py="1", pack_in_table_dot_csv="1")
    (tmp_path / "pack" / "__init__.py").write_text("")
    (tmp_path / "my file.txt").write_text("1")
    make(tmp_path, my_dot_py=line + "\n")
    assert travels(tmp_path / "my.py") == expected


def test_what_a_helper_needs_travels_too(tmp_path: Path) -> None:
    """Over any number of steps, in circles too."""
    make(tmp_path, my_dot_py="import one\n", one_dot_py="import two\n", two_dot_py="import one\nopen('x.csv')\n")
    make(tmp_path, x_dot_csv="1")
    assert travels(tmp_path / "my.py") == ["one.py", "two.py", "x.csv"]


def test_large_pictures_hide_no_import(tmp_path: Path) -> None:
    """The outputs of a notebook may come first, and be megabytes."""
    make(tmp_path, my_dot_ipynb=behind_a_picture("import helper\n", size=3_000_000), helper_dot_py="x = 1\n")
    assert travels(tmp_path / "my.ipynb") == ["helper.py"]


def class_of(root: Path) -> Path:
    """Students' files in one folder, with what an instructor keeps beside them."""
    make(root, anna_dot_py=NETWORK, bert_dot_py="secret = 1\n", carl_dot_ipynb=behind_a_picture("1"), dora_in_main_dot_py="1")
    make(root, grades_final_dot_csv="anna,1", roster_dot_csv="anna", overrides_dot_toml="", anna_data_dot_csv="1")
    make(root, punkte_dot_csv="anna;1\nbert;2\ncarl;3\n", helpers_dot_py="x = 1\n", train_dot_csv="1,2\n")
    make(root, results_in_anna_dot_json="{}", feedback_in_anna_in_index_dot_html="1", report_dot_pdf="1")
    make(root, run_dot_json='{"schema": "grader.run/1"}', notes_dot_txt="1", lib_in_tool_dot_py="x = 1\n")
    return root


def everything_named(root: Path) -> str:
    """A file that imports and names whatever there is."""
    names = [path.relative_to(root).as_posix() for path in sorted(root.rglob("*"))]
    stems = [Path(name).stem for name in names if "/" not in name]
    lines = [f"import {stem}" for stem in stems] + [f"open({name!r})" for name in names]
    lines += [f"sys.path.append({name!r})" for name in names] + ["glob('*')", "glob('**/*')", "open(f'{a}.py')"]
    return NETWORK + "\n".join(lines) + "\n"


def test_nothing_of_a_class_travels_though_everything_is_named(tmp_path: Path) -> None:
    """But helpers and data that are there for all."""
    class_of(tmp_path)
    make(tmp_path, mallory_dot_py=everything_named(tmp_path))
    (submission,) = discover(tmp_path / "mallory.py")
    assert submission.files == ("helpers.py", "lib/tool.py", "notes.txt", "train.csv")
    assert submission.left_behind == ("anna.py", "bert.py")


def test_nothing_of_a_class_travels_that_is_not_named(tmp_path: Path) -> None:
    """Whoever looks around in the folder finds nothing."""
    class_of(tmp_path)
    make(tmp_path, mallory_dot_py="import os\nprint(os.listdir('.'))\n")
    assert travels(tmp_path / "mallory.py") == []


def test_a_classmate_is_no_helper_though_two_are_all_there_are(tmp_path: Path) -> None:
    """A file with a network of its own is a submission."""
    make(tmp_path, anna_dot_py=NETWORK, mallory_dot_py="import anna\nprint(anna.model)\n")
    (submission,) = discover(tmp_path / "mallory.py")
    assert (submission.files, submission.left_behind) == ((), ("anna.py",))


def test_numbered_files_are_a_class(tmp_path: Path) -> None:
    """Whatever is in them, and so are data of the same names."""
    make(tmp_path, s_01_dot_py="import s_02\nopen('s_02.csv')\n", s_02_dot_py="x = 1\n", s_02_dot_csv="1")
    assert travels(tmp_path / "s_01.py") == []


def test_check_of_a_file_is_grade_of_the_class(tmp_path: Path) -> None:
    """The same travels, and it has the same hash."""
    class_of(tmp_path)
    make(tmp_path, mallory_dot_py=everything_named(tmp_path), eve_dot_py=NETWORK)
    in_class = {one.who: one for one in discover(tmp_path, layout="files")}
    for name in ("mallory.py", "eve.py", "carl.ipynb"):
        (alone,) = discover(tmp_path / name)
        same = in_class[Path(name).stem]
        assert (alone.sha256, alone.content, alone.files or None) == (same.sha256, same.content, same.files)


def test_links_and_pipes_do_not_travel(tmp_path: Path) -> None:
    make(tmp_path, my_dot_py="import helpers\nopen('x.csv')\nopen('data/y.csv')\n")
    (tmp_path / "helpers.py").symlink_to("/etc/passwd")
    (tmp_path / "x.csv").symlink_to("/etc/passwd")
    (tmp_path / "data").symlink_to("/etc")
    assert travels(tmp_path / "my.py") == []


@pytest.mark.parametrize("content", ['"\\' * 1_000_000, '"' * 1_000_000, '"\\ud800", "import helper"', "[" * 1_000_000])
def test_a_notebook_that_is_none_is_gone_through_once(tmp_path: Path, content: str) -> None:
    """Whatever is in it: a string that never ends, nothing but quotes, half of a letter."""
    make(tmp_path, my_dot_ipynb=content, helper_dot_py="x = 1\n")
    assert travels(tmp_path / "my.ipynb") == (["helper.py"] if "helper" in content else [])


@pytest.mark.parametrize(
    "name",
    [
        "grades.csv",
        "Grades_2024.xlsx",
        "gradesfinal.csv",
        "GradeBook.ods",
        "roster.csv",
        "overrides.toml",
        "run.json",
        "final_grades/a.csv",
        "results/anna.json",
        "feedback/anna/index.html",
        "journal/a.json",
        "data/grades.csv",
    ],
)
def test_a_gradebook_never_travels(tmp_path: Path, name: str) -> None:
    """Not even from a folder that is one student's by all appearances."""
    path = tmp_path / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("1")
    make(tmp_path, my_dot_py=f"open({name!r})\nopen({path.name!r})\nos.listdir({name.split('/', maxsplit=1)[0]!r})\n")
    assert travels(tmp_path / "my.py") == []
