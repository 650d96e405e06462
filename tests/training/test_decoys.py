"""Networks that must not pass."""

from __future__ import annotations

import numpy as np
import pytest

from grader.training.calibration.decoys import Decoy, decoys
from grader.training.engine.build import build
from tests.training.networks import recipe, two_inputs, two_outputs

NAMES = {
    "no hidden layer", "linear activations", "one hidden unit", "one hidden layer", "sgd", "learning rate 1",
    "frozen head", "sigmoid head", "relu head",
}  # fmt: skip


def test_every_decoy_can_be_built() -> None:
    """Whatever reference they are derived from, Keras counts their parameters and shapes as we do."""
    for graph, how in ((two_inputs(), recipe()), (two_outputs(), recipe("mse", "mse"))):
        found = decoys(graph, how, fixed=True)
        assert {decoy.name for decoy in found} == NAMES
        for decoy in found:
            model = build(decoy.graph, 1, decoy.recipe.initializer)
            assert (len(model.inputs), len(model.outputs)) == (len(graph.inputs), len(graph.outputs))


def test_decoys_do_what_their_names_say() -> None:
    """The frozen head has fewer trainable weights, the linear network no activation."""
    found = {decoy.name: decoy for decoy in decoys(two_outputs(), recipe("mse", "mse"), fixed=True)}
    frozen, whole = build(found["frozen head"].graph, 1), build(two_outputs(), 1)
    assert len(whole.trainable_weights) - len(frozen.trainable_weights) == 2
    x = np.linspace(0, 1, 9)[:, None]
    for output in build(found["linear activations"].graph, 1).predict(x, verbose=0):
        np.testing.assert_allclose(np.diff(output[:, 0], 2), 0, atol=1e-6)


def test_a_frozen_head_is_no_decoy_where_the_structure_is_free() -> None:
    """Random weights behind wide layers can do, so that freezing a head proves nothing there."""
    names = {decoy.name for decoy in decoys(two_outputs(), recipe("mse", "mse"), fixed=False)}
    assert "frozen head" not in names


@pytest.mark.parametrize(("threshold", "proof"), [(0.01, (0, 0.0487)), (0.06, None)])
def test_a_floor_above_the_threshold_is_a_proof(threshold: float, proof: tuple[int, float] | None) -> None:
    """Then no seed can let the decoy pass, and none has to be trained."""
    decoy = Decoy("one hidden unit", two_inputs(), recipe(), floor="monotone", heads=(0,))
    assert decoy.proof([{"monotone": 0.0487}], [threshold]) == proof
    assert decoy.proof([{}], [threshold]) is None
