"""Which name was probably meant: by short names, and few of them, so that it takes no time."""

from __future__ import annotations

from grader.domain.words import LONGEST_NAME, MOST_NAMES, nearest, suggestion


def test_only_names_that_somebody_would_type_are_near() -> None:
    assert nearest("optimzer", ["loss", "optimizer"]) == "optimizer"
    assert nearest("a" * LONGEST_NAME, ["a" * LONGEST_NAME]) == "a" * LONGEST_NAME
    assert nearest("a" * (LONGEST_NAME + 1), ["a" * (LONGEST_NAME + 1)]) == ""
    assert suggestion("x", ["y" * 1_000, "x"]) == "Did you mean `x`?"
    numbered = [f"{number:04}" for number in range(MOST_NAMES)]
    assert [nearest("loss", [*numbered[1:], "loss"]), nearest("loss", [*numbered, "loss"])] == ["loss", ""]
