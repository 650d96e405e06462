"""What authors do with whole assignments: calibrate them, and find the gaps of rubrics.

Gaps are shown by the reference of an assignment, its variants and mutants; the tables are what authors read.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from rich.measure import Measurement
from rich.table import Table

from grader.assignments.calibration import load_calibration, save_calibration, source_digest
from grader.assignments.course import Course, load_course
from grader.assignments.folder import CourseFolder
from grader.assignments.spec import load_assignments
from grader.authoring.first_look import refuse_own_rubric
from grader.authoring.programs.mutants import Mutant, mutants, ownership
from grader.authoring.programs.program import Program, reference_program
from grader.authoring.programs.variants import Variant, variants
from grader.authoring.programs.writer import write
from grader.authoring.references import author_code, reference_cases, reference_files
from grader.authoring.trials import Trial, run_trials
from grader.domain import Assignment, Calibration, CheckResult, Grade, ModelGraph, Status
from grader.domain.words import counted, time_left
from grader.errors import InvalidAssignment
from grader.runs.workers import Worker
from grader.sandbox.processors import usable_processors
from grader.training.calibration.calibrate import BASELINE, calibrate
from grader.training.calibration.plan import MINUTES, Plan, quick_plan
from grader.training.host import local_trainer
from grader.training.memo import Memo, default_folder

MOST_FOR_ONE_CAUSE = 0.5
"""The share of all points that one root cause may cost, and that another exercise may earn."""

MOST_WIDTH = 400
Progress = Callable[[str], None]


@dataclass(frozen=True)
class Gap:
    """A wrong verdict: what was tried, and how the rubric judged it."""

    tried: str
    what: str
    source: str


@dataclass(frozen=True)
class Validation:
    """The result for one assignment. `owned` counts mutants that lost points on their owner and nowhere undeclared."""

    assignment: Assignment
    calibration: Calibration
    reference: Grade
    variants: int
    passed: int
    mutants: int
    caught: int
    owned: int
    gaps: tuple[Gap, ...]

    @property
    def is_sound(self) -> bool:
        return not self.gaps and self.reference.score == self.reference.max_score and not self.reference.reasons


def validate(course: Course, folder: CourseFolder, isolation: str, progress: Progress, every: int = 1) -> Validation:
    """Try the rubric of a course's one assignment with everything that can be derived from its reference.

    Also with the reference of the exercise before it. `every` thins both lists out, for a quick look.
    """
    (assignment,) = course.assignments
    graph = reference_graph(assignment, course, folder)
    spelled = [pair for number, variant in enumerate(variants(assignment, graph)) for pair in _forms(number, variant)]
    equal, wrong = spelled[::every], mutants(assignment, graph)[::every]
    before = _predecessor(assignment, folder)
    trials = [Trial(variant.program, form) for variant, form in equal]
    trials += [Trial(mutant.program, mutant.form) for mutant in wrong]
    trials += [Trial(before, "notebook")] if before else []
    started = time.monotonic()

    def advanced(done: int) -> None:
        left = (time.monotonic() - started) / max(done, 1) * (len(trials) - done)
        progress(f"{assignment.id}: {done} of {len(trials)} programs{f', {time_left(left)}' if left else ''}")

    grades = run_trials(trials, course, isolation, advanced)
    lost = [gap for (one, form), grade in zip(equal, grades, strict=False) if (gap := _lost(one, form, grade))]
    judged = [_judged(mutant, grade, assignment) for mutant, grade in zip(wrong, grades[len(equal) :], strict=False)]
    gaps = [*lost, *(gap for gap, _, _ in judged if gap)]
    gaps += _too_good(before, grades[-1]) if before else []
    return Validation(
        assignment, course.calibrations[assignment.id], grades[0], len(equal), len(equal) - len(lost), len(wrong),
        sum(caught for _, caught, _ in judged), sum(owned for _, _, owned in judged), tuple(gaps),
    )  # fmt: skip


def _forms(number: int, variant: Variant) -> Iterator[tuple[Variant, str]]:
    """As a notebook and as a module; what must run alone, which takes longer, as one of the two."""
    forms = ("notebook", "module")
    alone = Trial(variant.program, forms[0]).is_alone
    return ((variant, form) for form in ((forms[number % 2],) if alone else forms))


def reference_graph(assignment: Assignment, course: Course, folder: CourseFolder) -> ModelGraph:
    """The required network, or one that solves an open task."""
    known = course.calibrations[assignment.id].reference
    if known:
        return known
    with author_code(course.files_beside) as supervisor:
        return reference_cases(assignment, folder, supervisor)[0][1]


def _predecessor(assignment: Assignment, folder: CourseFolder) -> Program | None:
    """The reference of the exercise before, submitted for this one."""
    try:
        whole = load_course((), folder)
    except InvalidAssignment:  # no other is calibrated
        return None
    earlier = [other for other in whole.assignments if other.position < assignment.position]
    if not earlier:
        return None
    program = reference_program(earlier[-1], reference_graph(earlier[-1], whole, folder))
    return replace(program, assignment=assignment)


def _too_good(program: Program, grade: Grade) -> list[Gap]:
    if grade.score <= MOST_FOR_ONE_CAUSE * grade.max_score:
        return []
    what = f"scores {grade.score} of {grade.max_score}: too many points for work that was not done"
    earned = ", ".join(f"`{result.check.id}`" for result in grade.results if result.score)
    tried = f"the reference of the exercise before it, `{program.graph.name}`, submitted unchanged,"
    return [Gap(tried, f"{what}; points for {earned}", write(program))]


def _lost(variant: Variant, form: str, grade: Grade) -> Gap | None:
    """A variant that did not get full marks."""
    tried = f"{variant.name}, as a {form}"
    if losing := _losing(grade):
        first = losing[0]
        what = f"is equivalent, but loses points on `{first.check.id}`: {first.message}"
        return Gap(tried, what, write(variant.program))
    if grade.reasons:
        return Gap(tried, f"is equivalent, but needs review: {grade.reasons[0]}", write(variant.program))
    return None


def _judged(mutant: Mutant, grade: Grade, assignment: Assignment) -> tuple[Gap | None, bool, bool]:
    """A mutant's gap if there is one, whether it lost points at all, and whether it lost them where it should."""
    right = ownership(mutant, assignment)
    losing = {result.check.id: result for result in _losing(grade)}
    strangers = [name for name in losing if name not in {right.owner, *right.touched}]
    cost = sum(result.max_score - result.score for result in losing.values())
    what = ""
    if not losing:
        unseen = f"no check covers the subject `{mutant.subject}`"
        reason = f"`{right.owner}` should have caught it" if right.owner else unseen
        what = f"costs no points: {reason}"
    elif right.owner and not right.is_met_by(losing):
        what = f"costs points on {_named(losing)}, but not on `{right.owner}`, which should catch it"
    elif strangers:
        what = f"costs points on `{strangers[0]}`, which is not about it: {losing[strangers[0]].message}"
    elif cost > MOST_FOR_ONE_CAUSE * grade.max_score and mutant.subject not in ("unreadable", *assignment.essential):
        what = f"costs {cost} of {grade.max_score} points, on {_named(losing)}: too many for a single cause"
    gap = Gap(mutant.name, what, write(mutant.program)) if what else None
    owned = not right.owner or right.is_met_by(losing)
    return gap, bool(losing), bool(losing) and not strangers and owned


def _losing(grade: Grade) -> list[CheckResult]:
    return [result for result in grade.results if result.score < result.max_score]


def _named(results: Sequence[str] | dict[str, CheckResult]) -> str:
    return ", ".join(f"`{name}`" for name in results)


def keep_gaps(found: Validation, folder: Path) -> None:
    """Write each program that shows a gap as a module, numbered in the order in which they are printed."""
    folder.mkdir(parents=True, exist_ok=True)
    for number, gap in enumerate(found.gaps, start=1):
        path = folder / f"{found.assignment.id}-{number:02}.py"
        path.write_text(f"# {gap.tried} {gap.what}\n\n{gap.source}", encoding="utf-8")


def calibrate_assignments(
    ids: Sequence[str],
    folder: CourseFolder,
    say: Callable[[str], None],
    *,
    quick: bool = False,
    minutes: float = MINUTES,
) -> dict[str, Calibration]:
    """Calibrate each assignment on all cores, and write its calibration.json.

    `minutes` is the time for each; `quick` looks at the rest of the rubric first, and trains a few seeds only, which a
    full calibration finds trained.
    """
    found = {}
    with ExitStack() as stack:
        memo = Memo(default_folder())
        trainers = [stack.enter_context(local_trainer(memo, own=folder.layers)) for _ in range(usable_processors())]
        assignments = load_assignments(ids, folder)
        bare = Course(assignments, {}, asked=True, root=folder.root, layers=folder.layers)
        beside = bare.with_companions(folder.companions).files_beside
        supervisor = stack.enter_context(author_code(beside))
        for assignment in assignments:
            cases = reference_cases(assignment, folder, supervisor)
            plan = quick_plan(minutes) if quick else Plan(minutes=minutes)
            files = reference_files(assignment, folder)
            if quick:
                refuse_own_rubric(assignment, cases, files[0], Worker(supervisor, trainers[0]))
                say(f"{assignment.id}: the reference passes the other checks")
            if any(layer.module for _, graph in cases for layer in graph.layers):
                files += folder.layers.files
            sources = {path.relative_to(folder.references.parent).as_posix(): source_digest(path) for path in files}
            found[assignment.id] = calibrate(assignment, cases, trainers, say, plan, sources)
            if quick and has_full(assignment, found[assignment.id]):
                say(f"{assignment.id}: the existing calibration is a full one of the same reference, and is kept")
            else:
                save_calibration(found[assignment.id], assignment.folder / "calibration.json")
    return found


def has_full(assignment: Assignment, looked: Calibration) -> bool:
    """Whether there is a calibration of the same spec, data and files already that is better than a quick look."""
    try:
        there = load_calibration(assignment.folder / "calibration.json")
    except InvalidAssignment:
        return False
    same = (there.digest, there.sources, there.versions) == (looked.digest, looked.sources, looked.versions)
    return same and not there.quick


def print_calibrations(console: Any, found: Mapping[str, Calibration], folder: CourseFolder) -> None:
    """Thresholds, floors, epochs, tries and bounds, a row for each case that was trained."""
    rows = []
    trained = {name: calibration for name, calibration in found.items() if calibration.mode != "none"}
    for name, calibration in trained.items():
        for case in calibration.cases:
            measured = list(zip(calibration.measures, calibration.thresholds, calibration.floors, strict=True))
            goals = [f"{metric.name} {metric.turned(t):.6g}" for metric, t, _ in measured]
            floors = [metric.shown(min(floor.values(), default=None)) if floor else "" for metric, _, floor in measured]
            rows.append((
                name, case.name or "reference", "/".join(case.loss),
                " / ".join(goals), " / ".join(floors), str(case.epochs),
                f"{case.details.get('misses', '?')}/{case.details.get('seeds', '?')}", f"{case.miss_upper:.3g}",
                str(case.tries), f"{case.bound:.1e}",
            ))  # fmt: skip
    headings = "assignment case loss threshold lowest_floor epochs misses U tries bound"
    if rows:
        print_table(console, headings.split(), rows)
    for name, calibration in found.items():
        if name not in trained:
            console.print(f"{name}: the rubric has no `learns` check, so nothing was trained", highlight=False)
        if calibration.quick:
            command = folder.command("calibrate", name)
            words = f"{name}: a first look from few seeds, with wide bounds; `{command}` continues it"
            console.print(words, highlight=False, markup=False, soft_wrap=True)


def print_validation(console: Any, found: Validation) -> None:
    """The results and the gaps of one rubric."""
    assignment, reference = found.assignment, found.reference
    console.print(f"[bold]{assignment.id}[/bold]: reference {reference.score} / {reference.max_score}", highlight=False)
    console.print(f"  variants with full points   {found.passed} / {found.variants}", highlight=False)
    console.print(f"  mutants that lost points    {found.caught} / {found.mutants}", highlight=False)
    console.print(f"  … on the right check        {found.owned} / {found.mutants}", highlight=False)
    if assignment.free:
        console.print(f"  free by the spec: {', '.join(assignment.free)}", highlight=False, markup=False)
    if assignment.essential:
        console.print(f"  may cost more than half: {', '.join(assignment.essential)}", highlight=False, markup=False)
    for line in _error_rates(found.calibration):
        console.print(f"  learns: {line}", highlight=False, markup=False, soft_wrap=True)
    for gap in found.gaps:
        console.print(f"  gap: {gap.tried} {gap.what}", highlight=False, markup=False, soft_wrap=True)
    for result in reference.results:
        if result.status is not Status.PASSED:
            console.print(f"  {result.check.id}: {result.message}", highlight=False, markup=False, soft_wrap=True)


def _error_rates(calibration: Calibration) -> Iterable[str]:
    """Both error rates of the thresholds, as the calibration has them."""
    if calibration.mode == "none":
        return
    for case in calibration.cases:
        name = f"`{case.name}`" if case.name else "the reference"
        wrong = "passes" if case.name == BASELINE else "misses the threshold"
        yield f"{name} {wrong} in at most {case.bound:.1e} of all gradings ({case.epochs} epochs)"
    for decoy in calibration.decoys:
        if not decoy["proven"]:
            hits = f"the decoy `{decoy['name']}` hit with {decoy['hits']} of {decoy['seeds']} seeds"
            yield hits if calibration.quick else f"{hits}: it passes in at most {decoy['chance']:.2g} of gradings"
    if calibration.quick:
        yield "these are a few seeds of a first look; a full `grader calibrate` bounds how often decoys pass"
    proven = counted(sum(bool(decoy["proven"]) for decoy in calibration.decoys), "decoy")
    yield f"the floors prove that {proven} can never pass; `make accuracy` reports more about the others"


def print_table(console: Any, headings: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """As wide as its longest row."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    for heading in headings:
        table.add_column(heading.replace("_", " "), no_wrap=True)
    for row in rows:
        table.add_row(*row)
    needed = Measurement.get(console, console.options.update(width=MOST_WIDTH), table).maximum
    console.width = max(console.width, needed)  # wide lines are better than figures cut in two
    console.print(table)
