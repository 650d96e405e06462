"""What `grade` says while it goes on."""

from __future__ import annotations

import pytest

from grader.cli.progress import TerminalProgress, beginning


@pytest.mark.parametrize(
    ("done", "kept", "told"),
    [
        (0, 0, ""),
        (30, 0, "30 of 30 already done"),
        (10, 0, "10 of 30 already done, 20 to execute"),
        (0, 10, "10 to grade again from recordings, 20 to execute"),
        (10, 20, "10 of 30 already done, 20 to grade again from recordings"),
    ],
)
def test_what_an_earlier_run_left_is_told_at_the_beginning(done: int, kept: int, told: str) -> None:
    assert beginning(30, done, kept) == told


def test_lines_of_progress_go_to_stderr(capsys: pytest.CaptureFixture[str]) -> None:
    with TerminalProgress(quiet=False) as progress:
        progress.stage("starting TensorFlow")
        progress.begin(3, 0, 0)
        progress.advance(2, "ben", 1)
        progress.advance(3, "anna", 1)
    printed = capsys.readouterr()
    first, *_, done = printed.err.splitlines()
    assert (first, done) == ("starting TensorFlow …", "3 of 3 done (last: anna), 1 to review")
    assert not printed.out
