"""`inputs`: how many inputs there are, of which shape, and that each of them reaches an output."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

from pydantic import Field

from grader.checks.evidence import CheckOptions, Evidence, Finding, failed, passed
from grader.domain.words import counted, listed
from grader.graph import reaches, silencer

TITLE = "Inputs"


class Spec(CheckOptions):
    """So many `Input`s of that shape, each of them used."""

    kind: Literal["inputs"]
    count: int = Field(ge=1, le=16, description="how many inputs")
    shape: list[int] = Field([1], description="shape of one sample of each")


def check(spec: Spec, evidence: Evidence) -> Finding:
    graph = evidence.graph
    shapes = [graph.shape(tensor)[1:] for tensor in graph.inputs]
    names = [graph.layers[graph.calls[tensor.call].layer].name for tensor in graph.inputs]
    leads = zip(names, zip(*reaches(graph), strict=True), zip(*evidence.moves(), strict=True), strict=True)
    said = {name: "is not used" if not any(way) else "has no effect" for name, way, moved in leads if not any(moved)}
    idle = list(said)
    wrong = [name for name, shape in zip(names, shapes, strict=True) if shape != tuple(spec.shape)]
    expected = f"{counted(spec.count, 'input')} of shape {_shown(spec.shape)}, each leading to an output"
    actual = f"{counted(len(shapes), 'input')} of shape {listed([_shown(shape) for shape in dict.fromkeys(shapes)])}"
    good = len(shapes) - len({*idle, *wrong})
    share = good / spec.count if len(shapes) <= spec.count else 0.0
    if len(shapes) != spec.count:
        message = f"The model has {counted(len(shapes), 'input')}; the exercise asks for {spec.count}."
        hint = f"Create {counted(spec.count, '`Input` layer')}, and list all of them in `Model(inputs=[…], outputs=…)`."
    elif wrong:
        message = f"Input {evidence.at(wrong[0])} does not have shape {_shown(spec.shape)}."
        hint = f"Write `Input(shape={_shown(spec.shape)})`."
    elif idle:
        quiet = silencer(graph, graph.inputs[names.index(idle[0])])
        why = f"{evidence.at(quiet.layer)}, {quiet.reason}" if quiet else "no output depends on it"
        message = f"Input {evidence.at(idle[0])} {'has no effect' if quiet else said[idle[0]]}: {why}."
        known = () if evidence.opaque else evidence.differences
        cause = known[0] if len(known) == 1 else evidence.blame("wiring") if known else None
        hint = f"Call a layer on {evidence.names.name(idle[0])} and connect its result to the rest of the network."
        hint = cause.hint if cause else quiet.hint if quiet else hint
        actual = f"{counted(len(idle), 'input')} not connected"
    else:
        return passed("The inputs are as required.", expected=expected, actual=actual)
    return failed(message, expected=expected, actual=actual, hint=hint, share=share)


def _shown(shape: Iterable[int | None]) -> str:
    return str(tuple(shape))
