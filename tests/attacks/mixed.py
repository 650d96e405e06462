"""A class of honest submissions, alone and with hostile ones among it: what the honest get, and how long it all takes."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Mapping
from contextlib import nullcontext
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from unittest.mock import patch

from grader import pipeline
from grader.assignments.course import Course, load_course
from grader.domain import Limits
from grader.pipeline import grade_class
from grader.runs.options import ClassOptions, RunOptions
from grader.runs.workers import Processes
from tests.attacks.cases import Case
from tests.attacks.world import World

GOOD = Path(__file__).resolve().parents[1] / "submissions" / "good" / "one_input"
LIMITS = Limits(seconds=20, cpu_seconds=20, memory_mb=2048, processes=96, file_mb=32, disk_mb=64, output_kb=128)
Row = tuple[int | None, str, tuple[object, ...]]
Write = Callable[[Path], object]


@dataclass(frozen=True)
class Compared:
    """By submission, the grades alone and together; and the seconds of both classes."""

    alone: Mapping[str, list[Row]]
    together: Mapping[str, list[Row]]
    seconds: tuple[float, float]

    @property
    def differing(self) -> tuple[str, ...]:
        """The honest ones whose grade is not the one that they get without the others."""
        return tuple(name for name, grades in self.alone.items() if self.together.get(name) != grades)


@dataclass(frozen=True)
class Mixed:
    honest: int
    differing: tuple[str, ...]


def mixed(level: str, cases: list[Case]) -> Mixed:
    """Every second submission is hostile; an attack that is about the hand-in itself is not among them."""
    course = load_course(["one_input"])
    course = replace(course, assignments=tuple(replace(assignment, limits=LIMITS) for assignment in course.assignments))
    with World() as world:
        attacks = {
            case.name: partial(case.hand_in, case.forms[-1], world.known()) for case in cases if not case.commands
        }
        with Processes() as shared, patch.object(pipeline, "Processes", lambda: nullcontext(shared)):
            return Mixed(len(attacks), compared(level, course, attacks, world.folder, len(attacks)).differing)


def compared(level: str, course: Course, hostile: Mapping[str, Write], folder: Path, honest: int) -> Compared:
    """Each hostile one is a function that fills a folder. Each honest one has a line of its own: equal files run once."""
    sources = sorted(GOOD.glob("*.py"))
    for number in range(honest):
        for name in ("alone", "class"):
            place = folder / name / f"{2 * number:03}-honest"
            place.mkdir(parents=True)
            text = sources[number % len(sources)].read_text("utf-8")
            (place / "work.py").write_text(f"{text}\n# student {number}\n", "utf-8")
    for number, (name, write) in enumerate(hostile.items()):
        write(folder / "class" / f"{2 * number + 1:03}-{name}")
    (alone, first), (together, second) = (graded(folder / name, course, level) for name in ("alone", "class"))
    return Compared(alone, together, (first, second))


def graded(place: Path, course: Course, level: str) -> tuple[dict[str, list[Row]], float]:
    started = time.monotonic()
    report = grade_class(
        place, Path(tempfile.mkdtemp(prefix="report-")), course, RunOptions(isolation=level), ClassOptions(jobs=2)
    )
    rows: dict[str, list[Row]] = {}
    for grade in report.grades:
        checks = tuple((check["id"], check["status"], check["score"]) for check in grade["checks"])
        rows.setdefault(grade["submission"]["id"], []).append((grade["score"], grade["status"], checks))
    return rows, time.monotonic() - started
