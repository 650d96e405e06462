"""Which exercise a comment or a heading is about."""

from __future__ import annotations

import pytest

from grader.execution.student.source.marks import mark_comments, mark_of_heading

IDS = ("one_input", "two_inputs", "two_outputs", "better_two_outputs")
TITLES = {
    "Two inputs, one output": "two_inputs",
    "Two outputs": "better_two_outputs",
    "Δύο είσοδοι": "better_two_outputs",
    "2 Netze": "one_input",
}
MARKS = {**{name: name for name in IDS}, **TITLES}


@pytest.mark.parametrize(
    ("heading", "mark"),
    [
        ("Exercise: two inputs", "two_inputs"),
        ("Exercise 2: Two inputs", "two_inputs"),
        ("two_inputs", "two_inputs"),
        ("3. `two_inputs` (10 points)", "two_inputs"),
        ("better_two_outputs", "better_two_outputs"),
        ("2) Two inputs, one output", "two_inputs"),
        ("Two outputs", "two_outputs"),  # an id rather than the title of another exercise
        ("4. Δύο είσοδοι", "better_two_outputs"),
        ("Exercise 2: the two inputs, one output", "two_inputs"),
        ("Δεδομένα", ""),
        ("3.", ""),
        ("2 Netze", "one_input"),
        ("3 Netze", ""),
        ("One input and one output network", ""),
        ("Imports", ""),
    ],
)
def test_heading_names_an_exercise_by_id_or_whole_title(heading: str, mark: str) -> None:
    """Prose that happens to hold an exercise's words is no mark: the tutorial's own headings do."""
    assert mark_of_heading(heading, MARKS) == mark


@pytest.mark.parametrize(
    ("comment", "mark"),
    [("# === exercise: two_inputs ===", "two_inputs"), ("## Exercise: 2) Two inputs, one output", "two_inputs"),
     ("# exercises: two_inputs", ""), ("# --- two_inputs ---", ""), ("# Exercise 3, two_inputs", "")],
)  # fmt: skip
def test_a_mark_says_that_it_is_one(comment: str, mark: str) -> None:
    """Other comments say what the code has, as those of any exercise with two inputs may."""
    assert mark_comments(comment, MARKS) == ([(1, mark)] if mark else [])


def test_prose_after_exercise_does_not_end_a_mark() -> None:
    """`# exercise: two_inputs` marks; a sentence leaves it; a single unknown word ends it."""
    text = "# === exercise: two_inputs ===\na\n# Exercise: build the network of the figure\nb\n# exercise: mine\nc"
    assert mark_comments(text, MARKS) == [(1, "two_inputs"), (5, "")]
    assert mark_comments("# Exercise: Two inputs, one output", MARKS) == [(1, "two_inputs")]
