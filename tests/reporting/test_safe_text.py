"""Text of a submission, made fit to show."""

from __future__ import annotations

import unicodedata

import pytest

from grader.domain import Output
from grader.reporting.safe_text import (
    MAX_OUTPUTS,
    MAX_PICTURES,
    clean,
    first_lines,
    last_lines,
    one_line,
    shown_outputs,
)
from tests.reporting.grades import ATTACK, PICTURE


@pytest.mark.parametrize(
    ("raw", "shown"),
    [
        ("\x1b[31mred", "<U+001B>[31mred"),
        ("\x1b]0;a title\x07text", "<U+001B>]0;a title<U+0007>text"),
        ("\x9b2Jgone", "<U+009B>2Jgone"),
        ("a\x00b", "a<U+0000>b"),
        ("ab\u202ecd", "ab<U+202E>cd"),
        ("lone\ud800", "lone<U+D800>"),
        ("tag\U000e0041", "tag<U+E0041>"),
        ("somebody else\rAda\r\nnext", "somebody else<U+000D>Ada\nnext"),
        ("e" + "\u0301" * 50, "e" + "\u0301" * 4),
        ("naïve 数据 नमस्ते\u200d", "naïve 数据 नमस्ते\u200d"),
    ],
)
def test_clean_shows_what_hides_and_drops_what_commands(raw: str, shown: str) -> None:
    assert clean(raw) == shown


def test_clean_is_idempotent_and_can_be_encoded() -> None:
    once = clean(ATTACK)
    assert clean(once) == once
    assert once.encode("utf-8")
    assert not [character for character in once if unicodedata.category(character) in ("Cc", "Cs")]


def test_one_line_is_bounded() -> None:
    assert one_line("a\n\n  b\tc") == "a b c"
    assert len(one_line("x" * 10_000_000, 50)) == 50


def test_long_texts_keep_the_end_that_matters() -> None:
    text = "\n".join(f"line {n}" for n in range(100))
    assert first_lines(text, 2, 1000) == "line 0\nline 1\n…"
    assert last_lines(text, 2, 1000) == "…\nline 98\nline 99"
    assert first_lines("short", 2, 1000) == last_lines("short", 2, 1000) == "short"


def test_pictures_are_shown_or_said_to_be_left_out() -> None:
    outputs = [Output("png", PICTURE, 4), Output("png", PICTURE + "A" * 600_000)]
    assert list(shown_outputs(outputs)) == [
        (4, "", f"data:image/png;base64,{PICTURE}"),
        (None, "(picture left out)", ""),
    ]


def test_outputs_are_bounded() -> None:
    many = list(shown_outputs([Output("text", "x\n" * 100_000)] * 1000))
    assert len(many) == MAX_OUTPUTS + 1
    assert sum(len(text) for _, text, _ in many) < 200_000
    assert sum(bool(address) for *_, address in shown_outputs([Output("png", PICTURE)] * 20)) == MAX_PICTURES
