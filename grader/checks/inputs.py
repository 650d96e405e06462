"""`inputs`: how many inputs there are, of which shape, and that each of them reaches an output."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

from pydantic import Field

from grader.checks.evidence import Evidence, Finding, failed, passed
from grader.checks.options import Options
from grader.checks.view import ancestors, counted, listed, view

TITLE = "Inputs"


class Spec(Options):
    """So many `Input`s of that shape, each of them used."""

    kind: Literal["inputs"]
    count: int = Field(ge=1, le=16, description="how many inputs")
    shape: list[int] = Field([1], description="shape of one sample of each")


def check(spec: Spec, evidence: Evidence) -> Finding:
    graph = view(evidence.graph).graph
    shapes = [graph.shape(tensor)[1:] for tensor in graph.inputs]
    expected = f"{counted(spec.count, 'input')} of shape {_shown(spec.shape)}, each leading to an output"
    actual = f"{counted(len(shapes), 'input')} of shape {listed([_shown(shape) for shape in dict.fromkeys(shapes)])}"
    if len(shapes) != spec.count:
        return failed(
            f"The model has {counted(len(shapes), 'input')}; the exercise asks for {spec.count}.",
            expected=expected,
            actual=actual,
            hint=f"Create {counted(spec.count, 'Input')}, and list all in `Model(inputs=[…], outputs=…)`.",
        )
    wrong = [name for name, shape in zip(graph.input_names, shapes, strict=False) if shape != tuple(spec.shape)]
    if wrong:
        return failed(
            f"Input `{wrong[0]}` does not have shape {_shown(spec.shape)}.",
            expected=expected,
            actual=actual,
            hint=f"Write `Input(shape={_shown(spec.shape)})`.",
        )
    used = frozenset().union(*(ancestors(graph, tensor.call) for tensor in graph.outputs))
    idle = [graph.layers[graph.calls[t.call].layer].name for t in graph.inputs if t.call not in used]
    if idle:
        return failed(
            f"Input `{idle[0]}` leads nowhere: no output depends on it.",
            expected=expected,
            actual=f"{counted(len(idle), 'input')} not connected",
            hint=f"Call a layer on `{idle[0]}` and let its result flow into the rest of the network.",
        )
    return passed("The inputs are as asked.", expected=expected, actual=actual)


def _shown(shape: Iterable[int | None]) -> str:
    return str(tuple(shape))
