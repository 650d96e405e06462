"""`activations`: what the hidden layers apply to their result."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from grader.checks.evidence import CheckOptions, Evidence, Finding, again, caused, failed, passed
from grader.checks.known import Activation, WideClass
from grader.domain.words import listed
from grader.graph.reading.roles import RECURRENT

TITLE = "Activations of the hidden layers"


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
    first = others[0]
    none = "no activation" if first.activation == "linear" else f"`{first.activation}`"
    rest = [evidence.names.name(layer.name) for layer in others[1:]]
    also, same = (f"; also wrong in {listed(rest)}", f", and do the same in {again(rest)}") if rest else ("", "")
    return caused(
        evidence.blame("activation", layers={layer.name for layer in others}),
        f"Layer {evidence.at(first.name)}: expected activation `{spec.hidden}`, found {none}{also}.",
        expected=expected,
        actual=actual,
        hint=f"Write `{first.kind}({first.width}, activation='{spec.hidden}', …)`{same}.",
        share=1 - len(others) / len(hidden),
    )
