"""What `review` shows of a grade besides its document: the code in question, and the network as text.

It is made while the files are there, since what a zip was unpacked to is gone after the run, and kept as JSON.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from grader.domain import Grade, Source
from grader.reporting.display import clean
from grader.reporting.network.text import describe

AROUND = 3  # lines before and after the one in question
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
    """The lines around the first error and the model, each once; where neither has a place, the start of each cell."""
    source, graph, model = sources.get(grade.submission.entry), grade.match.graph, grade.match.model
    places = [failure.location for failure in grade.execution.failures[:1]] + ([model.location] if model else [])
    cells = source.cells if source else ()
    numbers = {cell.number for cell in cells}
    marked = {(one.cell, one.line) for one in places if one.line and not one.file and one.cell in numbers}
    code = []
    for cell in cells:
        around = [line for at, line in marked if at == cell.number and line] if marked else [1]
        for number, text in enumerate(cell.text.splitlines(), start=1):
            if any(abs(number - line) <= AROUND for line in around):
                is_marked = (cell.number, number) in marked
                shown = clean(text)[:MOST_LETTERS]
                code.append(CodeLine(cell=cell.number, number=number, text=shown, marked=is_marked))
    network = [clean(text)[:MOST_LETTERS] for text in describe(graph)[:MOST_LINES]] if graph else []
    return Excerpt(code=code[:MOST_LINES], network=network)
