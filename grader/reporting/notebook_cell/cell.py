"""A report as the HTML of a notebook's cell, in the words and the order of the student's page."""

from __future__ import annotations

from collections.abc import Sequence

from grader.reporting import wording
from grader.reporting.html import fragment
from grader.reporting.notebook_cell.drawing import DIFFERS, with_styles
from grader.reporting.student_view import Exercise

# White on each of these has a contrast of at least 4.5 to one, and so has each on any background but its own.
_CHIPS = {
    "good": "#1a7f37",
    "bad": "#c62828",
    "review": "#8a5a00",
    "ours": "#6f42c1",
    "quiet": "#5b6470",
    "plain": "#1c5d8c",
}


def cell_html(exercises: Sequence[Exercise], not_found: Sequence[str] = (), problem: str = "", hint: str = "") -> str:
    """Readable on any background: text has the colour of its surroundings, and marks have a background of their own."""
    return fragment(
        "cell.html",
        exercises=exercises,
        not_found=wording.not_found(not_found),
        problem=problem,
        hint=hint,
        chips=_CHIPS,
        differs=DIFFERS,
        with_styles=with_styles,
        other_notes=wording.other_notes,
    )
