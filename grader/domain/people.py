"""Who submitted, as an LMS or a roster says it, and when two spellings of a name are the same."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Student:
    """One person; `id` is the number or name by which the LMS knows the person. What is unknown is empty."""

    name: str = ""
    id: str = ""
    email: str = ""

    @property
    def shown(self) -> str:
        return self.name or self.email or self.id


@dataclass(frozen=True)
class Origin:
    """What is known about a submission from the place that it comes from, and never from its own files.

    `place` is how the LMS calls its folder or the start of its files, `work` the LMS's name for the assignment if the
    download has several. `attempts` counts them if there are several, of which the last is graded. `paths` are those of
    the entry and of `others`, as people find them: within the archive, before anything was unpacked or renamed.
    `decisions` are sentences about what was chosen and what was ignored.
    """

    layout: str = ""
    place: str = ""
    students: tuple[Student, ...] = ()
    group: str = ""
    late: bool | None = None
    submitted: str = ""
    attempt: int = 0
    attempts: int = 0
    work: str = ""
    paths: tuple[str, ...] = ()
    decisions: tuple[str, ...] = ()


LONGEST_NAME = 400  # to put accents in order takes the square of their number


def words_of_name(name: str) -> tuple[str, ...]:
    """The words of a name, without capitals and accents, given names first: "Doe, Jané" is `jane`, `doe`."""
    name = name[:LONGEST_NAME]
    last, comma, first = name.partition(",")
    letters = unicodedata.normalize("NFKD", f"{first} {last}" if comma else name)
    plain = "".join(letter for letter in letters if not unicodedata.combining(letter))
    return tuple(re.findall(r"[^\W_]+", plain.casefold()))


def name_keys(name: str) -> frozenset[str]:
    """Keys of a name: two names are the same if they share one. `doejane` is how Canvas writes "Doe, Jane"."""
    words = words_of_name(name)
    return frozenset({" ".join(sorted(words)), *spellings(words)} if words else ())


def spellings(words: Sequence[str]) -> tuple[str, ...]:
    """The words of a name as one, in each order in which a platform may write them."""
    return tuple("".join(order) for order in (words, (*words[1:], *words[:1]), (*words[-1:], *words[:-1])))


def id_key(text: str) -> str:
    """An id without capitals and spaces; Moodle's `Participant 123`, in any language, is 123."""
    stripped = text[:LONGEST_NAME].strip().casefold()
    numbered = re.fullmatch(r"[^\d@]*\D[ _](\d+)", stripped)
    return numbered[1] if numbered else stripped
