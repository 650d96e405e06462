"""Whose a model is: the running cell or line decides over the helper in which `Model(...)` stands."""

from __future__ import annotations

from grader.execution.student.created import location_of_model, marks_of
from grader.execution.student.locate import Spot


def spot(cell: int | None, line: int, mark: str) -> Spot:
    return Spot({"cell": cell, "line": line, "file": ""}, mark, "", ())


def test_the_running_cell_comes_first() -> None:
    """A helper's mark follows that of the cell which calls it."""
    assert marks_of([spot(1, 8, "two_inputs"), spot(2, 2, "three_inputs")]) == ["three_inputs", "two_inputs"]


def test_a_cell_without_a_mark_is_told_from_its_helper() -> None:
    """An empty first mark says that only the helper stands in an exercise's reach."""
    assert marks_of([spot(1, 8, "two_inputs"), spot(2, 2, "")]) == ["", "two_inputs"]
    assert marks_of([spot(1, 8, ""), spot(2, 2, "")]) == []


def test_a_model_is_placed_in_the_running_cell() -> None:
    """Two models that one helper builds are told apart by the lines that call it."""
    assert location_of_model([spot(1, 8, ""), spot(2, 3, ""), spot(2, 9, "")]) == {"cell": 2, "line": 3, "file": ""}
    assert location_of_model([spot(1, 8, ""), spot(1, 9, "")]) == {"cell": 1, "line": 8, "file": ""}


def test_a_module_is_placed_where_the_model_is_made() -> None:
    """Of a module, and of a helper in a file of its own, the line with `Model(...)`."""
    assert location_of_model([spot(None, 8, ""), spot(None, 30, "")])["line"] == 8
    assert location_of_model([spot(None, 8, ""), spot(2, 1, "")]) == {"cell": None, "line": 8, "file": ""}
