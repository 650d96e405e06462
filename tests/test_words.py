"""Which name was probably meant: by short names, in no time."""

from __future__ import annotations

from time import process_time

from grader.domain.words import LONGEST_NAME, MOST_NAMES, nearest, suggestion


def test_only_names_that_somebody_would_type_are_near() -> None:
    assert nearest("optimzer", ["loss", "optimizer"]) == "optimizer"
    assert nearest("a" * LONGEST_NAME, ["a" * LONGEST_NAME]) == "a" * LONGEST_NAME
    assert nearest("a" * (LONGEST_NAME + 1), ["a" * (LONGEST_NAME + 1)]) == ""
    assert suggestion("x", ["y" * 1_000, "x"]) == "Did you mean `x`?"


def test_alike_names_are_compared_in_no_time() -> None:
    """However many there are, and however long."""
    started = process_time()
    nearest("ab" * 50_000, ["ba" * 50_000] * 100)
    nearest("ab" * (LONGEST_NAME // 2), [f"{'ba' * (LONGEST_NAME // 2 - 4)}{n}" for n in range(100 * MOST_NAMES)])
    assert process_time() - started < 5
