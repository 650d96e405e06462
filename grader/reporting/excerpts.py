"""What `review` shows of a grade besides its document: the code in question, and the network as text.

It is made while the files are there, since what a zip was unpacked to is gone after the run, and kept as JSON.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from grader.domain import Grade, Location, Source
from grader.reporting.display import clean
from grader.reporting.network.text import describe

AROUND = 3  # lines before and after the one in question
FIRST = 15  # lines of a file in which no line is in question
MOST_LINES = 40
MOST_LETTERS = 200  # of a line

Text = Annotated[str, Field(max_length=MOST_LETTERS)]


class CodeLine(BaseModel):
    """A line with its number in its cell, or in its module."""

    model_config = ConfigDict(frozen=True, strict=True)
    cell: int | None
    number: int
    text: Text
    marked: bool = False


class Excerpt(BaseModel):
    """Of one grade."""

    model_config = ConfigDict(frozen=True, strict=True)
    code: Annotated[list[CodeLine], Field(max_length=MOST_LINES)] = []
    network: Annotated[list[Text], Field(max_length=MOST_LINES)] = []


_EXCERPTS = TypeAdapter(dict[str, Excerpt])


def excerpts(grades: Sequence[Grade], sources: Mapping[Path, Source]) -> str:
    """Those of one submission, by assignment, as JSON."""
    found = {grade.assignment.id if grade.assignment else "": _excerpt(grade, sources) for grade in grades}
    return _EXCERPTS.dump_json(found, exclude_defaults=True).decode()


def read_excerpts(content: bytes) -> Mapping[str, Excerpt]:
    """The same again; nothing if it is not as it was written."""
    try:
        return _EXCERPTS.validate_json(content)
    except ValidationError:
        return {}


def _excerpt(grade: Grade, sources: Mapping[Path, Source]) -> Excerpt:
    source, graph = sources.get(grade.submission.entry), grade.match.graph
    network = [clean(text)[:MOST_LETTERS] for text in describe(graph)[:MOST_LINES]] if graph else []
    code = (_code(source, _places(grade)) or _code(source, [])) if source else []
    return Excerpt(code=code[:MOST_LINES], network=network)


def _places(grade: Grade) -> list[Location]:
    """Where to look: the first error, and the model."""
    model = grade.match.model
    places = [failure.location for failure in grade.execution.failures[:1]] + ([model.location] if model else [])
    return [one for one in dict.fromkeys(places) if one.line and not one.file]


def _code(source: Source, places: Sequence[Location]) -> list[CodeLine]:
    """The lines around each place, each once; without a place, the first lines of the file."""
    shown: dict[tuple[int | None, int], CodeLine] = {}
    for cell in source.cells:
        lines = cell.text.splitlines()
        marked = {place.line for place in places if place.cell == cell.number and place.line}
        wanted = {number for line in marked for number in range(line - AROUND, line + AROUND + 1)}
        if not places:
            wanted = set(range(1, FIRST + 1 - len(shown)))
        for number in sorted(wanted.intersection(range(1, len(lines) + 1))):
            text, is_marked = clean(lines[number - 1])[:MOST_LETTERS], number in marked
            shown[cell.number, number] = CodeLine(cell=cell.number, number=number, text=text, marked=is_marked)
    return list(shown.values())
