"""`initializers`: where the weights of each layer start."""

from __future__ import annotations

import pytest

from grader.domain import Status
from tests.checks.students import chain, dense, evidence, look


@pytest.mark.parametrize("name", ["uniform", "random_uniform", "RandomUniform"])
def test_initializers_by_any_name(name: str) -> None:
    """Aliases of Keras are one initializer."""
    model = chain(dense(3, kernel_initializer="uniform"))
    assert Status.PASSED is look("initializers", evidence(model), kernel=name).status
    other = chain(dense(3, kernel_initializer="he_normal"))
    assert Status.FAILED is look("initializers", evidence(other), kernel=name).status


def test_every_layer_that_starts_elsewhere_is_named() -> None:
    """One finding names all of them; a bias that starts elsewhere counts too."""
    model = chain(dense(3, kernel_initializer="he_normal"), dense(2), dense(4, kernel_initializer="ones"))
    names = [layer.name for layer in model.layers]
    message = look("initializers", evidence(model), kernel="uniform").message
    assert names[0] in message
    assert names[2] in message
    assert names[1] not in message
    biased = chain(dense(3, bias_initializer="ones"))
    assert "its bias initializer is" in look("initializers", evidence(biased), kernel="uniform").message
