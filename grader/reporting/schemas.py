"""JSON schemas (draft 2020-12) of the documents that the grader writes; `grader schema` publishes them."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from typing import Any

from grader.reporting.document import CHECK_SCHEMA_ID, GRADE_SCHEMA_ID

DRAFT = "https://json-schema.org/draft/2020-12/schema"

_TEXT = {"type": "string"}
_OPTIONAL_TEXT = {"type": ["string", "null"]}
_POINTS = {"type": "integer", "minimum": 0}
_FROM_ONE = {"type": ["integer", "null"], "minimum": 1}
_FINITE = {"type": ["number", "null"]}


def _record(required: dict[str, Any], **optional: Any) -> dict[str, Any]:
    """An object with these required keys; other keys may follow in later versions of the same schema."""
    return {"type": "object", "required": list(required), "properties": {**required, **optional}}


def _list(items: dict[str, Any]) -> dict[str, Any]:
    return {"type": "array", "items": items}


def _one_of(*values: str) -> dict[str, Any]:
    return {"type": "string", "enum": list(values)}


_SUBMISSION = _record({"id": {"type": "string", "pattern": r"^[\w.-]+$"}, "path": _TEXT, "sha256": _TEXT}, who=_TEXT)

_FAILURE = _record({"message": _TEXT, "cell": _FROM_ONE, "line": _FROM_ONE, "file": _TEXT})

_EXECUTION = _record(
    {
        "outcome": _one_of("ok", "error", "timeout", "memory", "crashed", "unreadable"),
        "seconds": {"type": "number", "minimum": 0},
        "isolation": _TEXT,
        "message": _TEXT,
        "cell": _FROM_ONE,
        "line": _FROM_ONE,
        "limit": _OPTIONAL_TEXT,
    },
    full_fit={"type": "boolean"},
    failures=_list(_FAILURE),
)

_MODEL = _record(
    {
        "outcome": _one_of("found", "no_model", "ambiguous", "unreadable"),
        "matched_by": _one_of("mark", "name", "generic", "only model", "structure", ""),
        "name": _TEXT,
        "cell": _FROM_ONE,
        "line": _FROM_ONE,
        "reason": _TEXT,
    }
)

_DIFFERENCE = _record({"kind": _TEXT, "layer": _TEXT, "cell": _FROM_ONE, "line": _FROM_ONE, "message": _TEXT})

_CHECK = _record(
    {
        "id": _TEXT,
        "kind": _TEXT,
        "title": _TEXT,
        "status": _one_of("passed", "failed", "skipped", "errored"),
        "score": _POINTS,
        "max_score": _POINTS,
        "message": _TEXT,
        "expected": _TEXT,
        "actual": _TEXT,
        "hint": _TEXT,
    },
    review=_TEXT,
    differences=_list(_DIFFERENCE),
)

_RUN = _record(
    {"seed": {"type": "integer"}, "mse": _list(_FINITE), "diagnosis": _OPTIONAL_TEXT},
    epochs=_POINTS,
    hit_epoch=_FROM_ONE,
)

_TRAINING = {
    **_record(
        {"threshold": _list(_FINITE), "runs": _list(_RUN)},
        outcome=_one_of("learned", "missed", "borderline", "errored"),
        epochs=_POINTS,
        message=_TEXT,
        diagnosis=_OPTIONAL_TEXT,
    ),
    "type": ["object", "null"],
}

_NOTE = _record(
    {"code": _TEXT, "message": _TEXT, "cell": _FROM_ONE, "line": _FROM_ONE},
    costs={"type": "boolean"},  # whether points were lost for it; omitted if none were
)

_GRADE = _record(
    {
        "schema": {"const": GRADE_SCHEMA_ID},
        "submission": _SUBMISSION,
        "assignment": _OPTIONAL_TEXT,
        "score": _POINTS,
        "max_score": _POINTS,
        "status": _one_of("graded", "needs_review", "not_graded"),
        "reasons": _list(_TEXT),
        "execution": _EXECUTION,
        "model": _MODEL,
        "checks": _list(_CHECK),
        "training": _TRAINING,
        "notes": _list(_NOTE),
    },
    title=_OPTIONAL_TEXT,
)

GRADE_SCHEMA: dict[str, Any] = {
    "$schema": DRAFT,
    "$id": GRADE_SCHEMA_ID,
    "title": "One submission's results for one assignment",
    **_GRADE,
}

CHECK_SCHEMA: dict[str, Any] = {
    "$schema": DRAFT,
    "$id": CHECK_SCHEMA_ID,
    "title": "What `grader check --json` prints",
    **_record({"schema": {"const": CHECK_SCHEMA_ID}, "grades": _list(_GRADE), "not_found": _list(_TEXT)}),
}

SCHEMAS: dict[str, dict[str, Any]] = {"grade": GRADE_SCHEMA, "check": CHECK_SCHEMA}


_TYPES: Mapping[str, tuple[type, ...]] = {
    "object": (dict,),
    "array": (list,),
    "string": (str,),
    "integer": (int,),
    "number": (int, float),
    "boolean": (bool,),
    "null": (type(None),),
}


def read_grade_document(text: str) -> dict[str, Any] | None:
    """A GRADE document that every renderer accepts; nothing if it is damaged, or something else."""
    try:
        value = json.loads(text)
        return value if conforms(value, GRADE_SCHEMA) else None
    except (ValueError, RecursionError):
        return None


def conforms(value: Any, schema: Mapping[str, Any]) -> bool:
    """The part of JSON Schema that `schemas.py` uses."""
    if "const" in schema and value != schema["const"]:
        return False
    kinds = schema.get("type", ())
    if kinds and not any(_is(value, kind) for kind in ([kinds] if isinstance(kinds, str) else kinds)):
        return False
    if "enum" in schema and value not in schema["enum"]:
        return False
    if isinstance(value, dict):
        parts = schema.get("properties", {})
        whole = all(name in value for name in schema.get("required", ()))
        return whole and all(conforms(value[name], part) for name, part in parts.items() if name in value)
    if isinstance(value, list):
        return all(conforms(item, schema.get("items", {})) for item in value)
    if isinstance(value, str):
        return "pattern" not in schema or re.search(schema["pattern"], value) is not None
    return value is None or isinstance(value, bool) or value >= schema.get("minimum", -math.inf)


def _is(value: object, kind: str) -> bool:
    """A boolean is not a number, nor is a number that is not finite."""
    if isinstance(value, bool) or (isinstance(value, float) and not math.isfinite(value)):
        return kind == "boolean" and isinstance(value, bool)
    return isinstance(value, _TYPES[kind])
