"""Models of the documents: they read what is on disk, and `grader schema` publishes them, as Draft 2020-12.

Later versions of the same schema may have more keys.
"""

from __future__ import annotations

import json
from typing import Annotated, Any, Literal, TypeAlias

from pydantic import BaseModel, ConfigDict, Field

GRADE_SCHEMA_ID = "grader.grade/1"
CHECK_SCHEMA_ID = "grader.check/1"
DRAFT = "https://json-schema.org/draft/2020-12/schema"

Points: TypeAlias = Annotated[int, Field(ge=0)]
FromOne: TypeAlias = Annotated[int, Field(ge=1)] | None


class _Part(BaseModel):
    model_config = ConfigDict(strict=True, allow_inf_nan=False, frozen=True)


class StudentPart(_Part):
    """A student as in the LMS or the roster; `id` is the id in the LMS."""

    name: str = Field("", description="as in the LMS or the roster")
    id: str = Field("", description="of the LMS")
    email: str = ""


class SubmissionPart(_Part):
    """Which submission it is, and whose. What only an LMS knows is omitted if none was involved."""

    id: str = Field(pattern=r"^[\w.-]+$", description="used in file names of the run")
    path: str = Field(description="as it was delivered")
    sha256: str = Field(description="digest of what was graded")
    who: str = Field("", description="the name that reports show")
    students: list[StudentPart] = Field([], description="several, if a group submitted together")
    layout: str = Field("", description="how the download was packed")
    place: str = Field("", description="the LMS's name of the folder, or the start of its files' names")
    group: str = Field("", description="as in the LMS or the roster")
    submitted: str = Field("", description="the time, as in the LMS")
    work: str = Field("", description="the LMS's name of the assignment, if the download has several")
    late: bool | None = Field(None, description="whether the LMS calls it late")
    attempt: Points = Field(0, description="which of `attempts` was graded; 0: each was")
    attempts: Points = Field(0, description="how many there are; 0: at most one")
    decisions: list[str] = Field([], description="which file was graded, and what was ignored")


class FailurePart(_Part):
    message: str = Field(description="type and text of the error")
    cell: FromOne = Field(description="from 1; null in a module")
    line: FromOne = Field(description="in the cell or the file")
    file: str = Field(description="where it was raised")


class ExecutionPart(_Part):
    outcome: Literal["ok", "error", "timeout", "memory", "crashed", "unreadable"] = Field(description="how it ended")
    seconds: float = Field(ge=0)
    isolation: str = Field(description="the level that was used")
    message: str = Field(description="the first error, or why it ended")
    cell: FromOne = Field(description="of the first error")
    line: FromOne = Field(description="of the first error")
    limit: str | None = Field(description="the limit that ended it")
    full_fit: bool = Field(False, description="whether every `fit` ran in full")
    failures: list[FailurePart] = Field([], description="all errors")


class ModelPart(_Part):
    outcome: Literal["found", "no_model", "ambiguous", "unreadable"]
    matched_by: Literal["mark", "name", "generic", "only model", "structure", ""] = Field(description="the rule")
    name: str = Field(description="its variable or function")
    cell: FromOne = Field(description="where it was built")
    line: FromOne = Field(description="where it was built")
    reason: str = Field(description="why it was chosen, or why none was")


class DifferencePart(_Part):
    kind: str = Field(description="what is different")
    layer: str = Field(description="the student's name of the layer")
    cell: FromOne = Field(description="where it was built")
    line: FromOne = Field(description="where it was built")
    message: str = Field(description="the change as a sentence")


class CheckPart(_Part):
    id: str = Field(description="unique in a rubric")
    kind: str = Field(description="see the kinds of check")
    title: str = Field(description="what students read")
    status: Literal["passed", "failed", "skipped", "errored"]
    score: Points = Field(description="points earned")
    max_score: Points = Field(description="points of the rubric; 0 is not scored")
    message: str = Field(description="the finding")
    expected: str = Field(description="what the exercise requires; empty with `reveal = \"hint\"`")
    actual: str = Field(description="what was found")
    hint: str = Field(description="the next step")
    review: str = Field("", description="why a person must decide")
    differences: list[DifferencePart] = Field([], description="from the expected network")


class RunPart(_Part):
    seed: int = Field(description="of this training run")
    mse: list[float | None] = Field(description="of the heads that are measured by it")
    diagnosis: str | None = Field(description="what it learned instead")
    epochs: Points = Field(0, description="how many were trained")
    hit_epoch: FromOne = Field(None, description="when every head reached its threshold")


class TrainingPart(_Part):
    threshold: list[float | None] = Field(description="of each head, in the direction of its metric")
    runs: list[RunPart] = Field(description="one for each seed that was tried")
    outcome: Literal["learned", "missed", "borderline", "errored"] = Field("errored", description="of all runs")
    epochs: Points = Field(0, description="how many each run may take")
    message: str = Field("", description="the verdict as a sentence")
    diagnosis: str | None = Field(None, description="what the runs learned instead")


class NotePart(_Part):
    code: str = Field(description="`grader explain CODE` explains it")
    message: str = Field(description="the note as a sentence")
    cell: FromOne = Field(description="what it is about")
    line: FromOne = Field(description="what it is about")
    costs: bool = Field(False, description="whether points were lost for it; omitted if none were")


class GroupPart(_Part):
    """What is wrong, equal for all who made the same mistake; without names or lines of the student's."""

    digest: str = Field(pattern=r"^[0-9a-f]{12}$")
    kind: Literal["network", "error", "settings", "learning", "absent", "grader"]
    title: str
    causes: list[str]
    topics: list[str] = Field([], description="what each cause is about")
    consequences: list[str] = []
    marked: list[str] = []
    expected_marked: list[str] = []
    network: str | None = None  # JSON, for a drawing
    expected: str | None = None


class GradeDocument(_Part):
    """One submission's results for one assignment."""

    schema_id: Literal["grader.grade/1"] = Field(alias="schema")
    submission: SubmissionPart
    assignment: str | None = Field(description="its id; null if no exercise was found")
    title: str | None = Field(None, description="of the assignment")
    score: Points = Field(description="points earned, so far if it needs review")
    max_score: Points = Field(description="points of the rubric")
    status: Literal["graded", "needs_review", "not_graded"] = Field(description="only `graded` is settled")
    reasons: list[str] = Field(description="why a person must decide, or why it is not graded")
    execution: ExecutionPart
    model: ModelPart
    checks: list[CheckPart]
    training: TrainingPart | None = Field(description="null if nothing was trained")
    notes: list[NotePart]


class CheckDocument(_Part):
    """What `grader check --json` prints."""

    schema_id: Literal["grader.check/1"] = Field(alias="schema")
    grades: list[GradeDocument] = Field(description="one for each exercise")
    not_found: list[str] = Field(description="exercises that were not requested and are not there")


class MeasuredRun(_Part):
    """What later versions of a document say of a run: what every head reached, by its metric."""

    values: list[float | None] = []


class MeasuredTraining(_Part):
    """What each head is measured by. The published schema stays, since other keys may follow in any version."""

    metric: list[str] = []
    runs: list[MeasuredRun] = []


class SketchedSubmission(_Part):
    sketch: str = ""  # of the code: files are compared by it


class Measured(_Part):
    training: MeasuredTraining | None = None
    submission: SketchedSubmission = SketchedSubmission()
    group: GroupPart | None = None
    kept: dict[str, int | str] | None = None  # a higher score of an earlier grading counts: `earned` now, and `since`
    basis: dict[str, str | dict[str, str]] | None = None  # digests of all that the grade depends on


GRADE_SCHEMA: dict[str, Any] = {"$schema": DRAFT, "$id": GRADE_SCHEMA_ID, **GradeDocument.model_json_schema()}
CHECK_SCHEMA: dict[str, Any] = {"$schema": DRAFT, "$id": CHECK_SCHEMA_ID, **CheckDocument.model_json_schema()}


def read_grade_document(text: str) -> dict[str, Any] | None:
    """A GRADE document that every renderer accepts; nothing if it is damaged, or something else."""
    try:
        value: dict[str, Any] = json.loads(text)
        GradeDocument.model_validate(value)
        Measured.model_validate(value)
    except (ValueError, RecursionError):  # pydantic's errors are values' too
        return None
    return value
