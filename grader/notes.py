"""Every note's code: one sentence for the report, and the longer story that `grader explain CODE` tells."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Explanation:
    """`sentence` stands in reports, before the note's own detail; `story` says why, and what to write instead."""

    sentence: str
    story: str


EXPLANATIONS: Mapping[str, Explanation] = {
    "keras2-import": Explanation(
        "This import is from Keras 2; it works here and costs nothing. Today's spelling:",
        "Keras 3 moved the modules of Keras 2: layers are in `keras.layers`, helpers in `keras.utils`. The grader "
        "resolves the old names, so that older material keeps working; a current installation raises "
        "ModuleNotFoundError. Write, for example, `from keras.layers import concatenate` in place of "
        "`from keras.layers.merge import concatenate`.",
    ),
    "keras2-metrics": Explanation(
        "`metrics` must be a list in Keras 3; it works here and costs nothing. With one output write "
        "`metrics=['mse']`, with two `metrics=[['mse'], ['mse']]`.",
        "Keras 2 took `metrics='mse'`; Keras 3 raises ValueError at `compile`. Give a list, and with several outputs one "
        "list for each output.",
    ),
    "metrics-fewer-than-outputs": Explanation(
        "`metrics` has fewer entries than the model has outputs, so `fit` fails: give one list for each output, "
        "`metrics=[['mse'], ['mse']]`. Found:",
        "With several outputs, Keras 3 reads `metrics` position by position. `metrics=['mse']` passes `compile` and then "
        "fails in `fit`. Write one list for each output, or a dict from output name to metrics.",
    ),
    "metrics-by-position": Explanation(
        "With several outputs `metrics` is read by position: the first entry belongs to the first output, and so on. Found:",
        "`metrics=['mse', 'mae']` on two outputs means mse for the first and mae for the second; in Keras 2 it meant both "
        "for both. Write `metrics=[['mse', 'mae'], ['mse', 'mae']]` to keep the old meaning.",
    ),
    "loss-single-for-many": Explanation(
        "`loss` has fewer entries than the model has outputs, and Keras trains only the first ones without a word: "
        "give one loss for each output, `loss=['mse', 'mse']`. Found:",
        "`loss=['mse']` on two outputs trains the first head only; the second keeps its random weights, and nothing is "
        "reported. A single string, `loss='mse'`, does apply to every output.",
    ),
    "loss-weights-need-list": Explanation(
        "`loss_weights` is a list but `loss` is not, so `fit` fails: give `loss` as a list too, `loss=['mse', 'mse']`.",
        "Keras 3 matches `loss_weights` with the entries of `loss`. With `loss='mse'` there is one loss and several weights, "
        "and `fit` raises ValueError.",
    ),
    "input-dim-ignored": Explanation(
        "`input_dim` says nothing in a functional model, where `Input(shape=…)` gives the shape; leave it out. Layer:",
        "In the Functional API the shape comes from the tensor that a layer is called on. `Dense(32, input_dim=1)(x)` "
        "ignores `input_dim`, even where it is wrong; Keras 3 warns.",
    ),
    "numpy-seed": Explanation(
        "`np.random.seed` does not seed Keras 3: its weights still start differently each time. Write "
        "`keras.utils.set_random_seed(7)`, which seeds Python, NumPy and Keras.",
        "Keras 3 draws initial weights from its own generator. To repeat a training exactly, call "
        "`keras.utils.set_random_seed(7)` once, before building the model.",
    ),
    "plot-model-graphviz": Explanation(
        "`plot_model` needs Graphviz, which is not installed here, so nothing was drawn; the report shows the network instead.",
        "`keras.utils.plot_model` calls the program `dot` of Graphviz. Without it the call does nothing in the grader. "
        "It costs nothing.",
    ),
    "target-shape-broadcast": Explanation(
        "The targets given to `fit` do not have the shape of the output, and Keras 3 stretches them without a word. "
        "Give targets with one column for each unit of the output. Found:",
        "An output of shape (None, 3) and targets of shape (N, 1) train silently: each target is compared with all three "
        "units. Check `y.shape` against `model.output_shape`.",
    ),
    "missing-package": Explanation(
        "The program imports a package that the grader does not have, so a person will look at it. Package:",
        "The submission needs a third-party package that is not installed where it is graded. This is not counted against "
        "the student; the grade is marked for review. Install the package, or use `--python` with the course's environment.",
    ),
    "keras-versions": Explanation(
        "The thresholds were calibrated with other versions; a few trainings showed that they hold here too.",
        "Equality across versions is statistical. `grader calibrate` makes the thresholds anew.",
    ),
    "override": Explanation(
        "Set by a person:",
        "An instructor settled this check in `overrides.toml`; the entry says who, when and why.",
    ),
    "model-unordered": Explanation(
        "The outputs came as a dict, which has no order; they were matched with the targets by what the network is.",
        "A model with `outputs={'a': …, 'b': …}` has named outputs. The grader tries each order, and takes the one that fits.",
    ),
}

SENTENCES: Mapping[str, str] = {code: explanation.sentence for code, explanation in EXPLANATIONS.items()}
