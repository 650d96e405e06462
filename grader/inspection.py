"""`inspect`: every network that a file builds, described; no assignment, no grade, no training."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from grader.domain import Limits, ModelGraph, Submission
from grader.execution import execute
from grader.graph import Rejection, encode_graph, parse
from grader.submissions import discover


def inspect_path(path: Path, *, isolation: str, python: Path | None) -> dict[str, Any]:
    """The document that `inspect --json` prints."""
    return {
        "schema": "grader.inspect/1",
        "submissions": [_inspect(submission, isolation, python) for submission in discover(path)],
    }


def _inspect(submission: Submission, isolation: str, python: Path | None) -> dict[str, Any]:
    if submission.problem:
        return {
            "path": str(submission.entry),
            "outcome": "unreadable",
            "message": submission.problem,
            "models": [],
            "failures": [],
        }
    execution = execute(submission, functions=(), marks=(), limits=Limits(), python=python, isolation=isolation)
    models = []
    for model in execution.models:
        entry: dict[str, Any] = {
            "kind": model.kind,
            "class": model.class_name,
            "variables": list(model.variables),
            "function": model.function,
            "cell": model.place.cell,
            "line": model.place.line,
            "problem": model.config_error,
            "graph": None,
        }
        if model.kind == "subclass":
            entry["problem"] = "a subclass of keras.Model: its layers are hidden in `call`"
        elif model.config is not None:
            graph = parse(model.config)
            entry["problem"] = graph.reason if isinstance(graph, Rejection) else "; ".join(graph.untrainable)
            entry["graph"] = None if isinstance(graph, Rejection) else encode_graph(graph)
            entry["text"] = [] if isinstance(graph, Rejection) else describe(graph)
        models.append(entry)
    return {
        "path": str(submission.entry),
        "outcome": execution.outcome.value,
        "message": execution.message,
        "models": models,
        "failures": [
            {"type": f.type, "message": f.message, "cell": f.place.cell, "line": f.place.line}
            for f in execution.failures
        ],
    }


def describe(graph: ModelGraph) -> list[str]:
    """A line for each call: `dense_1 = Dense(units=20)(input_1)  (None, 20)`."""
    calls_of = [sum(call.layer == number for call in graph.calls) for number in range(len(graph.layers))]
    names = []
    seen: dict[int, int] = {}
    for call in graph.calls:
        seen[call.layer] = seen.get(call.layer, 0) + 1
        times = f"#{seen[call.layer]}" if calls_of[call.layer] > 1 else ""
        names.append(graph.layers[call.layer].name + times)
    lines = []
    for number, call in enumerate(graph.calls):
        layer = graph.layers[call.layer]
        params = ", ".join(f"{key}={_shown(value)}" for key, value in layer.params)
        sources = ", ".join(names[t.call] for t in call.sources)
        shape = f"  {call.shapes[0]}" if call.shapes else ""
        lines.append(f"{names[number]} = {layer.kind}({params})" + (f"({sources})" if sources else "") + shape)
    lines.append("outputs: " + ", ".join(names[tensor.call] for tensor in graph.outputs))
    return lines


def _shown(value: Any) -> str:
    kind = getattr(value, "kind", None)
    return kind or repr(value)


def print_inspection(console: Any, found: dict[str, Any]) -> None:
    """The same for people."""
    for submission in found["submissions"]:
        console.print(
            f"{submission['path']}: {submission['outcome']}, {len(submission['models'])} models",
            markup=False,
            highlight=False,
        )
        for failure in submission["failures"]:
            where = f"cell {failure['cell']}" if failure["cell"] else f"line {failure['line']}"
            console.print(f"  error in {where}: {failure['type']}: {failure['message']}", markup=False, highlight=False)
        for model in submission["models"]:
            name = ", ".join(model["variables"]) or model["function"] or "unnamed"
            where = f"cell {model['cell']}, line {model['line']}" if model["cell"] else f"line {model['line']}"
            console.print(f"\n  {name} ({model['class']}, {where})", markup=False, highlight=False)
            if model["problem"]:
                console.print(f"    cannot be graded: {model['problem']}", markup=False, highlight=False)
            for line in model.get("text", []):
                console.print(f"    {line}", markup=False, highlight=False, soft_wrap=True)
