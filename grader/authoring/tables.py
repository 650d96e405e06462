"""The tables that authors read in a terminal."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import astuple
from typing import Any

from rich.table import Table

from grader.authoring.validate import Validation
from grader.domain import Calibration, Status
from grader.training.calibration.calibrate import BASELINE
from grader.training.calibration.error_rates import HEADINGS, ErrorRates, rows

TABLE_WIDTH = 132


def print_calibrations(console: Any, found: Mapping[str, Calibration]) -> None:
    """Thresholds, floors, epochs, tries and bounds, a row for each case."""
    rows = []
    for name, calibration in found.items():
        for case in calibration.cases:
            floors = [f"{min(floor.values()):.3g}" for floor in calibration.floors]
            rows.append((
                name, case.name or "reference", "/".join(case.loss),
                " / ".join(f"{t:g}" for t in calibration.thresholds), " / ".join(floors), str(case.epochs),
                f"{case.details.get('misses', '?')}/{case.details.get('seeds', '?')}", f"{case.miss_upper:.3g}",
                str(case.tries), f"{case.bound:.1e}",
            ))  # fmt: skip
    headings = "assignment case loss threshold lowest_floor epochs misses U tries bound"
    _print_table(console, headings.split(), rows)


def print_validation(console: Any, found: Validation) -> None:
    """What slipped through one rubric, after what held."""
    assignment, reference = found.assignment, found.reference
    console.print(f"[bold]{assignment.id}[/bold]: reference {reference.score} / {reference.max_score}", highlight=False)
    console.print(f"  variants without a loss     {found.passed} / {found.variants}", highlight=False)
    console.print(f"  mutants that lost points    {found.caught} / {found.mutants}", highlight=False)
    console.print(f"  … at the check that owns it {found.owned} / {found.mutants}", highlight=False)
    if assignment.free:
        console.print(f"  left free by the spec: {', '.join(assignment.free)}", highlight=False, markup=False)
    if assignment.essential:
        console.print(f"  may cost more than half: {', '.join(assignment.essential)}", highlight=False, markup=False)
    for line in _error_rates(found.calibration):
        console.print(f"  learns: {line}", highlight=False, markup=False, soft_wrap=True)
    for slip in found.slips:
        console.print(f"  slip: {slip.tried} {slip.what}", highlight=False, markup=False, soft_wrap=True)
    for result in reference.results:
        if result.status is not Status.PASSED:
            console.print(f"  {result.check.id}: {result.message}", highlight=False, markup=False, soft_wrap=True)


def _error_rates(calibration: Calibration) -> Iterable[str]:
    """Both error rates of the thresholds, as the calibration has them."""
    for case in calibration.cases:
        name = f"`{case.name}`" if case.name else "the reference"
        wrong = "passes" if case.name == BASELINE else "fails"
        yield f"{name} {wrong} in at most {case.bound:.1e} of all gradings ({case.epochs} epochs)"
    for decoy in calibration.decoys:
        if not decoy["proven"]:
            hits = f"{decoy['hits']} of {decoy['seeds']} seeds"
            yield f"the decoy `{decoy['name']}` hit with {hits}: it passes in at most {decoy['chance']:.2g} of gradings"
    proven = sum(bool(decoy["proven"]) for decoy in calibration.decoys)
    yield f"{proven} decoys can never pass, by the floors; `make accuracy` says more of the others"


def print_verdicts(console: Any, found: Sequence[Validation]) -> None:
    """Variants and mutants of all rubrics, and their sums."""
    counts = [(one.passed, one.variants, one.caught, one.owned, one.mutants) for one in found]
    sums = tuple(sum(column) for column in zip(*counts, strict=True))
    names = [*(one.assignment.id for one in found), "all"]
    rows = [
        (name, f"{passed} / {variants}", f"{caught} / {mutants}", f"{owned} / {mutants}")
        for name, (passed, variants, caught, owned, mutants) in zip(names, [*counts, sums], strict=True)
    ]
    _print_table(console, ("assignment", "variants passed", "mutants caught", "at the right check"), rows)


def print_rates(console: Any, rates: ErrorRates) -> None:
    """How often a right answer fails `learns`, and how often a wrong one passes, from fresh seeds."""
    _print_table(console, HEADINGS, [astuple(row) for row in rows(rates)])


def _print_table(console: Any, headings: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    table = Table(box=None, pad_edge=False, header_style="bold")
    for heading in headings:
        table.add_column(heading.replace("_", " "), no_wrap=True)
    for row in rows:
        table.add_row(*row)
    console.width = max(console.width, TABLE_WIDTH)  # rather wide lines than figures cut in two
    console.print(table)
