"""Networks as hand-built graphs and those of the second course, with data and recipes to train them; no Keras."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from grader.assignments.course import load_course
from grader.assignments.folder import read_course
from grader.domain import (
    Argument,
    Calibration,
    CalibrationCase,
    Configured,
    DataSpec,
    Layer,
    ModelGraph,
    Recipe,
    Tensor,
    Value,
)
from grader.graph.edits import appended

COURSE = read_course(Path(__file__).parents[2] / "examples")
SINE = DataSpec(("x",), ("sin",))
SINE_TWICE = DataSpec(("x", "x"), ("sin",))
SINE_AND_EXP = DataSpec(("x",), ("sin", "exp"))
FLOORS = {"constant": 0.483, "non_negative": 0.26, "straight_line": 0.176, "monotone": 0.0487}  # of the sine
CASE = CalibrationCase("", ("mse",), None, 400, 3, 0.04, 1e-4, {})
CALIBRATION = Calibration("reaches", (0.01,), (FLOORS,), (CASE,), (1, 2, 3), (), "", {}, ())


class Drawing:
    """A graph under construction: each method adds one call and returns its output."""

    def __init__(self) -> None:
        self._graph = ModelGraph("drawing", "Functional", (), (), (), ())
        self._parameters = 0

    def input(self) -> Tensor:
        return self.add("InputLayer", (), 1)

    def dense(self, source: Tensor, units: int, activation: str | None = None, **params: Value) -> Tensor:
        weights = (self._width(source) + 1) * units
        output = self.add("Dense", (source,), units, weights, units=units, **params)
        return self.add("Activation", (output,), units, activation=activation) if activation else output

    def concatenate(self, *sources: Tensor) -> Tensor:
        return self.add("Concatenate", (sources,), sum(self._width(source) for source in sources))

    def add(self, kind: str, args: tuple[Argument, ...], width: int, weights: int = 0, **params: Value) -> Tensor:
        layer = Layer(f"layer_{len(self._graph.layers)}", kind, tuple(sorted(params.items())))
        self._graph, tensor = appended(self._graph, layer, args, (None, width))
        self._parameters += weights
        return tensor

    def graph(self, inputs: list[Tensor], outputs: list[Tensor]) -> ModelGraph:
        return replace(self._graph, inputs=tuple(inputs), outputs=tuple(outputs), parameters=self._parameters)

    def _width(self, tensor: Tensor) -> int:
        width = self._graph.shape(tensor)[-1]
        assert width is not None
        return width


def chain(*hidden: int, activation: str | None = "sigmoid", last: str | None = None) -> ModelGraph:
    """One input, a chain of hidden layers, one head with the last activation."""
    drawing = Drawing()
    start = tensor = drawing.input()
    for units in hidden:
        tensor = drawing.dense(tensor, units, activation)
    return drawing.graph([start], [drawing.dense(tensor, 1, last)])


def with_hidden(kind: str = "", weights: int = 0, **params: Value) -> ModelGraph:
    """A chain with a layer of some kind behind its hidden layer, or with parameters on that one."""
    drawing = Drawing()
    start = drawing.input()
    hidden = drawing.dense(start, 6, "tanh", **({} if kind else params))
    if kind:
        hidden = drawing.add(kind, (hidden,), 6, weights, **params)
    return drawing.graph([start], [drawing.dense(hidden, 1)])


def branches(first: int, second: int, initializer: str | None = None, *, nested: bool = False) -> ModelGraph:
    """Two branches on two inputs, drawn in the order given."""
    drawing = Drawing()
    params = {"kernel_initializer": Configured(initializer)} if initializer else {}
    inputs = [drawing.input(), drawing.input()]
    hidden = [
        drawing.dense(tensor, units, "tanh", **params) for tensor, units in zip(inputs, (first, second), strict=True)
    ]
    joined = drawing.concatenate(drawing.concatenate(*hidden)) if nested else drawing.concatenate(*hidden)
    return drawing.graph(inputs, [drawing.dense(joined, 1)])


def two_inputs() -> ModelGraph:
    return branches(8, 5)


def two_outputs() -> ModelGraph:
    drawing = Drawing()
    start = drawing.input()
    trunk = drawing.dense(start, 8, "tanh")
    return drawing.graph([start], [drawing.dense(trunk, 1), drawing.dense(drawing.dense(trunk, 6, "relu"), 1)])


def recipe(*loss: str, weights: tuple[float, ...] | None = None, initializer: str | None = None) -> Recipe:
    names = loss or ("mse",)
    return Recipe("rmsprop", names, weights or (1.0,) * len(names), 400, 32, initializer)


def example(name: str) -> tuple[ModelGraph, DataSpec]:
    """The reference of an exercise of the second course, and its data."""
    course = load_course([name], COURSE)
    return course.references[name], course.assignments[0].data
