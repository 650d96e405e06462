"""`overrides.toml` in a run's folder: what a person has decided and said, and who is excused. It survives regrading.

What is about one submission counts for one version of it, which `sha256` names: for another, or for a file of somebody
else that got its id, it is flagged instead, with the hash to write once a person has looked. An excuse without a hash
holds for a person: by an id, an e-mail address or a name of the roster or the platform, or for whoever submitted
nothing.

Its tables are `[[overrides]]`, one check of one submission; `[[group_overrides]]`, one check of all with the same
mistakes, later submissions too, which yields to an override of one; `[[comments]]`; and `[[excused]]`.
"""

from __future__ import annotations

import datetime
import tomllib
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Self, TypeAlias

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from grader.assignments.toml import toml
from grader.domain import CheckResult, Grade, GradeStatus, Location, Note, Status, Submission
from grader.domain.words import did_you_mean, listed
from grader.errors import UsageError
from grader.execution.recording import MISSING_PACKAGE
from grader.filesystem import write
from grader.grading.grade import review_reasons

MATCH = "match"  # as a check, the question whether the right model was graded
AS_IT_IS = "review"  # as a check, every question that a grade raises: its scores stand
TOTAL = "total"  # as a check, all of them together
MOST_MEMBERS = 20_000
MOST_NAMED = 8
Person = Annotated[str, Field(min_length=1, max_length=120)]
Group = Annotated[str, Field(pattern=r"^[0-9a-f]{12}$")]


class _Entry(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class _Decision(_Entry):
    """The score of one check, and who gave it why."""

    assignment: str
    check: str
    score: int = Field(ge=0)
    reason: Annotated[str, Field(min_length=1, max_length=500)]
    who: Person
    when: datetime.date


class Override(_Decision):
    """One check of one submission, decided by a person."""

    submission: str
    sha256: str


class GroupOverride(_Decision):
    """One check of all submissions with the same mistakes. `members` were in the group when it was decided."""

    group: Group
    members: list[str] = Field(default=[], max_length=MOST_MEMBERS)


class Comment(_Entry):
    """What a person says about one submission, or to all with the same mistakes."""

    assignment: str
    submission: str = ""
    sha256: str = ""
    group: Group | None = None
    text: str = Field(min_length=1, max_length=1500)
    who: Person
    when: datetime.date

    @model_validator(mode="after")
    def _is_about_one_thing(self) -> Self:
        if bool(self.submission) == bool(self.group):
            raise ValueError("a comment names either a `submission` or a `group`")
        return self


class Excused(_Entry):
    """One person, or one submission, that is excused from one assignment."""

    submission: str
    assignment: str
    sha256: str = ""
    reason: str = ""

    def names(self, submission: Submission) -> bool:
        return self.submission == submission.id or self.submission.casefold() in _keys(submission)

    def holds_for(self, submission: Submission) -> bool:
        """For this file, if the entry has a hash; otherwise for whoever submitted it, as others call that person."""
        named = self.names(submission) if self.sha256 else self.submission.casefold() in _keys(submission)
        return named and self.sha256 in ("", submission.sha256)


def _keys(submission: Submission) -> set[str]:
    """By which a roster or a platform knows those who submitted it; nothing that a name of a file says."""
    each = [(student.id, student.email, student.name) for student in submission.origin.students]
    return {key.casefold() for keys in each for key in keys if key}


Decision: TypeAlias = Override | GroupOverride
Entry: TypeAlias = Override | GroupOverride | Comment | Excused


class Overrides(_Entry):
    """The content of one overrides.toml."""

    overrides: tuple[Override, ...] = ()
    groups: tuple[GroupOverride, ...] = Field(default=(), alias="group_overrides")
    comments: tuple[Comment, ...] = ()
    excused: tuple[Excused, ...] = ()

    @property
    def entries(self) -> tuple[Entry, ...]:
        return (*self.overrides, *self.groups, *self.comments, *self.excused)

    def about(self, grade: Grade) -> tuple[Decision, ...]:
        """What was decided about a grade."""
        if grade.assignment is None:
            return ()
        group = grade.group.digest if grade.group else ""
        return self.decisions(grade.submission.id, grade.assignment.id, grade.submission.sha256, group)

    def decisions(self, submission: str, assignment: str, sha256: str, group: str) -> tuple[Decision, ...]:
        """About a check, an override of this one submission counts, if it fits; else that of the group."""
        about = (submission, assignment, sha256)
        own = tuple(o for o in self.overrides if (o.submission, o.assignment, o.sha256) == about)
        settled = {override.check for override in own}
        shared = (o for o in self.groups if (o.assignment, o.group) == (assignment, group) and o.check not in settled)
        return (*own, *shared)

    def said(self, grade: Grade) -> tuple[Comment, ...]:
        """The comments on a grade."""
        assignment = grade.assignment.id if grade.assignment else None
        group = grade.group.digest if grade.group else ""
        comments = [comment for comment in self.comments if comment.assignment == assignment]
        return tuple(
            comment
            for comment in comments
            if (_is_for(comment, grade.submission) if comment.submission else comment.group == group)
        )

    def stale(self, grade: Grade) -> Iterator[str]:
        """What names this submission, but was not decided about this version of it."""
        about = (grade.submission.id, grade.assignment and grade.assignment.id)
        for entry in (entry for entry in self.entries if isinstance(entry, Override | Excused)):
            fits = entry.holds_for(grade.submission) if isinstance(entry, Excused) else _is_for(entry, grade.submission)
            if (entry.submission, entry.assignment) == about and not fits:
                yield _of_another_version(entry, grade.submission.sha256)

    def excuses(self, submissions: Sequence[Submission]) -> tuple[tuple[str, str], ...]:
        """Pairs of submission, or of a person who submitted nothing, and assignment."""
        excuses: dict[tuple[str, str], None] = {}
        for excuse in self.excused:
            named = [submission for submission in submissions if excuse.names(submission)]
            held = [submission.id for submission in named if excuse.holds_for(submission)]
            excuses |= dict.fromkeys((who, excuse.assignment) for who in (held if named else [excuse.submission]))
        return tuple(excuses)

    def decided(self, submission: str, groups: Collection[str]) -> bool:
        """Whether something other than a comment is said of a submission in these groups."""
        return any(not isinstance(entry, Comment) for entry in self._touching(submission, groups))

    def touching(self, submission: str, groups: Collection[str]) -> list[str]:
        """All that changes the grades of a submission whose groups, as `<assignment> <digest>`, are known."""
        return [repr(entry.model_dump(exclude={"members"})) for entry in self._touching(submission, groups)]

    def _touching(self, submission: str, groups: Collection[str]) -> Iterator[Entry]:
        for entry in self.entries:
            name = getattr(entry, "submission", "")
            if name == submission if name else f"{entry.assignment} {getattr(entry, 'group', '')}" in groups:
                yield entry


def _is_for(entry: Override | Comment, submission: Submission) -> bool:
    return (entry.submission, entry.sha256) == (submission.id, submission.sha256)


def _of_another_version(entry: Override | Comment | Excused, sha256: str) -> str:
    return f'{_title(entry)} is not about this version of the file: if it is meant, write sha256 = "{sha256}"'


def _title(entry: Entry) -> str:
    if isinstance(entry, Excused):
        return "the excuse"
    return (
        f"the comment by {entry.who}"
        if isinstance(entry, Comment)
        else f"the override of `{entry.check}` by {entry.who}"
    )


def load_overrides(
    path: Path, submissions: Collection[str] | None = None, assignments: Collection[str] | None = None
) -> Overrides:
    """The content of the file; nothing if there is none. Raises UsageError with file, entry and key.

    `submissions` and `assignments` are all that there are or were: an entry about any other is a mistake in the file.
    A submission that is gone, since its file has another name now, is not: `flags` names it.
    """
    if not path.is_file():
        return Overrides()
    try:
        overrides = Overrides.model_validate(tomllib.loads(path.read_text(encoding="utf-8-sig")))
    except ValidationError as error:
        raise UsageError(f"{path}: {_first_problem(error)}") from None
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise UsageError(f"{path}: {error}") from None
    named = [
        entry.submission for entry in overrides.entries if isinstance(entry, Override | Comment) and entry.submission
    ]
    about = [entry.assignment for entry in overrides.entries]
    for names, noun, existing in ((named, "submission", submissions), (about, "assignment", assignments)):
        if existing is not None and (unknown := next((name for name in names if name not in existing), "")):
            raise UsageError(f"{path}: there is no {noun} `{unknown}`{did_you_mean(unknown, existing)}")
    return overrides


def entry_text(table: str, values: Mapping[str, object]) -> str:
    """One entry of the file."""
    lines = [f"{key} = {toml(value)}" for key, value in values.items() if value not in ("", None, [])]
    return "\n".join([f"[[{table}]]", *lines]) + "\n"


def append(path: Path, entry: str) -> None:
    """Add an entry at the end of the file; all that is there stays as it is. Raises `UsageError` if it does not fit."""
    before = path.read_text(encoding="utf-8-sig") if path.is_file() else ""
    text = f"{before.rstrip()}\n\n{entry}".lstrip("\n")
    try:
        Overrides.model_validate(tomllib.loads(text))
    except (ValidationError, tomllib.TOMLDecodeError) as error:
        problem = _first_problem(error) if isinstance(error, ValidationError) else str(error)
        raise UsageError(f"{path}: a decision cannot be added: {problem}") from None
    write(path, text)


def _first_problem(error: ValidationError) -> str:
    """The first thing that is wrong, by the entry and the key where it stands."""
    first = error.errors()[0]
    table, *rest = first["loc"]
    entry = f"entry {int(rest[0]) + 1} of [[{table}]]" if rest else f"[[{table}]]"
    key = f" `{rest[1]}`:" if len(rest) > 1 else ""
    return f"{entry}:{key} {first['msg'][:1].lower()}{first['msg'][1:]}"


def apply_overrides(grade: Grade, overrides: Overrides) -> Grade:
    """The grade with what a person decided and said.

    A decision about another version of the file is flagged, not applied. No override changes the group of a grade.
    """
    comments = tuple(Note("comment", f"{comment.who}: {comment.text}", Location()) for comment in overrides.said(grade))
    grade = replace(grade, notes=(*comments, *grade.notes))
    entries, flags = overrides.about(grade), list(overrides.stale(grade))
    if not entries and not flags:
        return grade
    points = {result.check.id: result.max_score for result in grade.results}
    most = {**points, TOTAL: grade.max_score}
    for override in entries:
        if override.check == AS_IT_IS:
            grade = replace(_accepted(grade), notes=(*grade.notes, _note(override)))
        elif override.check == MATCH:
            grade = replace(grade, match=replace(grade.match, review=""), notes=(*grade.notes, _note(override)))
        elif override.check not in most:
            hint = did_you_mean(override.check, points)
            flags.append(f"an override names a check `{override.check}` that does not exist{hint}")
        elif override.score > (allowed := most[override.check]):
            flags.append(f"an override gives `{override.check}` {override.score} points, but it has at most {allowed}")
        elif override.check == TOTAL:
            grade = replace(_accepted(grade), decided=override.score, notes=(*grade.notes, _note(override)))
        else:
            results = tuple(_settle(r, override) if r.check.id == override.check else r for r in grade.results)
            grade = replace(grade, results=results, notes=(*grade.notes, _note(override)))
    open_reasons = review_reasons(grade.results, grade.match, grade.execution) if grade.decided is None else ()
    reasons = (*open_reasons, *flags)
    status = GradeStatus.NEEDS_REVIEW if reasons else GradeStatus.GRADED
    leads = grade.leads_to_full_marks and not entries  # by the grader's own points
    return replace(grade, reasons=reasons, status=status, leads_to_full_marks=leads)


def _accepted(grade: Grade) -> Grade:
    """The grade without the questions that a person has answered; an error of the grader stays one."""
    results = tuple(r if r.status is Status.ERRORED else replace(r, review="") for r in grade.results)
    notes = tuple(note for note in grade.execution.notes if note.code != MISSING_PACKAGE)
    execution = replace(grade.execution, undecided="", notes=notes)
    return replace(grade, results=results, execution=execution, match=replace(grade.match, review=""))


def _note(override: Decision) -> Note:
    if override.check == AS_IT_IS:
        return Note("override", f"reviewed by {override.who} on {override.when}: {override.reason}", Location())
    whom = ", for all with the same mistakes" if isinstance(override, GroupOverride) else ""
    detail = f"{override.check} = {override.score}{whom}, by {override.who} on {override.when}: {override.reason}"
    return Note("override", detail, Location())


def flags(
    overrides: Overrides, seen: Mapping[tuple[str, str], str | None], versions: Mapping[str, str | None]
) -> Iterator[str]:
    """What a person should know about groups and files that changed since something was decided or said about them.

    `seen` has the group of each grade, by assignment and submission; `versions` the hash of each submission, nothing
    for one that is not graded yet.
    """
    for entry in (entry for entry in overrides.entries if isinstance(entry, Override | Comment)):
        about = f"{entry.submission}, {entry.assignment}: "
        if entry.submission and entry.submission not in versions:
            yield f"{about}{_title(entry)} reaches nobody: there is no such submission now"
        elif isinstance(entry, Comment) and (now := versions.get(entry.submission)) not in (None, entry.sha256):
            yield about + _of_another_version(entry, str(now))
    groups = {(assignment, group) for (assignment, _), group in seen.items()}
    for shared in (entry for entry in overrides.entries if isinstance(entry, GroupOverride | Comment) and entry.group):
        about = f"{_title(shared)} for the group {shared.group} of {shared.assignment}"
        members = shared.members if isinstance(shared, GroupOverride) else []
        gone = [name for name in members if seen.get((shared.assignment, name), shared.group) != shared.group]
        if (shared.assignment, shared.group) not in groups:
            yield f"{about} reaches nobody: the group no longer exists"
        elif gone:
            yield f"{about} does not apply any more to {listed(gone, most=MOST_NAMED)}, no longer in the group"


def _settle(result: CheckResult, override: Decision) -> CheckResult:
    score = override.score
    status = Status.PASSED if score == result.max_score else Status.FAILED
    message = f"Set to {score} of {result.max_score} by {override.who} on {override.when}: {override.reason}"
    message += f" (The grader said: {result.message})"
    return replace(result, status=status, score=score, message=message, review="")
