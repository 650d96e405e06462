"""`overrides.toml` in a run's folder: what a person has decided, and who is excused. It survives regrading.

[[overrides]]
submission = "student-07"
sha256 = "…"                     # of the submission that was reviewed
assignment = "two_inputs"
check = "learns"
score = 1
reason = "trained by hand, learns well"
who = "A. Instructor"
when = 2026-11-24

[[excused]]
submission = "student-11"
assignment = "one_input"
reason = "ill"
"""

from __future__ import annotations

import datetime
import tomllib
from collections.abc import Collection
from dataclasses import dataclass, replace
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from grader.domain import CheckResult, Grade, GradeStatus, Location, Note, Status
from grader.domain.words import did_you_mean
from grader.errors import UsageError
from grader.grading.status import review_reasons

MATCH = "match"  # as a check, the question whether the right model was graded


class Override(BaseModel):
    """One check of one submission, decided by a person."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    submission: str
    sha256: str
    assignment: str
    check: str
    score: int = Field(ge=0)
    reason: str = Field(min_length=1, max_length=500)
    who: str = Field(min_length=1, max_length=120)
    when: datetime.date


class Excused(BaseModel):
    """One submission that is excused from one assignment."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    submission: str
    assignment: str
    reason: str = ""


class _File(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    overrides: list[Override] = []
    excused: list[Excused] = []


@dataclass(frozen=True)
class Overrides:
    """The content of one overrides.toml."""

    overrides: tuple[Override, ...] = ()
    excused: tuple[Excused, ...] = ()

    def of(self, submission: str, assignment: str | None) -> tuple[Override, ...]:
        return tuple(o for o in self.overrides if (o.submission, o.assignment) == (submission, assignment))


def load_overrides(
    path: Path, submissions: Collection[str] | None = None, assignments: Collection[str] | None = None
) -> Overrides:
    """The content of the file; nothing if there is none. Raises UsageError with file, entry and key.

    `submissions` and `assignments` are the known ones: an entry about any other is a mistake in the file.
    """
    if not path.is_file():
        return Overrides()
    try:
        parsed = _File.model_validate(tomllib.loads(path.read_text(encoding="utf-8-sig")))
    except ValidationError as error:
        raise UsageError(f"{path}: {_told(error)}") from None
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise UsageError(f"{path}: {error}") from None
    for entry in parsed.overrides:
        _must_be_one_of(submissions, entry.submission, "submission", path)
    for name in [one.assignment for one in parsed.overrides] + [one.assignment for one in parsed.excused]:
        _must_be_one_of(assignments, name, "assignment", path)
    return Overrides(tuple(parsed.overrides), tuple(parsed.excused))


def _told(error: ValidationError) -> str:
    """The first thing that is wrong, by the entry and the key where it stands."""
    first = error.errors()[0]
    table, *rest = first["loc"]
    entry = f"entry {int(rest[0]) + 1} of [[{table}]]" if rest else f"[[{table}]]"
    key = f" `{rest[1]}`:" if len(rest) > 1 else ""
    return f"{entry}:{key} {first['msg'][:1].lower()}{first['msg'][1:]}"


def _must_be_one_of(known: Collection[str] | None, name: str, noun: str, path: Path) -> None:
    if known is not None and name not in known:
        raise UsageError(f"{path}: there is no {noun} `{name}`{did_you_mean(name, known)}")


def apply_overrides(grade: Grade, overrides: Overrides) -> Grade:
    """The grade with what a person decided; an override of another version of the file is flagged, not applied."""
    entries = overrides.of(grade.submission.id, grade.assignment.id if grade.assignment else None)
    if not entries:
        return grade
    flags = []
    for override in entries:
        if override.sha256 != grade.submission.sha256:
            flags.append(f"the override of `{override.check}` was made for another version of the file")
        elif override.check == MATCH:
            grade = replace(grade, match=replace(grade.match, review=""), notes=(*grade.notes, _note(override)))
        elif all(result.check.id != override.check for result in grade.results):
            hint = did_you_mean(override.check, [result.check.id for result in grade.results])
            flags.append(f"an override names a check `{override.check}` that does not exist{hint}")
        elif override.score > (most := _points(grade, override.check)):
            flags.append(f"an override gives `{override.check}` {override.score} points, but it has at most {most}")
        else:
            results = tuple(_settle(r, override) if r.check.id == override.check else r for r in grade.results)
            grade = replace(grade, results=results, notes=(*grade.notes, _note(override)))
    reasons = (*review_reasons(grade.results, grade.match, grade.execution), *flags)
    return replace(grade, reasons=reasons, status=GradeStatus.NEEDS_REVIEW if reasons else GradeStatus.GRADED)


def _points(grade: Grade, check: str) -> int:
    return next(result.max_score for result in grade.results if result.check.id == check)


def _note(override: Override) -> Note:
    detail = f"{override.check} = {override.score}, by {override.who} on {override.when}: {override.reason}"
    return Note("override", detail, Location())


def _settle(result: CheckResult, override: Override) -> CheckResult:
    score = override.score
    status = Status.PASSED if score == result.max_score else Status.FAILED
    message = f"Set to {score} of {result.max_score} by {override.who} on {override.when}: {override.reason}"
    message += f" (The grader said: {result.message})"
    return replace(result, status=status, score=score, message=message, review="")
