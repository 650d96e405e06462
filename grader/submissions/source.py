"""The text of a file that is graded, cell by cell, as its author sees it: for the page, and to compare files.

Bytes of a student's are read here without running anything: a notebook is JSON of bounded size and number of parts.
"""

from __future__ import annotations

import codecs
import json
from pathlib import Path
from typing import Any

from grader.domain import Source, SourceCell
from grader.filesystem import CODE, read_regular

MOST_BYTES = 8 * 2**20
MOST_PARTS = 400_000  # lists and objects of a notebook; a large one with its outputs has a few thousand

MARKS_OF_UTF_16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


def read_source(entry: Path) -> Source | None:
    """The code of a notebook's cells, or of a module; nothing if it cannot be read as one."""
    if not entry.name.lower().endswith(CODE):
        return None
    try:
        content = read_regular(entry, MOST_BYTES)
        cells = _cells(content) if entry.suffix.lower() == ".ipynb" else (SourceCell(None, _module(content)),)
    except (OSError, ValueError, RecursionError):
        return None
    return Source(entry.name, cells)


def text_of(content: bytes, errors: str = "replace") -> str:
    """UTF-8, or UTF-16 with its mark, as Windows writes it; without a mark at the start."""
    return content.decode("utf-16" if content[:2] in MARKS_OF_UTF_16 else "utf-8-sig", errors)


def _module(content: bytes) -> str:
    """In UTF-8 or UTF-16; in that of older editors, where it is none of it."""
    try:
        return text_of(content, "strict")
    except UnicodeDecodeError:
        return content.decode("cp1252", "replace")


def _cells(content: bytes) -> tuple[SourceCell, ...]:
    """The code cells of a notebook, numbered from 1 as everywhere; empty ones count, and are left out.

    Raises `ValueError` for what is no notebook.
    """
    if content.count(b"{") + content.count(b"[") > MOST_PARTS:
        raise ValueError("it has too many parts")
    notebook = json.loads(text_of(content))
    cells = notebook.get("cells") if isinstance(notebook, dict) else None
    if not isinstance(cells, list):
        raise ValueError("it is not a notebook")
    code = [one for one in cells if isinstance(one, dict) and one.get("cell_type") == "code"]
    texts = [_text(one.get("source")) for one in code]
    return tuple(SourceCell(number, text) for number, text in enumerate(texts, start=1) if text.strip())


def _text(source: Any) -> str:
    if isinstance(source, list):
        return "".join(line for line in source if isinstance(line, str))
    return source if isinstance(source, str) else ""
