"""Whether a text that a submission chose got through to a page, a sheet or a terminal as more than text."""

from __future__ import annotations

import csv
import io
import unicodedata
from collections.abc import Iterator
from html.parser import HTMLParser

from tests.fuzz.hostile import MARKED

_FOREIGN = frozenset({MARKED, "iframe", "object", "embed", "base", "foreignobject", "audio", "video"})
_FORMULAS = ("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠")
_REORDERING = frozenset(map(chr, (*range(0x202A, 0x202F), *range(0x2066, 0x206A))))


class _Page(HTMLParser):
    """Everything on a page that no page of ours has. `scripts` is how many scripts it may have."""

    def __init__(self, scripts: int) -> None:
        super().__init__()
        self.scripts = scripts
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.scripts -= tag == "script"
        if tag in _FOREIGN or (tag == "script" and self.scripts < 0):
            self.found.append(f"element <{tag}>")
        for name, value in attrs:
            address = (value or "").strip().lower()
            if name.startswith("on"):
                self.found.append(f"attribute {name} of <{tag}>")
            if name == "src" and not address.startswith("data:image/png;base64,"):
                self.found.append(f"picture from {address[:40]}")
            if name in ("href", "xlink:href") and ":" in address.partition("/")[0] and address != "data:,":
                self.found.append(f"link to {address[:40]}")


def in_page(text: str, scripts: int = 0) -> Iterator[str]:
    page = _Page(scripts)
    page.feed(text)
    page.close()
    yield from page.found
    yield from (f"character {found} in a page" for found in _commands(text, "\n\t"))
    text.encode("utf-8")


def in_sheet(text: str, columns: int) -> Iterator[str]:
    for row in csv.reader(io.StringIO(text), strict=True):
        if len(row) != columns:
            yield f"a row of {len(row)} cells"
        yield from (f"formula {cell[:40]!r}" for cell in row if cell.startswith(_FORMULAS))
    yield from (f"character {found} in a sheet" for found in _commands(text, "\n"))


def on_terminal(text: str) -> Iterator[str]:
    yield from (f"character {found} on a terminal" for found in _commands(text, "\n"))


def _commands(text: str, allowed: str) -> Iterator[str]:
    """Characters that command a terminal, or show text in another order than it has."""
    for character in sorted(set(text) - set(allowed)):
        if unicodedata.category(character) in ("Cc", "Cs") or character in _REORDERING:
            yield f"U+{ord(character):04X}"
