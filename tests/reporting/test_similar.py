"""Which files are alike: by their code, starter and comments aside."""

from __future__ import annotations

import random

import pytest

from grader.domain import Source, SourceCell
from grader.reporting.code.similar import FEWEST_OWN, KEPT, Sketch, alike, read_sketch, runs_of_tokens, sketch_of

STARTER = "\n".join(f"given_{number} = prepare({number}, 'data')" for number in range(30))


def code(seed: int, lines: int = 40) -> str:
    """A program that no other seed resembles."""
    chosen = random.Random(seed)
    return "\n".join(f"a{chosen.randrange(10**6)} = f{chosen.randrange(10**6)}({chosen.randrange(10**6)})" for _ in range(lines))


def sketch(text: str, starter: str = "") -> Sketch | None:
    return sketch_of([module(text)], runs_of_tokens([module(starter)]))


def module(text: str) -> Source:
    return Source("a.py", (SourceCell(None, text),))


def found(*texts: str, starter: str = "") -> list[tuple[str, tuple[str, ...]]]:
    made = {f"s{number}": sketch(text, starter) for number, text in enumerate(texts)}
    return [(one.kind, one.members) for one in alike({name: one for name, one in made.items() if one})]


def test_identical_code_is_found() -> None:
    """Line ends and what is around a file do not matter."""
    assert found(code(1), code(2), code(1).replace("\n", "\r\n") + "\n\n") == [("exact", ("s0", "s2"))]


def test_comments_spaces_and_quotes_make_no_difference() -> None:
    """That is another kind of equality, and said to be."""
    plain = code(1) + "\nprint('done')"
    other = "# my own\n" + code(1).replace(" = ", "=") + '\nprint( "done" )  # yes'
    assert found(plain, code(2), other) == [("tokens", ("s0", "s2"))]


def test_nearly_identical_code_is_found() -> None:
    """One line of forty changed; half of them changed is not nearly the same."""
    lines = code(1).splitlines()
    near = "\n".join(["another = line(1)", *lines[1:]])
    half = "\n".join([*code(3).splitlines()[:20], *lines[20:]])
    assert found("\n".join(lines), code(2), near, half) == [("near", ("s0", "s2"))]


def test_the_starter_counts_for_nothing() -> None:
    """Two answers of which most is the starter are not alike, and an untouched starter is no answer."""
    one, other = (STARTER + "\n" + code(seed, 12) for seed in (1, 2))
    assert found(one, other, starter=STARTER) == []
    assert found(one, other) == [("near", ("s0", "s1"))] or found(one, other) == []
    assert sketch(STARTER + "\n# TODO", STARTER) is None


def test_what_many_wrote_counts_for_nothing() -> None:
    """The code of the tutorial is in every answer; what a few have in common is still seen."""
    tutorial = code(0, 60)
    texts = [tutorial + "\n" + code(seed, 40) for seed in range(1, 30)]
    texts[7] = texts[3] + "\nlast = line(7)"
    assert found(*texts) == [("near", ("s3", "s7"))]


def test_short_answers_are_not_compared() -> None:
    """They are equal by themselves."""
    assert sketch("model = None") is None
    long_enough = sketch(code(1))
    assert long_enough
    assert FEWEST_OWN <= len(long_enough.hashes) <= KEPT


def test_a_sketch_survives_its_text() -> None:
    """It is part of a GRADE document."""
    made = sketch(code(1))
    assert made
    assert read_sketch(str(made)) == made
    assert len(str(made)) < 400


@pytest.mark.parametrize("text", ["", "a", "x.y.z", "0123456789ab.0123456789ab.===", "0123456789ab.0123456789ab." + "A" * 401])
def test_what_is_no_sketch_is_none(text: str) -> None:
    """A document may come from anywhere."""
    assert read_sketch(text) is None


def test_many_files_are_compared_at_once() -> None:
    """Of thousands, with pairs and a common part, exactly the pairs are found."""
    chosen = random.Random(1)
    common = [chosen.randrange(2**30) for _ in range(10)]

    def made(number: int) -> Sketch:
        own = [chosen.randrange(2**30) for _ in range(KEPT - 10)]
        return Sketch(f"{number:012x}", f"{number:012x}", tuple(sorted([*common, *own])))

    sketches = {f"s{number:04}": made(number) for number in range(3000)}
    for number in range(0, 3000, 300):
        hashes = list(sketches[f"s{number:04}"].hashes)
        hashes[5] += 1
        sketches[f"t{number:04}"] = Sketch(f"t{number:011x}", f"t{number:011x}", tuple(sorted(hashes)))
    pairs = [(f"s{number:04}", f"t{number:04}") for number in range(0, 3000, 300)]
    assert sorted(one.members for one in alike(sketches)) == pairs
