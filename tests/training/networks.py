"""Networks as hand-built graphs, with data and recipes to train them."""

from __future__ import annotations

from grader.domain import Call, Configured, DataSpec, Layer, ModelGraph, Recipe, Tensor, Value

SINE = DataSpec(("x",), ("sin",))
SINE_TWICE = DataSpec(("x", "x"), ("sin",))
SINE_AND_EXP = DataSpec(("x",), ("sin", "exp"))


class Drawing:
    """A graph under construction: each method adds one call and returns its output."""

    def __init__(self) -> None:
        self._layers: list[Layer] = []
        self._calls: list[Call] = []
        self._parameters = 0

    def input(self) -> Tensor:
        return self.add("InputLayer", (), 1)

    def dense(self, source: Tensor, units: int, activation: str | None = None, **params: Value) -> Tensor:
        weights = (self._width(source) + 1) * units
        output = self.add("Dense", (source,), units, weights, units=units, **params)
        return self.add("Activation", (output,), units, activation=activation) if activation else output

    def concatenate(self, *sources: Tensor) -> Tensor:
        return self.add("Concatenate", (sources,), sum(self._width(source) for source in sources))

    def add(self, kind: str, args: tuple[object, ...], width: int, weights: int = 0, **params: Value) -> Tensor:
        self._layers.append(Layer(f"layer_{len(self._layers)}", kind, tuple(sorted(params.items()))))
        self._calls.append(Call(len(self._layers) - 1, args, (), ((None, width),)))  # type: ignore[arg-type]
        self._parameters += weights
        return Tensor(len(self._calls) - 1)

    def graph(self, inputs: list[Tensor], outputs: list[Tensor]) -> ModelGraph:
        return ModelGraph(
            "drawing", "Functional", tuple(self._layers), tuple(self._calls), tuple(inputs), tuple(outputs),
            parameters=self._parameters,
        )  # fmt: skip

    def _width(self, tensor: Tensor) -> int:
        width = self._calls[tensor.call].shapes[0][-1]
        assert width is not None
        return width


def chain(*hidden: int, activation: str | None = "sigmoid") -> ModelGraph:
    """One input, a chain of hidden layers, one linear head."""
    drawing = Drawing()
    start = tensor = drawing.input()
    for units in hidden:
        tensor = drawing.dense(tensor, units, activation)
    return drawing.graph([start], [drawing.dense(tensor, 1)])


def two_inputs() -> ModelGraph:
    drawing = Drawing()
    left, right = drawing.input(), drawing.input()
    joined = drawing.concatenate(drawing.dense(left, 8, "sigmoid"), drawing.dense(right, 5, "sigmoid"))
    return drawing.graph([left, right], [drawing.dense(joined, 1)])


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


def two_outputs() -> ModelGraph:
    drawing = Drawing()
    start = drawing.input()
    trunk = drawing.dense(start, 8, "tanh")
    return drawing.graph([start], [drawing.dense(trunk, 1), drawing.dense(drawing.dense(trunk, 6, "relu"), 1)])


def recipe(*loss: str, weights: tuple[float, ...] | None = None, initializer: str | None = None) -> Recipe:
    names = loss or ("mse",)
    return Recipe("rmsprop", names, weights or (1.0,) * len(names), 400, 32, initializer)
