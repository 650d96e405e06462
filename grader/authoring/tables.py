"""The tables that authors read in a terminal."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from rich.table import Table

from grader.domain import Calibration, Grade, Status

TABLE_WIDTH = 132


def print_calibrations(console: Any, found: Mapping[str, Calibration]) -> None:
    """Thresholds, floors, epochs, tries and bounds, a row for each case."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    for heading in (
        "assignment",
        "case",
        "loss",
        "threshold",
        "lowest floor",
        "epochs",
        "misses",
        "U",
        "tries",
        "bound",
    ):
        table.add_column(heading, no_wrap=True)
    for name, calibration in found.items():
        for case in calibration.cases:
            floors = [f"{min(floor.values()):.3g}" for floor in calibration.floors]
            misses = f"{case.details.get('misses', '?')}/{case.details.get('seeds', '?')}"
            table.add_row(
                name,
                case.name or "reference",
                "/".join(case.loss),
                " / ".join(f"{t:g}" for t in calibration.thresholds),
                " / ".join(floors),
                str(case.epochs),
                misses,
                f"{case.miss_upper:.3g}",
                str(case.tries),
                f"{case.bound:.1e}",
            )
    console.width = max(console.width, TABLE_WIDTH)  # rather wide lines than figures cut in two
    console.print(table)


def print_validation(console: Any, grades: Sequence[Grade]) -> None:
    """What each reference gets by its own rubric."""
    for grade in grades:
        name = grade.assignment.id if grade.assignment else grade.submission.id
        console.print(f"{name}: {grade.score} / {grade.max_score}", highlight=False)
        for result in grade.results:
            if result.status is not Status.PASSED:
                console.print(f"    {result.check.id}: {result.message}", highlight=False, markup=False)
        for reason in grade.reasons:
            console.print(f"    review: {reason}", highlight=False, markup=False)
