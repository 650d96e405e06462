"""`initializers`: the initializers of all layers with kernels."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from pydantic import Field

from grader.checks.chosen_layers import Chosen, Demand, decide
from grader.checks.evidence import CheckOptions, Evidence
from grader.checks.findings import Finding
from grader.checks.spec_values import Initializer, LayerClass
from grader.domain import Configured, Subject
from grader.domain.words import listed
from grader.graph.keras_code import value
from grader.graph.reading.catalogue import INITIALIZER_ALIASES, LAYERS
from grader.graph.reading.parameters import inner, setting, weights_named

TITLE = "Initializers"
SUBJECTS: tuple[Subject, ...] = ("initializer",)


class Spec(CheckOptions):
    """Every layer has these initializers, with their default parameters except for the seed; also one that is built,
    and not used yet, but needed.

    `kernel` is about Dense, convolutional, recurrent and attention layers; `recurrent` and `embeddings` are left to
    the student unless they are given.
    """

    kind: Literal["initializers"]
    kernel: Initializer = Field(description="the kernel initializer, by any name Keras has for it")
    bias: Initializer = Field("zeros", description="the bias initializer, by any name Keras has for it")
    recurrent: Initializer | None = Field(None, description="the initializer of recurrent kernels")
    embeddings: Initializer | None = Field(None, description="the initializer of embeddings")
    of: list[LayerClass] = Field([], description='classes that count, such as "Dense"; by default all with a kernel')


def check(spec: Spec, evidence: Evidence) -> Finding:
    chosen = []
    for layer in (*evidence.view.graph.layers, *evidence.awaited):
        kind, _ = inner(layer)
        for name, wanted in _required(spec, kind):
            initializer = setting(layer, name)
            is_given = name in evidence.names.values.get(layer.name, {})
            is_default = initializer == LAYERS[kind][name].default and not is_given
            text = f"`{value(initializer)}`{' (the Keras default)' * is_default}"
            expected = Configured(INITIALIZER_ALIASES.get(wanted, wanted))
            right = initializer == expected or not isinstance(initializer, Configured)
            chosen.append(Chosen(layer.name, f"`{name}='{wanted}'`", text, right, (name, repr(wanted))))
    noun = f"{listed([f'`{kind}`' for kind in spec.of])} layer" if spec.of else "layer with a kernel"
    demand = Demand(
        noun,
        f"`kernel_initializer='{spec.kernel}'` on every {noun}",
        "Add the layers that the task describes.",
        SUBJECTS,
        spec.of,
    )
    return decide(evidence, demand, chosen)


def _required(spec: Spec, kind: str) -> Iterator[tuple[str, str]]:
    """The parameters of a class that are about the start of its weights, each with the initializer that it needs."""
    kernels = weights_named(kind, "initializer")
    if (spec.of and kind not in spec.of) or not (kernels or spec.embeddings):
        return
    yield from ((name, spec.kernel) for name in kernels)
    initializers = {"bias": spec.bias, "recurrent": spec.recurrent, "embeddings": spec.embeddings}
    for prefix, initializer in initializers.items():
        if initializer is not None and (name := f"{prefix}_initializer") in LAYERS.get(kind, {}):
            yield name, initializer
