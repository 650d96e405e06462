"""What a student built, as evidence for checks: real Keras models, and a compile call as the recording has it."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import Any

import keras
from keras import layers

from grader.assignments.spec import load_assignments
from grader.checks import Evidence, Finding, kinds_of
from grader.domain import (
    CompileCall,
    Execution,
    HeadTraining,
    Location,
    ModelGraph,
    Outcome,
    RecordedModel,
    Setting,
    Settings,
    Training,
    TrainingRun,
)
from grader.training.engine.build import influence
from tests.graph import networks
from tests.graph.networks import chain, read

dense = partial(networks.dense, kernel_initializer="uniform")  # as every exercise has it

LOCATIONS = {"left": Location(3, 5), "right": Location(3, 6), "top": Location(3, 8)}

LEARNED = Training(
    "learned", (0.01,), (TrainingRun(1, (0.001,), ((0.2,), (0.001,)), 50, 50),), 400,
    heads=(HeadTraining(True, 1, 50, 0.001),),
)  # fmt: skip


def compile_call(optimizer: str = "rmsprop", loss: Any = "mse", weights: Any = None, **config: Any) -> CompileCall:
    return CompileCall(1, Location(), Setting(optimizer, config), setting(loss), settings(weights), None)


def setting(value: Any) -> Settings:
    if isinstance(value, str):
        return Setting(value)
    if isinstance(value, dict):
        return {name: setting(part) for name, part in value.items()}
    return tuple(setting(part) for part in value)


def settings(value: Any) -> Settings:
    return tuple(value) if isinstance(value, list) else value


def evidence(
    model: Any,
    *,
    assignment: str = "two_inputs",
    reference: ModelGraph | None = None,
    call: CompileCall | None = None,
    training: Training = LEARNED,
    execution: Execution | None = None,
) -> Evidence:
    """Evidence about a Keras model."""
    (spec,) = load_assignments([assignment])
    kind = "sequential" if isinstance(model, keras.Sequential) else "functional"
    compiles = (call,) if call else ()
    recorded = RecordedModel(0, kind, type(model).__name__, ("model",), "", False, Location(1, 1), (), {}, "", compiles)
    ran = execution or Execution(Outcome.OK, 1.0, "none")
    graph = read(model)
    return Evidence(spec, ran, recorded, graph, reference, lambda: training, lambda: tried(graph))


def tried(graph: ModelGraph) -> tuple[tuple[bool, ...], ...]:
    return tuple(tuple(moved) for moved in influence(graph))


def look(kind: str, facts: Evidence, **options: Any) -> Finding:
    """The finding of one kind of check with these options, which the assignment has for it."""
    entry = kinds_of(facts.assignment.folder)[kind]
    spec = entry.spec.model_validate({"kind": kind, "points": 1, **options})
    own = [
        replace(check, options=spec.model_dump()) if check.kind == kind else check for check in facts.assignment.checks
    ]
    assignment = replace(facts.assignment, checks=tuple(own)) if kind in ("heads", "inputs") else facts.assignment
    return entry.check(spec, replace(facts, assignment=assignment))


def two_branches(left: int = 32, right: int = 20, merge: Any = layers.concatenate, head: Any = None) -> Any:
    """Two inputs, two branches, one merge, 32, 1."""
    a, b = keras.Input((1,), name="a"), keras.Input((1,), name="b")
    x = merge([dense(left, name="left")(a), dense(right, name="right")(b)])
    return keras.Model([a, b], (head or dense(1, None, name="head"))(dense(32, name="top")(x)))


def two_heads(first: Any = None, second: Any = None) -> Any:
    """One input, a trunk of 20 and 20, two heads."""
    x = keras.Input((1,))
    trunk = dense(20, name="t2")(dense(20, name="t1")(x))
    return keras.Model(x, [(first or dense(1, None))(trunk), (second or dense(1, None))(trunk)])


def text(**more: Any) -> Any:
    """Five words, and what an LSTM makes of them."""
    lstm = layers.LSTM(12, name="lstm", **more)
    return chain(layers.Embedding(20, 6), lstm, layers.Dense(1), shape=(5,), dtype="int32")


def hidden_layers(*units: int, activation: str = "sigmoid") -> Any:
    """One input, hidden layers of these widths, one linear head."""
    return chain(*(dense(number, activation) for number in units), dense(1, None))


def about(model: Any, expected: Any, assignment: str = "one_input", **recorded: Any) -> Evidence:
    """Evidence about a model, with the expected network, and what else was recorded of the model."""
    facts = evidence(model, reference=read(expected), assignment=assignment)
    return replace(facts, model=replace(facts.model, **recorded))


def veiled(facts: Evidence) -> Evidence:
    """The same where the spec reveals a hint only."""
    return replace(facts, assignment=replace(facts.assignment, reveal="hint"))


def beside_reference(model: Any, unused: tuple[Any, ...] = ()) -> Evidence:
    """Evidence about a model of `two_inputs`, with the reference and the locations of its layers."""
    return about(model, two_branches(), "two_inputs", layer_locations=LOCATIONS, unused=unused)
