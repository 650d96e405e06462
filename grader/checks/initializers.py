"""`initializers`: the initializers of all layers with kernels."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from pydantic import Field

from grader.checks.evidence import CheckOptions, Evidence, Finding, again, caused, failed, passed
from grader.checks.known import Initializer, LayerClass
from grader.checks.view import StartView
from grader.domain import Configured, Subject
from grader.domain.words import listed
from grader.graph import initializer_name
from grader.graph.reading.catalogue import LAYERS

TITLE = "Initializers"
SUBJECTS: tuple[Subject, ...] = ("initializer",)


class Spec(CheckOptions):
    """Every layer has these initializers, with their default parameters except for the seed.

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
    starts = [start for start in evidence.view.starts if not spec.of or start.kind in spec.of]
    starts = [start for start in starts if start.kernels or spec.embeddings]
    which = _which(starts)
    expected = f"`kernel_initializer='{spec.kernel}'` on every {which}"
    if not starts:
        hint = f"Add the {which}s that the task describes."
        return failed(f"The model has no {which}.", expected=expected, actual=f"no {which}", hint=hint)
    kernels = [(start, name, one) for start in starts for name, one in start.kernels]
    actual = listed([_shown(one) for one in dict.fromkeys(one for _, _, one in kernels)])
    every = [(start, name, one) for start, name, one in kernels if one != _configured(spec.kernel)]
    wrong = [row for row in every if row[0].name not in evidence.superfluous] or every
    if wrong:
        first, name, found = wrong[0]
        if first.name in evidence.superfluous:
            cause = evidence.root((), {start.name for start, _, _ in wrong})
            return caused(cause, "", expected=expected, actual=actual, hint="")
        wanted = f"`{name}='{spec.kernel}'`"
        others = list(dict.fromkeys(start.name for start, _, _ in wrong if start is not first))
        names = [evidence.names.name(other) for other in others]
        more = f"; also {listed(names)}" if others else ""
        return failed(
            f"Layer {evidence.at(first.name)}: expected {wanted}, found {_shown(found, name)}{more}.",
            expected=expected,
            actual=actual,
            hint=f"Write `{first.kind}({_first(first)}…, {name}='{spec.kernel}')`"
            + (f", and do the same in {again(names)}." if others else "."),
        )
    for start, name, wanted_name, found in _others(spec, starts):
        if found != _configured(wanted_name):
            return _other(evidence, start, name, wanted_name, found)
    return passed("Every layer has the required initializer.", expected=expected, actual=actual)


def _which(starts: list[StartView]) -> str:
    kinds = {start.kind for start in starts}
    return "layer" if len(kinds) > 1 else f"{kinds.pop() if kinds else 'Dense'} layer"


def _first(start: StartView) -> str:
    return f"{start.width}, " if start.width is not None else ""


def _others(spec: Spec, starts: list[StartView]) -> Iterator[tuple[StartView, str, str, Configured]]:
    """The initializers besides those of kernels: the layer, the parameter, what is required and what was found."""
    for start in starts:
        if start.bias is not None:
            yield start, "bias_initializer", spec.bias, start.bias
        if start.recurrent is not None and spec.recurrent:
            yield start, "recurrent_initializer", spec.recurrent, start.recurrent
        if start.embeddings is not None and spec.embeddings:
            yield start, "embeddings_initializer", spec.embeddings, start.embeddings


def _other(evidence: Evidence, start: StartView, name: str, wanted: str, found: Configured) -> Finding:
    what = name.replace("_", " ")
    usual = LAYERS[start.kind][name].default == _configured(wanted)
    return failed(
        f"Layer {evidence.at(start.name)}: its {what} is {_shown(found, name)}.",
        expected=f"`{name}='{wanted}'`" + (", the Keras default" if usual else ""),
        actual=_shown(found, name),
        hint=f"Leave `{name}` out." if usual else f"Write `{name}='{wanted}'`.",
    )


def _configured(name: str) -> Configured:
    return Configured(initializer_name(name))


_USUAL = {
    "bias_initializer": ("Zeros", "zeros"),
    "recurrent_initializer": ("Orthogonal", "orthogonal"), "embeddings_initializer": ("RandomUniform", "uniform"),
}  # fmt: skip


def _shown(start: Configured, parameter: str = "kernel_initializer") -> str:
    """As a student would write it; an omitted initializer is the Keras default."""
    params = ", ".join(f"{name}={value}" for name, value in start.params)
    kind, name = _USUAL.get(parameter, ("GlorotUniform", "glorot_uniform"))
    return f"`{name}`, the Keras default" if start == Configured(kind) else f"`{start.kind}({params})`"
