"""Numbers, lists and names in a sentence, and which name was probably meant by one that nobody knows."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from difflib import get_close_matches
from itertools import islice

from grader.domain.execution import Location

LONGEST_NAME = 64  # comparing takes the cube of the length; whoever mistypes a longer name has copied it
MOST_NAMES = 500
INDENT = "    "  # of code below a step


def nearest(name: str, known: Iterable[str], cutoff: float = 0.5) -> str:
    """The known name that is nearest, or nothing; capitals do not count, and neither does the order of letters.

    Of names that nobody would type, and of all names after the first few hundred, none is near.
    """
    small = {word.lower(): word for word in reversed(list(islice(known, MOST_NAMES))) if len(word) <= LONGEST_NAME}
    if len(name) > LONGEST_NAME:
        return ""
    matches = [word for word in reversed(small) if sorted(word) == sorted(name.lower())]
    matches += get_close_matches(name.lower(), small, 1, cutoff)
    return small[matches[0]] if matches else ""


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """The end of a sentence about a name that is unknown."""
    near = nearest(name, known)
    return f"; did you mean `{near}`?" if near else ""


def suggestion(name: str, known: Iterable[str]) -> str:
    """A sentence for an unknown name: the nearest name, or what there is."""
    known = list(known)
    if near := nearest(name, known):
        return f"Did you mean `{near}`?"
    return f"Available: {first_of(known)}." if known else ""


def first_of(names: Sequence[str]) -> str:
    """Names for a message, and whether there are more."""
    return ", ".join([*names[:12], "…"] if len(names) > 12 else names)


def ended(text: str) -> str:
    """A text as a sentence, whatever it ends in: some errors of Keras and Python end with a full stop."""
    text = text.rstrip(": \n")
    return text if text.endswith((".", "?", "!", "…")) else f"{text}."


def in_location(location: Location) -> str:
    """` in cell 3, line 7`, ` in helpers.py, line 7` or ` on line 7`; empty where nothing is known."""
    line_alone = location.cell is None and not location.file
    return f" {'on' if line_alone else 'in'} {location}" if str(location) else ""


def beginning(location: Location) -> str:
    """`Cell 3, line 7`, `helpers.py, line 7` or `Line 7`, with which a sentence begins."""
    return str(location) if location.file and location.cell is None else capital(str(location))


def capital(words: str) -> str:
    """With a capital at the beginning."""
    return words[:1].upper() + words[1:]


def counted(number: object, noun: str, plural: str = "") -> str:
    """`1 input`, `2 inputs`, `2 branches`."""
    return f"{number} {noun}" if number == 1 else f"{number} {plural or f'{noun}s'}"


def ordinal(number: int) -> str:
    """`1st`, `2nd`, `3rd`, `4th`."""
    ends = {1: "st", 2: "nd", 3: "rd"} if number % 100 not in (11, 12, 13) else {}
    return f"{number}{ends.get(number % 10, 'th')}"


def code_below(step: str, lines: Iterable[str]) -> str:
    """A next step with code of several lines below it."""
    return "\n".join([step, *(f"{INDENT}{line}" for line in lines)])


def steps_of(hint: str) -> list[str]:
    """The next steps in a text, each with the code below it."""
    return [step for step in re.split(rf"\n(?!{INDENT})", hint) if step]


def be(items: Sequence[object]) -> str:
    """`is` or `are`, after a list of these."""
    return "is" if len(items) == 1 else "are"


def article(name: str) -> str:
    """`a` or `an`, as the name after it is spoken: an `Embedding`, an `LSTM`, a `Dense`."""
    letters = "AEFHILMNORSX" if name[:2].isupper() else "AEIOaeio"
    return "an" if name[:1] and name[0] in letters else "a"


def listed(items: Sequence[object], nothing: str = "none", most: int = 0) -> str:
    """`32, 20 and 1`; of more than `most`, if that is given, `32, 20 and 7 more`."""
    words = [str(item) for item in items] or [nothing]
    if most and len(words) > most:
        words[most:] = [f"{len(words) - most:,} more"]
    return f"{', '.join(words[:-1])} and {words[-1]}" if len(words) > 1 else words[0]


def time_left(seconds: float) -> str:
    """How long something will take, in round words."""
    if seconds < 10:
        return "a few seconds left"
    return f"about {round(seconds / 10) * 10} s left" if seconds < 90 else f"about {round(seconds / 60)} min left"


def times(number: object) -> str:
    """How often something is called: once, twice, 3 times."""
    return {1: "once", 2: "twice"}.get(number, f"{number} times") if isinstance(number, int) else str(number)
