"""Networks that must not pass."""

from __future__ import annotations

import numpy as np
import pytest

from grader.assignments.spec import load_assignments
from grader.training.calibration.decoys import decoys
from grader.training.engine.build import build
from tests.training.networks import COURSE, Drawing, chain, example, recipe, two_inputs, two_outputs

NAMES = {"no hidden layer", "linear activations", "one hidden unit"}


def test_decoys_can_be_built_and_do_what_their_names_say() -> None:
    graph = two_outputs()
    by_name = {decoy.name: decoy for decoy in decoys(graph, recipe("mse", "mse"))}
    assert set(by_name) == NAMES
    for decoy in by_name.values():
        model = build(decoy.graph, 1)
        assert (len(model.inputs), len(model.outputs)) == (len(graph.inputs), len(graph.outputs))
    x = np.linspace(0, 1, 9)[:, None]
    for output in build(by_name["linear activations"].graph, 1)([x]):
        np.testing.assert_allclose(np.diff(output[:, 0], 2), 0, atol=1e-6)


@pytest.mark.long
@pytest.mark.parametrize("name", ["words_and_numbers", "shared_autoencoder", "three_widths", "small_images"])
def test_decoys_of_every_shape_can_be_built(name: str) -> None:
    (assignment,) = load_assignments([name], COURSE)
    graph, data = example(name)
    assert all(build(decoy.graph, 1).count_params() > 0 for decoy in decoys(graph, assignment.recipe, data.inputs))


def test_a_classifier_keeps_its_last_activation() -> None:
    by_name = {decoy.name: decoy for decoy in decoys(chain(8, last="sigmoid"), recipe("binary_crossentropy"))}
    for name in ("no hidden layer", "linear activations"):
        assert build(by_name[name].graph, 1)([np.array([[50.0]])])[0, 0] <= 1.0
        assert not by_name[name].proof([{"constant": 0.4}], [0.1])


def test_a_linear_reference_is_not_its_own_decoy() -> None:
    assert not NAMES & {decoy.name for decoy in decoys(chain(), recipe())}


def test_a_network_blind_to_an_input_is_a_decoy() -> None:
    """Where the inputs have different data; zeros take the place of one of them."""
    assert {decoy.name for decoy in decoys(two_inputs(), recipe(), ("x", "x"))} == NAMES
    by_name = {decoy.name: decoy for decoy in decoys(two_inputs(), recipe(), ("a", "b"))}
    model = build(by_name["without input 2"].graph, 1)
    a, b = np.array([[0.3]]), np.array([[0.9]])
    first = model([a, b])
    np.testing.assert_array_equal(first, model([a, -b]))
    assert np.all(first != model([-a, b]))


def test_a_maximum_bends_without_an_activation() -> None:
    """So a network without activations is no decoy there."""
    drawing = Drawing()
    start = drawing.input()
    branches = drawing.dense(start, 4, "tanh"), drawing.dense(start, 4, "tanh")
    graph = drawing.graph([start], [drawing.dense(drawing.add("Maximum", (branches,), 4), 1)])
    assert "linear activations" not in {decoy.name for decoy in decoys(graph, recipe())}
