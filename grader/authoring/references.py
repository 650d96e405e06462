"""Reference solutions: where they are, and the networks that they build."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from grader.assignments.folder import CourseFolder
from grader.domain import Assignment, CompileCall, Limits, ModelGraph, Outcome, RecordedModel
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
        raise LookupError(" ".join(name for name, value in names.items() if callable(value)))
    if not isinstance(found, keras.Model):
        kind = type(found).__name__
        raise TypeError(f"`build_model()` returns {{kind.removesuffix('Type')}}, not a `keras.Model`")
    return found

first = _called({path!r}, {arguments!r})
keras.utils.clear_session()
again = _called({path!r}, {arguments!r})
"""


def author_code(beside: Mapping[str, Path] | None = None) -> Supervisor:
    """What runs the files of an author, who trusts them, each with what is to be `beside` it: one import for all."""
    return Supervisor("none", beside=beside)


def reference_cases(assignment: Assignment, folder: CourseFolder, supervisor: Runs) -> list[tuple[str, ModelGraph]]:
    """The reference's network in every case that the spec names; for `beats` also the baseline's."""
    path, *baselines = reference_files(assignment, folder)

    def built(path: Path, arguments: Mapping[str, Any]) -> ModelGraph:
        """With inputs and outputs in the order of the data: a dict has none, so that their names decide.

        What has other names stays in the order of the config, to which `grader new` writes the data.
        """
        data, (graph, _) = assignment.data, read_reference(path, arguments, supervisor)
        return max(orders(graph), key=lambda form: (form.output_names == data.targets, form.input_names == data.inputs))

    all_arguments = [{}, *filter(None, assignment.cases)]
    names = [", ".join(f"{key}={value}" for key, value in arguments.items()) for arguments in all_arguments]
    cases = [(name, built(path, arguments)) for name, arguments in zip(names, all_arguments, strict=True)]
    return cases + [(BASELINE, built(baseline, {})) for baseline in baselines]


def reference_files(assignment: Assignment, folder: CourseFolder) -> list[Path]:
    """The file of the reference, and for `beats` that of the baseline: an assignment's reference or a file of its own.

    Files of its own are next to the references.
    """
    path = folder.reference(assignment.id)
    if not path.is_file():
        own = "write it, or reference.py next to assignment.toml"
        hint = own if folder.root else "references are not part of an installation"
        raise UsageError(f"there is no reference solution {path}; {hint}")
    beats = [check.options for check in assignment.checks if check.options.get("mode") == "beats"]
    if not beats:
        return [path]
    name, spec = str(beats[0].get("baseline")), assignment.folder / "assignment.toml"
    if not name:
        raise InvalidAssignment(
            f"{spec}: `learns` with `beats` needs `baseline`, the network to beat: the id of an assignment, or a file "
            "next to the references"
        )
    baseline = path.parent / name if name.endswith(".py") else folder.reference(name)
    places = {path.resolve().parent, folder.references.resolve(), (folder.assignments / name).resolve()}
    if not baseline.is_file() or baseline.resolve().parent not in places:
        raise InvalidAssignment(f"{spec}: `baseline`: there is no file {baseline}")
    return [path, baseline]


def read_reference(path: Path, arguments: Mapping[str, Any], supervisor: Runs) -> tuple[ModelGraph, CompileCall | None]:
    """The graph that `build_model` returns and how it was compiled; read in the same way as any submission's.

    It is built twice, and must be the same network both times. Raises `InvalidAssignment` if it is not, if there is
    none, or if it cannot be trained.
    """
    with tempfile.TemporaryDirectory(prefix="grader-") as folder:
        entry = Path(folder) / "reference.py"
        entry.write_text(_CASE.format(path=str(path.resolve()), arguments=dict(arguments)), encoding="utf-8")
        (submission,) = discover(entry)
        execution = execute(submission, supervisor, functions=(), marks={}, limits=Limits())
    models = {name: model for model in execution.models for name in model.variables}
    first, again = models.get("first"), models.get("again")
    if execution.outcome is not Outcome.OK or first is None or again is None:
        failure = execution.failures[0] if execution.failures else None
        if failure is not None and failure.type == "LookupError":
            near = did_you_mean("build_model", failure.message.split())
            problem = f"there is no function `build_model` in it{near or ';'} It must return the compiled network"
        else:
            problem = failure.message if failure else execution.message or "no model was recorded"
        raise InvalidAssignment(f"{path}: {problem}")
    graph = _trainable(first, path)
    if serialise(graph) != serialise(_trainable(again, path)):
        raise InvalidAssignment(
            f"{path}: build_model({dict(arguments)}) builds a different network each time it is called. A calibration "
            "holds for one network: remove what is random, and put what is free into `[[cases]]`"
        )
    return graph, first.compiled


def _trainable(model: RecordedModel, path: Path) -> ModelGraph:
    graph = parse(model.config or {})
    if isinstance(graph, Rejection) or graph.untrainable:
        raise InvalidAssignment(f"{path}: {graph.reason if isinstance(graph, Rejection) else graph.untrainable[0]}")
    return graph
