"""A layer is the object that Keras has, in whatever models it is called: nested ones, and models in these."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import keras
import pytest
from keras import layers

from grader.domain import ModelGraph
from grader.graph import Rejection, align, equal, parse
from tests.graph.networks import chain, confirmed, dense, graph_of, recorded


def read(model: Any) -> ModelGraph:
    graph = graph_of(recorded(model))
    assert graph.parameters == model.count_params()
    return graph


def joined(left: Any, right: Any) -> Any:
    """Two inputs, each through one of these, then 32 and 1."""
    a, b = keras.Input((1,)), keras.Input((1,))
    return keras.Model([a, b], dense(1, None)(dense(32)(layers.concatenate([left(a), right(b)]))))


class Tower(keras.Model):  # type: ignore[misc]
    """A functional model of a class of the student's own."""


def own_tower(layer: Any) -> Any:
    start = keras.Input((1,))
    return Tower(start, layer(start))


def in_two_models(layer: Any) -> tuple[Any, Any]:
    tower = keras.Sequential([layer])
    return chain(tower), chain(chain(tower))


SHARED: dict[str, Callable[[Any], tuple[Any, Any]]] = {  # besides those of tests/spellings
    "towers of a subclass": lambda layer: (own_tower(layer), own_tower(layer)),
    "a model in two models": in_two_models,
}


def two_towers() -> Any:
    layer = dense(32)
    return joined(chain(layer), chain(layer))


def flat() -> ModelGraph:
    shared = dense(32)
    return read(joined(shared, shared))


@pytest.mark.parametrize("towers", SHARED.values(), ids=SHARED)
def test_a_layer_is_one_layer_in_all_models_that_it_is_in(towers: Callable[[Any], tuple[Any, Any]]) -> None:
    """The network is that of one layer called twice, with as many weights as Keras counts."""
    assert align(read(joined(*towers(dense(32)))), flat(), {}, ("x", "x")) is not None


def test_equal_layers_of_one_name_in_two_models_are_two() -> None:
    graph = read(joined(chain(dense(32, name="same")), chain(dense(32, name="same"))))
    assert align(graph, flat(), {}, ("x", "x")) is None
    assert [layer.name for layer in graph.layers].count("same") == 2


def test_a_shared_layer_belongs_to_no_one_of_its_models() -> None:
    """What is shown of it names the models that are around all of its calls."""
    shared = dense(32, name="shared")
    inner = joined(chain(shared), chain(shared))
    a, b = keras.Input((1,)), keras.Input((1,))
    graph = read(keras.Model([a, b], inner([a, b])))
    (layer,) = (layer for layer in graph.layers if layer.name == "shared")
    assert layer.path == (inner.name,)


def objects(config: Any) -> list[Any]:
    """The entries of the layers that are in several models."""
    entries = []
    for entry in config["layers"]:
        entries += [entry] if "object" in entry else []
        entries += objects(entry["config"]) if "layers" in entry["config"] else []
    return entries


@pytest.mark.parametrize(
    "change", [{"units": 31}, {"name": "other"}, {"trainable": False}, {"activation": "tanh"}, {"units": "many"}]
)
def test_layers_that_are_not_alike_are_not_one(change: dict[str, Any]) -> None:
    """A forged recording cannot make a layer of two: nobody could have typed that."""
    config = recorded(two_towers())
    objects(config)[1]["config"].update(change)
    if "name" in change:
        objects(config)[1]["name"] = "other"
    assert isinstance(parse(config), Rejection)


@pytest.mark.parametrize("number", ["1", None, 1.0, True, [1], {"a": 1}])
def test_what_is_no_number_of_an_object_says_nothing(number: Any) -> None:
    config = recorded(two_towers())
    for entry in objects(config):
        entry["object"] = number
    graph = graph_of(config)
    assert [layer.param("units") for layer in graph.layers].count(32) == 3


def test_one_layer_called_on_tensors_that_it_cannot_take_is_not_trained() -> None:
    """Keras builds the weights for the first one; what a recording claims beyond that is not built."""
    config = recorded(joined(chain(dense(32, name="same")), chain(dense(4), dense(32, name="same"))))
    for entry in (config["layers"][2]["config"]["layers"][1], config["layers"][3]["config"]["layers"][2]):
        assert entry["name"] == "same"
        entry["object"] = 7
    graph = graph_of(config)
    why = confirmed(graph).untrainable[0]
    assert "`same`: Keras refuses it: " in why
    assert "of layer 'same' is incompatible" in why


def test_augmentation_is_the_same_in_a_sequence_and_by_itself() -> None:
    """Keras writes `training=True`, its default, where such a layer is called directly."""
    image = keras.Input((8, 8, 1))
    inside = keras.Sequential([keras.layers.RandomTranslation(0.1, 0.1)])(image)
    alone = keras.layers.RandomTranslation(0.1, 0.1)(image)
    assert equal(*(read(keras.Model(image, tensor)) for tensor in (inside, alone)), ("image",))
