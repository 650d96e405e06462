"""What a recording may say in words that a report shows as they stand. The rest, only the grader can know.

Student code can write any recording. So the words of notes are ours (`grader.hints`), and the sentences that say why a
file cannot be run are those of `student/`. What is left of free text is quoted from the program (its own lines, names
and error messages), and stands in reports as that.
"""

from __future__ import annotations

import re

NOT_A_NOTEBOOK = "the file is not a notebook that can be read"
PROBLEMS = re.compile(rf"the file is empty|the file holds no list of cells|{NOT_A_NOTEBOOK} \(\w{{1,80}}\)")
UNWATCHED = "Keras could not be watched"
WATCHING = re.compile(r"cannot watch Keras [\w.?+-]{1,40}: [^\n]{0,300}")
PACKAGES = frozenset({"python", "keras", "tensorflow", "numpy"})
VERSION = re.compile(r"[\w.+!-]{1,50}")


def run_problem(said: str) -> str:
    """Why a file cannot be run, in the words that the driver has for it."""
    return said if not said or PROBLEMS.fullmatch(said) else NOT_A_NOTEBOOK


def watch_problem(said: str) -> str:
    return said if not said or WATCHING.fullmatch(said) else UNWATCHED


def identifier(said: str) -> str:
    """A name as Python has them, with dots; of anything else, what such a name can hold."""
    return re.sub(r"[^\w.]+", "_", said)[:200]


def versions(said: dict[str, str]) -> dict[str, str]:
    return {name: version for name, version in said.items() if name in PACKAGES and VERSION.fullmatch(version)}
