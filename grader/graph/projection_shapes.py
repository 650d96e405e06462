"""How attention and `EinsumDense` change shapes, and the sizes of what they multiply with; see `shapes`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast

from grader.domain import Call, Layer, Shape, tensors
from grader.graph.schema import Refused


def named_inputs(call: Call, inputs: Sequence[Shape], names: Sequence[str]) -> list[Shape]:
    """The shapes of a call's first arguments in the order of their names, however they were passed."""
    waiting = iter(inputs)
    shapes = [[next(waiting) for _ in tensors(argument)] for argument in (*call.args, *(v for _, v in call.kwargs))]
    passed = dict(zip([*names[: len(call.args)], *(name for name, _ in call.kwargs)], shapes, strict=False))
    return [passed[name][0] for name in names if passed.get(name)]


def _scored(call: Call, output: Shape, scores: Shape) -> tuple[Shape, ...]:
    return (output, scores) if dict(call.kwargs).get("return_attention_scores") is True else (output,)


def attend(layer: Layer, inputs: Sequence[Shape], call: Call) -> tuple[Shape, ...]:
    query, value = inputs[:2]
    return _scored(call, (*query[:-1], value[-1]), (*query[:-1], value[-2]))


def multi_head(layer: Layer, inputs: Sequence[Shape], call: Call) -> tuple[Shape, ...]:
    query, *_ = named_inputs(call, inputs, ("query", "value", "key"))
    target = layer.param("output_shape")
    last = target if isinstance(target, tuple) else (target,) if target else query[-1:]
    scores = (query[0], layer.param("num_heads"), query[1], query[1])  # as Keras says it, of self-attention
    return _scored(call, (*query[:-1], *cast(Shape, last)), cast(Shape, scores))


@dataclass(frozen=True)
class Einsum:
    """An equation such as `abc,cd->abd` with sizes: the output's shape, the kernel's, and the size of each letter."""

    output: Shape
    kernel: Shape
    sizes: dict[str, int | None]


def einsum(layer: Layer, shape: Shape) -> Einsum:
    """The equation of an `EinsumDense` layer, applied to a tensor of that shape."""
    source, _, rest = str(layer.param("equation")).replace(" ", "").partition(",")
    kernel, _, target = rest.partition("->")
    letters, free = source.replace("...", ""), target.replace("...", "")
    elided = len(shape) - len(letters)
    if elided < 0 or not kernel or not free:
        raise Refused(f"the equation `{layer.param('equation')}` does not fit to shape {shape}")
    wanted = layer.param("output_shape")
    chosen = cast(Shape, wanted if isinstance(wanted, tuple) else (wanted,))
    left = elided if source.startswith("...") else 0
    between = reversed(shape[1:left])  # as Keras says it, though it computes them in their order
    output = (shape[0], *between, *chosen, *shape[len(letters) + left :])
    sizes = dict(zip(letters, shape[left:], strict=False)) | dict(zip(free, output[left:], strict=False))
    return Einsum(output, tuple(sizes[letter] for letter in kernel), sizes)


def einsum_dense(layer: Layer, inputs: Sequence[Shape], call: Call) -> tuple[Shape, ...]:
    return (einsum(layer, inputs[0]).output,)
