"""What is kept of a grade for `review`, and read again as what a student may have made."""

from __future__ import annotations

from dataclasses import replace

from grader.domain import Location, Source, SourceCell
from grader.reporting.excerpts import AROUND, MOST_LETTERS, Excerpt, excerpts, read_excerpts
from tests.reporting.grades import grade_of

LINES = "\n".join(f"line = {number}" for number in range(1, 101))


def kept(*cells: SourceCell, line: int | None = 50) -> Excerpt:
    grade = grade_of("wrong", "anna")
    assert grade.match.model
    grade = replace(grade, match=replace(grade.match, model=replace(grade.match.model, location=Location(3, line))))
    text = excerpts([grade], {grade.submission.entry: Source("anna.ipynb", cells)})
    return read_excerpts(text.encode())["two_inputs"]


def test_the_lines_around_the_model_are_kept_and_its_network() -> None:
    found = kept(SourceCell(1, LINES), SourceCell(3, LINES))
    assert {line.cell for line in found.code} == {3}
    assert [line.number for line in found.code] == list(range(50 - AROUND, 50 + AROUND + 1))
    assert [line.text for line in found.code if line.marked] == ["line = 50"]
    assert any("Dense" in text for text in found.network)


def test_without_a_line_each_cell_is_shown_from_its_beginning() -> None:
    found = kept(SourceCell(1, "a\nb"), SourceCell(3, LINES), line=None)
    assert [line.text for line in found.code] == ["a", "b", *(f"line = {number}" for number in range(1, AROUND + 2))]


def test_long_lines_are_cut() -> None:
    (line,) = kept(SourceCell(3, "x" * 10**6), line=1).code
    assert len(line.text) == MOST_LETTERS


def test_what_is_damaged_is_nothing() -> None:
    for text in ("[", "[]", '{"two_inputs": {"code": 3}}', '{"two_inputs": {"network": [3]}}'):
        assert read_excerpts(text.encode()) == {}
    assert read_excerpts(excerpts([grade_of("unreadable")], {}).encode()) == {"": Excerpt()}
