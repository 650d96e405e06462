"""`calibration.json`: written and read exactly, with a digest that links it to what was calibrated."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from grader.domain import Assignment, Calibration, CalibrationCase, HeadPicture
from grader.errors import InvalidAssignment
from grader.training.job import Coded, dumps, encode_data, encode_recipe
from grader.training.trainer import file_digest
from grader.training.verdicts.rules import MAJORITY


def digest_of(assignment: Assignment, thresholds: Sequence[float]) -> str:
    """A hash over the parts of the spec that a calibration depends on; each case has a digest of the reference."""
    recipe = assignment.recipe
    parts = {
        "recipe": encode_recipe(recipe) | {"epochs": recipe.epochs, "any_loss_order": recipe.any_loss_order},
        "data": encode_data(assignment.data) | {"file": file_digest(assignment.data)},
        "thresholds": list(thresholds),
        **_votes(assignment),
    }
    return hashlib.sha256(dumps(parts).encode()).hexdigest()


def _votes(assignment: Assignment) -> dict[str, Any]:
    """The rule of a `beats`; that of a `reaches` is part of its calibration."""
    modes = [check.options.get("mode") for check in assignment.checks if check.kind == "learns"]
    return {"vote": asdict(MAJORITY)} if "beats" in modes else {}


def source_digest(path: Path) -> str:
    """A hash of a file that a reference is built from, whichever way its lines end; empty if it is not there."""
    try:
        return hashlib.sha256(path.read_bytes().replace(b"\r\n", b"\n")).hexdigest()
    except OSError:
        return ""


def changed_source(calibration: Calibration, folder: Path) -> str:
    """The first file of the course in `folder` that is not what the calibration was made of.

    Files that are not there say nothing: an installation has no references.
    """
    found = {name: source_digest(folder / name) for name in calibration.sources}
    return next((name for name, digest in found.items() if digest not in ("", calibration.sources[name])), "")


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, allow_inf_nan=False, from_attributes=True)


class CasePart(_Part):
    """One `CalibrationCase`; its graph as `codec` writes it."""

    name: str
    loss: tuple[str, ...]
    graph: Coded | None
    epochs: int
    tries: int
    miss_upper: float
    bound: float
    details: dict[str, Any]


class CalibrationFile(_Part):
    """A `Calibration`, with the version of its file."""

    schema_id: Literal["grader.calibration/1"] = Field("grader.calibration/1", alias="schema")
    mode: Literal["reaches", "beats", "none"]
    thresholds: tuple[float, ...]
    floors: tuple[dict[str, float], ...]
    cases: tuple[CasePart, ...] = Field(min_length=1)
    seeds: tuple[int, ...]
    decoys: tuple[dict[str, Any], ...]
    digest: str
    versions: dict[str, str]
    validation: tuple[tuple[float, ...], ...]
    metrics: tuple[str, ...] = ()
    pictures: tuple[HeadPicture, ...] = ()
    sources: dict[str, str] = {}
    quick: bool = False


def save_calibration(calibration: Calibration, path: Path) -> None:
    """Write a calibration, whole or not at all; a line for each entry, so that a new one is a readable difference."""
    document = CalibrationFile.model_validate(calibration).model_dump(mode="json", by_alias=True)
    part = path.with_suffix(".part")
    lines = [f"{json.dumps(key)}: {json.dumps(value, allow_nan=False)}" for key, value in document.items()]
    part.write_text("{\n  " + ",\n  ".join(lines) + "\n}\n", encoding="utf-8")
    part.replace(path)


def load_calibration(path: Path) -> Calibration:
    """Read what `save_calibration` wrote; anything else is an error that names the file."""
    try:
        file = CalibrationFile.model_validate_json(path.read_bytes())
    except OSError as error:
        raise InvalidAssignment(f"{path}: cannot be read ({error.strerror}); run `grader calibrate`") from None
    except ValidationError as error:
        first = error.errors()[0]
        key = ".".join(map(str, first["loc"]))
        raise InvalidAssignment(f"{path}: {key}: {first['msg']}; run `grader calibrate`") from None
    content = {name: value for name, value in file if name != "schema_id"}
    return Calibration(**content | {"cases": tuple(CalibrationCase(**dict(case)) for case in file.cases)})
