"""What a course knows of all its exercises, also of those that are not graded."""

from __future__ import annotations

from grader.assignments.course import load_course
from grader.execution.student.source.marks import mark_of_heading


def test_a_heading_may_be_the_title_of_any_exercise() -> None:
    marks = load_course(["one_input"]).marks
    assert mark_of_heading("3. A better network with two outputs", marks) == "better_two_outputs"
    assert mark_of_heading("Two inputs", marks) == "two_inputs"
