"""Whether a document says what its published schema says, as far as the schemas of the grader go."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from typing import Any

from grader.reporting.schemas import GRADE_SCHEMA

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
    """A GRADE document that every renderer can take; nothing where it was spoilt, or is something else."""
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
    """A boolean is no number, and a number that is not finite is none either."""
    if isinstance(value, bool) or (isinstance(value, float) and not math.isfinite(value)):
        return kind == "boolean" and isinstance(value, bool)
    return isinstance(value, _TYPES[kind])
