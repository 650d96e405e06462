"""What authors do with whole assignments: calibrate them, and find the gaps of rubrics.

Gaps are shown by the reference of an assignment, by what its rubric leaves free, and by single mistakes in it; the
tables are what authors read.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from rich.table import Column, Table

from grader.assignments.calibration import load_calibration, save_calibration, source_digest
from grader.assignments.course import Course
from grader.assignments.folder import CourseFolder
from grader.assignments.spec import load_assignments
from grader.authoring.lint import lost_points, refuse_own_rubric
from grader.authoring.mutants import mutants, variants
from grader.authoring.mutation_table import Mutant
from grader.authoring.references import author_code, reference_cases, reference_files
from grader.checks import kinds_of
from grader.domain import (
    Assignment,
    Calibration,
    CheckResult,
    Failure,
    Grade,
    Location,
    ModelGraph,
    RecordedModel,
    Status,
)
from grader.domain.words import listed
from grader.errors import InvalidAssignment
from grader.filesystem import write
from grader.grading.grade import grade_network
from grader.graph.keras_code import UnwritableError, program
from grader.runs.workers import Worker
from grader.sandbox.cgroups import usable_processors
from grader.training.calibration.calibrate import QUICK_SEEDS, SEEDS, Progress, calibrate
from grader.training.host import local_trainer
from grader.training.memo import Memo, default_folder
from grader.training.trainer import Trainer

MOST_FOR_ONE_CAUSE = 0.5  # of all points

MOST_WIDTH = 400
HEADINGS = (
    "assignment", "case", "loss", "threshold", "lowest floor", "epochs", "misses", "U", "tries", "bound",
)  # fmt: skip


@dataclass(frozen=True)
class Gap:
    """A wrong verdict: what was tried, how the rubric judged it, and a program that shows it."""

    tried: str
    what: str
    source: str


@dataclass(frozen=True)
class Validation:
    """The result for one assignment. `caught` counts mutants that a check of their subject noticed."""

    assignment: Assignment
    reference: Grade
    variants: int
    passed: int
    mutants: int
    caught: int
    gaps: tuple[Gap, ...]

    @property
    def is_sound(self) -> bool:
        return not self.gaps and self.reference.score == self.reference.max_score and not self.reference.reasons


def validate(
    course: Course, folder: CourseFolder, progress: Progress, *, every: int = 1, learns: bool = True
) -> Validation:
    """Try the rubric of a course's one assignment with everything that can be derived from its reference.

    `every` thins out the mutants; without `learns` nothing is trained, and what may depend on it is no gap.
    """
    (assignment,) = course.assignments
    graph = reference_graph(assignment, course, folder)
    with local_trainer(Memo(default_folder())) as trainer:
        equal = variants(assignment, graph)
        wrong = mutants(assignment, graph, trainer.described)[::every]
        trials = [*equal, *wrong]
        grades = _grades(trials, course, progress, trainer, learns=learns)
    problems = list(map(_problem, trials, grades))
    gaps = tuple(_gap(trial, problem) for trial, problem in zip(trials, problems, strict=True) if problem)
    passed, caught = problems[: len(equal)].count(""), problems[len(equal) :].count("")
    return Validation(assignment, grades[0], len(equal), passed, len(wrong), caught, gaps)


def _grades(
    trials: Sequence[Mutant], course: Course, progress: Progress, trainer: Trainer, *, learns: bool
) -> list[Grade]:
    """By all checks but `learns` first; a network is trained only if the verdict on the rubric depends on it."""
    (assignment,) = course.assignments
    rest = tuple(check for check in assignment.checks if check.kind != "learns")
    without = replace(course, assignments=(replace(assignment, checks=rest),))
    grades, undecided = [], []
    for number, trial in enumerate(trials):
        learned, missed = _either_way(grade_mutant(trial, without, trainer), assignment)
        if bool(_problem(trial, learned)) != bool(_problem(trial, missed)):
            undecided.append(number)
        grades.append(missed if _problem(trial, learned) and not _problem(trial, missed) else learned)
    progress(f"{assignment.id}: {len(trials)} networks, {len(undecided) if learns else 'none'} to be trained")
    with ThreadPoolExecutor(usable_processors()) as pool:
        todo = [trials[number] for number in undecided] if learns else []
        trained = pool.map(lambda trial: grade_mutant(trial, course, trainer), todo)
        for done, (number, grade) in enumerate(zip(undecided, trained, strict=False), start=1):
            grades[number] = grade
            progress(f"{assignment.id}: {done} of {len(todo)} trained")
    return grades


def _either_way(grade: Grade, assignment: Assignment) -> tuple[Grade, Grade]:
    """The grade if the network learns, and if it does not."""
    own = {result.check.id: result for result in grade.results}

    def with_learning(share: int) -> Grade:
        learned = (CheckResult(check, Status.PASSED, share * check.points, "") for check in assignment.checks)
        results = tuple(own.get(result.check.id, result) for result in learned)
        return replace(grade, assignment=assignment, results=results)

    return with_learning(1), with_learning(0)


def grade_mutant(mutant: Mutant, course: Course, trainer: Trainer) -> Grade:
    """The grade for a course's one assignment, as if the mutant had been handed in."""
    kind, name = ("sequential", "Sequential") if mutant.flaw == "sequential" else ("functional", "Functional")
    here, compiles = Location(line=1), (mutant.compiled,) if mutant.compiled else ()
    model = RecordedModel(0, kind, name, ("model",), "", False, here, (), None, "", compiles)
    failures = [Failure("RuntimeError", "an error", here, settled=True)] if mutant.flaw == "fails" else []
    return grade_network(model, mutant.graph, course, trainer, *failures)


def _gap(mutant: Mutant, problem: str) -> Gap:
    try:
        source = program(mutant.graph, mutant.compiled, sequential=mutant.flaw == "sequential")
    except UnwritableError as error:
        source = f"# cannot be written: {error}\n"
    return Gap(mutant.words, problem, source + ('raise RuntimeError("an error")\n' if mutant.flaw == "fails" else ""))


def reference_graph(assignment: Assignment, course: Course, folder: CourseFolder) -> ModelGraph:
    """The required network, or one that solves an open task."""
    graph = course.calibrations[assignment.id].reference
    if graph:
        return graph
    with author_code(course.files_beside) as supervisor:
        return reference_cases(assignment, folder, supervisor)[0][1]


def _problem(mutant: Mutant, grade: Grade) -> str:
    """What is wrong with a grade: something that is allowed lost points, no check of the subject of a mistake noticed
    it, or it lost too much."""
    assert grade.assignment is not None
    kinds = kinds_of(grade.assignment.folder)
    losing = [result for result in grade.results if result.score < result.max_score]
    about = [check.id for check in grade.assignment.checks if mutant.subject in kinds[check.kind].subjects]
    names = [result.check.id for result in losing]
    if not mutant.subject and losing:
        return f"is equivalent, but loses points on `{names[0]}`: {losing[0].message}"
    if not mutant.subject:
        return f"is equivalent, but needs review: {grade.reasons[0]}" if grade.reasons else ""
    costs = f"costs points on {_quoted(names)} alone" if losing else "costs no points"
    if not about:
        return f"{costs}: no check covers the subject `{mutant.subject}`"
    if not set(about) & set(names):
        return f"{costs}: {_quoted(about)} should have caught it"
    cost = sum(result.max_score - result.score for result in losing)
    if cost > MOST_FOR_ONE_CAUSE * grade.max_score and mutant.subject not in grade.assignment.essential:
        return f"costs {cost} of {grade.max_score} points, on {_quoted(names)}: too many for a single cause"
    return ""


def _quoted(names: Iterable[str]) -> str:
    return listed([f"`{name}`" for name in names])


def keep_gaps(found: Validation, folder: Path) -> None:
    """Write each program that shows a gap as a module, numbered in the order in which they are printed."""
    for number, gap in enumerate(found.gaps, start=1):
        write(folder / f"{found.assignment.id}-{number:02}.py", f"# {gap.tried} {gap.what}\n\n{gap.source}")


def calibrate_assignments(
    ids: Sequence[str],
    folder: CourseFolder,
    say: Callable[[str], None],
    *,
    quick: bool = False,
    seeds: int = SEEDS,
) -> dict[str, Calibration]:
    """Calibrate each assignment on all cores, and write its calibration.json.

    `seeds` is how often each reference is trained; `quick` looks at the rest of the rubric first, and trains a few
    seeds only, which a full calibration finds trained.
    """
    calibrations = {}
    assignments = load_assignments(ids, folder)
    bare = Course(assignments, {}, asked=True, root=folder.root).with_companions(folder.companions)
    with local_trainer(Memo(default_folder())) as trainer, author_code(bare.files_beside) as supervisor:
        for assignment in assignments:
            cases = reference_cases(assignment, folder, supervisor)
            files = reference_files(assignment, folder)
            if quick:
                refuse_own_rubric(assignment, cases, files[0], Worker(supervisor, trainer))
                say(f"{assignment.id}: the reference passes the other checks")
            sources = {path.relative_to(folder.references.parent).as_posix(): source_digest(path) for path in files}
            calibrations[assignment.id] = calibrate(
                assignment, cases, trainer, say, QUICK_SEEDS if quick else seeds, sources
            )
            if calibrations[assignment.id].quick and has_full(assignment, calibrations[assignment.id]):
                say(f"{assignment.id}: the existing calibration is a full one of the same reference, and is kept")
            else:
                save_calibration(calibrations[assignment.id], assignment.folder / "calibration.json")
    return calibrations


def has_full(assignment: Assignment, looked: Calibration) -> bool:
    """Whether there is a calibration of the same spec, data and files already that is better than a quick look."""
    try:
        saved = load_calibration(assignment.folder / "calibration.json")
    except InvalidAssignment:
        return False
    is_same = (saved.digest, saved.sources, saved.versions) == (looked.digest, looked.sources, looked.versions)
    return is_same and not saved.quick


def print_calibrations(console: Any, found: Mapping[str, Calibration], folder: CourseFolder) -> None:
    """Thresholds, floors, epochs, tries and bounds, a row for each case that was trained."""
    rows = []
    for name, calibration in found.items():
        measured = list(zip(calibration.measures, calibration.thresholds, calibration.floors, strict=True))
        goals = [f"{metric.name} {metric.turned(threshold):.6g}" for metric, threshold, _ in measured]
        floors = [metric.shown(min(floor.values(), default=None)) if floor else "" for metric, _, floor in measured]
        rows += [(
            name, case.name or "reference", "/".join(case.loss), " / ".join(goals), " / ".join(floors),
            str(case.epochs), f"{case.details.get('misses', '?')}/{case.details.get('seeds', '?')}",
            f"{case.miss_upper:.3g}", str(case.tries), f"{case.bound:.1e}",
        ) for case in calibration.cases if calibration.mode != "none"]  # fmt: skip
    if rows:
        print_table(console, HEADINGS, rows)
    for name, calibration in found.items():
        if calibration.mode == "none":
            _line(console, f"{name}: the rubric has no `learns` check, so nothing was trained")
        if calibration.quick:
            command = folder.command("calibrate", name)
            _line(console, f"{name}: a first look from few seeds, with wide bounds; `{command}` continues it")


def print_validation(console: Any, found: Validation) -> None:
    """The results and the gaps of one rubric."""
    assignment, reference = found.assignment, found.reference
    console.print(f"[bold]{assignment.id}[/bold]: reference {reference.score} / {reference.max_score}", highlight=False)
    _line(console, f"  variants with full points   {found.passed} / {found.variants}")
    _line(console, f"  mutants that were noticed   {found.caught} / {found.mutants}")
    for title, subjects in (("free by the spec", assignment.free), ("may cost more than half", assignment.essential)):
        if subjects:
            _line(console, f"  {title}: {', '.join(subjects)}")
    for gap in found.gaps:
        _line(console, f"  gap: {gap.tried} {gap.what}")
    for line in lost_points(reference):
        _line(console, f"  {line}")


def _line(console: Any, text: str) -> None:
    console.print(text, highlight=False, markup=False, soft_wrap=True)


def print_table(console: Any, headings: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """As wide as its longest row."""
    columns = [Column(heading, no_wrap=True) for heading in headings]
    table = Table(*columns, box=None, pad_edge=False, header_style="bold")
    for row in rows:
        table.add_row(*row)
    console.width = max(console.width, MOST_WIDTH)  # wide lines are better than figures cut in two
    console.print(table)
