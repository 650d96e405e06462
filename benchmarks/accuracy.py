"""How often verdicts are right: `python -m benchmarks.accuracy [--quick] [--every N] [--json FILE] [ID]...`.

For each assignment: equal spellings of its reference that get full marks, mutants that lose points, and at the check
that owns them; then how often the reference fails and how often decoys pass, from seeds that neither calibration nor
grading uses. Each assignment is printed when it is done. The exit code is 1 if a right program loses a point, or a
wrong one slips through.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import asdict, astuple, dataclass, replace
from pathlib import Path
from typing import Any

from rich.console import Console

from benchmarks.error_rates import (
    DECOY_SEEDS,
    HEADINGS,
    QUICK_SEEDS,
    REFERENCE_SEEDS,
    ErrorRates,
    measure,
    rows,
)
from grader.assignments.course import Course, load_course
from grader.assignments.folder import CourseFolder, tutorial
from grader.assignments.spec import load_assignments
from grader.authoring.references import author_code, reference_cases
from grader.authoring.validate import Progress, Validation, print_table, print_validation, reference_graph, validate
from grader.domain import Assignment, Grade
from grader.sandbox.processors import usable_processors
from grader.training.host import local_trainer
from grader.training.memo import Memo, default_folder
from tests.spellings.trials import Trial, run_trials
from tests.spellings.variants import variants


@dataclass(frozen=True)
class Accuracy:
    """One assignment's validation and error rates."""

    validation: Validation
    rates: ErrorRates


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("ids", nargs="*", metavar="ID", help="assignments; all of them by default")
    parser.add_argument("--quick", action="store_true", help="100 fresh seeds of each network, with wider bounds")
    parser.add_argument("--every", type=int, default=1, metavar="N", help="try only every Nth program")
    parser.add_argument("--json", type=Path, help="write all figures into this file too")
    asked = parser.parse_args()
    console, found = Console(), []
    for one in measure_accuracy(asked.ids, "none", _progress, quick=asked.quick, every=asked.every):
        print_validation(console, one.validation)
        print_rates(console, one.rates)
        found.append(one)
        if asked.json:
            asked.json.write_text(json.dumps([_plain(each) for each in found], indent=1) + "\n", encoding="utf-8")
    print_verdicts(console, [one.validation for one in found])
    right = all(one.validation.is_sound and one.validation.passed == one.validation.variants for one in found)
    return 0 if right else 1


def measure_accuracy(
    ids: Sequence[str], isolation: str, progress: Progress, *, quick: bool = False, every: int = 1
) -> Iterator[Accuracy]:
    """Of these assignments, or of all, one after another.

    `quick` trains fewer seeds, `every` tries only every so many programs.
    """
    folder = tutorial()
    for assignment in load_assignments(ids, folder):
        course = load_course([assignment.id], folder)
        validation = validate(course, folder, progress, every=every)
        spelled = _spellings(assignment, course, folder, isolation, every)
        passed = sum(one.score == one.max_score for one in spelled)
        validation = replace(validation, variants=len(spelled), passed=passed)
        with ExitStack() as stack:
            memo = Memo(default_folder())
            trainers = [stack.enter_context(local_trainer(memo)) for _ in range(usable_processors())]
            supervisor = stack.enter_context(author_code())
            rates = measure(
                assignment,
                course.calibrations[assignment.id],
                reference_cases(assignment, folder, supervisor),
                trainers,
                REFERENCE_SEEDS[:QUICK_SEEDS] if quick else REFERENCE_SEEDS,
                DECOY_SEEDS[:QUICK_SEEDS] if quick else DECOY_SEEDS,
                progress,
            )
        yield Accuracy(validation, rates)


def _spellings(assignment: Assignment, course: Course, folder: CourseFolder, isolation: str, every: int) -> list[Grade]:
    """The grades of equal programs, half of them as a notebook."""
    found = variants(assignment, reference_graph(assignment, course, folder))[::every]
    trials = [Trial(one.program, ("notebook", "module")[number % 2]) for number, one in enumerate(found)]
    return run_trials(trials, course, isolation, lambda _: None)


def print_verdicts(console: Any, found: Sequence[Validation]) -> None:
    """Variants and mutants of all rubrics, and their sums."""
    counts = [(one.passed, one.variants, one.caught, one.owned, one.mutants) for one in found]
    sums = tuple(sum(column) for column in zip(*counts, strict=True))
    names = [*(one.assignment.id for one in found), "all"]
    rows = [
        (name, f"{passed} / {variants}", f"{caught} / {mutants}", f"{owned} / {mutants}")
        for name, (passed, variants, caught, owned, mutants) in zip(names, [*counts, sums], strict=True)
    ]
    print_table(console, ("assignment", "variants passed", "mutants caught", "on the right check"), rows)


def print_rates(console: Any, rates: ErrorRates) -> None:
    """How often a right answer fails `learns`, and how often a wrong one passes, from fresh seeds."""
    print_table(console, HEADINGS, [astuple(row) for row in rows(rates)])


def _plain(one: Accuracy) -> dict[str, Any]:
    validation = one.validation
    counts = {name: getattr(validation, name) for name in ("variants", "passed", "mutants", "caught", "owned")}
    return {**counts, "gaps": [asdict(gap) for gap in validation.gaps], "rates": asdict(one.rates)}


def _progress(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
