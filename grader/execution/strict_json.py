"""Untrusted JSON: bytes that every parser reads in the same way."""

from __future__ import annotations

import json
import math
import os
import re
from pathlib import Path
from typing import Any

from grader.filesystem import open_regular

MOST_BYTES = 16 * 1024 * 1024
MOST_NESTING = 64
MOST_NODES = 400_000  # a layer of a config has about 60; these take half a second to read
MOST_DIGITS = 40
# Strings whole, so that what is inside them counts for nothing; the quote is missing where one never ends.
TOKEN = re.compile(rb'"(?:[^"\\]|\\.)*+("?)|[\[\]{},]', re.DOTALL)
# A backslash that is itself escaped begins no escape: text about surrogates is text.
LONE_SURROGATE = re.compile(rb"(?<!\\)(?:\\\\)*\\u[dD][89a-fA-F]")
# Terminal escapes, and every control character but tab and line feed.
ESCAPES = re.compile(r"\x1b\[[0-9;?]*[ -/]*[@-~]|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)")
CONTROLS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")


class Unreadable(Exception):
    """Why a file cannot be read as strict JSON."""


def load(path: Path) -> Any:
    """The content of a file that meets all of these conditions."""
    content = _read_regular_file(path)
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


def _read_regular_file(path: Path) -> bytes:
    """The bytes of one regular file: no link, pipe or device, and no second hard link."""
    try:
        with open_regular(path) as file:
            if os.fstat(file.fileno()).st_nlink != 1:
                raise Unreadable("it is not a regular file")
            content = file.read(MOST_BYTES + 1)
    except OSError as error:
        raise Unreadable(f"it cannot be opened ({error.strerror})") from None
    if len(content) > MOST_BYTES:
        raise Unreadable("it is too large")
    return content


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


def shown(value: str) -> str:
    """Text as a terminal would end up showing it: colours gone, and overwritten lines with them."""
    plain = ESCAPES.sub("", value).replace("\r\n", "\n")
    if "\r" in plain:
        plain = "\n".join(line.rstrip("\r").rsplit("\r", 1)[-1] for line in plain.split("\n"))
    return CONTROLS.sub("", plain)
