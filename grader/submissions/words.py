"""The words of a source: what it imports, quotes or mentions. Bounded text and regular expressions, no parser."""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from grader.filesystem import open_regular

MOST_BYTES = 16 * 1024 * 1024  # of a notebook, most of which may be pictures
MOST_TEXT = 1024 * 1024
MOST_STRINGS = 50_000
LONG = 2_000  # a string without a space that is longer is a picture, not a line of source
# The quote at the end may be missing, so that a string that never ends is gone through once.
JSON_STRING = re.compile(rb'"((?:[^"\\]|\\.)*+)"?', re.DOTALL)
WORD = re.compile(r"[\w.\-]+")
QUOTED = re.compile(r"'([^'\\\n]{1,300})'|\"([^\"\\\n]{1,300})\"")
# Lines that bring in another module, whether they begin with it or not.
IMPORTING = re.compile(r"^.{0,300}?(?:\bimport\b|__import__|import_module|%run\b|%load\b|runpy).{0,500}", re.MULTILINE)
NAME = re.compile(r"\w+")
BUILDING = re.compile(r"\b(?:Model|Sequential|Input)\s*\(|\bModel\s*\)")


@dataclass(frozen=True)
class Words:
    """Of a text: every word, those between quotes, those on lines that import, and patterns of names."""

    text: str

    @cached_property
    def every(self) -> frozenset[str]:
        return frozenset(word for found in WORD.findall(self.text) for word in (found, *found.split(".")))

    @cached_property
    def quoted(self) -> frozenset[str]:
        return frozenset(part for literal in self._literals for part in re.split(r"[/\\]", literal))

    @cached_property
    def imported(self) -> frozenset[str]:
        return frozenset(name for line in IMPORTING.findall(self.text) for name in NAME.findall(line))

    @cached_property
    def patterns(self) -> tuple[str, ...]:
        """`*.csv`, and `part*.csv` for the name that a format string makes; of a path, the first part."""
        found = (re.sub(r"\{[^}]*\}", "*", one.removeprefix("./")).split("/")[0] for one in self._literals)
        return tuple(dict.fromkeys(one for one in found if "*" in one and re.search(r"\w", one)))[:100]

    @cached_property
    def _literals(self) -> tuple[str, ...]:
        return tuple(single or double for single, double in QUOTED.findall(self.text))

    def imports(self, name: str) -> bool:
        return name in self.imported


def words_of(path: Path) -> Words:
    """Of a module, a notebook or any other text; of what cannot be read, none."""
    try:
        with open_regular(path) as file:
            content = file.read(MOST_BYTES if path.suffix.lower() == ".ipynb" else MOST_TEXT)
    except OSError:
        return Words("")
    lines = strings(content) if path.suffix.lower() == ".ipynb" else [content.decode("utf-8", "replace")]
    return Words(unicodedata.normalize("NFC", "\n".join(lines)))


def strings(content: bytes) -> Iterator[str]:
    """The strings of a JSON text, as they read, without pictures: the lines of a notebook's cells are among them."""
    left = MOST_TEXT
    for number, match in enumerate(JSON_STRING.finditer(content)):
        line = match[1]
        if len(line) > LONG and b" " not in line:
            continue
        left -= len(line)
        if left < 0 or number > MOST_STRINGS:
            return
        if b"\\" not in line:
            yield line.decode("utf-8", "replace")
        with suppress(ValueError):
            if b"\\" in line:
                yield json.loads(b'"' + line + b'"')


def builds_networks(path: Path) -> bool:
    """Whether a file has a network of its own, as a submission has and a helper mostly has not."""
    return BUILDING.search(words_of(path).text) is not None
