"""`inspect`: every network that a file builds, as a document and as a table; no assignment, no grade, no training."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from grader.domain import (
    NO_LAYERS,
    CompileCall,
    CourseLayers,
    Limits,
    Location,
    ModelGraph,
    RecordedModel,
    Setting,
    Settings,
    Submission,
)
from grader.domain.words import counted, in_location
from grader.execution import Supervisor, execute
from grader.graph import Rejection, encode_graph, parse
from grader.reporting.display import one_line, without_commands
from grader.reporting.network.text import closing_lines, describe, parameters, rows, value_text
from grader.reporting.wording import location
from grader.sandbox import resolve_isolation
from grader.submissions import discover

_MEMORY_MB = 8192  # teaching material loads data sets whole, and nobody else's run is beside it
# Whoever looks at networks waits for three minutes at most, and sees what was built until then.
_SECONDS = 120.0
_FULL_FIT_SECONDS = 60.0
_MOST_REASONS = 3
_HEADERS = ("name", "layer", "output shape", "params")
_WIDEST_NAME = 20
_GAPS = 8  # two before the table, and between columns
_NARROWEST_CODE = 20
_AUTOMATIC = re.compile(r"(functional|sequential|model)?(_\d+)?")
_BREAKS = re.compile(r"(?<=, )|(?<=/)|(?<=\))(?=\()|(?<=\w\()(?=[\w\[])")
_OUTCOMES = {
    "ok": "ran without error",
    "error": "raised an error",
    "timeout": "ran out of time",
    "memory": "ran out of memory",
    "crashed": "the process died",
    "unreadable": "cannot be read",
}


def inspect_path(
    path: Path, *, isolation: str, python: Path | None, own: CourseLayers = NO_LAYERS
) -> dict[str, Any]:
    """The document that `inspect --json` prints."""
    entries = [entry for entry, _ in inspected(path, isolation, python, own)]
    return {"schema": "grader.inspect/1", "submissions": entries}


def inspected(
    path: Path, isolation: str, python: Path | None, own: CourseLayers = NO_LAYERS
) -> list[tuple[dict[str, Any], tuple[ModelGraph | None, ...]]]:
    """For each submission its entry in the document, and the networks of its models."""
    with Supervisor(resolve_isolation(isolation), python, beside={one.name: one for one in own.files}) as supervisor:
        return [_inspect(submission, supervisor, own) for submission in discover(path, of_one=True)]


def _inspect(
    submission: Submission, supervisor: Supervisor, own: CourseLayers
) -> tuple[dict[str, Any], tuple[ModelGraph | None, ...]]:
    entry: dict[str, Any] = {
        "path": str(submission.entry),
        "outcome": "unreadable",
        "message": submission.problem,
        "models": [],
        "failures": [],
        "decisions": list(submission.origin.decisions),
    }
    if submission.problem:
        return entry, ()
    limits = replace(Limits(), seconds=_SECONDS, full_fit_seconds=_FULL_FIT_SECONDS, memory_mb=_MEMORY_MB)
    execution = execute(submission, supervisor, functions=(), marks=(), limits=limits)
    graphs = [_graph(model, own) for model in execution.models]
    entry |= {
        "outcome": execution.outcome.value,
        "message": execution.message,
        "models": [_model(model, graph) for model, graph in zip(execution.models, graphs, strict=True)],
        "failures": [
            {"type": f.type, "message": f.message, "cell": f.location.cell, "line": f.location.line}
            for f in execution.failures
        ],
    }
    return entry, tuple(None if isinstance(graph, Rejection) else graph for graph in graphs)


def _graph(model: RecordedModel, own: CourseLayers) -> ModelGraph | Rejection:
    if model.kind == "subclass":
        return Rejection("a subclass of keras.Model: the grader cannot see its layers")
    return Rejection(model.config_error) if model.config is None else parse(model.config, own)


def _model(model: RecordedModel, graph: ModelGraph | Rejection) -> dict[str, Any]:
    entry: dict[str, Any] = {
        "kind": model.kind,
        "class": model.class_name,
        "variables": list(model.variables),
        "function": model.function,
        "cell": model.location.cell,
        "line": model.location.line,
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
    """The batch size, if an input fixes it; the shapes of the graph leave it open."""
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
        "cell": call.location.cell,
        "line": call.location.line,
    }


def _setting(value: Settings) -> Any:
    """In the shape that the student gave it, each loss, optimizer or metric as its name and the few plain options."""
    if isinstance(value, Setting):
        return {"name": value.name, "config": dict(value.config)}
    if isinstance(value, Mapping):
        return {"by_name": {name: _setting(item) for name, item in value.items()}}
    return [_setting(item) for item in value] if isinstance(value, tuple) else value


def print_inspection(console: Any, found: Sequence[tuple[Mapping[str, Any], Sequence[ModelGraph | None]]]) -> None:
    """Every file with its networks; a file that fails halfway shows what it had built."""
    for entry, graphs in found:
        count = counted(len(entry["models"]), "network")
        _say(console, f"{entry['path']}: {_OUTCOMES.get(entry['outcome'], entry['outcome'])}, {count}", "bold")
        if entry["message"]:
            _say(console, f"  {entry['message']}")
        for decision in entry["decisions"]:
            _say(console, f"  {decision}")
        for failure in entry["failures"]:
            where = in_location(Location(failure["cell"], failure["line"]))
            _say(console, f"  error{where}: {failure['type']}: {failure['message']}")
        for model, graph in zip(entry["models"], graphs, strict=True):
            _print_model(console, model, graph)


def _print_model(console: Any, model: Mapping[str, Any], graph: ModelGraph | None) -> None:
    console.print()
    name = ", ".join(model["variables"][:4]) or (graph.name if graph else "") or "a network without a name"
    function = f"in {model['function']}()" if model["function"] else ""
    given = "" if graph is None or _AUTOMATIC.fullmatch(graph.name) or graph.name in name else f' "{graph.name}"'
    facts = [model["class"] + given, location(model["cell"], model["line"]), function]
    _say(console, f"  {name}: {', '.join(one_line(fact) for fact in facts if fact)}", "bold")
    if graph is not None:
        console.print(_table(graph, model["batch_size"], console.width))
        for line in closing_lines(graph):
            _say(console, f"  {line}")
        if model["batch_size"] is not None:
            _say(console, f"  batch size: {model['batch_size']}, fixed by an input")
    if model["compiled"]:
        _say(console, f"  compiled: {_compiled_text(model['compiled'])}")
    reasons = list(dict.fromkeys(graph.untrainable)) if graph else [model["problem"]]
    for reason in reasons[:_MOST_REASONS] if model["problem"] else ():
        _say(console, f"  cannot be graded: {reason}")
    if len(reasons) > _MOST_REASONS:
        _say(console, f"  and {counted(len(reasons) - _MOST_REASONS, 'more reason')}")


def _table(graph: ModelGraph, batch: int | None, width: int) -> Any:
    from rich.cells import cell_len
    from rich.padding import Padding
    from rich.table import Table
    from rich.text import Text

    found = rows(graph, batch)
    names, shapes, counts = (
        max(len(header), *(cell_len(line) for row in found for line in column(row)))
        for header, column in (
            (_HEADERS[0], lambda row: (row.name,)),
            (_HEADERS[2], lambda row: row.shapes),
            (_HEADERS[3], lambda row: (row.weights,)),
        )
    )
    names = min(names, max(_WIDEST_NAME, width // 4))
    room = max(_NARROWEST_CODE, width - names - shapes - counts - _GAPS)
    table = Table(box=None, pad_edge=False, header_style="dim")
    table.add_column(_HEADERS[0], overflow="fold", width=names)
    table.add_column(_HEADERS[1], overflow="fold", width=room)
    table.add_column(_HEADERS[2], no_wrap=True, width=shapes)
    table.add_column(_HEADERS[3], no_wrap=True, width=counts, justify="right")
    for row in found:
        cells = (folded(row.name, names, ""), folded(row.code, room), "\n".join(row.shapes), row.weights)
        table.add_row(*map(Text, cells))
    return Padding(table, (0, 0, 0, 2))


def folded(code: str, width: int, indent: str = "  ") -> str:
    """Code on as many lines as necessary, broken after commas and slashes and before the brackets of a call."""
    lines = [""]
    for part in _BREAKS.split(code):
        if lines[-1].strip() and len(lines[-1]) + len(part.rstrip()) > width:
            lines.append(indent)
        lines[-1] += part
    return "\n".join(line.rstrip() for line in lines)


def _compiled_text(compiled: Mapping[str, Any]) -> str:
    said = [f"optimizer {_setting_text(compiled['optimizer'], options=('learning_rate', 'momentum'))}"]
    for key, noun in (("loss", "loss"), ("loss_weights", "loss weights"), ("metrics", "metrics")):
        if compiled[key] is not None:
            said.append(f"{noun} {_setting_text(compiled[key])}")
    where = location(compiled["cell"], compiled["line"])
    return ", ".join(said) + (f" ({where})" if where else "")


def _setting_text(value: Any, options: Sequence[str] = ()) -> str:
    """A loss, optimizer or metric, or several in the shape in which they were given."""
    match value:
        case {"by_name": named}:
            return "{" + ", ".join(f"{one_line(key)}: {_setting_text(item)}" for key, item in named.items()) + "}"
        case {"name": name, "config": config}:
            chosen = [f"{key}={value_text(config[key])}" for key in options if config.get(key)]
            return one_line(name) + (f"({', '.join(chosen)})" if chosen else "")
        case list():
            return f"[{', '.join(_setting_text(item) for item in value)}]"
    return "none" if value is None else value_text(value)


def _say(console: Any, text: str, style: str = "") -> None:
    console.print(_one_line_of(text), style=style, markup=False, highlight=False, soft_wrap=True)


def _one_line_of(text: str) -> str:
    """The text on one line with its indentation kept, however long."""
    indent = len(text) - len(text.lstrip(" "))
    return " " * indent + without_commands(one_line(text, 2_000))
