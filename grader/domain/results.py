"""The results: checks, training runs, grades and the report."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Literal, Protocol

from grader.domain.assignment import CHECKPOINT_EPOCHS, Assignment, Check, Subject
from grader.domain.execution import Execution, Location, Note, RecordedModel, Submission
from grader.domain.graph import ModelGraph
from grader.domain.metrics import Metric, measures
from grader.domain.steps import Step, WithSteps, in_order


class Status(StrEnum):
    """Of one check. `FAILED` is an error in the work, `ERRORED` an error in the grader."""

    PASSED = "passed"
    FAILED = "failed"
    SKIPPED = "skipped"
    ERRORED = "errored"


class GradeStatus(StrEnum):
    """Of one grade."""

    GRADED = "graded"
    NEEDS_REVIEW = "needs_review"
    NOT_GRADED = "not_graded"


@dataclass(frozen=True)
class Difference(WithSteps):
    """One change in which the student's network differs from the expected one.

    `kind` is "inputs", "outputs", "sharing", "missing", "extra", "wiring", "merge", "class", "width", "activation",
    "parameter" or "network" (the rest). `subject` is what it is about in the words of a spec, by which a kind of check
    owns it. `layer` is the student's own name of the layer to blame, or of the one after
    which something is missing, `location` where it was created. `layers` and `expected_layers` are the boxes to mark
    in the drawings of the student's network and of the expected one. `corrects_all` says that the steps correct
    all that differs, so that any other advice on layers would contradict it.
    """

    kind: str
    message: str
    steps: tuple[Step, ...] = ()
    layer: str = ""
    expected: str = ""
    actual: str = ""
    layers: tuple[str, ...] = ()
    expected_layers: tuple[str, ...] = ()
    location: Location | None = None
    subject: Subject | Literal[""] = ""
    corrects_all: bool = False


@dataclass(frozen=True)
class CheckResult(WithSteps):
    """What one check found, in words that a student understands. `differences` are those that it is about."""

    check: Check
    status: Status
    score: int
    message: str
    expected: str = ""
    actual: str = ""
    steps: tuple[Step, ...] = ()
    review: str = ""  # why a person must review this one; empty if none must
    differences: tuple[Difference, ...] = ()

    @property
    def max_score(self) -> int:
        return self.check.points

    @property
    def is_open(self) -> bool:
        """Whether it has something left to do."""
        return self.status in (Status.FAILED, Status.SKIPPED)


@dataclass(frozen=True)
class TrainingRun:
    """One seed. `errors` are the best checkpoint's, by head; `curve[i]` those after `(i + 1) * every` epochs.

    `predictions[h]` are what head h's picture shows at the end, as its `HeadPicture` says; `start` are the errors
    before any training. What an error is depends on the head's metric. What is not finite is `None`.
    """

    seed: int
    errors: tuple[float | None, ...]
    curve: tuple[tuple[float | None, ...], ...]
    epochs: int
    hit_epoch: int | None
    predictions: tuple[tuple[float | None, ...], ...] = ()
    diagnosis: str | None = None
    start: tuple[float | None, ...] = ()
    every: int = CHECKPOINT_EPOCHS


def best_run(runs: Sequence[TrainingRun], thresholds: Sequence[float]) -> TrainingRun:
    """The run whose worst head came nearest to its threshold."""
    return min(runs, key=lambda run: distance(run.errors, thresholds))


def distance(errors: Sequence[float | None], thresholds: Sequence[float]) -> float:
    """How many thresholds away the worst head is; at most 1 is a hit."""
    return max((ratio(error, threshold) for error, threshold in zip(errors, thresholds, strict=True)), default=math.inf)


def ratio(error: float | None, threshold: float) -> float:
    """An error in thresholds. Where perfection is required, such as an accuracy of 1, anything else is far off."""
    if error is None:
        return math.inf
    if threshold <= 0.0:
        return 1.0 if error <= threshold else math.inf
    return error / threshold


@dataclass(frozen=True)
class Diagnosis:
    """What went wrong: a short name, the cause in a sentence with the figures that show it, and a step that works, or
    advice on what to try."""

    name: str
    cause: str
    hint: str = ""
    advice: str = ""


@dataclass(frozen=True)
class HeadTraining:
    """One head's part in a training: whether it learned by the rule, in how many runs, and by which epoch.

    `best` is its smallest error, over all runs. `diagnosis` is given if it did not learn and the cause is known.
    """

    learned: bool
    hits: int
    epoch: int | None
    best: float | None
    diagnosis: Diagnosis | None = None


@dataclass(frozen=True)
class Training:
    """All runs of one network against its thresholds. `outcome` is "learned", "missed", "borderline" or "errored".

    `diagnosis` is that of the worst head, as `name: cause`; `heads` are in output order, and empty if nothing ran.
    """

    outcome: str
    thresholds: tuple[float, ...]
    runs: tuple[TrainingRun, ...]
    epochs: int
    message: str = ""
    diagnosis: str | None = None
    heads: tuple[HeadTraining, ...] = ()
    metrics: tuple[str, ...] = ()

    @property
    def measures(self) -> tuple[Metric, ...]:
        """What each head is measured by."""
        return measures(self.metrics, len(self.thresholds))


@dataclass(frozen=True)
class ModelMatch:
    """Which recorded model is the exercise's, and how it was found.

    `outcome` is "found", "no_model" or "unreadable"; `matched_by` is "mark", "name", "generic",
    "only model", "structure" or empty.
    """

    outcome: str
    matched_by: str = ""
    name: str = ""
    model: RecordedModel | None = None
    graph: ModelGraph | None = None
    reason: str = ""
    review: str = ""


@dataclass(frozen=True)
class AnswerGroup:
    """What is wrong with a grade, without a name or a line of the student's: equal for all who made the same mistake.

    `digest` are 12 hexadecimal digits over the assignment and all that is wrong. `kind` is "network", "settings",
    "learning", "error", "absent" or "grader", by what costs most. `causes` are sentences, the one that costs most
    points first; `title` is the first of them, and `topics` say what each is about. `consequences` are the titles of
    checks that failed only because of a cause. `network` is the student's in neutral names, `marked` names its layers
    that differ; `expected` and `expected_marked` are the same of the expected network, where the difference is one of
    networks.
    """

    digest: str
    title: str
    causes: tuple[str, ...]
    kind: str
    consequences: tuple[str, ...] = ()
    network: ModelGraph | None = field(default=None, repr=False)
    expected: ModelGraph | None = field(default=None, repr=False)
    marked: tuple[str, ...] = ()
    expected_marked: tuple[str, ...] = ()
    topics: tuple[str, ...] = ()


@dataclass(frozen=True)
class Grade:
    """One submission's results for one assignment; `assignment` is `None` for a file that could not be read.

    `group` says what is wrong in words for a class; `None` where nothing is. `decided` is a score that a person gave
    for all checks together, before which nothing counts. `leads_to_full_marks`: the grader has done all next steps of
    the file, and graded it with them. `steps` are those that no check asks for. `of_others` are the places of errors
    that are the matter of other exercises.
    """

    submission: Submission
    assignment: Assignment | None
    execution: Execution
    match: ModelMatch
    results: tuple[CheckResult, ...] = ()
    training: Training | None = None
    reasons: tuple[str, ...] = ()
    status: GradeStatus = GradeStatus.GRADED
    notes: tuple[Note, ...] = ()
    group: AnswerGroup | None = None
    decided: int | None = None
    leads_to_full_marks: bool = False
    steps: tuple[Step, ...] = ()
    of_others: frozenset[Location] = frozenset()

    @property
    def score(self) -> int:
        """What counts."""
        return sum(result.score for result in self.results) if self.decided is None else self.decided

    @property
    def max_score(self) -> int:
        return self.assignment.max_score if self.assignment else 0

    @property
    def next_steps(self) -> Mapping[Step, Sequence[str]]:
        """What to do, in the order in which to do it, each with the ids of the checks that ask for it."""
        told: dict[Step, list[str]] = {step: [] for step in self.steps}
        for result in self.results:
            for step in result.steps if result.is_open else ():
                told.setdefault(step, []).append(result.check.id)
        return {step: told[step] for step in sorted(in_order(told), key=lambda step: step.number)}


class Documents(Protocol):
    """GRADE documents that can be iterated over repeatedly, in memory or on disk."""

    def __iter__(self) -> Iterator[Mapping[str, Any]]: ...

    def __len__(self) -> int: ...


@dataclass(frozen=True)
class ClassReport:
    """A whole run: GRADE documents (design: `grader.grade/1`) with their provenance.

    Documents, not `Grade`s, so that a run that continues or merges earlier ones renders what it finds on disk.
    `not_found` are pairs of submission id and assignment id; `missing` are roster names without a submission.
    """

    grades: Documents
    not_found: tuple[tuple[str, str], ...] = ()
    missing: tuple[str, ...] = ()
    provenance: Mapping[str, Any] = field(default_factory=dict)
