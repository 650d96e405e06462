"""The whole way of one recording: bytes, domain objects, graphs, comparison, grade, and at times the reports.

It is the coordinator's own code from end to end, with two stand-ins: no process ran, and none trains. Whatever goes
wrong with a recording has a documented form: it is unreadable, a model or a layer has a reason why it cannot be
graded, or a check fails. An exception on the way is a fault of ours; so is a check that errored.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import replace
from functools import cached_property
from pathlib import Path

from rich.console import Console

from grader.assignments.course import load_course
from grader.cli.inspection import model_entry as inspected
from grader.domain import ClassReport, Execution, ModelGraph, Origin, Status, Student, Submission, TrainingRun
from grader.execution.execute import judge, may_be_due_to_the_cut
from grader.execution.recording import read_recording
from grader.execution.supervisor import RunEnd
from grader.grading.grade import Graded, grade_execution
from grader.graph import Rejection, canonical, decode_graph, encode_graph, equal, parse, reaches, serialise
from grader.reporting.document import GradeDocument
from grader.reporting.formats.csv_export import grades_csv
from grader.reporting.html import class_page, student_page
from grader.reporting.story import story_of
from grader.reporting.terminal import print_grade, print_summary
from grader.training.messages import TrainingJob, training_form
from grader.training.trainer import Trainer
from tests.attacks.injection import active
from tests.fuzz.cases import FILE, NONCE
from tests.fuzz.hostile import ATTACKS, TOKEN
from tests.reporting.grades import grade_document


class Faulty(Exception):
    """Something came of a recording that must not, though nothing raised."""


class Escaped(Faulty):
    """A text that a submission chose got into a report as more than text."""


class Untrained(Trainer):
    """A trainer whose networks never learn anything, at once."""

    def train(self, job: TrainingJob) -> TrainingRun:
        serialise(training_form(job.graph, job.recipe, job.data))
        heads = len(job.data.targets)
        return TrainingRun(job.seed, (0.5,) * heads, ((0.5,) * heads,), job.epochs, None)

    def described(self, graph: ModelGraph) -> ModelGraph:
        return graph

    def influence(self, graph: ModelGraph) -> tuple[tuple[bool, ...], ...]:
        return reaches(graph)

    def versions(self) -> dict[str, str]:
        return self.said

    @cached_property
    def said(self) -> dict[str, str]:
        return dict(next(iter(COURSE.calibrations.values())).versions)


COURSE = load_course()
REFERENCES = COURSE.references
TRAINER = Untrained(ask=lambda request, seconds: {})  # it asks nobody
# A student chooses names of files, and in some platforms his own.
STUDENTS = tuple(Student(text, text, text) for text in ATTACKS)
ORIGIN = Origin("Moodle", ATTACKS[0], STUDENTS, ATTACKS[9], True, ATTACKS[8], 2, 3, ATTACKS[1], ATTACKS[2:3], ATTACKS)
SUBMISSION = Submission("s-1", ATTACKS[1], Path("handed-in.py"), None, "0" * 64, origin=ORIGIN)


def travel(folder: Path, *, graded: bool, rendered: bool) -> str:
    """How far the recording in a folder got: "unreadable", "no network", "described" or "trainable"."""
    recording, unusable = read_recording((folder / FILE).read_bytes(), NONCE)
    execution = judge(RunEnd(0, 1.0, "", "", refused=unusable), recording, "none", COURSE.limits, 30.0, False)
    may_be_due_to_the_cut(execution, recording)
    graphs = list(_graphs(execution))
    for graph in graphs:
        _look_at(graph)
    if graded or rendered:
        submission = replace(SUBMISSION, entry=folder.resolve() / SUBMISSION.entry)  # whose source is looked at
        result = grade_execution(submission, execution, COURSE, TRAINER)
        _find_errors(result)
        if rendered:
            _find_escapes(result)
    if unusable:
        return "unreadable"
    return "no network" if not graphs else "described" if all(g.untrainable for g in graphs) else "trainable"


def _graphs(execution: Execution) -> Iterator[ModelGraph]:
    """The networks, as `inspect` describes them too."""
    for model in execution.models[:40]:
        graph = Rejection("none") if model.config is None else parse(model.config)
        inspected(model, graph, "work.py")
        if isinstance(graph, ModelGraph):
            yield graph


def _look_at(graph: ModelGraph) -> None:
    if decode_graph(encode_graph(graph)) != graph:
        raise Faulty("a graph is another one after it was encoded and decoded")
    serialise(canonical(graph))
    equal(graph, next(iter(REFERENCES.values())))


def _find_errors(graded: Graded) -> None:
    for grade in graded.grades:
        for result in grade.results:
            if result.status is Status.ERRORED and "recalibration" not in result.review:
                raise Faulty(f"check `{result.check.id}` errored: {result.message} {result.review}")
        if not 0 <= grade.score <= grade.max_score:
            raise Faulty(f"a score of {grade.score} out of {grade.max_score}")


def _find_escapes(graded: Graded) -> None:
    documents = tuple(map(grade_document, graded.grades))
    report = ClassReport(documents, tuple((SUBMISSION.id, name) for name in graded.not_found))
    console = Console(file=io.StringIO(), width=80, color_system=None, force_terminal=False)
    for document in documents:
        print_grade(console, story_of(GradeDocument.model_validate(document)))
    print_summary(console, report)
    texts = {
        "student.html": student_page(graded.grades, references=REFERENCES, not_found=graded.not_found),
        "class.html": class_page(report),
        "grades.csv": grades_csv(report),
        "screen": console.file.getvalue(),  # type: ignore[attr-defined]
    }
    findings = active(texts, TOKEN)
    if findings:
        raise Escaped("; ".join(findings[:5]))
