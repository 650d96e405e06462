"""Which files have the same code, comments aside."""

from __future__ import annotations

import random

import pytest

from grader.domain import SourceCell, SourceFile
from grader.reporting.same_code import alike, code_digest, code_lines

STARTER = "\n".join(f"given_{number} = prepare({number}, 'data')" for number in range(30))


def code(seed: int, lines: int = 40) -> str:
    chosen = random.Random(seed)
    return "\n".join(f"a{chosen.randrange(10**6)} = f{chosen.randrange(10**6)}()" for _ in range(lines))


def digest(text: str, starter: str = "") -> str:
    return code_digest([module(text)], code_lines([module(starter)]))


def module(text: str) -> SourceFile:
    return SourceFile("a.py", (SourceCell(None, text),))


def found(*texts: str) -> list[tuple[str, ...]]:
    return alike({f"s{n}": digest(text) for n, text in enumerate(texts)})


def test_comments_spaces_quotes_and_line_ends_make_no_difference() -> None:
    plain = code(1) + "\nprint('done')"
    reformatted = "# my own\r\n" + code(1).replace(" = ", "=").replace("\n", "\r\n") + '\nprint( "done" )  # yes\n\n'
    assert found(plain, code(2), reformatted, code(1) + "\nanother = line(1)") == [("s0", "s2")]


def test_an_answer_that_adds_little_to_the_starter_is_not_compared() -> None:
    assert digest(STARTER + "\n# TODO", STARTER) == digest(STARTER + "\nmodel = None", STARTER) == ""
    assert digest("model = None") == ""
    assert digest(STARTER + "\n" + code(1), STARTER)


@pytest.mark.parametrize("text", ["", "a", "0123456789ab.0123456789ab", "0123456789AB0123456789ab"])
def test_what_is_no_digest_is_in_no_group(text: str) -> None:
    """A document may come from anywhere."""
    assert alike({"anna": text, "ben": text}) == []
