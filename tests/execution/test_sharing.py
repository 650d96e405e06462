"""Equal submissions of one name run once."""

from __future__ import annotations

from pathlib import Path

from grader.domain import Execution, Outcome, Submission
from grader.execution import once


def test_equal_submissions_in_a_row_run_once() -> None:
    """A different one runs, one of another name, which messages quote, and one whose content is not known."""
    ran: list[str] = []

    def run(one: Submission, within: float) -> Execution:
        ran.append(one.id)
        return Execution(Outcome.OK, 1.0, "none")

    shared = once(run)
    for name, entry, content in (
        ("a", "work.py", "x"), ("b", "work.py", "x"), ("c", "other.py", "x"), ("d", "other.py", "y"),
        ("e", "other.py", ""), ("f", "other.py", ""),
    ):  # fmt: skip
        shared(Submission(name, name, Path(entry), None, name, "", content), 60)
    assert ran == ["a", "c", "d", "e", "f"]
