"""A class in which every second submission is hostile: what the honest half gets, and how long each of its runs takes."""

from __future__ import annotations

import statistics
import tempfile
import time
from dataclasses import dataclass, replace
from pathlib import Path

from grader.assignments.course import Course, load_course
from grader.domain import Limits
from grader.pipeline import grade_class
from grader.runs.options import ClassOptions, RunOptions
from tests.attacks.cases import Case, load_cases
from tests.attacks.world import World

GOOD = Path(__file__).resolve().parents[1] / "submissions" / "good" / "one_input"
LIMITS = Limits(seconds=20, cpu_seconds=20, memory_mb=2048, processes=96, file_mb=32, disk_mb=64, output_kb=128)
ID = "{number:03}-{who}"
Row = tuple[object, ...]


@dataclass(frozen=True)
class Mixed:
    """`differing` names those whose grade is not the one that they get without the others; times are medians."""

    honest: int
    hostile: int
    differing: tuple[str, ...]
    seconds_alone: float
    seconds_mixed: float
    class_alone: float
    class_mixed: float


def mixed(level: str, cases: tuple[Case, ...] | None = None) -> Mixed:
    """Each honest submission is a file of its own; an attack that is about the hand-in itself is not among the others."""
    cases = cases or tuple(case for case in load_cases() if not case.commands)
    course = load_course(["one_input"])
    course = replace(course, assignments=tuple(replace(one, limits=LIMITS) for one in course.assignments))
    with World() as world:
        alone, together = world.folder / "alone", world.folder / "class"
        for number, case in enumerate(cases):
            for place in (alone, together):
                hand_in_honest(place / ID.format(number=2 * number, who="honest"), number)
            case.hand_in(case.forms[-1], world.known(), together / ID.format(number=2 * number + 1, who=case.name))
        found = {place: graded(place, course, level) for place in (alone, together)}
    (before, class_alone), (after, class_mixed) = found[alone], found[together]
    return Mixed(
        honest=len(cases),
        hostile=len(cases),
        differing=tuple(name for name, (grade, _) in before.items() if after.get(name, ((),))[0] != grade),
        seconds_alone=statistics.median(seconds for _, seconds in before.values()),
        seconds_mixed=statistics.median(seconds for name, (_, seconds) in after.items() if name in before),
        class_alone=class_alone,
        class_mixed=class_mixed,
    )


def hand_in_honest(place: Path, number: int) -> None:
    """One of the good ones, with a line of its own: equal files run only once."""
    place.mkdir(parents=True)
    sources = sorted(GOOD.glob("*.py"))
    text = sources[number % len(sources)].read_text("utf-8")
    (place / "work.py").write_text(f"{text}\n# student {number}\n", "utf-8")


def graded(place: Path, course: Course, level: str) -> tuple[dict[str, tuple[Row, float]], float]:
    """By submission, its grade, and the seconds of its run; and the seconds of it all."""
    out = Path(tempfile.mkdtemp(prefix="report-"))
    started = time.monotonic()
    report = grade_class(
        place, out, course, RunOptions(isolation=level), ClassOptions(jobs=2)
    )
    rows = {}
    for document in report.grades:
        checks = tuple((check["id"], check["status"], check["score"]) for check in document["checks"])
        row = (document["score"], document["status"], checks)
        rows[document["submission"]["id"]] = row, float(document["execution"]["seconds"])
    return rows, time.monotonic() - started
