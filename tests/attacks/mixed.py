"""A class in which every second submission is hostile: what the honest half gets."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass, replace
from pathlib import Path

from grader.assignments.course import Course, load_course
from grader.domain import Limits
from grader.pipeline import grade_class
from grader.runs.options import ClassOptions, RunOptions
from tests.attacks.cases import Case
from tests.attacks.world import World

GOOD = Path(__file__).resolve().parents[1] / "submissions" / "good" / "one_input"
LIMITS = Limits(seconds=20, cpu_seconds=20, memory_mb=2048, processes=96, file_mb=32, disk_mb=64, output_kb=128)


@dataclass(frozen=True)
class Mixed:
    """`differing` names those whose grade is not the one that they get without the others."""

    honest: int
    differing: tuple[str, ...]


def mixed(level: str, cases: list[Case]) -> Mixed:
    """Each honest submission is a file of its own; an attack that is about the hand-in itself is not among the others."""
    course = load_course(["one_input"])
    course = replace(course, assignments=tuple(replace(one, limits=LIMITS) for one in course.assignments))
    cases = [case for case in cases if not case.commands]
    with World() as world:
        alone, together = world.folder / "alone", world.folder / "class"
        for number, case in enumerate(cases):
            for place in (alone, together):
                hand_in_honest(place / f"{2 * number:03}-honest", number)
            case.hand_in(case.forms[-1], world.known(), together / f"{2 * number + 1:03}-{case.name}")
        before, after = (graded(place, course, level) for place in (alone, together))
    return Mixed(len(cases), tuple(name for name, grade in before.items() if after.get(name) != grade))


def hand_in_honest(place: Path, number: int) -> None:
    """One of the good ones, with a line of its own: equal files run only once."""
    place.mkdir(parents=True)
    sources = sorted(GOOD.glob("*.py"))
    text = sources[number % len(sources)].read_text("utf-8")
    (place / "work.py").write_text(f"{text}\n# student {number}\n", "utf-8")


def graded(place: Path, course: Course, level: str) -> dict[str, object]:
    """The grade of each submission."""
    out = Path(tempfile.mkdtemp(prefix="report-"))
    report = grade_class(place, out, course, RunOptions(isolation=level), ClassOptions(jobs=2))
    rows: dict[str, object] = {}
    for document in report.grades:
        checks = tuple((check["id"], check["status"], check["score"]) for check in document["checks"])
        rows[document["submission"]["id"]] = (document["score"], document["status"], checks)
    return rows
