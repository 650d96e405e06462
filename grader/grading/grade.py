"""An execution to grades: match models with exercises, look at each, train it when a check asks, settle the status."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

from grader.assignments.course import Course
from grader.checks import Evidence, freedoms, looks_at_networks, run_checks, without_model
from grader.checks.asked_ends import asked_shapes
from grader.checks.kinds.runs import MOST_TOLD
from grader.domain import (
    Assignment,
    Calibration,
    CheckResult,
    Execution,
    Failure,
    Grade,
    GradeStatus,
    Location,
    ModelGraph,
    ModelMatch,
    Note,
    Outcome,
    Recipe,
    RecordedModel,
    Shape,
    Status,
    Step,
    Submission,
    Training,
    steps,
)
from grader.domain.words import listed
from grader.errors import GraderError
from grader.execution.recording import MISSING_PACKAGE, packages_missing
from grader.execution.student.source.marks import Marks, mark_comments
from grader.grading.error_owners import error_owners, of_others
from grader.grading.groups import answer_group
from grader.grading.matching import GENERIC_NAMES, left_over, lost_names, match, read_models
from grader.grading.missing_network import (
    absent_from,
    hidden_names,
    nothing_recognised,
    remnants,
    with_failure_after,
)
from grader.grading.tried_steps import tried
from grader.graph import align, as_fed, by_name, in_order, is_all_there_is, losses_by_head, named_order, orders, reaches
from grader.hints import cause, miscounted, reconciled, relevant_notes, remedy, target_notes, with_costs
from grader.submissions.source_text import read_source
from grader.training.trainer import Trainer
from grader.training.verdicts.learning import holds, is_calibrated, judge

RERUNS = ("missing-package", "timeout", "errored")


@dataclass(frozen=True)
class Graded:
    """All that came of one submission. `not_found` are exercises that were not requested and that are not there.

    `fault` says that the grader failed on it, `stopped` which limit grading it has exceeded.
    """

    submission: Submission
    grades: tuple[Grade, ...]
    not_found: tuple[str, ...] = ()
    fault: bool = False
    stopped: str = ""

    @property
    def settled(self) -> bool:
        """Whether another run would give the same result: not if the grader itself failed."""
        errored = any(result.status is Status.ERRORED for grade in self.grades for result in grade.results)
        return not self.fault and not errored

    @property
    def missing_packages(self) -> frozenset[str]:
        """What its code imported and did not find."""
        return packages_missing(note for grade in self.grades for note in grade.execution.notes)

    @property
    def reruns(self) -> tuple[str, ...]:
        """The words of `--rerun` that mean it."""
        late = any(grade.execution.outcome is Outcome.TIMEOUT for grade in self.grades)
        is_so = (bool(self.missing_packages), late or bool(self.stopped), not self.settled)
        return tuple(word for word, applies in zip(RERUNS, is_so, strict=True) if applies)


def with_what_follows(
    graded: Graded,
    run: Callable[[Sequence[Step], bool], Execution | None],
    course: Course,
    trainer: Trainer,
    first_seed: int = 1,
) -> Graded:
    """The same grades with what is left to do once their steps are done; if that fails, without it.

    `run` does steps to the program and executes it, perhaps going on after errors; `None` where that shows nothing.
    """

    def again(done: Sequence[Step], goes_on: bool) -> Sequence[Grade]:
        execution = run(done, goes_on)
        return grade_execution(graded.submission, execution, course, trainer, first_seed).grades if execution else ()

    try:
        return replace(graded, grades=tried(graded.grades, again))
    except MemoryError:
        raise
    except Exception:
        return graded


def grade_execution(
    submission: Submission, execution: Execution, course: Course, trainer: Trainer, first_seed: int = 1
) -> Graded:
    """Grades of one submission, one for each exercise that is there or was requested."""
    if execution.outcome is Outcome.UNREADABLE:
        return not_graded(submission, execution, execution.message or submission.problem or "the file cannot be read")
    candidates = read_models(execution, course.assignments, course.others)
    parts, lost = remnants(execution, submission.entry), lost_names(execution)
    whole = [candidate for candidate in candidates if candidate.model.index not in parts]
    matches, begun = (
        match(submission, pool, course.assignments, course.references, asked=course.asked, lost=lost)
        for pool in (whole, [candidate for candidate in candidates if candidate.model.index in parts])
    )
    hidden = {*lost, *hidden_names(execution, submission.entry)}
    exercises = [*course.assignments, *course.others]
    there = {exercise.id for exercise in exercises if exercise.called & hidden}
    there |= {*begun, *(name for name, model_match in matches.items() if model_match.model)}
    if not there and execution.outcome is not Outcome.OK:  # an untouched starter has such comments, too
        there = _claimed(submission, course.marks)
    owners, grades, absent = error_owners(execution, course.assignments, there), list[Grade](), list[str]()
    for assignment in course.assignments:
        model_match, calibration = matches.get(assignment.id), course.calibrations[assignment.id]
        if model_match and model_match.model:
            ran = with_failure_after(model_match.model, execution)
            grade = _grade(submission, ran, assignment, model_match, calibration, trainer, first_seed)
        elif assignment.id in there or course.asked:
            grade = absent_from(submission, execution, assignment, candidates)
        else:
            absent.append(assignment.id)
            continue
        grades.append(settled(replace(grade, of_others=of_others(assignment, owners))))
    if not grades:
        return not_graded(submission, execution, nothing_recognised(submission, execution, candidates))
    if absent and (networks := left_over(whole, matches, course.assignments)):
        note = Note("no-exercise", f"{listed(networks, most=4)}.", Location())
        grades[0] = replace(grades[0], notes=(*grades[0].notes, note))
    return Graded(submission, tuple(_grouped(grade, course) for grade in grades), tuple(absent))


def _claimed(submission: Submission, marks: Marks) -> set[str]:
    """Those exercises that a comment of the file is about, whether it built their network or not."""
    source = read_source(submission.entry)
    return {mark for cell in (source.cells if source else ()) for _, mark in mark_comments(cell.text, marks)}


def _grouped(grade: Grade, course: Course) -> Grade:
    """The grade with its group; if that fails, without one: no grade depends on it."""
    assignment = grade.assignment
    reference = course.references.get(assignment.id) if assignment and assignment.fixed else None
    try:
        return replace(grade, group=answer_group(grade, reference))
    except MemoryError:
        raise
    except Exception:
        return grade


def pooled(submission: Submission, graded: Sequence[Graded]) -> Graded:
    """Several files of one student as one: the best grade for each exercise; what no file contains is missing once."""
    best: dict[str, Grade] = {}
    for grade in (grade for file in graded for grade in file.grades):
        name = grade.assignment.id if grade.assignment else ""
        if name not in best or _rank(grade) > _rank(best[name]):
            best[name] = grade
    if len(best) > 1:
        best.pop("", None)  # a file in which nothing was recognised, among others
    grades = tuple(replace(grade, submission=replace(grade.submission, id=submission.id)) for grade in best.values())
    absent = dict.fromkeys(name for file in graded for name in file.not_found if name not in best)
    return Graded(submission, grades, tuple(absent), any(file.fault for file in graded))


def _rank(grade: Grade) -> tuple[bool, int, bool]:
    """Order: a model first, then points, then no need for a review."""
    return grade.match.outcome != "no_model", grade.score, grade.status is GradeStatus.GRADED


def _grade(
    submission: Submission,
    execution: Execution,
    assignment: Assignment,
    model_match: ModelMatch,
    calibration: Calibration,
    trainer: Trainer,
    first_seed: int,
    *,
    by_wiring: bool = False,
) -> Grade:
    """The grade, not yet settled, of the network that belongs to an exercise."""
    reference = calibration.reference if assignment.fixed else None
    if model_match.graph is None or model_match.model is None:
        results = without_model(assignment, execution, model_match.reason, model_match.model, reference=reference)
        return Grade(submission, assignment, execution, model_match, results, notes=execution.notes)
    problem: GraderError | None = None
    graph = model_match.graph
    if looks_at_networks(assignment):
        try:
            graph = trainer.described(graph)
        except GraderError as error:
            problem = error
    graph, is_equal = _aligned(graph, assignment, reference)
    model = _as_keras_reads_it(model_match.model, graph.output_names)
    recipe = _recipe_for(assignment, model, graph)

    @cache
    def learn() -> Training:
        holds(calibration, assignment.recipe, assignment.data, trainer)
        own = is_equal and not freedoms(assignment)
        own = own or is_calibrated(graph, recipe, assignment.data, calibration)
        return judge(graph, recipe, assignment.data, calibration, trainer, first_seed=first_seed, is_reference=own)

    @cache
    def moves() -> tuple[tuple[bool, ...], ...]:
        plain = by_wiring or is_all_there_is(graph) or graph.untrainable
        return reaches(graph) if plain else trainer.influence(graph)

    evidence = Evidence(assignment, execution, model, graph, reference, learn, moves, problem)
    results, targets = run_checks(evidence), assignment.data.targets
    called = [*map(evidence.names.called, graph.makers(graph.outputs))]
    is_ordered = is_equal or len(called) == 1 or _are_in_order(graph.output_names, targets)
    is_ordered = is_ordered or _are_in_order(called, targets)
    training = learn() if learn.cache_info().currsize else None
    notes = (
        *relevant_notes(execution.notes, model_match.model, execution),
        *order_notes(model_match.graph, graph.output_names),
        *(target_notes(model_match.model, model_match.graph, assignment.data, calibration) if is_ordered else ()),
    )
    found = replace(model_match, model=model, graph=graph)
    return Grade(submission, assignment, execution, found, results, training, notes=notes)


def _as_keras_reads_it(model: RecordedModel, names: Sequence[str]) -> RecordedModel:
    """The model with lists of `compile` by the names of its outputs, if it gives a dict."""
    compiles = tuple(by_name(call, names) for call in model.compiles)
    return replace(model, compiles=compiles) if model.gives_dict else model


def grade_network(
    model: RecordedModel, graph: ModelGraph, course: Course, trainer: Trainer, *failures: Failure
) -> Grade:
    """The grade of a network that nobody handed in, for a course's one assignment.

    `model` is what a run would have recorded beside it, `failures` are the errors of that run. Whether its inputs have
    an effect is read off its wiring: nobody has hidden anything in it.
    """
    (assignment,) = course.assignments
    outcome = Outcome.ERROR if failures else Outcome.OK
    execution = Execution(outcome, 0.0, "none", models=(model,), failures=failures)
    submission = Submission("", "", Path(), None, "")
    model_match = ModelMatch("found", "structure", model.variables[0], model, graph)
    calibration = course.calibrations[assignment.id]
    return settled(_grade(submission, execution, assignment, model_match, calibration, trainer, 1, by_wiring=True))


def _aligned(graph: ModelGraph, assignment: Assignment, reference: ModelGraph | None) -> tuple[ModelGraph, bool]:
    """The graph with its inputs and outputs in the order of the data, and whether it is the reference's."""
    if reference is not None and len(graph.inputs) == len(assignment.data.inputs):
        equal = align(graph, reference, freedoms(assignment), assignment.data.inputs)
        if equal is not None:
            return equal, True
    data = assignment.data
    expected = _input_shapes(reference) if reference is not None else _asked_shapes(assignment)
    fed = as_fed(graph, reference, data.inputs) if reference else in_order(graph, expected, [data.inputs])

    def fit(variant: ModelGraph) -> tuple[bool, ...]:
        is_fed = variant.input_names == data.inputs, _input_shapes(variant) == expected
        return _are_in_order(variant.output_names, data.targets), *is_fed

    return max(orders(fed), key=fit), False


def _asked_shapes(assignment: Assignment) -> list[Shape]:
    """The shapes of the inputs by the rubric, where there is no expected network."""
    shapes = next((asked_shapes(check.options) for check in assignment.checks if check.kind == "inputs"), [])
    return [(None, *shape) for shape in shapes]


def _input_shapes(graph: ModelGraph) -> list[Shape]:
    return [graph.shape(tensor) for tensor in graph.inputs]


def _are_in_order(names: Sequence[str], targets: Sequence[str]) -> bool:
    return named_order(names, targets) == [*range(len(targets))]


def _recipe_for(assignment: Assignment, model: RecordedModel, graph: ModelGraph) -> Recipe:
    """The assignment's recipe, with the losses in the student's order where the task leaves it open."""
    recipe = assignment.recipe
    if recipe.any_loss_order and model.compiled:
        losses = losses_by_head(model.compiled, graph.output_names)
        if sorted(map(str, losses)) == sorted(recipe.loss):
            return replace(recipe, loss=tuple(str(loss) for loss in losses))
    return recipe


def settled(grade: Grade) -> Grade:
    """The grade with its status and the reasons for it, and with what explains an error of the program."""
    graph, assignment = grade.match.graph, grade.assignment
    wrong = miscounted(graph, assignment.data) if graph and assignment else ()
    results = tuple(explained(result, grade, wrong) for result in grade.results)
    own = [note for note in grade.notes if note.location not in grade.of_others]
    notes = with_costs(own, results, grade.execution)
    grade = replace(grade, results=results, notes=tuple(reconciled(notes, results, wrong)))
    reasons = review_reasons(grade.results, grade.match, grade.execution) + _instead_of_another(grade)
    status = GradeStatus.NEEDS_REVIEW if reasons else GradeStatus.GRADED
    return replace(grade, reasons=reasons, status=status)


def review_reasons(results: Sequence[CheckResult], found: ModelMatch, execution: Execution) -> tuple[str, ...]:
    """Why a person must look at a grade; empty if none must."""
    reasons = [result.review for result in results]
    reasons += [
        f"check `{result.check.id}` errored"
        for result in results
        if result.status is Status.ERRORED and not result.review
    ]
    reasons += [found.review, execution.undecided]
    is_right = found.outcome == "found" and all(result.status is Status.PASSED for result in results)
    reasons += [
        f"the package `{note.detail}` is not installed where the program was graded"
        for note in execution.notes
        if note.code == MISSING_PACKAGE and not is_right  # a network with full marks lacks nothing
    ]
    return tuple(dict.fromkeys(filter(None, reasons)))


def _instead_of_another(grade: Grade) -> tuple[str, ...]:
    """Whether a network was graded only because an error kept the exercise's own from being built."""
    assignment, model = grade.assignment, grade.match.model
    lost = lost_names(grade.execution) - {model.function if model else ""}
    is_right = all(result.status is Status.PASSED or result.check.kind == "runs" for result in grade.results)
    if assignment is None or grade.match.outcome != "found" or is_right:
        return ()
    own = lost & assignment.called
    generic = lost & GENERIC_NAMES if grade.match.matched_by not in ("mark", "name") else set()
    names = ", ".join(f"`{name}`" for name in sorted(own or generic))
    return (f"an error kept {names} from being built, and another network was graded",) if names else ()


def explained(result: CheckResult, grade: Grade, wrong: Collection[str]) -> CheckResult:
    """A failed `runs` with the notes that explain its errors as its next step; after a run that went on, beside its
    own."""
    execution = grade.execution
    if result.check.kind != "runs" or result.status is not Status.FAILED or not execution.failures:
        return result
    first, failures = execution.failures[0], execution.failures[:MOST_TOLD]
    own = [failure for failure in failures if failure.location not in grade.of_others]
    is_unknown = first.location not in grade.of_others and not cause(first, execution)
    said = result.steps if (execution.went_on and own) or is_unknown else ()
    return replace(result, steps=steps([*said, *remedy(own, execution, grade.results, wrong)]))


def order_notes(graph: ModelGraph, in_order: Sequence[str]) -> tuple[Note, ...]:
    """Which output was taken for which target, where the model does not say; `in_order` are those of the targets."""
    if graph.outputs_ordered or len(graph.outputs) < 2:
        return ()
    names = listed([f"`{name}`" for name in in_order])
    return (Note("model-unordered", f"They are {names}, in the order of the targets.", Location()),)


def not_graded(submission: Submission, execution: Execution, reason: str) -> Graded:
    """A submission in which nothing can be graded; it is still listed, so that nothing is lost."""
    missing = ModelMatch("no_model", reason=reason)
    status = GradeStatus.NOT_GRADED
    grade = Grade(submission, None, execution, missing, reasons=(reason,), status=status, notes=execution.notes)
    grade = replace(grade, group=answer_group(grade))
    return Graded(submission, (grade,))


def our_fault(submission: Submission, isolation: str, problem: str) -> Graded:
    """A submission that the grader failed on: for a person to review, and graded again by the next run."""
    reason = f"the grader failed on this submission; this is not the student's fault: {problem}"
    execution = Execution(Outcome.CRASHED, 0.0, isolation, reason)
    graded = not_graded(submission, execution, reason)
    grades = tuple(replace(grade, status=GradeStatus.NEEDS_REVIEW, group=None) for grade in graded.grades)
    return replace(graded, grades=grades, fault=True)


def stopped(submission: Submission, course: Course, isolation: str, why: str) -> Graded:
    """A submission that could not be graded within limits: for a person to review, and not tried again."""
    reason = f"{why}; look at the file. It is not graded again until it changes"
    execution = Execution(Outcome.CRASHED, 0.0, isolation, reason, limit=why)
    missing = ModelMatch("unreadable", reason=reason)
    assignments = course.assignments if course.asked else (None,)
    grades = [Grade(submission, assignment, execution, missing,
                    without_model(assignment, execution, reason) if assignment else (), reasons=(reason,),
                    status=GradeStatus.NEEDS_REVIEW) for assignment in assignments]  # fmt: skip
    return Graded(submission, tuple(grades), stopped=why)
