"""What stands around a network costs nothing: packages, screens, people, downloads, and lines for the shell."""

from __future__ import annotations

import shutil

import pytest

from grader.domain import Outcome
from tests.conftest import Supervisors
from tests.execution.conftest import Left
from tests.execution.running import printed
from tests.notebooks import notebook

PROGRAM = """
import matplotlib
matplotlib.use("TkAgg")
import matplotlib.pyplot as plt
plt.style.use("seaborn-whitegrid")
import pandas as pd
import seaborn as sns
from scipy import optimize
from sklearn.model_selection import train_test_split
from tqdm import tqdm
import getpass, os
import numpy as np
import wandb
from lightgbm import LGBMClassifier
wandb.init(project="course")
wandb.config.epochs = 3
sns.set_theme()
input("press enter")
import plotly.graph_objects
plotly.graph_objects.Figure().show(renderer="browser")
import argparse
argparse.ArgumentParser().parse_args()
getpass.getpass()
os.system("clear")
from keras import Input, Model
from keras.layers import Dense
from keras.callbacks import EarlyStopping, ModelCheckpoint, TensorBoard
inputs = Input((1,))
model = Model(inputs, Dense(1)(Dense(3)(inputs)))
model.compile("sgd", "mse")
xs = np.linspace(0, 1, 100)
frame = pd.DataFrame({"x": xs, "y": np.sin(xs)})
a, b, c, d = train_test_split(frame[["x"]], frame["y"])
for epoch in tqdm(range(2)):
    pass
calls = [TensorBoard("logs"), EarlyStopping("loss"), ModelCheckpoint("best.keras")]
history = model.fit(a, c, epochs=50, callbacks=calls, verbose=0)
plt.plot(range(50), history.history["loss"])
plt.savefig("loss.png")
plt.show(block=True)
"""
MAGICS = "%load_ext tensorboard\n%tensorboard --logdir logs\n%matplotlib widget\n!pip install keras\n!echo shell works\n%matplotlib qt\n"
SETS = """
from keras.datasets import boston_housing, california_housing, cifar10, cifar100, fashion_mnist, imdb, mnist, reuters
for name in ("mnist", "cifar10", "boston_housing"):
    (x, y), (u, v) = globals()[name].load_data()
    print(name, x.shape, x.dtype, y.shape, y.dtype, u.shape)
(x, y), (u, v) = imdb.load_data(num_words=100)
print("imdb", x.shape, x.dtype, y.shape, max(map(max, x)) < 100, type(x[0]).__name__, len(imdb.get_word_index()) > 100)
import tensorflow as tf
print("tf", tf.keras.datasets.mnist.load_data()[0][0].shape)
"""


OTHERS = (("full", "module"), ("partial", "notebook"), ("none", "module"))
SLOW = [pytest.param(*row, marks=pytest.mark.slow) for row in OTHERS]


@pytest.mark.parametrize(("level", "form"), [("full", "notebook"), *SLOW])
def test_nothing_around_a_network_stops_it(left: Left, supervisors: Supervisors, level: str, form: str) -> None:
    """At each level the same: no failure, and a note where a student should know."""
    text, name = (PROGRAM, "work.py") if form == "module" else (notebook(MAGICS + PROGRAM), "work.ipynb")
    execution = left(text, name, supervisors(level))
    assert (execution.outcome, execution.failures) == (Outcome.OK, ())
    assert [model.variables for model in execution.models] == [("model",)]
    notes = sorted((note.code, note.detail) for note in execution.notes)
    assert notes == [*[("input-answered", "")] * 2, ("package-absent", "lightgbm"), ("package-absent", "wandb")]
    assert ("shell works" in printed(execution)) is (form == "notebook")


NETWORK = """
import numpy as np, keras
from keras import Input, Model
from keras.layers import Dense
i = Input((3,)); model = Model(i, Dense(1)(i)); model.compile('sgd', 'mse')
def build():
    i = Input((1,))
    return Model(i, Dense(1)(i))
"""


USES = (
    "data = absent.load('m')\ntrain = data.map(build)\ntrain = train.batch(2)\nmodel.fit(train)\nfor a in train: print(a)",
    "wrapped = absent.Regressor(build)\nwrapped.fit([1], [2])\nprint(wrapped.score)",
    "z = np.zeros(3, dtype=absent.float32)\nj = Input((1,), dtype=absent.float32)",
    "settings = {'n': absent.best()}\ndef wide(n): return Dense(n)(Input((n,)))\nwide(settings['n'])\nwide(n=settings['n'])",
    "X = []\nfor row in absent.rows():\n    X.append(row)\nX = np.array(X)\nmodel.fit(X, np.zeros(5))",
    "d = absent.table()\nmodel.fit(d['x'], d.y.values)\nmodel.fit([d.x], np.zeros(4))",
    "def main():\n    n = absent.best()\n    x = Input((n,))\n    print(x)\nmain()",
    "units = absent.best()\nif absent.better:\n    print('better')\nother = Model(i, Dense(units)(i))",
    "from sklearn.model_selection import GridSearchCV\ngrid = GridSearchCV(absent.Wrapped(), {}, cv=2)\ngrid.fit([[1]] * 4, [1] * 4)",
    "words = set()\nfor word in absent.words():\n    words.add(word)\nsize = len(words)\nModel(i, Dense(size)(i))",
)


def test_a_missing_package_is_the_cause_of_what_comes_of_it(left: Left) -> None:
    """Wherever a value of it is used: no error, and no hint, is made of what only stands in for it."""
    execution = left(notebook(f"import absent\n{NETWORK}", *USES), "work.ipynb")
    assert (execution.failures, execution.models[0].variables) == ((), ("model",))
    assert {note.code for note in execution.notes} <= {
        "package-absent",
        "missing-package",
        "keras2-spelling",
        "never-built",
    }
    places = [note.location for note in execution.notes if note.code == "missing-package"]
    assert {place.cell for place in places} == set(range(2, len(USES) + 2))
    assert all(place.line for place in places)


def test_an_error_beside_a_missing_package_is_an_error(left: Left) -> None:
    execution = left(f"import absent\n{NETWORK}with absent.run():\n    model.fit(np.zeros((4, 2)), np.zeros(4))\n")
    assert [failure.location.line for failure in execution.failures] == [11]


FREE: dict[str, tuple[str, str]] = {  # with the code of the note
    "a decorator": (
        "import absent\n@absent.jit\ndef one(): return 1\n@absent.jit(fast=True)\ndef two(): return 2\n"
        "@absent.define\nclass Three:\n    three = 3\n"
        "assert (one(), two(), Three.three) == (1, 2, 3)", "package-absent",
    ),
    "its version": ("import optuna\nprint(optuna.__version__, f'{optuna.__version__:>9}')", "package-absent"),
    "its types": ("import ray\ndef study(trial: ray.Trial = None): pass", "package-absent"),
    "a tried import": ("try:\n    import wandb\nexcept ImportError:\n    pass\nelse:\n    raise ValueError", ""),
    "an upload": ("from google.colab import files\nup = files.upload()\nup['data.csv']", ""),
    "a private Keras": ("from tensorflow.python.keras.layers import Dense", "other-keras"),
}  # fmt: skip


def test_what_is_not_there_is_no_error(left: Left) -> None:
    execution = left(notebook(*(text for text, _ in FREE.values())), "work.ipynb")
    assert (execution.outcome, execution.failures) == (Outcome.OK, ())
    codes = {
        cell: {note.code for note in execution.notes if note.location.cell == cell} for cell in range(1, len(FREE) + 1)
    }
    assert list(codes.values()) == [{code} - {""} for _, code in FREE.values()]


def test_data_sets_are_made_up_in_their_true_shapes(left: Left) -> None:
    execution = left(SETS)
    assert execution.outcome is Outcome.OK, execution.message
    assert execution.outputs[0].content.splitlines() == [
        "mnist (60000, 28, 28) uint8 (60000,) uint8 (10000, 28, 28)",
        "cifar10 (50000, 32, 32, 3) uint8 (50000, 1) uint8 (10000, 32, 32, 3)",
        "boston_housing (404, 13) float64 (404,) float64 (102, 13)",
        "imdb (11000,) object (11000,) True list True",
        "tf (60000, 28, 28)",
    ]
    assert {note.detail for note in execution.notes if note.code == "made-up-data"} >= {"mnist", "imdb"}


def test_the_folder_of_colab_is_that_of_the_file(left: Left, supervisors: Supervisors) -> None:
    execution = left(
        "import os\nfrom google.colab import drive\ndrive.mount('/content/drive')\n"
        "open('/content/drive/MyDrive/one.txt', 'w').write('x')\nopen('/content/two.txt', 'w').write('x')\n"
        "print(os.path.exists('two.txt'), open('/content/work.py').read(9))\n",
        runs=supervisors("full"),
    )
    assert (execution.outcome, execution.message) == (Outcome.OK, "")
    assert execution.outputs[-1].content.endswith("True import os")


DOWNLOADS = (
    "keras.utils.get_file('x.zip', 'https://example.com/x.zip')",
    "__import__('urllib.request').request.urlopen('https://example.com')",
    "__import__('requests').get('https://example.com')",
    "__import__('pandas').read_csv('https://example.com/x.csv')",
)


def test_downloads_fail_at_once_and_in_words(left: Left) -> None:
    network = "model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1)])"
    execution = left("\n".join(["import keras", *DOWNLOADS, network]))
    assert [failure.location.line for failure in execution.failures] == [2, 3, 4, 5]
    assert all(
        "no internet connection while the grader runs this file" in failure.message for failure in execution.failures
    )
    assert len(execution.models) == 1


def test_what_is_printed_into_a_widget_is_printed(left: Left) -> None:
    interact = "@widgets.interact(n=(0, 9))\ndef show(n=3):\n    print('seen', n)\nprint('after')"
    output = "with widgets.Output():\n    print('seen', 3)\nprint('after')"
    execution = left(notebook("import ipywidgets as widgets", interact, output), "work.ipynb")
    assert execution.outcome is Outcome.OK, execution.message
    for cell in (2, 3):
        printed = "".join(item.content for item in execution.outputs if item.cell == cell)
        assert ("seen 3" in printed, "after" in printed) == (True, True)


@pytest.mark.skipif(shutil.which("dot") is not None, reason="Graphviz draws a picture of its own here")
def test_a_picture_that_is_not_drawn_can_be_opened(left: Left) -> None:
    execution = left(
        "import keras\ni = keras.Input((1,))\nmodel = keras.Model(i, keras.layers.Dense(1)(i))\n"
        "keras.utils.plot_model(model)\nfrom matplotlib.image import imread\nprint(imread('model.png').shape)\n"
    )
    assert (execution.outcome, execution.failures) == (Outcome.OK, ())
