"""Which networks treat every row of a batch by itself, so that padding rows can simply be masked out."""

from __future__ import annotations

from grader.domain import Layer, ModelGraph
from grader.graph.reading.catalogue import MERGES

ROW_BY_ROW = frozenset({
    "InputLayer", "Dense", "Activation", "ReLU", "LeakyReLU", "ELU", "PReLU", "Softmax", "Identity",
    "Rescaling", "Flatten", "Reshape", "RepeatVector", "Permute", "Concatenate", "Dropout", "GaussianDropout",
    "GaussianNoise", "ops.Add", "ops.Subtract", "ops.Multiply", "ops.Divide", "ops.TrueDivide", "ops.Negative",
    "ops.Abs", "ops.Absolute", "ops.Square", "ops.Sin", "ops.Cos", "ops.Maximum", "ops.Minimum", *MERGES,
})  # fmt: skip


def mixes_rows(graph: ModelGraph) -> bool:
    """Whether a row's output may depend on the other rows; true wherever that is not plain."""
    return not all(_row_by_row(layer) for layer in graph.layers)


def _row_by_row(layer: Layer) -> bool:
    axis = layer.param("axis", -1)
    axes = axis if isinstance(axis, tuple) else (axis,)
    return layer.kind in ROW_BY_ROW and 0 not in axes and layer.param("activity_regularizer") is None
