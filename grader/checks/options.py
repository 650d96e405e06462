"""The part that every check's spec has in common; each kind adds its own options to it."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field


class Options(BaseModel):
    """Base of all kinds: unknown keys are refused."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)

    id: str = Field(
        "", description="name of the check in reports; by default its kind", pattern=r"^[a-z][a-z0-9_]*$|^$"
    )
    title: str = Field("", description="what the student reads; by default the kind's own title", max_length=120)
    points: int = Field(ge=0, le=100, description="0 reports without scoring")
    partial: bool = Field(False, description="award a share of the points, rounded down")
    requires: list[str] = Field([], description="ids of checks without which this one cannot be evaluated")
