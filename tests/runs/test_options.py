"""Which submissions are worked on together."""

from __future__ import annotations

from pathlib import Path

from grader.domain import Submission
from grader.runs.options import equal_ones_together


def test_equal_submissions_are_worked_on_together() -> None:
    """What cannot run is alone."""
    contents = enumerate(("x", "y", "x", "", ""))
    everybody = [Submission(f"s{n}", f"s{n}", Path(f"s{n}.py"), None, f"h{n}", "", text) for n, text in contents]
    groups = equal_ones_together(everybody)
    assert [[one.id for one in group] for group in groups] == [["s0", "s2"], ["s1"], ["s3"], ["s4"]]
