"""What of a submission's output is shown."""

from __future__ import annotations

import base64

from grader.domain import Output
from grader.reporting.display import MAX_OUTPUTS, MAX_PICTURES, shown_outputs
from tests.reporting.grades import tiny_png


def test_a_real_picture_is_shown() -> None:
    ((cell, _, address),) = shown_outputs([Output("png", tiny_png(), 4)])

    assert (cell, address) == (4, f"data:image/png;base64,{tiny_png()}")


def test_what_is_no_acceptable_picture_is_left_out() -> None:
    claims = [
        "<script>",
        base64.b64encode(b"<svg onload=alert(1)>").decode(),
        tiny_png(100_000, 100_000),
        tiny_png() + "A" * 600_000,
        '" onerror="alert(1)',
    ]

    assert all(not address for *_, address in shown_outputs([Output("png", claim) for claim in claims]))


def test_outputs_are_bounded() -> None:
    many = list(shown_outputs([Output("text", "x\n" * 100_000)] * 1000))
    pictures = shown_outputs([Output("png", tiny_png())] * 20)

    assert len(many) == MAX_OUTPUTS + 1
    assert sum(len(text) for _, text, _ in many) < 200_000
    assert sum(bool(address) for *_, address in pictures) == MAX_PICTURES


def test_progress_bars_leave_their_last_state() -> None:
    ((_, text, _),) = shown_outputs([Output("text", "1/2 [=>..]\r2/2 [====] \x1b[32mdone\x1b[0m\n")])

    assert text.strip() == "2/2 [====] done"
