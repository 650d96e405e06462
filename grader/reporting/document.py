"""Grades as typed data: the GRADE document (`grader.grade/1`) and that of `check --json` (`grader.check/1`).

One definition builds a document, reads what is on disk, and publishes the JSON schemas (Draft 2020-12). Every format is
rendered from documents, so that a run that continues earlier ones renders what it finds. Texts are cleaned and bounded,
floats are finite or `null`. Later versions of the same schema may have more keys.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from enum import Enum
from functools import partial
from typing import Annotated, Any, Literal, Self, TypeAlias

from pydantic import AfterValidator, BaseModel, ConfigDict, Field
from pydantic.json_schema import SkipJsonSchema

from grader.domain import (
    MSE,
    AnswerGroup,
    CheckResult,
    ClassReport,
    Difference,
    Execution,
    Failure,
    Grade,
    Location,
    Metric,
    ModelGraph,
    ModelMatch,
    Note,
    Step,
    Submission,
    Training,
    TrainingRun,
)
from grader.graph.codec import encode_graph
from grader.hints import SENTENCES
from grader.reporting.safe_text import clean, one_line, shorten

GRADE_SCHEMA_ID = "grader.grade/1"
CHECK_SCHEMA_ID = "grader.check/1"
DRAFT = "https://json-schema.org/draft/2020-12/schema"

MAX_STUDENTS = 200
MAX_TEXT = 2000
MAX_FAILURES = 20
MAX_NOTES = 60
MAX_DIFFERENCES = 20


def _cleaned(text: str) -> str:
    return shorten(clean(text[: MAX_TEXT * 8]).strip(), MAX_TEXT)


CleanText: TypeAlias = Annotated[str, AfterValidator(_cleaned)]
CleanName: TypeAlias = Annotated[str, AfterValidator(partial(one_line, limit=120))]
Line: TypeAlias = Annotated[str, AfterValidator(partial(one_line, limit=400))]
Points: TypeAlias = Annotated[int, Field(ge=0)]
Positive: TypeAlias = Annotated[int, Field(ge=1)] | None


def _omitted(default: Any, description: str = "") -> Any:
    """A key that a document does not have where there is nothing to say."""
    return Field(default, description=description or None, exclude_if=lambda value: value == default)


class DocumentPart(BaseModel):
    model_config = ConfigDict(strict=True, allow_inf_nan=False, frozen=True)

    @classmethod
    def built(cls, *sources: object, **data: object) -> Self:
        """From what is given, or else from the attribute of the same name of the first source that has one."""
        for name in cls.model_fields:
            source = next((source for source in sources if hasattr(source, name)), None)
            if name not in data and source is not None:
                value = getattr(source, name)
                data[name] = value.value if isinstance(value, Enum) else list(value) if type(value) is tuple else value
        return cls.model_validate(data)


class _Placed(DocumentPart):
    """What has a place in the code."""

    cell: Positive = Field(description="from 1; null in a module, or where it is not known")
    line: Positive = Field(description="in the cell or the file; null where it is not known")

    @property
    def location(self) -> Location:
        return Location(self.cell, self.line, getattr(self, "file", ""))


class StudentPart(DocumentPart):
    """A student as in the LMS or the roster; `id` is the id in the LMS."""

    name: CleanName = _omitted("", description="as in the LMS or the roster")
    id: CleanName = _omitted("", description="of the LMS")
    email: CleanName = _omitted("")


class SubmissionPart(DocumentPart):
    """Which submission it is, and whose. What only an LMS knows is omitted if none was involved."""

    id: str = Field(pattern=r"^[\w.-]+$", description="used in file names of the run")
    who: CleanName = Field("", description="the name that reports show")
    path: Line = Field(description="as it was delivered")
    sha256: str = Field(description="digest of what was graded")
    students: list[StudentPart] = _omitted([], description="several, if a group submitted together")
    layout: Line = _omitted("", description="how the download was packed")
    place: Line = _omitted("", description="the LMS's name of the folder, or the start of its files' names")
    group: Line = _omitted("", description="as in the LMS or the roster")
    submitted: Line = _omitted("", description="the time, as in the LMS")
    work: Line = _omitted("", description="the LMS's name of the assignment, if the download has several")
    late: bool | None = _omitted(None, description="whether the LMS calls it late")
    attempt: Points = _omitted(0, description="which of `attempts` was graded")
    attempts: Points = _omitted(0, description="how many there are; 0: at most one")
    decisions: list[CleanText] = _omitted([], description="which file was graded, and what was ignored")
    sketch: SkipJsonSchema[str] = _omitted("")
    """Digests of the code, by which equal files are found."""

    @property
    def name(self) -> str:
        return self.who or self.id

    @classmethod
    def of(cls, submission: Submission, sketch: str = "") -> Self:
        """Its path is the one in the download; what was not delivered, such as a model in a notebook, has a name."""
        origin = submission.origin
        path = origin.paths[0] if origin.paths else submission.entry.name
        students = [StudentPart.built(student) for student in origin.students[:MAX_STUDENTS]]
        data = {"path": path, "students": students, "sketch": sketch}
        return cls.built(submission, origin, decisions=list(origin.decisions[:MAX_NOTES]), **data)


class FailurePart(_Placed):
    message: CleanText = Field(description="type and text of the error")
    file: CleanName = Field(description="where it was raised")

    @classmethod
    def of(cls, failure: Failure) -> Self:
        text = f"{failure.type}: {failure.message}" if failure.message else failure.type
        return cls.built(failure.location, message=text)


class ExecutionPart(_Placed):
    outcome: Literal["ok", "error", "timeout", "memory", "crashed", "unreadable"] = Field(description="how it ended")
    seconds: float = Field(ge=0)
    isolation: str = Field(description="the level that was used")
    message: CleanText = Field(description="the first error, or why it ended")
    limit: str | None = Field(description="the limit that ended it")
    full_fit: bool = Field(False, description="whether every `fit` ran in full")
    failures: list[FailurePart] = Field([], description="all errors")

    @classmethod
    def of(cls, execution: Execution) -> Self:
        failures = [FailurePart.of(failure) for failure in execution.failures[:MAX_FAILURES]]
        first = failures[0] if failures else FailurePart.built(Location(), message="")
        message = _cleaned(execution.message) or first.message
        seconds = round(execution.seconds, 3)
        return cls.built(execution, first, message=message, seconds=seconds, failures=failures)


class ModelPart(_Placed):
    outcome: Literal["found", "no_model", "unreadable"]
    matched_by: Literal["mark", "name", "generic", "only model", "structure", ""] = Field(description="the rule")
    name: CleanName = Field(description="its variable or function")
    reason: CleanText = Field(description="why it was chosen, or why none was")

    @classmethod
    def of(cls, match: ModelMatch) -> Self:
        return cls.built(match, match.model.location if match.model else Location())


class DifferencePart(_Placed):
    kind: str = Field(description="what is different")
    layer: CleanName = Field(description="the student's name of the layer")
    message: CleanText = Field(description="the change as a sentence")

    @classmethod
    def of(cls, difference: Difference) -> Self:
        return cls.built(difference, difference.location or Location())


class CheckPart(DocumentPart):
    """A check. Students read all of it, in one format or another."""

    id: str = Field(description="unique in a rubric")
    kind: str = Field(description="see the kinds of check")
    title: CleanName = Field(description="what students read")
    status: Literal["passed", "failed", "skipped", "errored"]
    score: Points = Field(description="points earned")
    max_score: Points = Field(description="points of the rubric; 0 is not scored")
    message: CleanText = Field(description="the finding")
    expected: CleanText = Field(description='what the exercise requires; empty with `reveal = "hint"`')
    actual: CleanText = Field(description="what was found")
    hint: CleanText = Field(description="its next steps")
    review: CleanText = Field("", description="why a person must decide")
    differences: list[DifferencePart] = _omitted([], description="from the expected network")

    @classmethod
    def of(cls, result: CheckResult, reveal: str) -> Self:
        differences = [DifferencePart.of(difference) for difference in result.differences[:MAX_DIFFERENCES]]
        hidden = {"expected": ""} if reveal == "hint" else {}
        return cls.built(result, result.check, differences=differences, **hidden)


class StepPart(DocumentPart):
    """What to do next."""

    text: CleanText = Field(description="sentences, each on a line; code below one is indented")
    checks: list[str] = Field(description="ids of the checks that ask for it")
    moves_lines: bool = _omitted(False, description="whether lines may have other numbers afterwards")
    number: int = _omitted(
        0, description="its place among those of all exercises of the file; the same for all that ask"
    )

    @classmethod
    def of(cls, step: Step, checks: Sequence[str]) -> Self:
        return cls.built(step, checks=list(checks))


class RunPart(DocumentPart):
    seed: int = Field(description="of this training run")
    mse: list[float | None] = Field(description="of the heads that are measured by it")
    diagnosis: CleanText | None = Field(description="what it learned instead")
    epochs: Points = Field(0, description="how many were trained")
    hit_epoch: Positive = Field(None, description="when every head reached its threshold")

    @classmethod
    def of(cls, run: TrainingRun, metrics: Sequence[Metric]) -> Self:
        mse = [error if metric == MSE else None for metric, error in zip(metrics, run.errors, strict=False)]
        return cls.built(run, mse=mse, diagnosis=run.diagnosis or None)


class TrainingPart(DocumentPart):
    outcome: Literal["learned", "missed", "borderline", "errored"] = Field("errored", description="of all runs")
    threshold: list[float | None] = Field(description="of each head, in the direction of its metric")
    epochs: Points = Field(0, description="how many each run may take")
    message: CleanText = Field("", description="the verdict as a sentence")
    diagnosis: CleanText | None = Field(None, description="what the runs learned instead")
    runs: list[RunPart] = Field(description="one for each seed that was tried")

    @classmethod
    def of(cls, training: Training) -> Self:
        metrics = training.measures
        goals = [metric.turned(goal) for metric, goal in zip(metrics, training.thresholds, strict=True)]
        return cls.built(
            training,
            threshold=goals,
            diagnosis=training.diagnosis or None,
            runs=[RunPart.of(run, metrics) for run in training.runs],
        )


class NotePart(_Placed):
    """A note, with its sentence and what is particular to its case."""

    code: CleanName = Field(description="`grader explain CODE` explains it")
    message: CleanText = Field(description="the note as a sentence")
    costs: bool = _omitted(False, description="whether points were lost for it; omitted if none were")

    @classmethod
    def of(cls, note: Note) -> Self:
        message = " ".join(part for part in (SENTENCES.get(note.code, ""), note.detail) if part)
        return cls.built(note, note.location, message=message or note.code)


class GroupPart(DocumentPart):
    """What is wrong, equal for all who made the same mistake; without names or lines of the student's."""

    digest: str = Field(pattern=r"^[0-9a-f]{12}$")
    kind: Literal["network", "error", "settings", "learning", "absent", "grader"]
    title: CleanText
    causes: list[CleanText]
    topics: list[CleanText] = Field([], description="what each cause is about")
    consequences: list[CleanName] = []
    marked: list[str] = []
    expected_marked: list[str] = []
    network: str | None = None
    """JSON that `decode_graph` reads: one text, since a class has it many times and draws it once."""
    expected: str | None = None

    @classmethod
    def of(cls, group: AnswerGroup) -> Self:
        return cls.built(group, network=_encoded(group.network), expected=_encoded(group.expected))


class GradeDocument(DocumentPart):
    """One submission's results for one assignment."""

    schema_id: Literal["grader.grade/1"] = Field(alias="schema")
    submission: SubmissionPart
    assignment: str | None = Field(description="its id; null if no exercise was found")
    title: CleanName | None = Field(None, description="of the assignment")
    score: Points = Field(description="points earned, so far if it needs review")
    max_score: Points = Field(description="points of the rubric")
    status: Literal["graded", "needs_review", "not_graded"] = Field(description="only `graded` is settled")
    reasons: list[CleanText] = Field(description="why a person must decide, or why it is not graded")
    execution: ExecutionPart
    model: ModelPart
    checks: list[CheckPart]
    steps: list[StepPart] = _omitted([], description="next steps of this exercise; those of a file have one order")
    training: TrainingPart | None = Field(description="null if nothing was trained")
    notes: list[NotePart]
    leads_to_full_marks: bool = _omitted(
        False, description="whether it was tried with all next steps of the file done, and has full marks"
    )
    group: SkipJsonSchema[GroupPart | None] = None
    basis: SkipJsonSchema[dict[str, str | dict[str, str]] | None] = _omitted(None)
    """Digests of all that the grade depends on."""

    @property
    def name(self) -> str:
        """What it is about: its exercise, or its file where none was recognised."""
        return self.title or self.assignment or self.submission.path

    @classmethod
    def of(cls, grade: Grade, sketch: str = "", basis: Mapping[str, Any] | None = None) -> Self:
        """With digests of the code, and of all that the grade depends on."""
        assignment = grade.assignment
        reveal = assignment.reveal if assignment else "difference"
        return cls.built(
            grade,
            schema=GRADE_SCHEMA_ID,
            submission=SubmissionPart.of(grade.submission, sketch),
            assignment=assignment.id if assignment else None,
            title=assignment.title if assignment else None,
            execution=ExecutionPart.of(grade.execution),
            model=ModelPart.of(grade.match),
            checks=[CheckPart.of(result, reveal) for result in grade.results],
            steps=[StepPart.of(step, checks) for step, checks in grade.next_steps.items()],
            training=TrainingPart.of(grade.training) if grade.training else None,
            notes=[NotePart.of(note) for note in grade.notes[:MAX_NOTES]],
            group=GroupPart.of(grade.group) if grade.group else None,
            basis=basis,
        )


class CheckDocument(DocumentPart):
    """What `grader check --json` prints."""

    schema_id: Literal["grader.check/1"] = Field(alias="schema")
    grades: list[GradeDocument] = Field(description="one for each exercise")
    not_found: list[str] = Field(description="exercises that were not requested and are not there")


GRADE_SCHEMA: dict[str, Any] = {"$schema": DRAFT, "$id": GRADE_SCHEMA_ID, **GradeDocument.model_json_schema()}
CHECK_SCHEMA: dict[str, Any] = {"$schema": DRAFT, "$id": CHECK_SCHEMA_ID, **CheckDocument.model_json_schema()}


def check_document(report: ClassReport) -> dict[str, Any]:
    """What `check --json` prints: GRADE documents, and the exercises that the submission does not hold."""
    not_found = dict.fromkeys(name for _, name in report.not_found)
    return {"schema": CHECK_SCHEMA_ID, "grades": [dict(grade) for grade in report.grades], "not_found": [*not_found]}


def read_grade_document(text: str) -> dict[str, Any] | None:
    """A GRADE document that every renderer accepts, with all its keys; nothing if it is damaged, or something else."""
    try:
        value: dict[str, Any] = json.loads(text)
        GradeDocument.model_validate(value)
    except (ValueError, RecursionError):  # pydantic's errors are values' too
        return None
    return value


def grades_of(report: ClassReport) -> Iterator[GradeDocument]:
    """The documents of a report; one at a time, since a class may be large."""
    return map(GradeDocument.model_validate, report.grades)


def _encoded(graph: ModelGraph | None) -> str | None:
    return json.dumps(encode_graph(graph), separators=(",", ":"), allow_nan=False) if graph else None
