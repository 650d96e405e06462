"""Layer classes that a course declares: what its file says of them, and how a config with them is read."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from grader.assignments.folder import CourseFolder, read_course
from grader.assignments.settings import read_layers
from grader.assignments.spec import load_assignments
from grader.domain import NO_LAYERS, Configured, CourseLayers, ModelGraph
from grader.errors import InvalidAssignment
from grader.graph import decode_graph, encode_graph, has_weights, parse

FILE = '''
import keras
class Scale(keras.layers.Layer):
    def __init__(self, factor=1.0, *, start_initializer="zeros", shape=(1, 2), made=object(), **kwargs): ...
class Described(keras.layers.Layer):
    def __init__(self, units, seed=3): ...
    def get_config(self): ...
'''


@pytest.fixture
def own(tmp_path: Path) -> CourseLayers:
    (tmp_path / "own.py").write_text(FILE)
    return read_layers(tmp_path, "own.py", ["Scale", "Described"])


def network(kind: str, config: dict[str, Any], **entry: Any) -> dict[str, Any]:
    """The config of an input of width 3 and one layer of a class that is not Keras's."""
    start = {"module": "keras.layers", "class_name": "InputLayer", "name": "x", "config": {"batch_shape": [None, 3]}}
    tensor = {"class_name": "__keras_tensor__", "config": {"keras_history": ["x", 0, 0]}}
    node = {"args": [tensor], "kwargs": {"training": False}, "shapes": [[None, 3]]}
    layer = {"module": "own", "class_name": kind, "registered_name": kind, "name": "a", "config": config, "weights": 1}
    entries = [{**start, "inbound_nodes": []}, {**layer, "inbound_nodes": [node], **entry}]
    return {"layers": entries, "input_layers": [["x", 0, 0]], "output_layers": [["a", 0, 0]]}


def read(own: CourseLayers, kind: str, config: dict[str, Any], **entry: Any) -> ModelGraph:
    found = parse(network(kind, config, **entry), own)
    assert isinstance(found, ModelGraph)
    return found


def test_parameters_that_are_no_default_are_read(own: CourseLayers) -> None:
    """A layer without a `get_config` records what was given; numbers are compared as numbers."""
    made = {"made": 1, "name": "a", "trainable": True}
    graph = read(own, "Scale", made | {"factor": 2, "shape": [1, 2], "start_initializer": "Zeros"})
    assert graph.untrainable == ()
    assert graph.parameters == 1
    assert graph.calls[1].shapes == ((None, 3),)
    assert graph.layers[1].params == (("factor", 2.0), ("made", 1))
    assert has_weights(graph.layers[1])
    assert decode_graph(encode_graph(graph)) == graph
    assert decode_graph(encode_graph(graph)).layers[1].module == "own"


def wrapped(kind: str, **config: Any) -> dict[str, Any]:
    """What a wrapper of Keras has in its config for a layer of the course."""
    return {"layer": {"module": "own", "class_name": kind, "registered_name": kind, "config": config}}


def test_a_wrapper_of_keras_may_hold_a_class_of_the_course(own: CourseLayers) -> None:
    """Its shapes and weights are then what the recording says, as for the class itself."""
    config = wrapped("Scale", made=1, factor=2, name="inner")
    graph = read(own, "TimeDistributed", config, module="keras.layers", registered_name=None)
    (layer,) = graph.layers[1:]
    assert (graph.untrainable, graph.parameters, layer.module) == ((), 1, "own")
    assert layer.param("layer") == Configured("Scale", (("factor", 2.0), ("made", 1)))
    assert layer.contains(own.classes)
    assert decode_graph(encode_graph(graph)) == graph


@pytest.mark.parametrize(
    ("kind", "config", "reason"),
    [
        ("TimeDistributed", wrapped("Other"), "`layer`: `Other` is not a Keras class"),
        ("TimeDistributed", wrapped("Described"), "`layer`: `units` is missing"),
        ("Conv1D", {"kernel_size": 1, "filters": wrapped("Described", units=1)["layer"]}, "`filters`: expected a whole"),
    ],
)
def test_a_wrapper_around_what_is_not_declared_is_not_trained(
    own: CourseLayers, kind: str, config: dict[str, Any], reason: str
) -> None:
    graph = read(own, kind, config, module="keras.layers", registered_name=None)
    assert reason in graph.untrainable[0]


def test_a_students_class_of_that_name_is_taken_for_the_courses(own: CourseLayers) -> None:
    """What is trained is the class of the course, and that it was that one is a claim."""
    registered = read(own, "Described", {"units": 1}, module=None, registered_name="Mine>Described")
    assert registered.layers == read(own, "Described", {"units": 1}, module="__main__").layers
    assert registered.untrainable == ()


@pytest.mark.parametrize(
    ("kind", "config", "reason"),
    [
        ("Scale", {"factor": 1.0}, "`made` is missing"),  # its default is no plain value
        ("Described", {}, "`units` is missing"),
        ("Described", {"units": 10**9}, "`units`: expected a whole number"),
        ("Described", {"units": {"a": 1}}, "`units`: expected a number"),
        ("Described", {"units": 1, "more": 2}, "`more=2` is not known"),
        ("Other", {"units": 1}, "your own class cannot be graded"),
    ],
)
def test_what_does_not_fit_the_class_is_not_trained(
    own: CourseLayers, kind: str, config: dict[str, Any], reason: str
) -> None:
    graph = read(own, kind, config)
    assert reason in graph.untrainable[0]
    assert graph.layers[1].opaque == kind


def test_without_a_declaration_a_class_stays_opaque_and_keras_keeps_its_own(own: CourseLayers) -> None:
    assert "your own class" in read(NO_LAYERS, "Described", {"units": 1}).untrainable[0]
    assert "does not train" in read(own, "Described", {"units": 1}, module="keras.layers").untrainable[0]
    assert "not recorded" in read(own, "Described", {"units": 1}, weights=None).untrainable[0]


@pytest.mark.parametrize(
    ("table", "message"),
    [
        ('file = "own.py"\nclasses = ["Scal"]', r"layers\.classes: own\.py has no class `Scal`\. Did you mean `Scale`\?"),
        ('file = "own.py"\nclasses = ["Dense"]', r"layers\.classes: Keras has a layer `Dense`"),
        ('file = "../own.py"\nclasses = ["Scale"]', r"layers\.file: expected the name of a module"),
        ('file = "none.py"\nclasses = ["Scale"]', r"layers\.file: .*none\.py cannot be read"),
        ('file = "own.py"', r"layers\.classes: this key is required"),
    ],
)
def test_a_declaration_that_cannot_be_used_is_refused(
    own: CourseLayers, tmp_path: Path, table: str, message: str
) -> None:
    """Whatever reads the course says so, `grader lint` among it."""
    (tmp_path / "assignments").mkdir()
    (tmp_path / "grader.toml").write_text(f"[layers]\n{table}\n")
    with pytest.raises(InvalidAssignment, match=message):
        read_course(tmp_path)


COUNTING = """
title = "Counted"
[data]
inputs = ["x"]
targets = ["sin"]
[training]
optimizer = "rmsprop"
loss = ["mse"]
epochs = 10
batch_size = 32
[[checks]]
kind = "layers"
points = 1
of = "Scale"
exactly = 1
parameters = { factor = 2 }
"""


def course_with(root: Path, old: str = "", new: str = "") -> CourseFolder:
    (root / "grader.toml").write_text('[layers]\nfile = "own.py"\nclasses = ["Scale"]\n')
    (folder := root / "assignments" / "counted").mkdir(parents=True)
    (folder / "assignment.toml").write_text(COUNTING.replace(old, new))
    return read_course(root)


@pytest.mark.usefixtures("own")
def test_a_check_may_name_a_class_of_the_course(tmp_path: Path) -> None:
    (assignment,) = load_assignments((), course_with(tmp_path))
    assert assignment.checks[0].options["of"] == "Scale"
    assert set(assignment.layers.classes) == {"Scale"}


@pytest.mark.usefixtures("own")
@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("Scale", "Scal", r"unknown layer class `Scal`; did you mean `Scale`\?"),
        ("Scale", "Described", r"unknown layer class `Described`"),  # it is in the file, and not declared
        ("factor", "facto", r"unknown parameter of `Scale` `facto`; did you mean `factor`\?"),
        ("factor = 2", "factor = { a = 1 }", r"`factor`: expected a number"),
    ],
)
def test_a_check_that_names_it_wrongly_is_refused(tmp_path: Path, old: str, new: str, message: str) -> None:
    with pytest.raises(InvalidAssignment, match=message):
        load_assignments((), course_with(tmp_path, old, new))
