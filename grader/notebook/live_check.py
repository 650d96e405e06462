"""The verdict on one model of this process; what cannot be checked is reported, not raised.

The model is read by the student's side, as a recording has it, so that both say the same.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

from grader.assignments.course import load_course
from grader.assignments.folder import find_course
from grader.domain import CheckResult, Execution, Grade, Location, Outcome, RecordedModel, Status, Submission
from grader.errors import GraderError
from grader.execution.recording import compile_call
from grader.execution.student import describe
from grader.execution.student.source.layer_origins import Created, spellings
from grader.execution.student.source.sources import Sources
from grader.grading.grade import grade_execution
from grader.notebook import trainer_host
from grader.reporting.notebook_cell import LATER, Report
from grader.training.memo import Memo, default_folder
from grader.training.trainer import Trainer

WHOLE_FILE = "runs"
"""The kind of check that needs the whole file: no model says what ran before it."""


def check_model(model: Any, assignment: str | None, course: Path | None = None) -> Report:
    """The report on a Keras model; its `problem` says why there is none."""
    keras = sys.modules.get("keras")
    if keras is None or not isinstance(model, keras.Model):
        return Report.of_problem(f"check() takes a keras.Model, but got {type(model).__name__}.")
    namespace = _callers_globals()
    try:
        _say_why_it_takes_long()
        trainer_host().start()  # it imports Keras while the model is looked at
        return _checked(keras, model, namespace, assignment, course)
    except GraderError as error:
        return Report.of_problem(str(error))
    except Exception as error:  # whatever else it is, a traceback of the grader helps no student
        problem = f"{type(error).__name__}: {error}"
        return Report.of_problem(f"The grader failed on this model; this is not your fault. {problem}")


def _checked(
    keras: Any, model: Any, namespace: Mapping[str, Any], assignment: str | None, course: Path | None
) -> Report:
    against = load_course([assignment] if assignment else [], find_course(course))
    record = recorded(keras, model, namespace, named=assignment is None)
    submission = Submission("notebook", "notebook", Path("notebook"), None, "")
    trainer = Trainer(Memo(default_folder()), ask=trainer_host().ask)
    graded = grade_execution(submission, Execution(Outcome.OK, 0.0, "none", models=(record,)), against, trainer)
    return Report.of_grades(tuple(map(_of_a_model, graded.grades)), against.references)


def _of_a_model(grade: Grade) -> Grade:
    """The grade without what one model cannot show."""
    results = tuple(
        CheckResult(result.check, Status.SKIPPED, 0, LATER) if result.check.kind == WHOLE_FILE else result
        for result in grade.results
    )
    return replace(grade, results=results)


def recorded(keras: Any, model: Any, namespace: Mapping[str, Any], *, named: bool) -> RecordedModel:
    """`namespace` are the student's variables. `named`: the names of the model may say which exercise it is.

    Where a layer was created is not known: no run has watched the constructors.
    """
    kind = describe.kind_of(keras, model)
    names = tuple(names_of(model, namespace)) if named else ()
    calls = (compile_call(_compiled(keras, model)),) if getattr(model, "compiled", False) else ()
    plain = kind != "subclass"
    around = _around(keras, model, namespace) if plain else {}
    return RecordedModel(
        index=0,
        kind=kind,
        class_name=type(model).__name__,
        variables=names,
        function="",
        returned=False,
        location=Location(),
        marks=(),
        config=describe.config_of(keras, model) if plain else None,
        config_error="",
        compiles=calls,
        **around,
    )


def names_of(model: Any, namespace: Mapping[str, Any]) -> Iterator[str]:
    """The variables that hold the model."""
    return (name for name, value in list(namespace.items()) if value is model and not name.startswith("_"))


def _around(keras: Any, model: Any, namespace: Mapping[str, Any]) -> dict[str, Any]:
    """The variables that hold its layers, and layers that were built for it but lead to no output.

    Of the latter, only what a variable still holds: a cell that ran twice has left layers that nobody can see.
    """
    models = [value for value in list(namespace.values()) if isinstance(value, keras.Model)]
    created = Created(Sources("", {}))  # which has seen no source
    created.name(keras, dict(namespace))
    details = created.around(keras, model, [model, *models])
    held = {layer.name for origin in created.origins.values() if (layer := origin.layer()) is not None}
    return {
        "layer_variables": details["layer_variables"],
        "layer_results": details["layer_results"],
        **spellings(keras, namespace),
        "unused": tuple(entry for entry in details["unused"] if entry["name"] in held),
    }


def _compiled(keras: Any, model: Any) -> dict[str, Any]:
    config = model.get_compile_config() or {}
    return {
        "order": 1,
        "location": {"cell": None, "line": None, "file": ""},
        "optimizer": describe.setting(model.optimizer),
        "loss": describe.setting(model.loss, keras.losses.get),
        "loss_weights": describe.setting(config.get("loss_weights")),
        "metrics": None,
    }


def _callers_globals() -> Mapping[str, Any]:
    """The names of whoever called `check`: the first frame outside this package."""
    frame = sys._getframe(1)
    while frame.f_back is not None and str(frame.f_globals.get("__name__", "")).split(".")[0] == "grader":
        frame = frame.f_back
    return frame.f_globals


@cache
def _say_why_it_takes_long() -> None:
    """Once in a process: later checks take a moment."""
    if sys.stdout is not None and ("ipykernel" in sys.modules or sys.stdout.isatty()):
        print("The first check takes longest: the grader trains the network itself.", flush=True)
