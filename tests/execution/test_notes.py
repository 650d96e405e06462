"""Notes: each mistake of older material or of wiring is told with its place and the line to write instead."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from grader import hints
from grader.domain import Execution
from grader.execution.student import module, trainings
from grader.execution.student.facts import scan
from tests.execution.wrong_programs import START
from tests.notebooks import notebook

# A cell that fails or goes wrong, its code, and what the note says beside its sentence.
WHILE_RUNNING = [
    ("Input(1)", "input-shape-number", "Write `Input(shape=(1,))` in place of `Input(1)`."),
    ("Input(shape=(1))", "input-shape-number", "`Input(shape=(1,))` in place of `Input(shape=(1))`"),
    ("n = 3\nInput(shape=n)", "input-shape-number", "`Input(shape=(n,))` in place of `Input(shape=n)`"),
    ("Dense(4, activation='rellu')", "unknown-name", "Write `'relu'` in place of `'rellu'`."),
    ("Dense(4, activation='ReLU')", "unknown-name", "`'relu'` in place of `'ReLU'`"),
    ("Dense(4, kernel_initializer='unifrom')", "unknown-name", "`'uniform'` in place of `'unifrom'`"),
    ("two().compile(optimizer='adm', loss='mse')", "unknown-name", "`'adam'` in place of `'adm'`"),
    ("two().compile('sgd', loss='mes')", "unknown-name", "`'mse'` in place of `'mes'`"),
    ("two().compile('sgd', loss='mse', metrics=[['msee'], ['acc']])", "unknown-name", "`'mse'` in place of `'msee'`"),
    (
        "l = Dense(4)\nl(Input((1,)))\nl.output_shape",
        "layer-shape-attribute",
        "`l.output.shape` in place of `l.output_shape`",
    ),
    ("inputs(1).layers[1].get_input_shape_at(0)", "layer-shape-attribute", "`inputs(1).layers[1].input.shape`"),
    (
        "layers.add([Dense(32)(Input((1,))), Dense(20)(Input((1,)))])",
        "merge-widths",
        "The tensors are 32 and 20 wide. Write `layers.concatenate([Dense(32)(Input((1,))), Dense(20)(Input((1,)))])`",
    ),
    (
        "layers.Multiply()([Dense(3)(Input((1,))), Dense(2)(Input((1,)))])",
        "merge-widths",
        "Write `layers.Concatenate()([Dense(3)(Input((1,))), Dense(2)(Input((1,)))])` in place of",
    ),
    (
        "i = Input((1,))\nboth = Model(i, [Dense(1)(i), Dense(2)(i)])\nj = Input((1,))\nModel(j, both(j)).compile('sgd', 'mse')",
        "",
        "",
    ),
    ("inputs(1).save_weights('a.h5')", "weights-file-name", "`inputs(1).save_weights('a.weights.h5')`"),
    ("inputs(1).save('folder')", "model-file-name", "`inputs(1).save('folder.keras')`"),
    (
        "inputs(1).save('old.h5')\nkeras.models.load_model('old.h5')",
        "load-model-compile",
        "load_model('old.h5', compile=False)`",
    ),
    (
        "inputs(1).save_weights('one.weights.h5')\ninputs(1, 3).load_weights('one.weights.h5')",
        "weights-do-not-fit",
        "",
    ),
    (
        "s = keras.Sequential([Input((1,)), layers.Lambda(lambda v: v + 1)])\ns.save('l.keras')\nkeras.models.load_model('l.keras')",
        "lambda-in-file",
        "",
    ),
    (
        "i = Input((1,))\nh = Dense(3, input_dim=7)(i)\nModel(i, h).compile('sgd', 'mse')",
        "input-dim-ignored",
        "It says 7, but the tensor has 1. Write `Dense(3)` in place of `Dense(3, input_dim=7)`.",
    ),
    (
        "two().compile('sgd', 'mse', metrics='mse')",
        "keras2-metrics",
        "`metrics=[['mse'], ['mse']]` in place of `metrics='mse'`",
    ),
    (
        "inputs(1).compile('sgd', 'mse', ['mae'])",
        "metrics-third",
        "Write `inputs(1).compile('sgd', 'mse', metrics=['mae'])` in place of `inputs(1).compile('sgd', 'mse', ['mae'])`.",
    ),
    (
        "two().compile('sgd', ['mse'] * 2, [['mse'], ['mae']], [1, 2])",
        "metrics-third",
        "two().compile('sgd', ['mse'] * 2, metrics=[['mse'], ['mae']], loss_weights=[1, 2])`",
    ),
    (
        "a = Dense(2)(Input((1,)))\nb = Dense(3)\nlayers.concatenate([a, b])",
        "layer-not-called",
        "`b` is a layer: call it on a tensor, `b(…)`.",
    ),
    ("Dense(2)(Dense(3))", "layer-not-called", "`Dense(3)` is a layer: call it on a tensor, `Dense(3)(…)`."),
    ("Model(inputs=Input((1,)), outputs=Dense(1))", "layer-not-called", "call it on a tensor, `Dense(1)(…)`"),
    (
        "inputs(1).compile('sgd', 'mse', metrics='mae')",
        "keras2-metrics",
        "`metrics=['mae']` in place of `metrics='mae'`",
    ),
    ("two().compile('sgd', loss='mse', metrics=['mse'])", "metrics-count", "`metrics=[['mse'], ['mse']]`"),
    (
        "two().compile('sgd', loss='mse', metrics=['mse', 'mae', 'mape'])",
        "metrics-count",
        "`metrics=[['mse', 'mae', 'mape'], [",
    ),
    (
        "two().compile('sgd', loss='mse', metrics=['mse', 'mae'])",
        "metrics-by-position",
        "Write `metrics=[['mse', 'mae'], ['mse', 'mae']]` in place of `metrics=['mse', 'mae']`.",
    ),
    ("two().compile('sgd', loss=['mse'])", "loss-single-for-many", "`loss=['mse', 'mse']` in place of `loss=['mse']`"),
    ("two().compile('sgd', loss=['mse'] * 3)", "loss-count", "`loss=['mse', 'mse']` in place of `loss=['mse'] * 3`"),
    (
        "two().compile('sgd', loss='mse', loss_weights=[1, .2])",
        "loss-weights-need-list",
        "Write `loss=['mse', 'mse']` in place of `loss='mse'`.",
    ),
    (
        "two().compile('sgd', loss='mse', loss_weights={'sine': 1, 'exp': .2})",
        "loss-weights-need-list",
        "Write `loss={'sine': 'mse', 'exp': 'mse'}` in place of `loss='mse'`.",
    ),
    (
        "two().compile('sgd', loss={'sinus': 'mse', 'exp': 'mae'})",
        "output-names",
        "The outputs are `sine` and `exp`. Write `loss={'sine': 'mse', 'exp': 'mae'}` in place of",
    ),
    ("two().compile('sgd', loss={'exp': 'mae'})", "output-names", "`loss={'sine': 'mae', 'exp': 'mae'}`"),
    ("two().compile('sgd', 'mse', metrics={'sin': 'mae'})", "output-names", "`metrics={'sine': 'mae'}`"),
    (
        "i = Input((1,))\no = Dense(1, name='out')(i)\nModel(i, [o, o]).compile('sgd', 'mse')",
        "duplicate-outputs",
        "The output of `out` is listed twice.",
    ),
    (
        "a, b, d = Input((1,)), Input((1,)), Dense(1, name='head')\nModel([a, b], [d(a), d(b)]).compile('sgd', 'mse')",
        "duplicate-outputs",
        "Both outputs are called `head`. Write `Identity(name='second')(…)` around one.",
    ),
    (
        "m = two()\nm.compile('sgd', 'mse')\nm.fit(x, y)",
        "arrays-for-outputs",
        "Write `m.fit(x, [y, …])` in place of `m.fit(x, y)`. In place of `…`, put the targets of `exp`.",
    ),
    (
        "ys = np.c_[y, y]\nm = two()\nm.compile('sgd', 'mse')\nm.fit(x, ys, verbose=0)",
        "arrays-for-outputs",
        "Write `m.fit(x, [ys[:, 0], ys[:, 1]], verbose=0)` in place of `m.fit(x, ys, verbose=0)`.",
    ),
    ("inputs(2).fit(x, y)", "arrays-for-inputs", "Write `inputs(2).fit([x, x], y)` in place of `inputs(2).fit(x, y)`."),
    (
        "inputs(2).fit(np.c_[x, x], y=y)",
        "arrays-for-inputs",
        "`inputs(2).fit([np.c_[x, x][:, 0], np.c_[x, x][:, 1]], y=y)`",
    ),
    ("inputs(2).fit([x, x, x], y)", "arrays-for-inputs", "The model needs 2, but `fit` got 3."),
    (
        "inputs(1, 3).fit(x, y)",
        "input-shape",
        "`x` has the shape (24,), but `Input` expects (None, 3). Write `Input(shape=(1,))` in place of `Input(shape=(3,))`.",
    ),
    ("inputs(1, 3).fit(x, y[:8])", "input-shape", "Write `inputs(1, 3).fit(x.reshape(-1, 3), y[:8])` in place of"),
    (
        "inputs(1).fit(np.c_[x, x], y)",
        "input-shape",
        "Write `np.c_[x, x][:, 0]` in place of `np.c_[x, x]`. Only if all 2 columns belong to one input, write "
        "`Input(shape=(2,))` in place of `Input(shape=(1,))`.",
    ),
    (
        "inputs(1).fit(x.reshape(1, -1), y.reshape(-1, 1))",
        "input-shape",
        "Write `x.reshape(-1, 1)` in place of `x.reshape(1, -1)`.",
    ),
    (
        "row = x.reshape(1, -1)\ninputs(2).fit([row, x], y)",
        "input-shape",
        "Write `row.reshape(-1, 1)` in place of `row`.",
    ),
    (
        "inputs(1).fit(x, np.stack([y, y, y], 1), verbose=0)",
        "target-shape-broadcast",
        "Write `np.stack([y, y, y], 1)[:, 0]` in place of `np.stack([y, y, y], 1)`.",
    ),
    (
        "ys = np.c_[y, y]\ninputs(1).fit(x, ys, verbose=0)",
        "target-shape-broadcast",
        "Write `inputs(1).fit(x, ys[:, 0], verbose=0)` in place of",
    ),
    (
        "inputs(1).fit(x[:1], y.reshape(1, -1), verbose=0)",
        "target-shape-broadcast",
        "Write `y.reshape(-1, 1)` in place of `y.reshape(1, -1)`.",
    ),
    (
        "inputs(1).fit([0.1, 0.2], y[:2])",
        "data-not-array",
        "Write `inputs(1).fit(np.array([0.1, 0.2]), y[:2])` in place of",
    ),
    ("inputs(1).fit(x[:2], y=[[0.1], [0.2]])", "data-not-array", "`inputs(1).fit(x[:2], y=np.array([[0.1], [0.2]]))`"),
    ("inputs(1).fit(np.array(1.0), y)", "data-not-array", "is a single number"),
    (
        "i = Input((1,))\nm = Model(i, Dense(3)(i))\nm.compile('sgd', 'mse')\nm.fit(x, y.reshape(-1, 1), verbose=0)",
        "target-shape-broadcast",
        "The targets have the shape (24, 1), the output (None, 3). Write `Dense(1)` in place of `Dense(3)`.",
    ),
    (
        "i = Input((1,))\nm = Model(i, Dense(3)(i))\nm.compile('sgd', 'mse')\nm.fit(x, y, batch_size=1, verbose=0)",
        "target-shape-broadcast",
        "The targets have the shape (24,), the output (None, 3).",
    ),
    ("inputs(1).fit(x, y, verbose=0)\ninputs(1).fit(x.reshape(-1, 1), y.reshape(-1, 1), verbose=0)", "", ""),
    ("inputs(2).fit({'a': x, 'b': x}, y, verbose=0) if 0 else inputs(2).fit([x, x], y, verbose=0)", "", ""),
    (
        "from keras.losses import mse\ninputs(1).compile('sgd', mse)",
        "keras2-name",
        "",
    ),
    (
        "try:\n    import google.colab\n    in_colab = True\nexcept ImportError:\n    in_colab = False\nassert not in_colab",
        "google-colab",
        "",
    ),
    ("from google.colab import drive\ndrive.mount('/content/drive')", "google-colab", ""),
    ("import tensorflow as tf\ntf.keras.utils.plot_model(inputs(1))", "plot-model-graphviz", ""),
    ("from keras.utils import plot_model\nplot_model(inputs(1))", "plot-model-graphviz", ""),
    ("npp.zeros(3)", "misspelt-name", "Write `np` in place of `npp`."),
    ("layers.Densee(4)", "misspelt-name", "Write `layers.Dense` in place of `layers.Densee`."),
    ("two().comple('sgd')", "misspelt-name", "Write `two().compile` in place of `two().comple`."),
    ("from keras.layers import Densee", "misspelt-name", "Write `Dense` in place of `Densee`."),
    ("from keras.layers import adam", "misspelt-name", "Write `from keras.optimizers import Adam`."),
    ("from keras.models import Dense", "misspelt-name", "Write `from keras.layers import Dense`."),
    ("from keras.optimizer import Adam", "misspelt-name", "`keras.optimizers` in place of `keras.optimizer`"),
    ("import kears", "misspelt-name", "Write `keras` in place of `kears`."),
    ("import np", "misspelt-name", "Write `import numpy as np`."),
    ("Dropout(0.5)", "not-imported", "Write `from keras.layers import Dropout` above it."),
    ("plt.plot(x)", "not-imported", "Write `import matplotlib.pyplot as plt` above it."),
    ("Dense(4, activation=relu)", "not-imported", "write `activation='relu'` in place of `activation=relu`."),
    ("Dense(4, activation=rellu)", "", ""),
    ("zeta + 1", "defined-later", "`zeta` gets its value in cell {next}: move that cell above cell {cell}."),
    ("zeta = 2", "", ""),
    ("i = Input((1,))\nDense(4, i)", "tensor-as-setting", "Write `Dense(4)(i)` in place of `Dense(4, i)`."),
    ("layers.concatenate(i, i)", "merge-needs-list", "Write `layers.concatenate([i, i])` in place of"),
    ("layers.Add()(Dense(2)(i), Dense(2)(i))", "merge-needs-list", "`layers.Add()([Dense(2)(i), Dense(2)(i)])`"),
    (
        "a, b = Input((1,)), Input((1,))\nModel(b, layers.add([b, a]))",
        "input-left-out",
        "Write `Model([a, b], layers.add([b, a]))` in place of `Model(b, layers.add([b, a]))`.",
    ),
    (
        "Model(inputs=Dense(1)(i), outputs=i)",
        "model-inputs-first",
        "Write `Model(inputs=i, outputs=Dense(1)(i))` in place of",
    ),
    (
        "def build():\n    i = Input((1,))\n    Model(i, Dense(1)(i))\n\nbuilt = build()\nbuilt.summary()",
        "none-returned",
        "Write `return Model(i, Dense(1)(i))` in place of `Model(i, Dense(1)(i))`.",
    ),
    ("Dense(4, activations='relu')", "argument-unknown", "`activation='relu'` in place of `activations='relu'`"),
    ("Dense(4, kernel='uniform')", "argument-unknown", "`kernel_initializer='uniform'` in place of `kernel='uniform'`"),
    ("m = two()\nm.compile(optimiser='sgd', loss='mse')", "argument-unknown", "`optimizer='sgd'` in place of `optimiser='sgd'`"),
    ("keras.optimizers.SGD(learning=1)", "argument-unknown", "`learning_rate=1` in place of `learning=1`"),
    ("two(set=1)\ninputs(cont=2)", "argument-unknown", "`inputs` takes no `cont`. Write `count=2`"),
    (
        "two().compile(keras.optimizers.Adam, 'mse')",
        "class-for-object",
        "Write `keras.optimizers.Adam()` in place of `keras.optimizers.Adam`.",
    ),
    ("two().compile('sgd', ['mse', 'mea'])", "unknown-name", "Write `'mae'` in place of `'mea'`."),
    ("i = Imput((1,))", "misspelt-name", "Write `Input` in place of `Imput`."),
    ("keras.optimizer.SGD()", "misspelt-name", "Write `keras.optimizers` in place of `keras.optimizer`."),
    ("def hidden():\n    inside = 1\n\nhidden()\ninside", "", ""),
    ("made = Model(i, Dense(1)(i)).compile('sgd')\nmade.fit(x, y)", "none-returned", "Write it in two lines: `made = "),
    ("parts = []\nparts = parts.append(i)\nparts.append(i)", "none-returned", "Leave out `parts =`: `parts.append`"),
    (
        "def log(f):\n    def wrapper():\n        f()\n    return wrapper\n\n@log\ndef logged():\n    return two()\n\n"
        "seen = logged()\nseen.summary()",
        "none-returned",
        "as the last line of `wrapper`.",
    ),
    (
        "class Maker:\n    def build(self):\n        model = two()\n\nkept = Maker().build()\nkept.summary()",
        "none-returned",
        "Write `return model` as the last line of `build`.",
    ),
    ("part = keras.Sequential([Dense(3)])\nModel(part.inputs, part.output)", "never-called", "`x = part(inputs)`, and write `inputs` in place of `part.inputs`"),
    ("whole = two()\nwhole.fit(0, 0, loss_weights=[1, 1])", "argument-unknown", "Write `loss_weights=[1, 1]` in `whole.compile(…)`."),
    ("made = two\nmade.summary()", "function-not-called", "Write `two()` in place of `two`."),
    ("shared = Dense(3)(i)\nshared(i)", "tensor-called", "`shared` is a tensor"),
    ("np.concatenate([i, i])", "numpy-on-tensors", "`keras.layers.concatenate` in place of `np.concatenate`"),
    ("c = layers.Concatenate([i, i])\nDense(1)(c)", "layer-not-called", "write `Concatenate()([…])` with two pairs"),
    ("two().compile('sgd', ['mse'] * 2, loss_weights=[0,1, 0,9])", "loss-weights-count", "There are 4, but the model has 2."),
    ("h = Dense(3)(i)\nModel(h, Dense(1)(h)).compile('sgd', 'mse')", "inputs-are-no-inputs", ""),
    ("def helper():\n    Input(1)", "input-shape-number", "`Input(shape=(1,))` in place of `Input(1)`"),
    ("helper()", "input-shape-number", "`Input(shape=(1,))` in place of `Input(1)`"),
    ("%tensorflow_version 2.x\nprint('over')\nimport sys\nsys.exit()", "", ""),
]


@pytest.fixture(scope="module")
def execution(tmp_path_factory: pytest.TempPathFactory, run: Callable[..., Execution]) -> Execution:
    """All cells as one notebook, which goes on after each failure."""
    sources = [START, *(source for source, _, _ in WHILE_RUNNING)]
    path = tmp_path_factory.mktemp("notes") / "mistakes.ipynb"
    path.write_text(notebook(*sources), "utf-8")
    return run(path)


@pytest.mark.parametrize(
    ("cell", "code", "detail"),
    [(number, code, detail) for number, (_, code, detail) in enumerate(WHILE_RUNNING, start=2)],
    ids=[source.splitlines()[-1][:60] for source, _, _ in WHILE_RUNNING],
)
def test_mistake_is_noted_with_its_place_and_the_line_to_write(
    execution: Execution, cell: int, code: str, detail: str
) -> None:
    """One note, in the cell of the mistake; where nothing is wrong, none."""
    notes = [note for note in execution.notes if note.location.cell == cell]
    if code == "plot-model-graphviz" and shutil.which("dot"):
        pytest.skip("Graphviz is installed here")
    assert [note.code for note in notes] == ([code] if code else [])
    detail = detail.format(cell=cell, next=cell + 1) if "{next}" in detail else detail
    assert all(detail in note.detail and note.location.line for note in notes), notes


def test_notes_of_failing_cells_stand_in_the_line_that_fails(execution: Execution) -> None:
    """Whatever fails here is explained: in its own line, or by the compile of its model."""
    lines = {(note.location.cell, note.location.line) for note in execution.notes}
    plain = {number for number, (_, code, _) in enumerate(WHILE_RUNNING, start=2) if not code}
    failed = {(failure.location.cell, failure.location.line) for failure in execution.failures}
    assert {location for location in failed if location[0] not in plain} <= lines
    assert len(execution.failures) > 20


def test_an_old_name_is_told_where_its_import_fails(run: Callable[..., Execution], tmp_path: Path) -> None:
    """And not a name that looks like it, whatever is said of a later line."""
    path = tmp_path / "old.py"
    path.write_text("from keras.layers import Merge, merge\nmerge([a, b], mode='concat')\n")
    (note,) = [note for note in run(path).notes if note.location.line == 1]
    assert (note.code, "Write `from keras.layers import Concatenate as Merge`" in note.detail) == ("keras1-name", True)


def test_exit_as_the_last_word_of_a_notebook_is_free(execution: Execution) -> None:
    """`sys.exit()` at the end of the last cell ends nothing early."""
    assert len(WHILE_RUNNING) + 1 not in {failure.location.cell for failure in execution.failures}


# What can be read off the source alone: source, code, and the correction.
IN_SOURCES = [
    ("from keras.layers.merge import concatenate, add", "keras2-import", "`from keras.layers import concatenate, add`"),
    ("from keras.layers.core import Dense as D", "keras2-import", "`from keras.layers import Dense as D`"),
    ("import keras.utils.np_utils as u", "keras2-import", "`import keras.utils as u`"),
    (
        "from keras.utils import np_utils\nnp_utils.to_categorical",
        "keras2-import",
        "`from keras import utils as np_utils`",
    ),
    ("from keras.engine.topology import Layer", "keras2-import", "`from keras.layers import Layer`"),
    ("from keras.engine.training import Model", "keras2-import", "`from keras.models import Model`"),
    ("from tensorflow.keras.layers.merge import add", "keras2-import", "`from tensorflow.keras.layers import add`"),
    (
        "import keras\nkeras.layers.merge.add",
        "keras2-import",
        "`keras.layers.add` in place of `keras.layers.merge.add`",
    ),
    ("from keras.models import Input", "keras2-import", "`from keras.layers import Input`"),
    (
        "from keras.initializers import uniform",
        "keras2-name",
        "Write `from keras.initializers import RandomUniform as uniform` in place of",
    ),
    (
        "import tensorflow as tf\ntf.keras.initializers.normal()",
        "keras2-name",
        "`tf.keras.initializers.RandomNormal` in place of `tf.keras.initializers.normal`",
    ),
    ("from keras.losses import mse", "keras2-name", "`from keras.losses import mean_squared_error as mse`"),
    ("from keras.optimizers import adam", "keras2-name", "`from keras.optimizers import Adam as adam`"),
    ("import keras\nkeras.metrics.MAE", "keras2-name", "`keras.metrics.mean_absolute_error`"),
    ("from keras import losses\nlosses.mse", "keras2-name", "`losses.mean_squared_error` in place of `losses.mse`"),
    ("from keras.optimizers.legacy import Adam", "keras2-removed", "`from keras.optimizers import Adam`"),
    ("import tensorflow as tf\ntf.keras.optimizers.legacy.SGD()", "keras2-removed", "`tf.keras.optimizers.SGD`"),
    ("from keras.layers import CuDNNLSTM", "keras2-removed", "`from keras.layers import LSTM as CuDNNLSTM`"),
    ("from keras.preprocessing.image import ImageDataGenerator", "image-generator", ""),
    (
        "from keras.wrappers.scikit_learn import KerasRegressor",
        "keras2-removed",
        "from keras.wrappers import SKLearnRegressor as",
    ),
    ("Embedding(3, output_dim=2)\nDense(output_dim=32)", "keras1-name", ""),
    ("model.fit(x, y, nb_epoch=5)", "keras1-name", ""),
    ("Adam(lr=0.01)", "optimizer-lr", "Write `Adam(learning_rate=0.01)` in place of `Adam(lr=0.01)`."),
    (
        "SGD(0.01, decay=1e-3)",
        "optimizer-decay",
        "`SGD(keras.optimizers.schedules.InverseTimeDecay(0.01, 1, 0.001))` in place of `SGD(0.01, decay=1e-3)`",
    ),
    ("model.fit_generator(g, epochs=3)", "keras2-method", "`model.fit(g, epochs=3)`"),
    ("model.predict_classes(x)", "keras2-method", "`model.predict(x).argmax(axis=-1)`"),
    ("from keras.layers import merge\nmerge([a, b], mode='sum')", "keras1-name", ""),
    ("from tensorflow.python import keras", "tensorflow-python-keras", "Write `import keras` in place of"),
    (
        "from tensorflow.python.keras.layers.core import Dense",
        "tensorflow-python-keras",
        "`from keras.layers import Dense`",
    ),
    (
        "import keras\nfrom tensorflow.keras.layers import Dense",
        "keras-and-tf-keras",
        "`from keras.layers import Dense`",
    ),
    (
        "import keras\nfrom tensorflow.keras.utils import to_categorical as one_hot",
        "keras-and-tf-keras",
        "`from keras.utils import to_categorical as one_hot`",
    ),
    (
        "Dense(3, kernel_initializer='uniform')\nDense(3, kernel_initializer='random_uniform')",
        "initializer-alias",
        "`kernel_initializer='random_uniform'`",
    ),
    ("history.history['val_dense_6_loss']", "history-key", "`history.history['val_sine_loss']`"),
    (
        "import numpy as np\nnp.random.seed(7)",
        "numpy-seed",
        "`keras.utils.set_random_seed(7)` in place of `np.random.seed(7)`",
    ),
    ("from google.colab import files", "google-colab", ""),
]


class Notebook:
    """Stands for a recorder: keeps notes."""

    def __init__(self) -> None:
        self.notes: list[tuple[str, str, dict[str, Any]]] = []

    def note(self, code: str, said: dict[str, Any], location: dict[str, Any]) -> None:
        told = hints.advice(code, said)
        assert told is not None
        self.notes.append((code, told.words, location))


def scanned(*sources: str) -> list[tuple[str, str, dict[str, Any]]]:
    notebook: Any = Notebook()
    scan.on_sources(notebook, [(source, {"cell": cell, "line": 0, "file": ""}) for cell, source in enumerate(sources)])
    return notebook.notes


@pytest.mark.parametrize(("source", "code", "detail"), IN_SOURCES, ids=[source for source, _, _ in IN_SOURCES])
def test_old_spelling_is_noted_without_running_it(source: str, code: str, detail: str) -> None:
    """Exactly one note, with today's spelling of what the student wrote, in its line."""
    (note,) = scanned(source)
    lines = [number for number, line in enumerate(source.splitlines(), start=1) if line]
    assert (note[0], detail in note[1], note[2]["line"] in lines) == (code, True, True), note


@pytest.mark.parametrize(
    "source",
    [
        "from tensorflow.keras.losses import mse",
        "from keras.layers import concatenate\nconcatenate([a, b])",
        "Embedding(input_dim=5, output_dim=3)",
        "import numpy as np\nimport keras\nnp.random.seed(7)\nkeras.utils.set_random_seed(7)",
        "history.history['sine_loss']",
        "import tensorflow as tf\ntf.keras.preprocessing.image.ImageDataGenerator()",
        "def f(:",
    ],
)
def test_what_is_right_is_not_noted(source: str) -> None:
    """Today's spellings, and names that only look like old ones."""
    assert scanned(source) == []


@pytest.mark.parametrize(
    ("line", "written"),
    [
        ("from tensorflow.keras.layers.merge import add", "Write `from keras.layers import add` in place of"),
        ("from tensorflow.keras.models import Input, Model", "choose one."),
    ],
)
def test_a_line_for_one_keras_is_not_of_keras_2(line: str, written: str) -> None:
    """What another note corrects is corrected here too; names that go to two modules have no single line."""
    notes = {code: words for code, words, _ in scanned(f"import keras\n{line}")}
    assert set(notes) == {"keras2-import", "keras-and-tf-keras"}
    assert written in notes["keras-and-tf-keras"] or not notes["keras-and-tf-keras"]


def test_imports_of_one_cell_explain_the_next() -> None:
    """A name imported in one cell is known in the others."""
    ((code, _, location),) = scanned("import numpy as np", "\nnp.random.seed(1)")
    assert (code, location["cell"], location["line"]) == ("numpy-seed", 1, 2)


def test_error_of_the_cut_fit_is_told_where_the_full_one_fails_alike() -> None:
    """The second error may be about data that the first run used up."""
    first, second = ValueError("the cause"), ValueError("an empty generator")
    assert trainings.tells_more(first, second, [1])
    assert trainings.tells_more(first, KeyError("else"), iter([1]))
    assert not trainings.tells_more(first, KeyError("else"), [1])


def test_own_call_under_another_name_counts_as_the_listed_function() -> None:
    """`build_model = make` makes what `make()` built, and what was fitted, a model of `build_model`."""

    def make() -> None:
        pass

    records = [SimpleNamespace(data={"function": name}) for name in ("make", "build_two_inputs", "")]
    recorder: Any = SimpleNamespace(records=records, job={"functions": ["build_model", "build_two_inputs"]})
    module.name_own_calls(recorder, "build_model", make)
    assert [record.data["function"] for record in records] == ["build_model", "build_two_inputs", ""]


OLD = [
    ("from keras.optimizers import Adam as A\nA(lr=0.01)", "optimizer-lr", "`A(learning_rate=0.01)`"),
    ("keras.optimizers.Adam(**{'lr': 0.01})", "optimizer-lr", ""),
    ("layers.experimental.preprocessing.Rescaling(0.5)", "keras2-import", "`layers.Rescaling`"),
    ("from keras.layers.experimental.preprocessing import Rescaling", "keras2-import", "`from keras.layers import R"),
    ("keras.callbacks.ModelCheckpoint('best.hdf5')", "model-file-name", "ModelCheckpoint('best.keras')`"),
    ("keras.callbacks.ModelCheckpoint('at_{epoch}')", "model-file-name", "ModelCheckpoint('at_{epoch}.keras')`"),
    (
        "keras.callbacks.ModelCheckpoint('w.h5', save_weights_only=True)",
        "weights-file-name",
        "ModelCheckpoint('w.weights.h5', save_weights_only=True)`",
    ),
    ("Dense(8 / 2)", "units-no-integer", "`Dense(int(8 / 2))`"),
    ("Dense(np.array([3])[0])", "units-no-integer", "`Dense(int(np.array([3])[0]))`"),
]


def test_what_older_programs_say_has_todays_spelling(tmp_path: Path, run: Callable[..., Execution]) -> None:
    path = tmp_path / "work.ipynb"
    path.write_text(notebook(START, *(program for program, _, _ in OLD)), "utf-8")
    notes = {note.location.cell: note for note in run(path).notes}
    found = {cell: (notes[cell].code, detail in notes[cell].detail) for cell, (_, _, detail) in enumerate(OLD, start=2)}
    assert found == {cell: (code, True) for cell, (_, code, _) in enumerate(OLD, start=2)}


def test_an_error_of_a_callback_says_nothing_of_what_it_is(tmp_path: Path, run: Callable[..., Execution]) -> None:
    path = tmp_path / "work.py"
    path.write_text(
        "import keras, numpy as np\nclass Log(keras.callbacks.Callback):\n    def set_model(self, model):\n"
        "        raise ValueError('no folder')\ni = keras.Input((1,))\nm = keras.Model(i, keras.layers.Dense(1)(i))\n"
        "m.compile('sgd', 'mse')\nm.fit(np.ones((4, 1)), np.ones((4, 1)), callbacks=[Log()])\n"
    )
    execution = run(path)
    assert [failure.message for failure in execution.failures] == ["no folder"]
    assert "callback-object" not in {note.code for note in execution.notes}
