"""Networks that differ in their widths train in one program, and each as it would by itself."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from itertools import permutations

import keras
import numpy as np
import pytest

from grader.domain import Configured, DataSpec, ModelGraph, Recipe, Value
from grader.training.engine import loop
from grader.training.engine.data import make_data
from grader.training.engine.loop import Program, Programs, optimizer_of
from grader.training.engine.widening import SIZES, UNITWISE_OPTIMIZERS, Widened, widened
from grader.training.messages import TrainingJob, training_form
from tests.training.networks import (
    SINE,
    SINE_AND_EXP,
    SINE_TWICE,
    Drawing,
    chain,
    recipe,
    two_inputs,
    two_outputs,
    with_hidden,
)

SINE_THRICE = DataSpec(("x",) * 3, ("sin",))
L2 = Configured("L2", (("l2", 0.01),))
UNIFORM = recipe(initializer="uniform")
PENALTIES = {"kernel_regularizer": L2, "bias_regularizer": L2}


def of(graph: ModelGraph, how: Recipe = recipe(), spec: DataSpec = SINE) -> Widened:  # noqa: B008 (it is frozen)
    return widened(training_form(graph, how, spec), spec.inputs, how.optimizer)


def unbiased() -> ModelGraph:
    drawing = Drawing()
    start = drawing.input()
    hidden = drawing.add("Dense", (start,), 6, 6, units=6, use_bias=False)
    return drawing.graph([start], [drawing.dense(drawing.add("Activation", (hidden,), 6, activation="tanh"), 1)])


def residual(width: int, **params: Value) -> ModelGraph:
    """Two ways to one sum."""
    drawing = Drawing()
    start = drawing.input()
    left, right = (drawing.dense(start, width, activation, **params) for activation in ("tanh", "sigmoid"))
    joined = drawing.add("Add", ((left, right),), width)
    return drawing.graph([start], [drawing.dense(joined, 1)])


def three(*widths: int) -> ModelGraph:
    """A branch for each of three inputs, with a layer behind its first."""
    drawing = Drawing()
    inputs = [drawing.input() for _ in widths]
    ends = [drawing.dense(drawing.dense(start, n, "tanh"), n) for start, n in zip(inputs, widths, strict=True)]
    return drawing.graph(inputs, [drawing.dense(drawing.concatenate(*ends), 1)])


def trained(network: Widened, how: Recipe, spec: DataSpec, *, jit: bool) -> list[np.ndarray]:
    """Predictions after a few epochs."""
    data = make_data(spec)
    program = Program(network, how, data, jit=jit)
    program.start(network, 5)
    order = np.random.default_rng(3).permuted(np.tile(np.arange(len(data.x_train[0])), (5, 1)), axis=1)
    predictions, finite = program.run(order.astype(np.int32))
    assert finite
    return predictions


@pytest.mark.long
@pytest.mark.parametrize(
    ("graph", "how", "spec", "jit"),
    [
        pytest.param(
            chain(20, 3, activation="exponential"), UNIFORM, SINE, True, id="padding that is not zero, by XLA"
        ),
        pytest.param(two_inputs(), recipe(), SINE_TWICE, False, id="joined"),
        pytest.param(two_outputs(), recipe("mse", "mae", weights=(0.1, 0.9)), SINE_AND_EXP, False, id="two outputs"),
        pytest.param(residual(6, **PENALTIES), recipe(), SINE, False, id="added, with penalties"),
        pytest.param(unbiased(), recipe(), SINE, False, id="without a bias"),
    ],
)
def test_a_wide_network_trains_like_its_narrow_one(graph: ModelGraph, how: Recipe, spec: DataSpec, jit: bool) -> None:
    """Which is the same without XLA, and sooner."""
    network = of(graph, how, spec)
    assert network.kernels
    alone = Widened(network.narrow, network.narrow)
    runs = zip(trained(network, how, spec, jit=jit), trained(alone, how, spec, jit=jit), strict=True)
    for wide, narrow in runs:
        np.testing.assert_allclose(wide, narrow, atol=2e-6)


@pytest.mark.long
@pytest.mark.parametrize("name", sorted(UNITWISE_OPTIMIZERS))
def test_what_was_added_stays_zero(name: str) -> None:
    """Whatever the optimizer does with a gradient of zero."""
    weights, optimizer = keras.Variable([0.0, 1.0]), optimizer_of(replace(recipe(), optimizer=name))
    for _ in range(3):
        optimizer.apply([keras.ops.array([0.0, 1.0])], [weights])
    added, used = weights.numpy()
    assert (added, used == 1.0) == (0.0, False)


@pytest.mark.long
@pytest.mark.parametrize(("setting", "compiled"), [(("learning_rate", 0.01), 1), (("clipnorm", 1.0), 2)])
def test_networks_of_one_topology_compile_once(
    setting: tuple[str, float], compiled: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where every setting treats each weight by itself."""
    monkeypatch.setattr(loop, "Program", partial(Program, jit=False))  # which is counted alike, and sooner
    programs, how = Programs(), replace(recipe(), settings=(setting,))
    for number, widths in enumerate(((5, 9), (30, 2))):
        named = replace(chain(*widths), name=f"model_{number}", input_names=(f"input_{number}",))
        programs.train(TrainingJob(training_form(named, how, SINE), how, SINE, 1, 1, to_the_end=True))
    assert programs.compiled == compiled


@pytest.mark.parametrize(
    ("one", "other"), [(chain(5, 9), chain(31, 2)), (residual(4), residual(32))], ids=["a chain", "sums"]
)
def test_one_topology_has_one_wide_graph(one: ModelGraph, other: ModelGraph) -> None:
    assert of(one).graph == of(other).graph


def test_branches_that_widths_told_apart_have_one_order() -> None:
    wide = {of(three(*widths), spec=SINE_THRICE).graph for widths in permutations((5, 30, 9, 17), 3)}
    assert len(wide) == 1


@pytest.mark.parametrize(
    ("graph", "optimizer"),
    [
        pytest.param(chain(), "rmsprop", id="nothing hidden"),
        pytest.param(chain(SIZES[-1] + 1), "rmsprop", id="too wide"),
        pytest.param(chain(*[100] * 8), "rmsprop", id="too large"),
        pytest.param(chain(5, activation="softmax"), "rmsprop", id="softmax"),
        pytest.param(with_hidden("Dropout", rate=0.5), "rmsprop", id="random units"),
        pytest.param(with_hidden("LayerNormalization"), "rmsprop", id="normalisation"),
        pytest.param(with_hidden(kernel_constraint=Configured("UnitNorm")), "rmsprop", id="constraint"),
        pytest.param(with_hidden(activity_regularizer=L2), "rmsprop", id="activities"),
        pytest.param(with_hidden(kernel_regularizer=Configured("OrthogonalRegularizer")), "rmsprop", id="orthogonal"),
        pytest.param(chain(5), "adafactor", id="optimizer of whole matrices"),
        pytest.param(chain(5), "muon", id="optimizer of directions"),
    ],
)
def test_what_is_not_exact_is_trained_as_it_is(graph: ModelGraph, optimizer: str) -> None:
    network = of(graph, Recipe(optimizer, ("mse",), (1.0,), 400, 32, None))
    assert not network.kernels
    assert network.graph is network.narrow


def test_an_output_keeps_its_width() -> None:
    drawing = Drawing()
    start = drawing.input()
    visible = drawing.dense(drawing.dense(start, 5, "tanh"), 1, "sigmoid")
    graph = drawing.graph([start], [visible, drawing.dense(visible, 1)])
    network = of(graph, recipe("mse", "mse"), SINE_AND_EXP)
    widths = sorted(layer.param("units") for layer in network.graph.layers if layer.kind == "Dense")  # type: ignore[type-var]
    assert widths == [1, 1, SIZES[0]]
