"""Formats of other places, as JSON Schema in `schemas/`, written after their public documentation."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema


def validated(name: str, text: str) -> Any:
    """The document, if it is what the place called `name` takes."""
    document = json.loads(text)
    schema = json.loads((Path(__file__).parent / "schemas" / f"{name}.json").read_text("utf-8"))
    jsonschema.validate(document, schema, jsonschema.Draft202012Validator)
    return document
