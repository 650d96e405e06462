"""`functional`: the model is built with the Functional API."""

from __future__ import annotations

from typing import Literal

from grader.checks.evidence import CheckOptions, Evidence, Finding, asked_initializers, failed, passed
from grader.domain import Assignment, ModelGraph, RecordedModel, Subject
from grader.graph import with_initializers, written_out

TITLE = "Built with the Functional API"
SUBJECTS: tuple[Subject, ...] = ("api", "unreadable")


class Spec(CheckOptions):
    """`Model(inputs=…, outputs=…)`, not `Sequential`."""

    kind: Literal["functional"]


_EXPECTED = "keras.Model(inputs=…, outputs=…)"


def step(assignment: Assignment, reference: ModelGraph | None, model: RecordedModel) -> str:
    """How a network is built with the Functional API, from its first line to its last, in place of this model."""
    if reference is not None and assignment.reveal != "hint":
        network = with_initializers(reference, asked_initializers(assignment))
        place = str(model.location.beside(model.location)) if model.kind == "subclass" else ""
        return written_out(network, model.variable, place=place)
    shape = "(1,)" if assignment.data.file is None else "…"  # single numbers
    return (
        "Write `from keras import Input, Model` and `from keras.layers import Dense` at the top. Begin with "
        f"`x0 = Input(shape={shape})`, call each layer on the result of the one before, `x1 = Dense(32, …)(x0)`, then "
        "`x2 = Dense(32, …)(x1)` and so on until the last, `y = Dense(1, …)(x2)`, and end with "
        "`Model(inputs=x0, outputs=y)`."
    )


def of_subclass(reason: str, hint: str) -> Finding:
    """The finding about a network whose layers are hidden by a class of the student."""
    return failed(reason, expected=_EXPECTED, actual="a subclass of `keras.Model`", hint=hint)


def check(spec: Spec, evidence: Evidence) -> Finding:
    if evidence.model.kind == "functional":
        return passed(
            "The model is built with the Functional API.", expected=_EXPECTED, actual=evidence.model.class_name
        )
    return failed(
        "The model is a `Sequential` model; this exercise asks for the Functional API.",
        expected=_EXPECTED,
        actual=f"keras.{evidence.model.class_name}(…)",
        hint=evidence.correction or step(evidence.assignment, None, evidence.model),
    )
