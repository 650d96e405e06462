"""Which inputs move which outputs, found by trying: a network can hide it behind a zero or a difference with itself."""

from __future__ import annotations

from typing import Any

import numpy as np

from grader.domain import ModelGraph
from grader.training.build import build

DRAWS = 8
POINTS = 16
NOISE = 1e-4  # of the largest output; normalising a single number leaves about 1e-5
FREE_SIZE = 4  # of an axis whose length the network leaves open


def influence(graph: ModelGraph) -> list[list[bool]]:
    """By output, whether each input moves it, for some of several random weights.

    Weights that can be trained are drawn from a normal distribution, so that a start at zero hides nothing, and then
    held to their constraints as every step of training would; what is frozen stays. What moves an output by less
    than the noise of its arithmetic does not move it.
    """
    model = build(graph, seed=1)
    generator = np.random.default_rng(1)
    found = [[False] * len(graph.inputs) for _ in graph.outputs]
    for _ in range(DRAWS):
        for variable in model.trainable_variables:
            variable.assign(generator.normal(size=variable.shape))
            if variable.constraint is not None:
                variable.assign(variable.constraint(variable.value))
        usual = [_sample(tensor, generator) for tensor in model.inputs]
        outputs = _run(model, usual)
        for number, tensor in enumerate(model.inputs):
            changed = [*usual[:number], _sample(tensor, generator), *usual[number + 1 :]]
            for head, (before, after) in enumerate(zip(outputs, _run(model, changed), strict=True)):
                found[head][number] |= _differ(before, after)
    return found


def _sample(tensor: Any, generator: np.random.Generator) -> Any:
    shape = [POINTS, *(FREE_SIZE if size is None else size for size in tensor.shape[1:])]
    if "int" in str(tensor.dtype):
        return generator.integers(0, 2, shape)
    return generator.normal(size=shape).astype("float32")


def _differ(before: Any, after: Any) -> bool:
    scale = float(np.nanmax(np.abs(before), initial=0.0))
    return not np.allclose(before, after, rtol=0.0, atol=NOISE * scale, equal_nan=True)


def _run(model: Any, inputs: list[Any]) -> list[Any]:
    outputs = model(inputs, training=False)
    return [np.asarray(output) for output in (outputs if isinstance(outputs, list | tuple) else [outputs])]
