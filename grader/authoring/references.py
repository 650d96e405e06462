"""Reference solutions: where they are, and the networks that they build."""

from __future__ import annotations

import ast
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from grader.assignments.folder import CourseFolder
from grader.domain import (
    Assignment,
    CompileCall,
    DataSpec,
    Execution,
    Limits,
    ModelGraph,
    Outcome,
    RecordedModel,
)
from grader.domain.words import did_you_mean
from grader.errors import InvalidAssignment, UsageError
from grader.execution import Supervisor, execute
from grader.execution.recordings import Runs
from grader.graph import Rejection, orders, parse
from grader.graph.codec import serialise
from grader.submissions import discover
from grader.training.verdicts.learning import BASELINE

_CASE = """
import runpy
import traceback
import keras

def _called(path, arguments):
    try:
        names = runpy.run_path(path)
        found = names["build_model"](**arguments) if "build_model" in names else None
    except Exception as error:
        lines = [frame.lineno for frame in traceback.extract_tb(error.__traceback__) if frame.filename == path]
        where = f"line {{lines[-1]}}: " if lines else ""
        raise RuntimeError(f"{{where}}{{type(error).__name__}}: {{error}}") from None
    if "build_model" not in names:
        raise LookupError("build_model")
    if not isinstance(found, keras.Model):
        kind = type(found).__name__
        raise TypeError(f"`build_model()` returns {{kind.removesuffix('Type')}}, not a `keras.Model`")
    return found

first = _called({path!r}, {arguments!r})
keras.utils.clear_session()
again = _called({path!r}, {arguments!r})
"""
TUTORIAL_BASELINES = {"better_two_outputs": "two_outputs"}


def reference_path(assignment: Assignment, folder: CourseFolder) -> Path:
    """The reference solution of an assignment; an installed tutorial has none."""
    path = folder.reference(assignment.id)
    if not path.is_file():
        own = "write it, or reference.py next to assignment.toml"
        hint = own if folder.root else "references are not part of an installation"
        raise UsageError(f"there is no reference solution {path}; {hint}")
    return path


def author_code(beside: Mapping[str, Path] | None = None) -> Supervisor:
    """What runs the files of an author, who trusts them: no sandbox, and one import of Keras for all.

    `beside` are files that each of them finds next to it, by these names.
    """
    return Supervisor("none", beside=beside)


def reference_cases(assignment: Assignment, folder: CourseFolder, supervisor: Runs) -> list[tuple[str, ModelGraph]]:
    """The reference's network in every case that the spec names; for `beats` also the baseline's."""
    path, *others = reference_files(assignment, folder)

    def built(path: Path, arguments: Mapping[str, Any]) -> ModelGraph:
        return _in_order(build_reference(path, arguments, supervisor), assignment.data)

    cases = [("", built(path, {}))]
    for arguments in assignment.cases:
        if arguments:
            name = ", ".join(f"{key}={value}" for key, value in arguments.items())
            cases.append((name, built(path, arguments)))
    return cases + [(BASELINE, built(other, {})) for other in others]


def _in_order(graph: ModelGraph, data: DataSpec) -> ModelGraph:
    """The network with its inputs and outputs in the order of the data; a dict has none, so that their names decide.

    What has other names stays in the order of the config, to which `grader new` writes the data.
    """
    return max(orders(graph), key=lambda one: (one.output_names == data.targets, one.input_names == data.inputs))


def reference_files(assignment: Assignment, folder: CourseFolder) -> list[Path]:
    """The file of the reference, and for `beats` that of the baseline: an assignment's reference or a file of its own.

    Files of its own are next to the references.
    """
    path = reference_path(assignment, folder)
    beats = [check.options for check in assignment.checks if check.options.get("mode") == "beats"]
    if not beats:
        return [path]
    name = str(beats[0].get("baseline") or TUTORIAL_BASELINES.get(assignment.id, ""))
    if not name:
        raise InvalidAssignment(
            f"{assignment.folder / 'assignment.toml'}: `learns` with `beats` needs `baseline`, the network to beat: "
            "the id of an assignment, or a file next to the references"
        )
    other = path.parent / name if name.endswith(".py") else folder.reference(name)
    places = {path.resolve().parent, folder.references.resolve(), (folder.assignments / name).resolve()}
    if not other.is_file() or other.resolve().parent not in places:
        raise InvalidAssignment(f"{assignment.folder / 'assignment.toml'}: `baseline`: there is no file {other}")
    return [path, other]


def build_reference(path: Path, arguments: Mapping[str, Any], supervisor: Runs) -> ModelGraph:
    """The graph that a reference's `build_model` returns."""
    return read_reference(path, arguments, supervisor)[0]


def read_reference(path: Path, arguments: Mapping[str, Any], supervisor: Runs) -> tuple[ModelGraph, CompileCall | None]:
    """The graph that `build_model` returns and how it was compiled; read in the same way as any submission's.

    It is built twice, and must be the same network both times. Raises `InvalidAssignment` if it is not, if there is
    none, or if it cannot be trained.
    """
    functions = _functions(path)
    with tempfile.TemporaryDirectory(prefix="grader-") as folder:
        entry = Path(folder) / "reference.py"
        entry.write_text(_CASE.format(path=str(path.resolve()), arguments=dict(arguments)), encoding="utf-8")
        (submission,) = discover(entry)
        execution = execute(submission, supervisor, functions=(), marks=(), limits=Limits())
    called = f"{path}: build_model({dict(arguments)})"
    first, again = (_named(execution, name) for name in ("first", "again"))
    if execution.outcome is not Outcome.OK or first is None or again is None:
        failure = execution.failures[0] if execution.failures else None
        if failure is not None and failure.type == "LookupError":
            near = did_you_mean("build_model", functions)
            what = f"there is no function `build_model` in it{near or ';'} It must return the compiled network"
        else:
            what = failure.message if failure else execution.message or "no model was recorded"
        raise InvalidAssignment(f"{path}: {what}")
    graph = _trainable(first, path)
    if serialise(graph) != serialise(_trainable(again, path)):
        raise InvalidAssignment(
            f"{called} builds a different network each time it is called. A calibration "
            "holds for one network: remove what is random, and put what is free into `[[cases]]`"
        )
    return graph, first.compiled


def _functions(path: Path) -> list[str]:
    """The functions that a module defines. Raises `InvalidAssignment` for a module that Python cannot read."""
    try:
        tree = ast.parse(path.read_bytes())
    except SyntaxError as error:
        line = f": `{error.text.strip()}`" if error.text else ""
        raise InvalidAssignment(f"{path}: line {error.lineno}: {error.msg}{line}") from None
    except ValueError as error:
        raise InvalidAssignment(f"{path}: this is no Python file: {error}") from None
    return [node.name for node in tree.body if isinstance(node, ast.FunctionDef)]


def _named(execution: Execution, variable: str) -> RecordedModel | None:
    return next((model for model in execution.models if variable in model.variables), None)


def _trainable(model: RecordedModel, path: Path) -> ModelGraph:
    graph = parse(model.config or {})
    if isinstance(graph, Rejection):
        raise InvalidAssignment(f"{path}: {graph.reason}")
    if graph.untrainable:
        raise InvalidAssignment(f"{path}: {graph.untrainable[0]}")
    return graph
