"""Untrusted JSON: bytes that every parser reads in the same way."""

from __future__ import annotations

import json
import math
import re
from typing import Any

from pydantic import ValidationError

from grader.domain.bounds import shown

MOST_NESTING = 64
MOST_NODES = 400_000  # a layer of a config has about 60; these take half a second to read
MOST_DIGITS = 40
# Strings whole, so that what is inside them counts for nothing; the quote is missing where one never ends.
TOKEN = re.compile(rb'"(?:[^"\\]|\\.)*+("?)|[\[\]{},]', re.DOTALL)
# A backslash that is itself escaped begins no escape: text about surrogates is text.
LONE_SURROGATE = re.compile(rb"(?<!\\)(?:\\\\)*\\u[dD][89a-fA-F]")


class Unreadable(Exception):
    """Why a file cannot be read as strict JSON."""


def loads(content: bytes) -> Any:
    """What a file holds that meets all of these conditions."""
    _check_size(content)
    try:
        return json.loads(
            content.decode("utf-8"),
            object_pairs_hook=_no_duplicates,
            parse_constant=_no_constant,
            parse_int=_bounded_int,
            parse_float=_finite_float,
        )
    except (ValueError, RecursionError) as error:
        raise Unreadable(f"it is not strict JSON ({str(error)[:200]})") from None


def _check_size(content: bytes) -> None:
    """Nesting and number of nodes, before a parser spends memory or stack on them."""
    if LONE_SURROGATE.search(content):
        raise Unreadable("it has escaped surrogates")
    depth = nodes = 0
    for match in TOKEN.finditer(content):
        token = match[0]
        if token[:1] == b'"':
            if not match[1]:
                raise Unreadable("a string in it is not terminated")
            continue
        nodes += 1
        depth += {b"[": 1, b"{": 1, b"]": -1, b"}": -1}.get(token, 0)
        if depth > MOST_NESTING or nodes > MOST_NODES:
            raise Unreadable("it is nested too deeply or has too many parts")


def _no_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    content = dict(pairs)
    if len(content) != len(pairs):
        raise ValueError("a key occurs twice")
    return content


def _no_constant(name: str) -> Any:
    raise ValueError(f"{name} is not a number")


def _bounded_int(digits: str) -> int:
    if len(digits) > MOST_DIGITS:
        raise ValueError("a number has too many digits")
    return int(digits)


def _finite_float(digits: str) -> float:
    value = float(digits) if len(digits) <= MOST_DIGITS else math.inf
    if not math.isfinite(value):
        raise ValueError("a number is not finite")
    return value


def first_problem(error: ValidationError) -> str:
    """The first thing that is wrong, in a sentence about its key; it quotes no value."""
    first = error.errors(include_url=False, include_input=False)[0]
    parts = (shown(str(part)[:80]).replace("`", "'") for part in first["loc"])
    key = " ".join(".".join(parts).split())
    words = {
        "missing": "is missing",
        "tuple_type": "is not a list",
        "dict_type": "is not an object",
        "model_type": "is not an object",
        "dataclass_type": "is not an object",
        "too_long": f"has more than {first.get('ctx', {}).get('max_length')} entries",
    }
    return f"`{key}` {words.get(first['type'], first['msg'].removeprefix('Input ').removeprefix('Value error, '))}"
