"""`activations`: what the hidden layers apply to their result."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from grader.checks.evidence import CheckOptions, Evidence, Finding, again, caused, failed, passed
from grader.checks.known import Activation, WideClass
from grader.domain import Subject
from grader.domain.words import listed
from grader.graph.reading.roles import RECURRENT

TITLE = "Activations of the hidden layers"
SUBJECTS: tuple[Subject, ...] = ("activation",)


class Spec(CheckOptions):
    """Every hidden Dense and convolutional layer has this activation, or every hidden layer of the classes in `of`."""

    kind: Literal["activations"]
    hidden: Activation = Field(description="the activation of the hidden layers")
    of: list[WideClass] = Field(
        [], description='classes that count, such as "LSTM"; by default all but recurrent ones, whose default is tanh'
    )


def check(spec: Spec, evidence: Evidence) -> Finding:
    hidden = [
        layer
        for layer in evidence.view.hidden_of(spec.of)
        if layer.activation and (spec.of or layer.kind not in RECURRENT)
    ]
    expected = f"`{spec.hidden}` on every hidden layer"
    if not hidden:
        return failed(
            f"The model has no hidden {listed(spec.of) if spec.of else 'Dense'} layer.",
            expected=expected,
            actual="no hidden layer",
            hint=f"Add the hidden layers with `activation='{spec.hidden}'`.",
        )
    others = [layer for layer in hidden if layer.activation != spec.hidden]
    actual = listed([f"`{layer.activation}` ({evidence.names.called(layer.name)})" for layer in hidden])
    if not others:
        return passed(f"The hidden layers have activation `{spec.hidden}`.", expected=expected, actual=actual)
    first, *rest = others
    found = "no activation" if first.activation == "linear" else f"`{first.activation}`"
    names = [evidence.names.name(layer.name) for layer in others]
    also = f"; also wrong in {listed(names[1:])}" if rest else ""
    return caused(
        evidence.root(SUBJECTS, {layer.name for layer in others}),
        f"Layer {evidence.at(first.name)}: expected activation `{spec.hidden}`, found {found}{also}.",
        expected=expected,
        actual=actual,
        hint=f"Write `activation='{spec.hidden}'` in {again(names)}.",
        share=1 - len(others) / len(hidden),
    )
