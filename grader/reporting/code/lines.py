"""The student's own code on the page: its lines, an address for each, and links back from a line to what it caused.

Whatever speaks of a line (a check, an error, a note, a box of the drawing) leads there, and the line leads back. Text
is shown as text, never as markup; what is too long is cut, and the page says so.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from grader.domain import Location, Source
from grader.domain.words import counted
from grader.reporting.display import clean, one_line, shorten

MOST_LINES = 1500
MOST_CHARACTERS = 300  # of one line
MOST_LINKS = 6  # from one line
_NAMED = re.compile(r"(?:\bcell (?P<cell>\d{1,6}), |(?P<file>[\w./-]{1,200}\.py), )?\bline (?P<line>\d{1,7})\b")


@dataclass(frozen=True)
class Link:
    """Where in the page, without the `#`, and in which words."""

    target: str
    words: str


@dataclass(frozen=True)
class Mention:
    """That something speaks of a line; `link` leads back to it."""

    cell: int | None
    line: int
    link: Link


@dataclass(frozen=True)
class Lines:
    """The lines of one file that the page shows. `number` tells the files of a page apart."""

    number: int = 1
    name: str = ""
    shown: frozenset[tuple[int | None, int]] = frozenset()

    def target(self, cell: int | None, line: int | None, file: str = "") -> str:
        """The address of a line in the page; empty if it is not shown."""
        if line is None or (cell, line) not in self.shown or (file and file != self.name):
            return ""
        before = f"file-{self.number}-" if self.number > 1 else ""
        return f"{before}line-{line}" if cell is None else f"{before}cell-{cell}-line-{line}"

    def at(self, place: Location) -> str:
        """The same of a place in the code."""
        return self.target(place.cell, place.line, place.file)

    def mentions(self, places: Iterable[Location | None], link: Link) -> Iterator[Mention]:
        """Each of the places that the page shows, with the link that leads back from it."""
        return (Mention(one.cell, one.line, link) for one in places if one and one.line and self.at(one))

    def named_in(self, text: str) -> Iterator[tuple[int, int, str, tuple[int | None, int]]]:
        """Each line that a sentence names: start and end of the words, its address, cell and line."""
        for match in _NAMED.finditer(text) if self.shown else ():
            cell = int(match["cell"]) if match["cell"] else None
            line = int(match["line"])
            if target := self.target(cell, line, match["file"] or ""):
                yield match.start(), match.end(), target, (cell, line)


NO_LINES = Lines()


@dataclass(frozen=True)
class ShownLine:
    """One line; `links` lead back to what speaks of it. `id` is its address."""

    number: int
    id: str
    text: str
    links: tuple[Link, ...]
    is_found: bool


@dataclass(frozen=True)
class ShownCell:
    """One cell, or the whole of a module, whose `number` is `None`."""

    number: int | None
    lines: tuple[ShownLine, ...]


@dataclass(frozen=True)
class ShownSource:
    """One file; `cut` says what of it is left out."""

    name: str
    cells: tuple[ShownCell, ...]
    cut: str


@dataclass(frozen=True)
class _Cut:
    cells: tuple[tuple[int | None, tuple[str, ...]], ...]
    left_out: int = 0
    shortened: int = 0
    lines: Lines = field(default_factory=Lines)


def lines_of(source: Source, number: int) -> Lines:
    """The lines of a file that a page can show."""
    return _cut(source, number).lines


def shown_source(
    source: Source, number: int, findings: Iterable[Mention] = (), boxes: Iterable[Mention] = ()
) -> ShownSource:
    """A file, line by line. Lines that `findings` speak of are marked; `boxes` are those of layers that a line made."""
    cut = _cut(source, number)
    found, drawn = _by_line(findings), _by_line(boxes)

    def line(cell: int | None, at: int, text: str) -> ShownLine:
        links = (*found.get((cell, at), ()), *drawn.get((cell, at), ()))[:MOST_LINKS]
        return ShownLine(at, cut.lines.target(cell, at), text, links, (cell, at) in found)

    cells = (
        ShownCell(cell, tuple(line(cell, at, text) for at, text in enumerate(texts, start=1)))
        for cell, texts in cut.cells
    )
    reasons = [f"{counted(cut.left_out, 'more line')} left out"] if cut.left_out else []
    reasons += [f"{counted(cut.shortened, 'long line')} shortened"] if cut.shortened else []
    return ShownSource(one_line(source.name, 120), tuple(cells), f"{' and '.join(reasons)}." if reasons else "")


def _cut(source: Source, number: int) -> _Cut:
    cells, left_out, shortened, room = [], 0, 0, MOST_LINES
    for cell in source.cells:
        raw = cell.text.replace("\r\n", "\n").replace("\r", "\n").rstrip().split("\n")
        kept, room = raw[:room], room - len(raw[:room])
        left_out += len(raw) - len(kept)
        shortened += sum(len(line) > MOST_CHARACTERS for line in kept)
        if kept:
            cells.append((cell.number, tuple(map(_shown, kept))))
    shown = frozenset((cell, at) for cell, texts in cells for at in range(1, len(texts) + 1))
    return _Cut(tuple(cells), left_out, shortened, Lines(number, one_line(source.name, 200), shown))


def _shown(line: str) -> str:
    return shorten(clean(line[: MOST_CHARACTERS * 8]).expandtabs(4).replace("\n", " "), MOST_CHARACTERS)


def _by_line(mentions: Iterable[Mention]) -> Mapping[tuple[int | None, int], Sequence[Link]]:
    found: dict[tuple[int | None, int], dict[Link, None]] = {}
    for one in mentions:
        found.setdefault((one.cell, one.line), {})[one.link] = None
    return {key: tuple(links) for key, links in found.items()}
