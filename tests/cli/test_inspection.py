"""`inspect` describes what teaching material builds."""

from __future__ import annotations

import re
from collections.abc import Iterator
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from grader.assignments.folder import read_course
from grader.cli import inspection
from grader.cli.inspection import inspected, print_inspection
from tests.conftest import Authors

IDIOMS = Path(__file__).parents[1] / "submissions" / "teaching" / "idioms.py"
NAMES = ("by_name", "own_layers", "translator", "tower", "siamese", "operations", "recurrent", "nested", "fixed")
Inspected = dict[str, Any]


@pytest.fixture(scope="module", autouse=True)
def shared(authors: Authors) -> Iterator[None]:
    """What runs files is that of all tests."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(inspection, "Supervisor", lambda level, python, beside: authors.code(beside))
        yield


@pytest.fixture(scope="module")
def found() -> Inspected:
    return inspected(IDIOMS, "none", None)


def printed_in(inspection: Inspected, width: int = 300) -> str:
    page = StringIO()
    print_inspection(Console(width=width, file=page), inspection)
    return page.getvalue()


def entry(inspection: Inspected, name: str) -> dict[str, Any]:
    (document,) = inspection["submissions"]
    return next(model for model in reversed(document["models"]) if name in model["variables"])


def test_the_program_ran_and_no_network_is_missing(found: Inspected) -> None:
    (document,) = found["submissions"]
    assert (document["outcome"], document["failures"]) == ("ok", [])
    assert all(model["graph"] for model in document["models"])
    assert {name for model in document["models"] for name in model["variables"]} >= set(NAMES)


@pytest.mark.parametrize(
    ("name", "line"),
    [
        ("by_name", "string_lookup = StringLookup("),
        ("own_layers", "mixture = Mixture()({left: input_layer, right: input_layer_1})  (None, 6), (2,)"),
        ("own_layers", "(mixture[0])  (None, 6)"),
        ("own_layers", "Dense(3, activation='lambda')"),
        ("translator", "initial_state=[concatenate_1, concatenate_2]"),
        ("translator", "Concatenate()([bidirectional[1], bidirectional[3]])"),
        ("siamese", "tower/batch_normalization #2 = BatchNormalization()(tower/separable_conv2d #2)"),
        ("operations", "outputs: split[0], split[1], where"),
        ("operations", "ops.swapaxes(input_layer_7, axis1=1, axis2=2)"),
        ("operations", "ops.append(get_item, get_item_1, axis=-1)"),
        ("operations", "get_item = input_layer_8[..., :2]"),
        ("recurrent", "RNN(cell=StackedRNNCells(cells=(GRUCell(6"),
        ("nested", "/…/ядро/隐藏 层 = Dense(3)(input_layer"),
    ],
)
def test_lines_read_like_the_code_that_was_typed(name: str, line: str, found: Inspected) -> None:
    """A teacher sees which layer is called on what, and which of several results is used."""
    assert any(line in text for text in entry(found, name)["text"]), "\n".join(entry(found, name)["text"])


@pytest.mark.parametrize(
    "words",
    [
        "idioms.py: the code ran from top to bottom, 22 networks",
        "outputs: price = dense, sold = dense_1",
        "#1, #2, …: calls of one shared layer",
        "[0], [1], …: which of several outputs is read",
        "cannot be graded: `Mixture` layer `mixture`: your own class cannot be graded",
    ],
)
def test_people_are_told_what_the_rows_do_not_say(words: str, found: Inspected) -> None:
    printed = printed_in(found, width=80)
    assert words in printed
    assert max(map(len, (line for line in printed.splitlines() if line.startswith("    ")))) <= 80
    assert not re.search(r"\(None[^)]*…", printed)


def test_a_file_that_cannot_be_read_is_an_entry_too(tmp_path: Path) -> None:
    (tmp_path / "empty.ipynb").write_text("", encoding="utf-8")
    document = inspected(tmp_path / "empty.ipynb", "none", None)
    assert document["schema"] == "grader.inspect/1"
    (submission,) = document["submissions"]
    assert (submission["outcome"], submission["models"]) == ("unreadable", [])
    assert submission["message"]


def test_what_the_course_declares_is_beside_the_file(
    tmp_path: Path, authors: Authors, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "course" / "assignments").mkdir(parents=True)
    (tmp_path / "course" / "grader.toml").write_text('companions = ["given.py"]\n')
    (tmp_path / "course" / "given.py").touch()
    (tmp_path / "empty.ipynb").touch()
    asked: list[dict[str, Path]] = []
    monkeypatch.setattr(inspection, "Supervisor", lambda level, python, beside: asked.append(beside) or authors.code())
    inspected(tmp_path / "empty.ipynb", "none", None, read_course(tmp_path / "course"))
    assert asked == [{"given.py": tmp_path / "course" / "given.py"}]


ABSENT = """
import keras
import some_absent_package
from helpers import tower
from keras import Input, Model, layers

x = Input((4,))
left = tower(x)
constant, regular = keras.initializers.Constant(0.5), keras.regularizers.L1L2(l1=0.001, l2=0.0002)
shown = Model(x, layers.Dense(8, bias_initializer=constant, kernel_regularizer=regular)(x))
shown.compile(keras.optimizers.Adam(lr=0.01), "mse")
table = open("prices.csv").read()
lost = Model(x, layers.Dense(len(table))(x))


def never():
    return Model(x, layers.Dense(3)(x))
"""


@pytest.fixture(scope="module")
def absent(tmp_path_factory: pytest.TempPathFactory) -> Inspected:
    """A file that has not all that it needs, with a helper next to it."""
    folder = tmp_path_factory.mktemp("absent")
    (folder / "helpers.py").write_text(
        "from keras import Model, layers\n\ndef tower(x):\n    return Model(x, layers.Dense(2)(x))\n"
    )
    (folder / "work.py").write_text(ABSENT)
    return inspected(folder / "work.py", "none", None)


@pytest.mark.parametrize(
    "words",
    [
        "work.py: the code raised an error, 2 networks",
        "Submit `prices.csv` together with your program",
        "next: Line 11: This call has an argument that it cannot take. `keras.optimizers.Adam` takes no `lr`. Write ",
        "not built: `lost` on line 13, perhaps because of ",
        "not built: `never` on line 16, nothing calls it",
        "note package-absent (line 3): This package is not installed",
        "left: Functional, helpers.py, line 4, in tower()",
        "Dense(8, bias_initializer=Constant(value=0.5), kernel_regularizer=L1L2(l1=0.001, l2=0.0002))",
    ],
)
def test_what_is_not_there_is_explained_in_the_words_of_check(words: str, absent: Inspected) -> None:
    assert words in printed_in(absent), printed_in(absent)


def test_the_document_says_in_which_file_a_network_was_built(absent: Inspected) -> None:
    (document,) = absent["submissions"]
    assert [model["file"] for model in document["models"]] == ["helpers.py", ""]
    assert all(failure["hint"] for failure in document["failures"])


def test_a_program_without_a_network_says_why(tmp_path: Path) -> None:
    (tmp_path / "work.py").write_text("from keras import Model\n\ndef build():\n    return Model(1, 2)\n")
    inspection = inspected(tmp_path / "work.py", "none", None)
    assert "No Keras model was built: nothing calls `build` on line 3, which would build one." in printed_in(inspection)
