"""The text of a file that is graded, cell by cell, as its author sees it: for the page, and to compare files.

Bytes of a student's are read here without running anything: a notebook is JSON of bounded size and number of parts.
"""

from __future__ import annotations

import codecs
import io
import json
import tokenize
from pathlib import Path
from typing import Any

from grader.domain import Source, SourceCell
from grader.filesystem import CODE, read_regular

MOST_BYTES = 8 * 2**20
MOST_PARTS = 400_000  # lists and objects of a notebook; a large one with its outputs has a few thousand

MARKS_OF_UTF_16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
# Others run code of a student's choice (`zip`), give no text (`hex`), or take the square of its length (`punycode`).
ENCODINGS = frozenset({
    "utf-8", "utf-8-sig", "ascii", "iso8859-1", "iso8859-2", "iso8859-15", "cp1250", "cp1251", "cp1252", "koi8-r",
    "mac-roman", "shift_jis", "cp932", "euc_jp", "gbk", "gb2312", "gb18030", "big5", "euc_kr", "cp949",
})  # fmt: skip


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
    """In the encoding that it has; in that of older editors, where it is none of it."""
    try:
        text = content.decode(_encoding(content))
    except (SyntaxError, UnicodeDecodeError):
        text = content.decode("cp1252", "replace")
    return text.removeprefix("\ufeff")


def _encoding(content: bytes) -> str:
    """The encoding that a module declares, if it is one of texts; else the usual one. Raises `SyntaxError`."""
    if content[:2] in MARKS_OF_UTF_16:
        return "utf-16"
    declared = codecs.lookup(tokenize.detect_encoding(io.BytesIO(content).readline)[0]).name
    return declared if declared in ENCODINGS else "utf-8"


def _cells(content: bytes) -> tuple[SourceCell, ...]:
    """The code cells of a notebook of format 3 or 4, numbered from 1 as everywhere; empty ones count, and are left out.

    Raises `ValueError` for what is no notebook.
    """
    if content.count(b"{") + content.count(b"[") > MOST_PARTS:
        raise ValueError("it has too many parts")
    notebook = json.loads(text_of(content))
    code = [one for one in _listed(notebook) if isinstance(one, dict) and one.get("cell_type") == "code"]
    texts = [_text(one.get("source", one.get("input"))) for one in code]
    return tuple(SourceCell(number, text) for number, text in enumerate(texts, start=1) if text.strip())


def _listed(notebook: Any) -> list[Any]:
    if not isinstance(notebook, dict):
        raise ValueError("it is not a notebook")
    sheets = notebook.get("worksheets")
    holders = sheets if isinstance(sheets, list) and "cells" not in notebook else [notebook]
    found = [holder.get("cells") for holder in holders if isinstance(holder, dict)]
    return [cell for cells in found if isinstance(cells, list) for cell in cells]


def _text(source: Any) -> str:
    if isinstance(source, list):
        return "".join(line for line in source if isinstance(line, str))
    return source if isinstance(source, str) else ""
