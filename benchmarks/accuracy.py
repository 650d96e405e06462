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
    arguments = parser.parse_args()
    console, validations = Console(), []
    for assignment in load_assignments(arguments.ids):
        validation = measured(load_course([assignment.id]), arguments.every)
        print_validation(console, validation)
        validations.append(validation)
        if arguments.json:
            arguments.json.write_text(
                json.dumps([_plain(entry) for entry in validations], indent=1) + "\n", encoding="utf-8"
            )
    print_verdicts(console, validations)
    return 0 if all(entry.is_sound and entry.passed == entry.variants for entry in validations) else 1


def measured(course: Course, every: int) -> Validation:
    """The validation of a course's one assignment, with programs as its variants in place of networks."""
    validation = validate(course, tutorial(), _progress, every=every)
    spelled = _spellings(course, every)
    passed = sum(grade.score == grade.max_score for grade in spelled)
    return replace(validation, variants=len(spelled), passed=passed)


def _spellings(course: Course, every: int) -> list[Grade]:
    """The grades of equal programs, half of them as a notebook."""
    (assignment,) = course.assignments
    spellings = variants(assignment, reference_graph(assignment, course, tutorial()))[::every]
    trials = [Trial(spelling.program, ("notebook", "module")[number % 2]) for number, spelling in enumerate(spellings)]
    return run_trials(trials, course)


def print_verdicts(console: Any, validations: Sequence[Validation]) -> None:
    """Variants and mutants of all rubrics, and their sums."""
    counts = [[getattr(validation, name) for name in COUNTS] for validation in validations]
    sums = [sum(column) for column in zip(*counts, strict=True)]
    rows = [
        (name, f"{passed} / {variants}", f"{caught} / {mutants}")
        for name, (passed, variants, caught, mutants) in zip(
            [*(validation.assignment.id for validation in validations), "all"], [*counts, sums], strict=True
        )
    ]
    print_table(console, ("assignment", "variants passed", "mutants caught"), rows)


def _plain(validation: Validation) -> dict[str, Any]:
    return {name: getattr(validation, name) for name in COUNTS} | {"gaps": [asdict(gap) for gap in validation.gaps]}


def _progress(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
