"""What tests of whole classes need: programs, right ones and such as differ in a width; a course; and decisions."""

from __future__ import annotations

import shutil
from pathlib import Path

import psutil

ROOT = Path(__file__).parents[2]

_ONE_INPUT = """
from keras import Input, Model
from keras.layers import Dense
x0 = Input((1,))
x1 = Dense(32, activation='sigmoid', kernel_initializer='uniform')(x0)
x2 = Dense({width}, activation='sigmoid', kernel_initializer='uniform')(x1)
one_input = Model(x0, Dense({head}, kernel_initializer='uniform')(x2))
one_input.compile('rmsprop', 'mse')
"""


def one_input(width: int = 32, head: int = 1) -> str:
    """The program of `one_input`, right as it stands; with another width of its second layer, or of its head, wrong."""
    return _ONE_INPUT.format(width=width, head=head)


def course_in(place: Path) -> Path:
    """A course with one assignment in a folder."""
    shutil.copytree(ROOT / "assignments" / "one_input", place / "assignments" / "one_input")
    (place / "reference_solutions").mkdir()
    shutil.copy(ROOT / "reference_solutions" / "one_input.py", place / "reference_solutions")
    (place / "grader.toml").write_text('title = "Trial"\n', "utf-8")
    return place


def without_networks(place: Path) -> Path:
    """The same whose one rubric looks at no network, so that nothing needs Keras."""
    spec = course_in(place) / "assignments" / "one_input" / "assignment.toml"
    about = spec.read_text("utf-8").partition("[[checks]]")[0]
    spec.write_text(f'{about}[[checks]]\nkind = "runs"\npoints = 10\n', "utf-8")
    return place


def hand_in(place: Path, **programs: str) -> Path:
    """Modules into the folder `class` of a place, by who hands them in."""
    (place / "class").mkdir(parents=True)
    for name, text in programs.items():
        (place / "class" / f"{name}.py").write_text(text, "utf-8")
    return place


def override(submission: str, sha256: str, check: str = "heads", score: int = 1) -> str:
    """An entry of overrides.toml."""
    return (
        f'[[overrides]]\nsubmission = "{submission}"\nsha256 = "{sha256}"\nassignment = "one_input"\ncheck = "{check}"\n'
        f'score = {score}\nreason = "agreed"\nwho = "A. Instructor"\nwhen = 2026-11-24\n'
    )


def command_of(process: psutil.Process) -> str:
    """The command line of a process, which may have ended meanwhile."""
    try:
        return " ".join(process.cmdline())
    except psutil.Error:
        return ""
