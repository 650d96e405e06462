"""`check(model)` in a student's own notebook: the same engine on one model, with a verdict that a cell can show."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from grader.assignments.course import load_course
from grader.assignments.folder import find_course
from grader.domain import Check, CheckResult, Execution, Grade, Location, Outcome, RecordedModel, Status, Submission
from grader.errors import GraderError
from grader.execution.recording import compile_call
from grader.execution.student import describe
from grader.grading.grade import grade_execution
from grader.hints import SENTENCES
from grader.reporting import grade_document
from grader.reporting.notebook_cell import cell_html, cell_text
from grader.training.memo import Memo, default_folder
from grader.training.trainer import Trainer

_LATER = "Checked only when the whole file is run: `grader check my.ipynb`."


@dataclass(frozen=True)
class Verdict:
    """What a cell shows. True where everything that can be judged here has passed."""

    documents: tuple[Mapping[str, Any], ...]
    problem: str = ""

    def __bool__(self) -> bool:
        judged = [check for document in self.documents for check in document["checks"] if check["message"] != _LATER]
        return bool(judged) and all(check["status"] == "passed" for check in judged)

    def __repr__(self) -> str:
        return self.problem or "\n\n".join(map(cell_text, self.documents))

    def _repr_html_(self) -> str:
        return cell_html(self.documents, self.problem)


def check_model(model: Any, assignment: str | None, course: Path | None = None) -> Verdict:
    """The verdict on a Keras model of this process; what cannot be checked is reported, not raised."""
    keras = sys.modules.get("keras")
    if keras is None or not isinstance(model, keras.Model):
        return Verdict((), f"check() takes a keras.Model, but got {type(model).__name__}.")
    try:
        against = load_course([assignment] if assignment else [], find_course(course))
        execution = Execution(Outcome.OK, 0.0, "none", models=(_recorded(keras, model, asked=assignment is not None),))
        submission = Submission("notebook", "notebook", Path("notebook"), None, "")
        with Trainer(Memo(default_folder())) as trainer:
            graded = grade_execution(submission, execution, against, trainer)
    except GraderError as error:
        return Verdict((), str(error))
    return Verdict(tuple(grade_document(_without_runs(grade), SENTENCES) for grade in graded.grades))


def _recorded(keras: Any, model: Any, *, asked: bool) -> RecordedModel:
    """The model as a recording would have it; read by the student's side, so that both say the same.

    If the exercise is given (`asked`), the names of the model are not needed.
    """
    kind = describe.kind_of(keras, model)
    config = None if kind == "subclass" else describe.config_of(keras, model)
    names = (
        ()
        if asked
        else tuple(name for name, value in _callers_globals().items() if value is model and not name.startswith("_"))
    )
    calls = (compile_call(_compiled(keras, model)),) if getattr(model, "compiled", False) else ()
    return RecordedModel(0, kind, type(model).__name__, names, "", False, Location(), (), config, "", calls)


def _compiled(keras: Any, model: Any) -> dict[str, Any]:
    asked = model.get_compile_config() or {}
    return {
        "order": 1,
        "location": {"cell": None, "line": None, "file": ""},
        "optimizer": describe.setting(model.optimizer),
        "loss": describe.setting(model.loss, keras.losses.get),
        "loss_weights": describe.setting(asked.get("loss_weights")),
        "metrics": None,
    }


def _callers_globals() -> Mapping[str, Any]:
    """The names of whoever called `check`: the first frame outside this package."""
    frame = sys._getframe(1)
    while frame.f_back is not None and str(frame.f_globals.get("__name__", "")).startswith("grader"):
        frame = frame.f_back
    return frame.f_globals


def _without_runs(grade: Grade) -> Grade:
    return replace(grade, results=tuple(map(_left_open, grade.results)))


def _left_open(result: CheckResult) -> CheckResult:
    check: Check = result.check
    return CheckResult(check, Status.SKIPPED, 0, _LATER) if check.kind == "runs" else result
