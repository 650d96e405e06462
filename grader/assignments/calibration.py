"""`calibration.json`: written and read exactly, with a digest that links it to what was calibrated."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import fields
from pathlib import Path
from typing import Any

from grader.domain import Assignment, Calibration, CalibrationCase, ModelGraph
from grader.errors import InvalidAssignment
from grader.graph.codec import decode_graph, encode_graph
from grader.training.job import dumps, encode_data, encode_recipe, loads
from grader.training.trainer import file_digest

SCHEMA = "grader.calibration/1"


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
    """How many runs a `beats` needs; `reaches` needs one."""
    options = [check.options for check in assignment.checks if check.kind == "learns"]
    needed = [option.get("needed") for option in options if option.get("mode") == "beats"]
    return {"needed": needed[0]} if needed else {}


def save_calibration(calibration: Calibration, path: Path) -> None:
    """Write a calibration, whole or not at all."""
    document = {"schema": SCHEMA} | {
        field.name: _plain(getattr(calibration, field.name)) for field in fields(Calibration)
    }
    part = path.with_suffix(".part")
    part.write_text(_pretty(document) + "\n", encoding="utf-8")
    part.replace(path)


def load_calibration(path: Path) -> Calibration:
    """Read what `save_calibration` wrote; anything else is an error that names the file."""
    try:
        document = loads(path.read_bytes())
        return _calibration(document)
    except OSError as error:
        raise InvalidAssignment(f"{path}: cannot be read ({error.strerror}); run `grader calibrate`") from None
    except _UnexpectedError as error:
        raise InvalidAssignment(f"{path}: {error}; run `grader calibrate`") from None
    except (ValueError, KeyError, TypeError, AttributeError, IndexError) as error:
        raise InvalidAssignment(f"{path}: is not a calibration ({error}); run `grader calibrate`") from None


class _UnexpectedError(Exception):
    """A key is missing or unknown."""


def _calibration(document: Any) -> Calibration:
    if not isinstance(document, dict) or document.get("schema") != SCHEMA:
        raise _UnexpectedError(f"`schema` is not {SCHEMA!r}")
    values = {name: value for name, value in document.items() if name != "schema"}
    _require_keys(values, Calibration)
    for name in ("thresholds", "floors", "seeds", "decoys"):
        values[name] = tuple(values[name])
    values["validation"] = tuple(tuple(points) for points in values["validation"])
    cases = []
    for item in values["cases"]:
        _require_keys(item, CalibrationCase)
        cases.append(
            CalibrationCase(
                **item | {"loss": tuple(item["loss"]), "graph": item["graph"] and decode_graph(item["graph"])}
            )
        )
    if not cases:
        raise _UnexpectedError("`cases` is empty")
    return Calibration(**values | {"cases": tuple(cases)})


def _require_keys(values: Mapping[str, Any], noun: type[Calibration] | type[CalibrationCase]) -> None:
    expected = {field.name for field in fields(noun)}
    for key in sorted(expected ^ set(values)):
        raise _UnexpectedError(f"`{key}` is {'missing' if key in expected else 'unknown'}")


def _plain(value: Any) -> Any:
    match value:
        case CalibrationCase():
            return {field.name: _plain(getattr(value, field.name)) for field in fields(CalibrationCase)}
        case ModelGraph():
            return encode_graph(value)
        case Mapping():
            return {key: _plain(item) for key, item in value.items()}
        case list() | tuple():
            return [_plain(item) for item in value]
        case _:
            return value


def _pretty(document: Mapping[str, Any]) -> str:
    """One line for each entry of the two outer levels, so that a recalibration is a readable difference."""
    lines = []
    for key, value in document.items():
        if key == "cases":
            items = ",\n".join("  " + _pretty(case).replace("\n", "\n  ") for case in value)
            lines.append(f'"cases": [\n{items}\n]')
        else:
            lines.append(f"{json.dumps(key)}: {json.dumps(value, allow_nan=False)}")
    return "{\n  " + ",\n  ".join(line.replace("\n", "\n  ") for line in lines) + "\n}"
