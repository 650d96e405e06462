"""Which files have the same code, comments aside."""

from __future__ import annotations

import pytest

from grader.domain import SourceCell, SourceFile
from grader.reporting.same_code import alike, code_digest, code_lines

STARTER = "\n".join(f"given_{number} = prepare({number}, 'data')" for number in range(30))


def code(start: int) -> str:
    return "\n".join(f"a{number} = f{number}()" for number in range(start, start + 40))


def digest(text: str, starter: str = "") -> str:
    own, given = (SourceFile("a.py", (SourceCell(None, part),)) for part in (text, starter))
    return code_digest([own], code_lines([given]))


def test_comments_spaces_quotes_and_line_ends_make_no_difference() -> None:
    plain = code(1) + "\nprint('done')"
    reformatted = "# my own\r\n" + code(1).replace(" = ", "=").replace("\n", "\r\n") + '\nprint( "done" )  # yes\n\n'
    texts = {"anna": plain, "ben": code(100), "cleo": reformatted, "dora": code(1) + "\nanother = line(1)"}
    assert alike({name: digest(text) for name, text in texts.items()}) == [("anna", "cleo")]


def test_an_answer_that_adds_little_to_the_starter_is_not_compared() -> None:
    assert digest(STARTER + "\n# TODO", STARTER) == digest(STARTER + "\nmodel = None", STARTER) == ""
    assert digest("model = None") == ""
    assert digest(STARTER + "\n" + code(1), STARTER)


@pytest.mark.parametrize("text", ["", "a", "0123456789ab.0123456789ab", "0123456789AB0123456789ab"])
def test_what_is_no_digest_is_in_no_group(text: str) -> None:
    """A document may come from anywhere."""
    assert alike({"anna": text, "ben": text}) == []
