"""`activations`: what the hidden layers apply to their result."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from grader.checks.chosen_layers import Chosen, Demand, decide
from grader.checks.evidence import CheckOptions, Evidence
from grader.checks.findings import Finding
from grader.checks.spec_values import Activation, WideClass
from grader.domain import Subject
from grader.domain.words import listed
from grader.graph.reading.parameters import RECURRENT

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
    demand = Demand(
        f"hidden {listed(spec.of) if spec.of else 'Dense'} layer",
        f"`{spec.hidden}` on every hidden layer",
        f"Add the hidden layers with `activation='{spec.hidden}'`.",
        SUBJECTS,
        spec.of,
    )
    wanted = f"`activation='{spec.hidden}'`"
    chosen = [
        Chosen(layer.name, wanted, _shown(layer.activation), layer.activation == spec.hidden)
        for layer in evidence.view.hidden_of(spec.of)
        if layer.activation and (spec.of or layer.kind not in RECURRENT)
    ]
    return decide(evidence, demand, chosen)


def _shown(activation: str) -> str:
    return "no activation" if activation == "linear" else f"`{activation}`"
