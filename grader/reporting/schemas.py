"""The documents that the grader writes, as models: these read what is on disk, and `grader schema` publishes them.

Draft 2020-12. Other keys may follow in later versions of the same schema, so none is refused.
"""

from __future__ import annotations

import json
from typing import Annotated, Any, Literal, TypeAlias

from pydantic import BaseModel, ConfigDict, Field

from grader.reporting.document import CHECK_SCHEMA_ID, GRADE_SCHEMA_ID

DRAFT = "https://json-schema.org/draft/2020-12/schema"

Points: TypeAlias = Annotated[int, Field(ge=0)]
FromOne: TypeAlias = Annotated[int, Field(ge=1)] | None


class _Part(BaseModel):
    model_config = ConfigDict(strict=True, allow_inf_nan=False)


class SubmissionPart(_Part):
    id: str = Field(pattern=r"^[\w.-]+$")
    path: str
    sha256: str
    who: str = ""


class FailurePart(_Part):
    message: str
    cell: FromOne
    line: FromOne
    file: str


class ExecutionPart(_Part):
    outcome: Literal["ok", "error", "timeout", "memory", "crashed", "unreadable"]
    seconds: float = Field(ge=0)
    isolation: str
    message: str
    cell: FromOne
    line: FromOne
    limit: str | None
    full_fit: bool = False
    failures: list[FailurePart] = []


class ModelPart(_Part):
    outcome: Literal["found", "no_model", "ambiguous", "unreadable"]
    matched_by: Literal["mark", "name", "generic", "only model", "structure", ""]
    name: str
    cell: FromOne
    line: FromOne
    reason: str


class DifferencePart(_Part):
    kind: str
    layer: str
    cell: FromOne
    line: FromOne
    message: str


class CheckPart(_Part):
    id: str
    kind: str
    title: str
    status: Literal["passed", "failed", "skipped", "errored"]
    score: Points
    max_score: Points
    message: str
    expected: str
    actual: str
    hint: str
    review: str = ""
    differences: list[DifferencePart] = []


class RunPart(_Part):
    seed: int
    mse: list[float | None]
    diagnosis: str | None
    epochs: Points = 0
    hit_epoch: FromOne = None


class TrainingPart(_Part):
    threshold: list[float | None]
    runs: list[RunPart]
    outcome: Literal["learned", "missed", "borderline", "errored"] = "errored"
    epochs: Points = 0
    message: str = ""
    diagnosis: str | None = None


class NotePart(_Part):
    code: str
    message: str
    cell: FromOne
    line: FromOne
    costs: bool = False  # whether points were lost for it; omitted if none were


class GradeDocument(_Part):
    """One submission's results for one assignment."""

    schema_id: Literal["grader.grade/1"] = Field(alias="schema")
    submission: SubmissionPart
    assignment: str | None
    title: str | None = None
    score: Points
    max_score: Points
    status: Literal["graded", "needs_review", "not_graded"]
    reasons: list[str]
    execution: ExecutionPart
    model: ModelPart
    checks: list[CheckPart]
    training: TrainingPart | None
    notes: list[NotePart]


class CheckDocument(_Part):
    """What `grader check --json` prints."""

    schema_id: Literal["grader.check/1"] = Field(alias="schema")
    grades: list[GradeDocument]
    not_found: list[str]


GRADE_SCHEMA: dict[str, Any] = {"$schema": DRAFT, "$id": GRADE_SCHEMA_ID, **GradeDocument.model_json_schema()}
CHECK_SCHEMA: dict[str, Any] = {"$schema": DRAFT, "$id": CHECK_SCHEMA_ID, **CheckDocument.model_json_schema()}


def read_grade_document(text: str) -> dict[str, Any] | None:
    """A GRADE document that every renderer accepts; nothing if it is damaged, or something else."""
    try:
        value: dict[str, Any] = json.loads(text)
        GradeDocument.model_validate(value)
    except (ValueError, RecursionError):  # pydantic's errors are values' too
        return None
    return value
