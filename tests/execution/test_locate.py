"""Marks and names in a student's source."""

from __future__ import annotations

import pytest

from grader.execution.student import locate
from grader.execution.student.functions import never_depends_on_training
from grader.execution.student.notebook import heading_after
from grader.execution.student.recorder import Recorder

MARKS = ("one_input", "two_inputs", "two_outputs", "better_two_outputs")


@pytest.mark.parametrize(
    ("heading", "mark"),
    [
        ("Exercise: two inputs", "two_inputs"),
        ("Exercise 2: Two inputs", "two_inputs"),
        ("two_inputs", "two_inputs"),
        ("3. `two_inputs` (10 points)", "two_inputs"),
        ("better_two_outputs", "better_two_outputs"),
        ("One input and one output network", ""),
        ("Imports", ""),
    ],
)
def test_heading_names_an_exercise_by_id_or_whole_title(heading: str, mark: str) -> None:
    """Prose that happens to hold an exercise's words is no mark: the tutorial's own headings do."""
    assert locate.mark_of_heading(heading, MARKS) == mark


def test_prose_after_exercise_does_not_end_a_mark() -> None:
    """`# exercise: two_inputs` marks; a sentence leaves it; a single unknown word ends it."""
    text = "# exercise: two_inputs\na\n# Exercise: build the network of the figure\nb\n# exercise: mine\nc"
    assert locate.mark_comments(text, MARKS) == [(1, "two_inputs"), (5, "")]


def test_heading_of_the_same_level_ends_a_mark() -> None:
    """Sub-headings do not."""
    mark, depth = heading_after("## two_inputs", MARKS, "", 7)
    mark, depth = heading_after("### Data", MARKS, mark, depth)
    assert mark == "two_inputs"
    assert heading_after("## Summary", MARKS, mark, depth)[0] == ""


def test_names_are_found_for_every_way_to_assign() -> None:
    """Variables, attributes, keys, annotated and inner assignments."""
    text = "a = f()\nb.c = g()\nd['e'] = h()\ni: int = j()\nprint(k := l())\nm = n().o\np, q = r()\n"
    names = [name for names in locate.assignment_targets(text).values() for name in names]
    assert set(names) == {"a", "c", "e", "i", "k"}


def test_name_bound_nowhere_is_not_missing_for_want_of_training() -> None:
    """A name that some earlier code may bind could depend on how well a network learned."""
    error = NameError("name 'best' is not defined", name="best")
    recorder = Recorder({}, locate.Sources("/nowhere", ()))
    assert never_depends_on_training(recorder, error, ["x = 1"])
    assert not never_depends_on_training(recorder, error, ["if loss < 0.1:\n    best = 1"])
    assert never_depends_on_training(recorder, SyntaxError("bad"), [])
    assert not never_depends_on_training(recorder, ValueError("bad"), ["x = 1"])


def test_lambda_goes_by_the_name_that_it_is_assigned_to() -> None:
    """`build = lambda: …` is a function called `build`; a nameless one is called nothing."""
    text = "\nbuild = lambda: 1\nlist(map(lambda x: x, [1]))"
    codes = [code for code in compile(text, "", "exec").co_consts if hasattr(code, "co_name")]
    source = locate.Source("s.py", text)
    assert [source.function_of(code) for code in codes] == ["build", ""]
