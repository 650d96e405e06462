"""A finished run, read from its folder, for `diff`, `export` and `review`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from grader.domain import Report
from grader.errors import UsageError
from grader.filesystem import read_regular
from grader.runs.folder import Documents
from grader.runs.journal import MOST_BYTES, files_of

FileName = Annotated[str, Field(pattern=r"^(?!\.{1,2}$)[^/\\\x00]+$")]


class _Facts(BaseModel):
    """What a finished run says about itself, as far as it is used."""

    model_config = ConfigDict(strict=True, regex_engine="python-re")

    format: Literal["grader.run/1"] = Field(alias="schema")
    submissions: list[FileName]
    started: str
    seconds: float = Field(allow_inf_nan=False)
    command: str
    seed: int | None = None
    isolation: str | None = None
    assignments: list[str] | None = None
    versions: dict[str, str] | None = None
    missing: list[str] | None = None
    remarks: list[str] | None = None
    layout: str | None = None
    left_behind: dict[str, list[str]] | None = None
    excused: list[list[str]] | None = None


def read_run(folder: Path) -> Report:
    """The report of a finished run, each result as it was written. Raises `UsageError` if one is not."""
    run = _facts_of(folder)
    entries = {name: files_of(folder, name)[1] for name in run["submissions"]}
    return Report(
        grades=Documents(folder, [result for entry in entries.values() for result in entry.results]),
        not_found=tuple((name, gap) for name, entry in entries.items() for gap in entry.not_found),
        missing=tuple(run.get("missing") or ()),
        provenance=run,
    )


def _facts_of(folder: Path) -> dict[str, Any]:
    try:
        run = json.loads(read_regular(folder / "run.json", MOST_BYTES))
    except (OSError, ValueError, RecursionError):
        run = None
    if not isinstance(run, dict) or run.get("schema") != "grader.run/1":
        raise UsageError(f"{folder}: this is not a finished run of `grader grade`: it has no run.json.")
    try:
        _Facts.model_validate(run)
    except ValidationError as error:
        where = ".".join(map(str, error.errors()[0]["loc"]))
        said = f"`{where}` is not what `grader grade` writes"
        raise UsageError(f"{folder / 'run.json'}: {said}; grade the class again.") from None
    return run
