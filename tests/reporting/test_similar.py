"""Which files have the same code, comments aside."""

from __future__ import annotations

import random

import pytest

from grader.domain import Source, SourceCell
from grader.reporting.code.similar import alike, code_digests, runs_of_tokens

STARTER = "\n".join(f"given_{number} = prepare({number}, 'data')" for number in range(30))


def code(seed: int, lines: int = 40) -> str:
    """A program that no other seed resembles."""
    chosen = random.Random(seed)
    return "\n".join(f"a{chosen.randrange(10**6)} = f{chosen.randrange(10**6)}()" for _ in range(lines))


def digests(text: str, starter: str = "") -> str:
    return code_digests([module(text)], runs_of_tokens([module(starter)]))


def module(text: str) -> Source:
    return Source("a.py", (SourceCell(None, text),))


def found(*texts: str) -> list[tuple[str, tuple[str, ...]]]:
    return [(one.kind, one.members) for one in alike({f"s{n}": digests(text) for n, text in enumerate(texts)})]


def test_identical_code_is_found() -> None:
    """Line ends and what is around a file do not matter."""
    assert found(code(1), code(2), code(1).replace("\n", "\r\n") + "\n\n") == [("exact", ("s0", "s2"))]


def test_comments_spaces_and_quotes_make_no_difference() -> None:
    """That is another kind of equality, and said to be."""
    plain = code(1) + "\nprint('done')"
    other = "# my own\n" + code(1).replace(" = ", "=") + '\nprint( "done" )  # yes'
    assert found(plain, code(2), other) == [("tokens", ("s0", "s2"))]


def test_one_other_line_makes_other_code() -> None:
    assert found(code(1), code(1) + "\nanother = line(1)") == []


def test_an_answer_that_adds_little_to_the_starter_is_not_compared() -> None:
    assert digests(STARTER + "\n# TODO", STARTER) == digests(STARTER + "\nmodel = None", STARTER) == ""
    assert digests("model = None") == ""
    assert digests(STARTER + "\n" + code(1), STARTER)


@pytest.mark.parametrize("text", ["", "a", "x.y", "0123456789ab", "0123456789AB.0123456789ab"])
def test_what_is_no_digest_is_in_no_group(text: str) -> None:
    """A document may come from anywhere."""
    assert alike({"anna": text, "ben": text}) == []
