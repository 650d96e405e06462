"""`learns`: the first sentence is the cause, the hint a step that works, and what is undecided says so."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import keras
import pytest
from keras import layers, ops

from grader.checks import Finding
from grader.domain import (
    CompileCall,
    Diagnosis,
    FitCall,
    HeadTraining,
    Location,
    Outcome,
    Status,
    Training,
    TrainingRun,
)
from tests.checks.students import (
    LEARNED,
    about,
    chain,
    compile_call,
    dense,
    evidence,
    look,
    two_branches,
    two_heads,
)

CAUSE = "without `activation=` there is only a line: 0.176 is what the best one scores"
LINE = HeadTraining(False, 0, None, 0.18, Diagnosis("straight line", CAUSE, "Add it"))
SLOW = Diagnosis("still falling", "the network learns too slowly", "Look at the widths")
RUN = TrainingRun(1, (0.18,), ((0.18,),), 400, None)
MISSED = Training("missed", (0.01,), (RUN,) * 3, 400, "It learned in none.", heads=(LINE,))
CLOSE = HeadTraining(False, 0, None, 0.012)
NEAR = Training("borderline", (0.01,), (RUN,) * 3, 400, "The best came to 0.012.", heads=(CLOSE,))
BOTH = Training(
    "missed", (0.01, 0.0005), (replace(RUN, errors=(0.18, 0.0004), curve=((0.18, 0.0004),)),) * 7, 300,
    heads=(HeadTraining(False, 2, 275, 0.008, SLOW), HeadTraining(True, 6, 100, 0.0004)),
)  # fmt: skip


def by_head(model: Any, training: Training) -> list[Finding]:
    """What is said of the first output and of the second, of an exercise of one's own design."""
    facts = evidence(model, assignment="better_two_outputs", training=training)
    return [look("learns", facts, mode="beats", head=head) for head in (1, 2)]


def twice(layer: Any) -> Callable[[Any], Any]:
    return lambda x: [layer(x), layer(x)]


FORMULA = "a formula of the input"


@pytest.mark.parametrize(
    ("assignment", "model", "status", "words"),
    [
        ("one_input", lambda: chain(ops.sin), Status.FAILED, "nothing to learn"),
        ("one_input", lambda: chain(lambda x: layers.Dense(1)(ops.sin(6.28 * x))), Status.FAILED, FORMULA),
        ("one_input", lambda: chain(lambda x: ops.exp(x) + layers.Dense(1, kernel_initializer="zeros")(x)),
         Status.FAILED, FORMULA),
        ("one_input", lambda: chain(lambda x: layers.Dense(1)(ops.cos(layers.Dense(4, trainable=False)(x)))),
         Status.FAILED, FORMULA),
        # Activations of one's own are free, and so are sums and products of the input.
        ("one_input", lambda: chain(lambda x: layers.Dense(1)(ops.sin(layers.Dense(4)(x)))), Status.PASSED, ""),
        ("one_input", lambda: chain(lambda x: layers.Dense(1)(layers.Dense(4, "tanh")(x * x - 0.5))), Status.PASSED, ""),
        ("one_input", lambda: chain(dense(4, trainable=False), dense(1, None, trainable=False)), Status.FAILED,
         "every layer that leads to it is frozen"),
        ("two_outputs", lambda: chain(lambda x: [dense(1, None, name="only")(dense(4)(x))] * 2), Status.FAILED,
         "are always equal, as results of `only`"),
        ("two_outputs", lambda: chain(twice(dense(1, None, name="only"))), Status.FAILED, "are always equal"),
        ("two_outputs", lambda: chain(dense(1, None)), Status.SKIPPED, "1 output; this exercise has 2"),
        ("two_inputs", lambda: chain(dense(1, None)), Status.SKIPPED, "Fix that first"),
    ],
    ids=["a formula", "of a layer", "beside an idle layer", "behind a frozen layer", "a function of what was learned",
         "arithmetic", "frozen", "one tensor twice", "one layer twice", "one output too few", "one input too few"],
)  # fmt: skip
def test_a_network_that_computes_or_lacks_its_ends_learns_nothing(
    assignment: str, model: Callable[[], Any], status: Status, words: str
) -> None:
    finding = look("learns", evidence(model(), assignment=assignment), mode="reaches")
    assert finding.status is status
    assert words in finding.message


def test_the_cause_comes_first() -> None:
    """Then how often it learned; the hint is the diagnosis's own step."""
    finding = look("learns", evidence(two_branches(), training=MISSED), mode="reaches")
    assert finding.status is Status.FAILED
    assert finding.message == f"W{CAUSE[1:]}. The network reached the threshold in none of 3 runs."
    assert finding.expected == "validation MSE at most 0.01"
    assert finding.actual == "reached in 0 of 3 runs; best 0.18"
    assert finding.hint == "Add it."
    assert finding.review == ""


SQUEEZED = Diagnosis("squeezed", "`sigmoid` gives no values below 0", "Leave out the activation of `end`")


def test_what_differs_from_the_task_is_the_step() -> None:
    """It is one mistake, and one step; where there is no comparison, it names the layer and its line."""
    learn = replace(MISSED, heads=(HeadTraining(False, 0, None, 0.28, SQUEEZED),))
    squeezed, right = (chain(dense(4), dense(1, activation, name="end")) for activation in ("sigmoid", None))
    facts = about(squeezed, right, layer_locations={"end": Location(3, 8)})
    facts = replace(facts, learn=lambda: learn)
    assert look("learns", facts, mode="reaches").hint == look("heads", facts).hint
    alone = look("learns", replace(facts, reference=None), mode="reaches")
    assert alone.hint == "Leave out the activation of `end`."


def test_a_diagnosis_calls_layers_what_the_student_calls_them() -> None:
    model = chain(dense(4), dense(4), dense(1, None))
    end, cause = model.layers[-1].name, "`{}` is frozen, so its random initial weights are never updated"
    diagnosis = Diagnosis("frozen", cause.format(end), f"Remove `trainable=False` from `{end}`")
    learn = replace(MISSED, heads=(HeadTraining(False, 0, None, 0.28, diagnosis),))
    facts = evidence(model, assignment="one_input")
    facts = replace(facts, model=replace(facts.model, layer_variables={end: "out"}), learn=lambda: learn)
    finding = look("learns", facts, mode="reaches")
    assert finding.message.startswith(cause.format("out"))
    assert finding.hint == "Remove `trainable=False` from `out`."


DIVERGED = HeadTraining(False, 0, None, None, Diagnosis("diverged", "the training diverges", "Bound it"))
TOO_WIDE = "The network cannot be trained on these data: it is wide."


@pytest.mark.parametrize(
    ("training", "status", "message", "review"),
    [
        (LEARNED, Status.PASSED, "The network learned in 1 of 1 run, at about epoch 50.", ""),
        # As where the graph proves that more runs would not help: one run is not counted.
        (replace(MISSED, runs=MISSED.runs[:1]), Status.FAILED, "The network did not reach the threshold.", ""),
        # It earns nothing yet, goes to a person, and has not failed.
        (NEAR, Status.SKIPPED, "Undecided:", "The best came to 0.012."),
        (Training("missed", (0.01,), (), 0, TOO_WIDE), Status.SKIPPED, TOO_WIDE, ""),
        # NaN is never at or under a threshold.
        (Training("missed", (0.01,), (TrainingRun(1, (None,), ((None,),), 400, None),), 400, heads=(DIVERGED,)),
         Status.FAILED, "diverges", ""),
    ],
    ids=["learned", "one run", "undecided", "not trained", "not finite"],
)  # fmt: skip
def test_a_training_decides_status_message_and_review(
    training: Training, status: Status, message: str, review: str
) -> None:
    finding = look("learns", evidence(two_branches(), training=training), mode="reaches")
    assert finding.status is status
    assert message in finding.message
    assert review in finding.review


def test_a_head_that_is_another_one_says_so_where_it_misses() -> None:
    sine, exponential = by_head(chain(twice(dense(1, None, name="only"))), BOTH)
    assert sine.message.startswith("Outputs 1 and 2 are always equal, as results of `only`")
    assert "model = keras.Model(inputs=x, outputs=[only_1, net1])" in sine.hint
    assert exponential.status is Status.PASSED


def test_each_head_has_its_own_verdict_and_cause() -> None:
    """The one that won its vote passes, the other says what was seen of it and of nothing else."""
    sine, exponential = by_head(two_heads(), BOTH)
    reached = "The network reached the threshold in 2 of 7 runs; it must do so in most runs."
    assert (sine.status, sine.message) == (Status.FAILED, f"The network learns too slowly. {reached}")
    assert exponential.status is Status.PASSED
    assert exponential.message == "The network learned in 6 of 7 runs, at about epoch 100."
    whole = look("learns", evidence(two_heads(), assignment="better_two_outputs", training=BOTH), mode="beats")
    assert whole.message.startswith("Output `")
    assert "learns too slowly" in whole.message


@pytest.mark.parametrize(
    ("call", "epochs", "rate", "words"),
    [
        (compile_call("sgd"), 400, None, "its own optimizer, so"),
        (compile_call("rmsprop", learning_rate=1.0), 400, None, "its own learning rate, so"),
        (compile_call("rmsprop", learning_rate=0.01), 400, 0.01, ""),  # that of the recipe
        (compile_call("rmsprop", learning_rate=0.001), 400, 0.01, "its own learning rate, so"),
        (compile_call("rmsprop"), 400, 0.01, "its own learning rate, so"),
        (compile_call("rmsprop", "mae", [0.5]), 400, None, "its own loss and loss weights, so"),
        (compile_call("rmsprop"), 50, None, "its own number of epochs, so"),
        (compile_call("rmsprop"), 400, None, ""),
    ],
)
@pytest.mark.parametrize("training", [LEARNED, MISSED], ids=["learned", "missed"])
def test_a_training_of_ones_own_explains_another_curve(
    call: CompileCall, epochs: int, rate: float | None, words: str, training: Training
) -> None:
    """The grader trains by the recipe; who did otherwise is told, whatever the verdict."""
    facts = evidence(two_branches(), training=training, call=call)
    recipe = replace(facts.assignment.recipe, settings=(("learning_rate", rate),) if rate else ())
    fits = (FitCall(2, Location(1, 2), epochs, 32, True, True),)
    facts = replace(facts, model=replace(facts.model, fits=fits), assignment=replace(facts.assignment, recipe=recipe))
    message = look("learns", facts, mode="reaches").message
    assert ("with the settings of the exercise" in message) is bool(words)
    assert words in message
    stopped = replace(facts, execution=replace(facts.execution, outcome=Outcome.TIMEOUT))
    assert "epochs" not in look("learns", stopped, mode="reaches").message  # it would have trained on


def test_a_head_is_judged_in_the_words_of_its_measure() -> None:
    """An accuracy must be at least so much, an error at most; each head says its own."""
    heads = (HeadTraining(True, 1, 50, 0.02), HeadTraining(True, 1, 50, 0.004))
    training = replace(LEARNED, thresholds=(1 - 0.9, 0.01), heads=heads, metrics=("accuracy", "mae"))
    facts = evidence(two_heads(), assignment="better_two_outputs", training=training)
    finding = look("learns", facts, mode="reaches")
    assert finding.expected == "validation accuracy at least 0.9 and MAE at most 0.01"
    assert finding.actual == "reached in 1 of 1 run; best 0.98 and 0.004"


def test_wide_data_of_a_file_are_trained() -> None:
    """Only the tutorial's data are single numbers; of others the trainer says whether they fit."""
    x = keras.Input((3,))
    facts = evidence(keras.Model(x, dense(2, None)(dense(4)(x))), assignment="one_input")
    (name,) = facts.graph.input_names
    message = f"The data are single numbers, but `{name}` has shape (None, 3). Fix its shape first."
    assert look("learns", facts, mode="reaches").message == message
    data = replace(facts.assignment.data, file=facts.assignment.folder / "data.npz")
    facts = replace(facts, assignment=replace(facts.assignment, data=data))
    assert look("learns", facts, mode="reaches").status is Status.PASSED
