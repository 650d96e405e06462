"""`inspect`: every network that a file builds, described; no assignment, no grade, no training."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from grader.domain import CompileCall, Limits, ModelGraph, RecordedModel, Setting, Settings, Submission
from grader.execution import Supervisor, execute
from grader.graph import Rejection, encode_graph, parse
from grader.reporting.network.text import describe, parameters
from grader.sandbox import resolve_isolation
from grader.submissions import discover


def inspect_path(path: Path, *, isolation: str, python: Path | None) -> dict[str, Any]:
    """The document that `inspect --json` prints."""
    return {"schema": "grader.inspect/1", "submissions": [entry for entry, _ in inspected(path, isolation, python)]}


def inspected(
    path: Path, isolation: str, python: Path | None
) -> list[tuple[dict[str, Any], tuple[ModelGraph | None, ...]]]:
    """For each submission its entry in the document, and the networks that its models are."""
    with Supervisor(resolve_isolation(isolation), python) as supervisor:
        return [_inspect(submission, supervisor) for submission in discover(path, of_one=True)]


def _inspect(submission: Submission, supervisor: Supervisor) -> tuple[dict[str, Any], tuple[ModelGraph | None, ...]]:
    entry: dict[str, Any] = {
        "path": str(submission.entry),
        "outcome": "unreadable",
        "message": submission.problem,
        "models": [],
        "failures": [],
    }
    if submission.problem:
        return entry, ()
    limits = replace(Limits(), seconds=Limits().full_fit_seconds)
    execution = execute(submission, supervisor, functions=(), marks=(), limits=limits)
    graphs = [_graph(model) for model in execution.models]
    entry |= {
        "outcome": execution.outcome.value,
        "message": execution.message,
        "models": [_model(model, graph) for model, graph in zip(execution.models, graphs, strict=True)],
        "failures": [
            {"type": f.type, "message": f.message, "cell": f.place.cell, "line": f.place.line}
            for f in execution.failures
        ],
    }
    return entry, tuple(None if isinstance(graph, Rejection) else graph for graph in graphs)


def _graph(model: RecordedModel) -> ModelGraph | Rejection:
    if model.kind == "subclass":
        return Rejection("a subclass of keras.Model: its layers are hidden in `call`")
    return Rejection(model.config_error) if model.config is None else parse(model.config)


def _model(model: RecordedModel, graph: ModelGraph | Rejection) -> dict[str, Any]:
    entry: dict[str, Any] = {
        "kind": model.kind,
        "class": model.class_name,
        "variables": list(model.variables),
        "function": model.function,
        "cell": model.place.cell,
        "line": model.place.line,
        "compiled": None if model.compiled is None else _compiled(model.compiled),
    }
    if isinstance(graph, Rejection):
        return {**entry, "problem": graph.reason, "graph": None, "parameters": None, "batch_size": None, "text": []}
    batch_size = _batch_size(model.config or {})
    return {
        **entry,
        "problem": "; ".join(dict.fromkeys(graph.untrainable)),
        "graph": encode_graph(graph),
        "parameters": parameters(graph),
        "batch_size": batch_size,
        "text": describe(graph, batch_size),
    }


def _batch_size(config: Mapping[str, Any]) -> int | None:
    """The size of the batches, where an input fixes it; the shapes of the graph leave it open."""
    for layer in config["layers"]:
        match layer:
            case {"config": {"batch_shape": [int(size), *_]}}:
                return size
    return None


def _compiled(call: CompileCall) -> dict[str, Any]:
    return {
        "optimizer": _setting(call.optimizer),
        "loss": _setting(call.loss),
        "loss_weights": _setting(call.loss_weights),
        "metrics": _setting(call.metrics),
        "cell": call.place.cell,
        "line": call.place.line,
    }


def _setting(value: Settings) -> Any:
    """In the shape that the student gave it, each loss, optimizer or metric as its name and the few plain options."""
    if isinstance(value, Setting):
        return {"name": value.name, "config": dict(value.config)}
    if isinstance(value, Mapping):
        return {"by_name": {name: _setting(item) for name, item in value.items()}}
    return [_setting(item) for item in value] if isinstance(value, tuple) else value
