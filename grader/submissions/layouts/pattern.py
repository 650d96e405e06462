"""`--pattern`: names that no layout knows, as `{name}_{id}/{file}` or a regular expression with named groups."""

from __future__ import annotations

import re

from grader.errors import UsageError
from grader.submissions.layouts.layout import IDENTITY, Layout

FIELDS = ("name", "id", "email", "group", "attempt", "late", "time", "work", "file")


def layout_of(text: str) -> Layout:
    """A pattern as it is typed. Raises `UsageError` with what is wrong with it."""
    source = text if "(?P<" in text else _from_template(text)
    try:
        fields = re.compile(source).groupindex
    except re.error as error:
        raise UsageError(f"--pattern {text}: this is not a regular expression ({error}).") from None
    unknown = [name for name in fields if name not in FIELDS]
    if unknown or not set(IDENTITY) & set(fields):
        what = f"`{unknown[0]}` is not a field" if unknown else "no field identifies the student"
        raise UsageError(f"--pattern {text}: {what}. Use {{name}}_{{id}}/{{file}}; fields: {', '.join(FIELDS)}.")
    return Layout("pattern", "pattern", source)


def _from_template(text: str) -> str:
    parts = re.split(r"\{(\w+)\}", text)
    source = ""
    for number, part in enumerate(parts):
        if number % 2 == 0:
            source += re.escape(part)
        elif part == "file":
            source += "(?P<file>.+)"
        elif part == "late":
            source += "(?P<late>(?i:late)?)"
        else:
            source += rf"(?P<{part}>[^/]+?)" if f"(?P<{part}>" not in source else f"(?P={part})"
    return source
