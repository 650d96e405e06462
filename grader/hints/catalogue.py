"""Every note by its code: a sentence for the report, and the longer story that `grader explain CODE` tells."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True)
class Explanation:
    """`sentence` stands in reports, before the note's own detail.

    `stops`: where it ends the program, if it does. `about`: the kind of check that loses points for it.
    `correction`: whether the note quotes a "line" to write, says in "words" what to do, or asks for nothing ("none").
    `detail` are the words for what is particular, `cases` others for some `case`. `by_grader`: no run can know it.
    """

    sentence: str
    story: str
    stops: str = ""
    about: str = ""
    correction: str = "line"
    detail: str = "{change}"
    cases: Mapping[str, str] = field(default_factory=dict)
    by_grader: bool = False


def _read() -> Mapping[str, Explanation]:
    table = tomllib.loads(Path(__file__).with_name("notes.toml").read_text(encoding="utf-8"))
    return {code: Explanation(**entry) for code, entry in table.items()}


EXPLANATIONS: Mapping[str, Explanation] = _read()
SENTENCES: Mapping[str, str] = {code: explanation.sentence for code, explanation in EXPLANATIONS.items()}

