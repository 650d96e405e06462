"""From a network to a complete assignment, of which nothing has to be edited before it is calibrated."""

from __future__ import annotations

import ast
import io
import json
import runpy
import tomllib
from pathlib import Path
from unittest.mock import Mock

import keras
import numpy as np
import pytest
from keras import layers

from grader.assignments.folder import read_course
from grader.assignments.spec import load_assignment
from grader.authoring.draft import (
    Draft,
    draft,
    names_of_data,
    new_course,
    save_draft,
    settle_thresholds,
    steps,
)
from grader.authoring.rubric import rubric
from grader.errors import UsageError
from grader.training.calibration.calibrate import DecoysPassError
from grader.training.calibration.thresholds import ThresholdMissing
from tests.graph.networks import dense, read

CHAIN = """
import keras
from keras import layers

def build_model():
    x = keras.Input((1,), name="x")
    hidden = layers.Dense(12, activation="tanh", kernel_initializer="he_normal")(x)
    model = keras.Model(x, layers.Dense(1, kernel_initializer="he_normal")(hidden))
    model.compile("adam", "mae")
    return model

if __name__ == "__main__":
    build_model().fit([0.0], [0.0], epochs=70)
"""
TOWERS = """
import keras
from keras import layers

def build_model():
    left, right = keras.Input((3,), name="left"), keras.Input((3,), name="right")
    tower = layers.Dense(8, activation="relu", name="tower")
    joined = layers.add([tower(left), tower(right)])
    ends = [layers.Dense(2, name="both")(joined), layers.Dense(4, activation="softmax", name="kind")(joined)]
    model = keras.Model([left, right], ends)
    losses = ["mse", "sparse_categorical_crossentropy"]
    model.compile(keras.optimizers.SGD(0.05, momentum=0.9), losses, loss_weights=[2.0, 1.0])
    return model

if __name__ == "__main__":
    build_model().fit([], [], batch_size=16)
"""


@pytest.fixture
def course(tmp_path: Path) -> Path:
    new_course(tmp_path / "course")
    return tmp_path / "course"


def module(folder: Path, text: str) -> Path:
    path = folder / "model.py"
    path.write_text(text)
    return path


@pytest.fixture(scope="module")
def first_steps(tmp_path_factory: pytest.TempPathFactory) -> Draft:
    return draft("first_steps", module(tmp_path_factory.mktemp("chain"), CHAIN), None)


@pytest.fixture(scope="module")
def towers(tmp_path_factory: pytest.TempPathFactory) -> Draft:
    """With ten samples for training and five for validation."""
    folder, arrays = tmp_path_factory.mktemp("towers"), {}
    for end, count in (("", 10), ("_val", 5)):
        arrays |= {
            f"{name}{end}": np.ones((count, width)) for name, width in (("result", 2), ("right", 3), ("left", 3))
        }
        arrays[f"kind{end}"] = np.arange(count) % 4
    np.savez(folder / "numbers.npz", **arrays)
    return draft("towers", module(folder, TOWERS), folder / "numbers.npz")


@pytest.mark.long
def test_everything_is_read_from_the_network(course: Path, first_steps: Draft) -> None:
    save_draft(first_steps, read_course(course))
    with pytest.raises(UsageError, match="exists; choose another name"):
        save_draft(first_steps, read_course(course))
    assignment = load_assignment(course / "assignments" / "first_steps")
    assert (assignment.title, assignment.names) == ("First steps", ("build_first_steps", "first_steps"))
    recipe = assignment.recipe
    assert (recipe.optimizer, recipe.loss, recipe.epochs, recipe.initializer) == ("adam", ("mae",), 70, "he_normal")
    assert (assignment.data.inputs, assignment.data.targets) == (("x",), ("sin",))
    assert assignment.max_score == 10
    options = {check.kind: check.options for check in assignment.checks}
    assert options["widths"]["units"] == [12]
    assert options["activations"]["hidden"] == "tanh"
    assert options["initializers"]["kernel"] == "he_normal"


def test_the_task_lists_what_somebody_chose_and_not_what_keras_fills_in() -> None:
    """No copy of the layer that runs backwards, no usual axis or strides, all digits, and operations by their names."""
    keras.utils.clear_session(free_memory=False)  # Keras counts what it names
    tokens, image = keras.Input((6,), dtype="int32", name="tokens"), keras.Input((8, 8, 1), name="image")
    x = layers.Embedding(9, 4)(tokens)
    x = layers.LayerNormalization(name="norm")(x + layers.MultiHeadAttention(2, 3, name="attention")(x, x))
    y = layers.MaxPooling2D(name="pool")(layers.Rescaling(1 / 255, offset=0.123456789, name="scaled")(image))
    model = keras.Model([tokens, image], [layers.Bidirectional(layers.GRU(5), name="both")(x), y])
    assert {
        "tokens input, dtype int32 (6,)",
        "attention MultiHeadAttention, num_heads 2, key_dim 3 of embedding, embedding (6, 4)",
        "add keras.ops.add of embedding, attention (6, 4)",
        "norm LayerNormalization of add (6, 4)",
        "both Bidirectional, layer GRU(5) of norm (10,)",
        "scaled Rescaling, offset 0.123456789, scale 0.00392156862745098 of image (8, 8, 1)",
        "pool MaxPooling2D of scaled (4, 4, 1)",
    } <= {" ".join(line.split()) for line in steps(read(model))}


@pytest.mark.long
def test_arrays_and_settings_of_the_optimizer_are_found(course: Path, towers: Draft) -> None:
    save_draft(towers, read_course(course))
    assignment = load_assignment(course / "assignments" / "towers")
    assert (assignment.data.inputs, assignment.data.targets) == (("left", "right"), ("result", "kind"))
    assert assignment.data.file is not None
    assert assignment.data.file.read_bytes() == towers.files["towers.npz"]
    kinds = {check.kind: check.options for check in assignment.checks}
    assert (kinds["merge"]["node"], kinds["shared"]["calls"]) == ("Add", 2)
    of_an_input = [check.points for check in assignment.checks if check.kind in ("inputs", "merge", "graph", "learns")]
    assert sum(of_an_input) <= assignment.max_score / 2 == 5  # for a branch that is cut off
    assert (kinds["inputs"]["shape"], kinds["heads"]["shapes"]) == ([3], [[2], [4]])
    assert assignment.recipe.settings == (("learning_rate", 0.05), ("momentum", 0.9))
    assert assignment.recipe.batch_size == 16
    page = towers.files["README.md"]
    assert "Compile with an optimizer of your choice" in page
    assert "The grader trains with `sgd`, learning_rate 0.05, momentum 0.9." in page
    # Classes are measured by their accuracy, and their labels are single numbers.
    assert [metric.name for metric in assignment.recipe.measures] == ["mse", "accuracy"]
    assert "| `kind` | output 2 | () |" in page
    rows = [f"| {check.id} | {check.points} | {check.title} |" for check in assignment.checks]
    assert "\n".join(rows) in page


@pytest.mark.long
def test_starters_are_complete_programs_without_a_network(first_steps: Draft, towers: Draft, tmp_path: Path) -> None:
    """They run before anything is filled in: a line of comment does not take the next statement with it."""
    starter = module(tmp_path, first_steps.files["starter.py"])
    assert runpy.run_path(str(starter))["build_first_steps"]() is None
    ast.parse(towers.files["starter.py"])
    assert "\n    model = None" in towers.files["starter.py"]  # behind the weights of its losses
    cells = json.loads(towers.files["starter.ipynb"])["cells"]
    code = ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "code"]
    ast.parse("\n".join(code))
    assert [text.startswith("# exercise: towers") for text in code].count(True) == 1
    for text in (towers.files["starter.py"], *code):
        assert "Dense" not in text
        assert "add(" not in text


@pytest.mark.long
@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("x = 1\n", "there is no function `build_model` in it"),
        ("def make_model():\n    pass\n", "did you mean `make_model`"),
        ("import keras\n\ndef build_model(:\n", r"model\.py: SyntaxError: invalid syntax \(model\.py, line 3\)"),
        (CHAIN.replace("layers.Dense(12", "layer.Dense(12"), r"model\.py: line 7: NameError: name 'layer'"),
        (CHAIN.replace("    return model\n", ""), "`build_model\\(\\)` returns None, not a `keras.Model`"),
        (CHAIN.replace('    model.compile("adam", "mae")\n', ""), "not compiled"),
        (CHAIN.replace("(1,)", "(2,)"), "give it data, --data FILE.npz"),
    ],
    ids=["no function", "another name", "no Python", "an error", "no model", "not compiled", "no data"],
)
def test_what_cannot_become_an_assignment_is_said(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(Exception, match=said):
        draft("first_steps", module(tmp_path, text), None)


def test_a_draft_asks_for_what_is_new_in_the_network() -> None:
    """Normalisation, the sum and the loss get points; that it runs is little of what is to be learnt."""
    x = keras.Input((8, 8, 1))
    y = layers.BatchNormalization()(layers.Conv2D(4, 3, padding="same")(x))
    z = layers.add([y, layers.BatchNormalization()(layers.Conv2D(4, 3, padding="same")(layers.ReLU()(y)))])
    model = keras.Model(x, layers.Dense(3, "softmax")(layers.GlobalMaxPooling2D()(z)))
    result = rubric(read(model), {"losses": ["sparse_categorical_crossentropy"], "optimizer": "adam"})
    points = {check.id: check.points for check in result.checks}
    assert all(points[name] for name in ("merge", "layers", "compiled"))
    assert [check.options["of"] for check in result.checks if check.id == "layers"] == ["BatchNormalization"]
    assert points["runs"] + points["functional"] <= 3
    assert result.points == 10
    assert result.free == ("loss weights", "initializer")


EASY = DecoysPassError("too easy", ["no hidden layer"])
PROPOSED = ThresholdMissing("none", [0.9], ["output 1, accuracy: the best constant 0.5"])


@pytest.mark.parametrize(
    ("answers", "added"),
    [
        ([PROPOSED], ["# output 1, accuracy: the best constant 0.5", "threshold = [0.9]"]),
        ([PROPOSED, EASY], ["threshold = [0.9]", 'may_pass = ["no hidden layer"]']),
        ([EASY, EASY], None),
    ],
    ids=["proposed", "easy", "no change helps"],
)
def test_what_a_calibration_asks_for_is_written_into_the_spec(
    course: Path, monkeypatch: pytest.MonkeyPatch, answers: list[Exception], added: list[str] | None
) -> None:
    """With the evidence for a threshold; of data that are too easy, the author is told."""
    spec = course / "assignments" / "signs" / "assignment.toml"
    spec.parent.mkdir(parents=True)
    spec.write_text('[[checks]]\nkind = "learns"\n')
    messages: list[str] = []
    calibrate = Mock(side_effect=[*answers, None])
    monkeypatch.setattr("grader.authoring.draft.calibrate_assignments", calibrate)
    if added is None:
        with pytest.raises(DecoysPassError, match="too easy"):
            settle_thresholds("signs", read_course(course), messages.append)
        return
    settle_thresholds("signs", read_course(course), messages.append)
    tomllib.loads(spec.read_text())
    assert set(added) <= set(spec.read_text().splitlines())
    easy = "signs: these data are easy: the network `no hidden layer` learns the target too, so `may_pass` in assignment.toml now lists it"
    assert messages == ([easy] if EASY in answers else [])


ONE_ARRAY, NO_VALIDATION = io.BytesIO(), io.BytesIO()
np.save(ONE_ARRAY, np.zeros((4, 3)))
np.savez(NO_VALIDATION, left=np.zeros((4, 3)))


@pytest.mark.parametrize(
    ("name", "source", "content", "said"),
    [
        ("First-Steps", "model.py", None, "use small letters"),
        ("towers", "nowhere.py", None, "no such file"),
        *(("towers", "model.py", content, r"not an \.npz file of arrays")
          for content in (b"PK\x03\x04", b"\x93NUMPY", b"text", b"", ONE_ARRAY.getvalue())),
        ("towers", "model.py", NO_VALIDATION.getvalue(), "`left` has no `left_val`"),
    ],
    ids=["name", "no file", "zip", "array", "text", "empty", "one array", "no validation"],
)  # fmt: skip
def test_names_and_files_are_checked_first(
    tmp_path: Path, name: str, source: str, content: bytes | None, said: str
) -> None:
    module(tmp_path, TOWERS)
    data = tmp_path / "some.npz"
    data.write_bytes(content or b"")
    with pytest.raises(UsageError, match=said):
        draft(name, tmp_path / source, None if content is None else data)


@pytest.mark.parametrize("names", [("left", "both"), ("left", "right", "both", "more")], ids=["too few", "too many"])
def test_data_that_do_not_fit_are_refused(names: tuple[str, ...]) -> None:
    left, right = keras.Input((3,)), keras.Input((3,))
    towers = read(keras.Model([left, right], dense(2)(keras.layers.add([left, right]))))
    with pytest.raises(UsageError, match=f"needs 3 arrays .* found {', '.join(names)}"):
        names_of_data(towers, names, Path("numbers.npz"))


def test_an_autoencoder_needs_only_its_inputs() -> None:
    image = keras.Input((8,), name="image")
    coder = read(keras.Model(image, dense(8)(dense(2)(image))))
    names = names_of_data(coder, ("pixels",), Path("numbers.npz"))
    assert (names.inputs, names.targets) == (("pixels",), ("pixels",))


def test_a_folder_becomes_a_course_once(course: Path) -> None:
    (course / "grader.toml").write_text('title = "Mine"\n')
    new_course(course)
    assert read_course(course).title == "Mine"
