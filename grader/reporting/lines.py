"""The student's own code on the page: its lines, an address for each, and links back from a line to what it caused.

Whatever speaks of a line (a check, an error, a note, a box of the drawing) leads there, and what is wrong with a line
is reached from it. Text is shown as text, never as markup; what is too long is cut, and the page says so.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from grader.domain import Location, Source
from grader.domain.words import counted
from grader.reporting.display import clean, one_line, shorten

MOST_LINES = 1500
MOST_CHARACTERS = 300  # of one line
MOST_LINKS = 6  # from one line
_NAMED = re.compile(r"(?:\bcell (?P<cell>\d{1,6}), |(?P<file>[\w./-]{1,200}\.py), )?\bline (?P<line>\d{1,7})\b")
Spot: TypeAlias = tuple[int | None, int]  # a cell, none in a module, and a line of it


@dataclass(frozen=True)
class Link:
    """Where in the page, without the `#`, and in which words."""

    target: str
    words: str


Mention: TypeAlias = tuple[Spot, Link]
"""That something speaks of a line; the link leads back to it."""


@dataclass(frozen=True)
class Lines:
    """The lines of one file that the page shows, by cell; `number` tells the files of a page apart.

    `cut` says what is left out.
    """

    name: str = ""
    number: int = 1
    cells: tuple[tuple[int | None, tuple[str, ...]], ...] = ()
    cut: str = ""

    @classmethod
    def of(cls, source: Source, number: int) -> Lines:
        """The lines that a page can show."""
        cells, left_out, shortened, room = [], 0, 0, MOST_LINES
        for cell in source.cells:
            raw = cell.text.replace("\r\n", "\n").replace("\r", "\n").rstrip().split("\n")
            kept, room = raw[:room], room - len(raw[:room])
            left_out += len(raw) - len(kept)
            shortened += sum(len(line) > MOST_CHARACTERS for line in kept)
            cells += [(cell.number, tuple(map(_shown, kept)))] if kept else []
        reasons = [f"{counted(left_out, 'more line')} left out"] if left_out else []
        reasons += [f"{counted(shortened, 'long line')} shortened"] if shortened else []
        return cls(one_line(source.name, 120), number, tuple(cells), f"{' and '.join(reasons)}." if reasons else "")

    def target(self, cell: int | None, line: int | None, file: str = "") -> str:
        """The address of a line in the page; empty if it is not shown."""
        shown = next((len(texts) for number, texts in self.cells if number == cell), 0)
        if line is None or not 0 < line <= shown or (file and file != self.name):
            return ""
        before = f"file-{self.number}-" if self.number > 1 else ""
        return f"{before}line-{line}" if cell is None else f"{before}cell-{cell}-line-{line}"

    def at(self, place: Location) -> str:
        """The same of a place in the code."""
        return self.target(place.cell, place.line, place.file)

    def mentions(self, places: Iterable[Location | None], link: Link) -> Iterator[Mention]:
        """Each of the places that the page shows, with the link that leads back from it."""
        return (((one.cell, one.line), link) for one in places if one and one.line and self.at(one))

    def named_in(self, text: str) -> Iterator[tuple[int, int, str, Spot]]:
        """Each line that a sentence names: start and end of the words, its address, cell and line."""
        for match in _NAMED.finditer(text) if self.cells else ():
            cell, line = int(match["cell"]) if match["cell"] else None, int(match["line"])
            if target := self.target(cell, line, match["file"] or ""):
                yield match.start(), match.end(), target, (cell, line)


NO_LINES = Lines()


def links_back(mentions: Iterable[Mention]) -> Mapping[Spot, Sequence[Link]]:
    """The links from each line, each once."""
    found: dict[Spot, dict[Link, None]] = defaultdict(dict)
    for spot, link in mentions:
        found[spot][link] = None
    return {spot: tuple(links)[:MOST_LINKS] for spot, links in found.items()}


def _shown(line: str) -> str:
    return shorten(clean(line[: MOST_CHARACTERS * 8]).expandtabs(4).replace("\n", " "), MOST_CHARACTERS)
