"""`calibration.json`: written and read exactly, with a digest that links it to what was calibrated."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated, Literal

from pydantic import ConfigDict, Field, TypeAdapter, ValidationError

from grader.domain import Assignment, Calibration, CalibrationCase
from grader.errors import InvalidAssignment
from grader.filesystem import write
from grader.training.messages import Coded, dumps, encode_data, encode_recipe
from grader.training.trainer import file_digest
from grader.training.verdicts.rules import MAJORITY


def digest_of(assignment: Assignment, thresholds: Sequence[float]) -> str:
    """A hash over the parts of the spec that a calibration depends on; each case has a digest of the reference."""
    recipe = assignment.recipe
    votes = any(check.options.get("mode") == "beats" for check in assignment.checks if check.kind == "learns")
    parts = {
        "recipe": encode_recipe(recipe) | {"epochs": recipe.epochs, "any_loss_order": recipe.any_loss_order},
        "data": encode_data(assignment.data) | {"file": file_digest(assignment.data)},
        "thresholds": list(thresholds),
        **({"vote": asdict(MAJORITY)} if votes else {}),  # the rule of a `reaches` is part of its calibration
    }
    return hashlib.sha256(dumps(parts).encode()).hexdigest()


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
    digests = {name: source_digest(folder / name) for name in calibration.sources}
    return next((name for name, digest in digests.items() if digest not in ("", calibration.sources[name])), "")


SCHEMA: Literal["grader.calibration/1"] = "grader.calibration/1"
_STRICT = ConfigDict(extra="forbid", strict=True, allow_inf_nan=False)


@dataclass(frozen=True)
class _Case(CalibrationCase):
    """With its graph as `codec` writes it."""

    __pydantic_config__ = _STRICT
    graph: Coded | None


@dataclass(frozen=True)
class _File(Calibration):
    __pydantic_config__ = _STRICT
    mode: Literal["reaches", "beats", "none"]
    cases: Annotated[tuple[_Case, ...], Field(min_length=1)]
    schema: Literal["grader.calibration/1"] = SCHEMA


_FILE = TypeAdapter(_File)


def save_calibration(calibration: Calibration, path: Path) -> None:
    """Write a calibration, whole or not at all; a line for each entry, so that a new one is a readable difference."""
    cases = tuple(_Case(**vars(case)) for case in calibration.cases)
    document = {"schema": SCHEMA, **_FILE.dump_python(_File(**vars(calibration) | {"cases": cases}), mode="json")}
    lines = [f"{json.dumps(key)}: {json.dumps(value, allow_nan=False)}" for key, value in document.items()]
    write(path, "{\n  " + ",\n  ".join(lines) + "\n}\n")


def load_calibration(path: Path) -> Calibration:
    """Read what `save_calibration` wrote; anything else is an error that names the file."""
    try:
        content = vars(_FILE.validate_json(path.read_bytes()))
    except OSError as error:
        raise InvalidAssignment(f"{path}: cannot be read ({error.strerror}); run `grader calibrate`") from None
    except ValidationError as error:
        problem = error.errors()[0]
        key = ".".join(map(str, problem["loc"]))
        raise InvalidAssignment(f"{path}: {key}: {problem['msg']}; run `grader calibrate`") from None
    del content["schema"]
    return Calibration(**content | {"cases": tuple(CalibrationCase(**vars(case)) for case in content["cases"])})
