"""How often verdicts are right: `python -m benchmarks.accuracy [--every N] [--json FILE] [ID]...`.

For each assignment: equal spellings of its reference that get full marks, and mutants that lose points. Each assignment
is printed when it is done. The exit code is 1 if a right program loses a point, or a wrong one slips through.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from rich.console import Console

from grader.assignments.course import Course, load_course
from grader.assignments.folder import tutorial
from grader.assignments.spec import load_assignments
from grader.authoring.validate import Validation, print_table, print_validation, reference_graph, validate
from grader.domain import Grade
from tests.spellings.trials import Trial, run_trials
from tests.spellings.variants import variants

COUNTS = ("passed", "variants", "caught", "mutants")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("ids", nargs="*", metavar="ID", help="assignments; all of them by default")
    parser.add_argument("--every", type=int, default=1, metavar="N", help="try only every Nth program")
    parser.add_argument("--json", type=Path, help="write all figures into this file too")
    asked = parser.parse_args()
    console, found = Console(), []
    for assignment in load_assignments(asked.ids):
        one = measured(load_course([assignment.id]), asked.every)
        print_validation(console, one)
        found.append(one)
        if asked.json:
            asked.json.write_text(json.dumps([_plain(each) for each in found], indent=1) + "\n", encoding="utf-8")
    print_verdicts(console, found)
    return 0 if all(one.is_sound and one.passed == one.variants for one in found) else 1


def measured(course: Course, every: int) -> Validation:
    """The validation of a course's one assignment, with programs as its variants in place of networks."""
    validation = validate(course, tutorial(), _progress, every=every)
    spelled = _spellings(course, every)
    passed = sum(one.score == one.max_score for one in spelled)
    return replace(validation, variants=len(spelled), passed=passed)


def _spellings(course: Course, every: int) -> list[Grade]:
    """The grades of equal programs, half of them as a notebook."""
    (assignment,) = course.assignments
    found = variants(assignment, reference_graph(assignment, course, tutorial()))[::every]
    trials = [Trial(one.program, ("notebook", "module")[number % 2]) for number, one in enumerate(found)]
    return run_trials(trials, course)


def print_verdicts(console: Any, found: Sequence[Validation]) -> None:
    """Variants and mutants of all rubrics, and their sums."""
    counts = [[getattr(one, name) for name in COUNTS] for one in found]
    sums = [sum(column) for column in zip(*counts, strict=True)]
    rows = [
        (name, f"{passed} / {variants}", f"{caught} / {mutants}")
        for name, (passed, variants, caught, mutants) in zip(
            [*(one.assignment.id for one in found), "all"], [*counts, sums], strict=True
        )
    ]
    print_table(console, ("assignment", "variants passed", "mutants caught"), rows)


def _plain(one: Validation) -> dict[str, Any]:
    return {name: getattr(one, name) for name in COUNTS} | {"gaps": [asdict(gap) for gap in one.gaps]}


def _progress(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
