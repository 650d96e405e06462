"""Reference solutions: where they are, and the networks that they build."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from grader.domain import Assignment, Limits, ModelGraph, Outcome
from grader.errors import InvalidAssignment, UsageError
from grader.execution import Supervisor, execute
from grader.graph import Rejection, parse
from grader.submissions import discover
from grader.training.calibration.calibrate import BASELINE

_CASE = """
import runpy
build = runpy.run_path({path!r})["build_model"]
model = build(**{arguments!r})
"""


def reference_path(assignment: Assignment) -> Path:
    """The reference solution of an assignment, which only a checkout has."""
    path = assignment.folder.parent.parent / "reference_solutions" / f"{assignment.id}.py"
    if not path.is_file():
        raise UsageError(f"there is no reference solution {path}; references are not part of an installation")
    return path


def reference_cases(assignment: Assignment) -> list[tuple[str, ModelGraph]]:
    """The reference's network in every case that the spec names; for `beats` also the baseline's."""
    path = reference_path(assignment)
    cases = [("", build_reference(path, {}))]
    for arguments in assignment.cases:
        if arguments:
            name = ", ".join(f"{key}={value}" for key, value in arguments.items())
            cases.append((name, build_reference(path, arguments)))
    if any(check.options.get("mode") == "beats" for check in assignment.checks):
        cases.append((BASELINE, build_reference(path.with_name("two_outputs.py"), {})))
    return cases


def build_reference(path: Path, arguments: Mapping[str, Any]) -> ModelGraph:
    """The graph that a reference's `build_model` returns; read in the same way as any submission's."""
    with tempfile.TemporaryDirectory(prefix="grader-") as folder:
        entry = Path(folder) / "reference.py"
        entry.write_text(_CASE.format(path=str(path), arguments=dict(arguments)), encoding="utf-8")
        (submission,) = discover(entry)
        with Supervisor("none") as supervisor:  # the author's own code
            execution = execute(submission, supervisor, functions=(), marks=(), limits=Limits())
    if execution.outcome is not Outcome.OK or not execution.models:
        what = execution.failures[0].message if execution.failures else execution.message
        raise InvalidAssignment(f"{path}: build_model({dict(arguments)}) does not return a model: {what}")
    graph = parse(execution.models[-1].config or {})
    if isinstance(graph, Rejection):
        raise InvalidAssignment(f"{path}: {graph.reason}")
    if graph.untrainable:
        raise InvalidAssignment(f"{path}: {graph.untrainable[0]}")
    return graph
