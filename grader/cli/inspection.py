"""`inspect`: every network that a file builds, as a document and as text; no assignment, no grade, no training."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from grader.assignments.course import files_beside
from grader.assignments.folder import CourseFolder
from grader.domain import Limits, Location, ModelGraph, RecordedModel, Submission
from grader.domain.words import counted, in_location
from grader.execution import Supervisor, execute
from grader.grading.missing_network import unbuilt, without_network
from grader.graph import Rejection, encode_graph, parse
from grader.hints import remedy
from grader.reporting.document import NotePart
from grader.reporting.network.text import describe, parameters
from grader.reporting.safe_text import one_line, without_commands
from grader.reporting.story import merged_notes
from grader.reporting.terminal import print_notes
from grader.reporting.wording import RAN, sentence
from grader.sandbox import resolve_isolation
from grader.submissions import Reader, opened
from grader.submissions.source_text import read_source

# Whoever looks at networks waits for three minutes at most, and sees what was built until then. Teaching material loads
# data sets whole, and nobody else's run is beside it.
LIMITS = replace(Limits(), seconds=120.0, full_fit_seconds=60.0, memory_mb=8192)
_AUTOMATIC = re.compile(r"(functional|sequential|model)?(_\d+)?")


def inspected(path: Path, isolation: str, python: Path | None, course: CourseFolder | None = None) -> dict[str, Any]:
    """The document that `inspect --json` prints; beside a submission is what `check` puts there."""
    beside = files_beside(course) if course else {}
    with (
        opened(path, Reader(of_one=True)) as intake,
        Supervisor(resolve_isolation(isolation), python, beside=beside) as supervisor,
    ):
        entries = [_inspect(part, supervisor) for submission in intake.submissions for part in submission.parts]
    return {"schema": "grader.inspect/1", "submissions": entries}


def _inspect(submission: Submission, supervisor: Supervisor) -> dict[str, Any]:
    """What a run left, with what `check` would say of it."""
    execution = execute(submission, supervisor, functions=(), marks={}, limits=LIMITS)
    name = submission.entry.name
    models = [model_entry(model, _graph(model), name) for model in execution.models]
    return {
        "path": str(submission.entry),
        "outcome": execution.outcome.value,
        "message": execution.message,
        "reason": "" if models or submission.problem else without_network(submission, execution),
        "models": models,
        "failures": [
            {
                "type": failure.type,
                "message": failure.message,
                **_place(failure.location, name),
                "hint": "\n".join(step.text for step in remedy([failure], execution)),
            }
            for failure in execution.failures
        ],
        "not_built": [
            {"name": network.name, "reason": network.reason, **_place(network.location, name)}
            for network in unbuilt(read_source(submission.entry), execution)
        ],
        "notes": [NotePart.of(note).model_dump() for note in execution.notes],
        "decisions": list(submission.origin.decisions),
    }


def _place(location: Location, own: str) -> dict[str, Any]:
    """Cell and line, and the file where it is not the `own` one."""
    return {"cell": location.cell, "line": location.line, "file": "" if location.file == own else location.file}


def _graph(model: RecordedModel) -> ModelGraph | Rejection:
    """Its graph, or why there is none."""
    if model.kind == "subclass":
        return Rejection("a subclass of keras.Model: the grader cannot see its layers")
    return Rejection(model.config_error) if model.config is None else parse(model.config)


def model_entry(model: RecordedModel, graph: ModelGraph | Rejection, file: str) -> dict[str, Any]:
    entry: dict[str, Any] = {
        "kind": model.kind,
        "class": model.class_name,
        "variables": list(model.variables),
        "function": model.function,
        **_place(model.location, file),
    }
    if isinstance(graph, Rejection):
        return {**entry, "problem": graph.reason, "graph": None, "parameters": None, "text": []}
    return {
        **entry,
        "problem": "; ".join(dict.fromkeys(graph.untrainable)),
        "graph": encode_graph(graph),
        "parameters": parameters(graph),
        "text": describe(graph),
    }


def print_inspection(console: Any, document: Mapping[str, Any]) -> None:
    """Every file with its networks, and why others are not there."""
    for number, entry in enumerate(document["submissions"]):
        ran, count = RAN[entry["outcome"]].rstrip("."), counted(len(entry["models"]), "network")
        _say(console, f"{entry['path']}: {ran[0].lower()}{ran[1:]}, {count}", "bold")
        if entry["outcome"] != "error":  # whose errors follow
            _say(console, f"  {sentence(entry['message'] or entry['reason'])}")
        for decision in entry["decisions"] if number == 0 else ():  # which are about all of them
            _say(console, f"  {decision}")
        for failure in entry["failures"]:
            where = in_location(_location(failure))
            _say(console, f"  error{where}: {failure['type']}: {failure['message']}")
            _say(console, f"    next: {failure['hint']}" if failure["hint"] else "")
        for network in entry["not_built"]:
            name = f"`{network['name']}`" if network["name"] else "a network"
            _say(console, f"  not built: {name}{in_location(_location(network))}, {network['reason']}")
        hints = {failure["hint"] for failure in entry["failures"]}
        notes = [note for note in entry["notes"] if note["message"] not in hints and note["code"] != "never-built"]
        print_notes(console, merged_notes(map(NotePart.model_validate, notes)))
        for model in entry["models"]:
            _print_model(console, model)


def _location(document: Mapping[str, Any]) -> Location:
    return Location(document["cell"], document["line"], document["file"])


def _print_model(console: Any, model: Mapping[str, Any]) -> None:
    console.print()
    title = model["graph"]["name"] if model["graph"] else ""
    name = ", ".join(model["variables"][:4]) or title or "a network without a name"
    function = f"in {model['function']}()" if model["function"] else ""
    quoted = "" if _AUTOMATIC.fullmatch(title) or title in name else f' "{title}"'
    facts = [model["class"] + quoted, str(_location(model)), function]
    _say(console, f"  {name}: {', '.join(one_line(fact) for fact in facts if fact)}", "bold")
    for line in model["text"]:
        for part in textwrap.wrap(line, console.width - 4, subsequent_indent="    ", break_on_hyphens=False):
            _say(console, f"    {part}")
    _say(console, f"  cannot be graded: {model['problem']}" if model["problem"] else "")


def _say(console: Any, text: str, style: str = "") -> None:
    """The text on one line with its indentation kept, however long; nothing where there is none."""
    if text.strip():
        indent, line = " " * (len(text) - len(text.lstrip(" "))), without_commands(one_line(text, 2_000))
        console.print(indent + line, style=style, markup=False, highlight=False, soft_wrap=True)
