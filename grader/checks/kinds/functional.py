"""`functional`: the model is built with the Functional API."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

from grader.checks.evidence import CheckOptions, Evidence, asked_initializers, statements_of
from grader.checks.findings import Finding, failed, passed
from grader.domain import Assignment, Execution, ModelGraph, RecordedModel, Step, Steps, Subject
from grader.domain.told_edits import written_in_place
from grader.graph import with_initializers, written_out
from grader.graph.keras_code import model_arguments

TITLE = "Built with the Functional API"
SUBJECTS: tuple[Subject, ...] = ("api", "unreadable")


class Spec(CheckOptions):
    """`Model(inputs=…, outputs=…)`, not `Sequential`."""

    kind: Literal["functional"]


_EXPECTED = "keras.Model(inputs=…, outputs=…)"


def step(assignment: Assignment, reference: ModelGraph | None, model: RecordedModel, execution: Execution) -> Step:
    """How a network is built with the Functional API, from its first line to its last, in place of this model."""
    place = model.location.beside(model.location) if model.kind == "subclass" else None
    own = statements_of(model, execution)
    statements = [replace(entry, location=entry.location.beside(model.location)) for entry in own]
    if reference is not None and assignment.reveal != "hint":
        network = with_initializers(reference, asked_initializers(assignment))
        return written_out(network, model.variable, statements=statements, imported=model.layers_imported, place=place)
    start = "(1,)" if assignment.data.file is None else "…"
    starts, ends = (
        [f"{letter}{number}" for number, _ in enumerate(names, start=1)]
        for letter, names in (("x", assignment.data.inputs), ("y", assignment.data.targets))
    )
    joined = starts[0] if len(starts) == 1 else f"keras.layers.concatenate([{', '.join(starts)}])"
    lines = ["import keras", *(f"{name} = keras.Input(shape={start})" for name in starts)]
    lines += [f"h1 = keras.layers.Dense(32, activation='tanh')({joined})"]
    lines += ["h2 = keras.layers.Dense(32, activation='tanh')(h1)", *(f"{y} = keras.layers.Dense(1)(h2)" for y in ends)]
    lines.append(f"{model.variable} = keras.Model({model_arguments(starts, ends)})")
    told = written_in_place("\n".join(lines), place, imported=model.layers_imported)
    told = told.after("Call layers one on the result of another. You choose which.")
    return told if start != "…" else replace(told, edits=())


def of_subclass(reason: str, hint: Steps) -> Finding:
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
        hint=evidence.correction or step(evidence.assignment, None, evidence.model, evidence.execution),
    )
