"""The folder of a run: what it says of each submission and of the class, so that a killed run continues.

index.html              the class, for staff
groups/<digest>.html    an answer group, for class
grades.csv, run.json
and what the journal keeps of each submission
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from grader.assignments.course import Course
from grader.domain import ClassReport, GradeStatus, Origin, SourceFile, Submission
from grader.errors import UsageError
from grader.execution.recordings import RECORDINGS
from grader.filesystem import lock, read_regular, tidy, write
from grader.grading.grade import Graded
from grader.grading.overrides import Overrides, apply_overrides
from grader.reporting import ClassView, class_page, grades_csv, group_pages, read_grade_document, student_page
from grader.reporting.document import GradeDocument
from grader.reporting.notebook_cell import cells_of
from grader.reporting.same_code import code_digest, code_lines
from grader.runs.journal import (
    JOURNAL,
    MOST_BYTES,
    Entry,
    cells_name,
    dump,
    files_of,
    install,
    is_result_of,
    is_whole,
    page_name,
    read_entry,
    result_name,
)
from grader.runs.options import Basis, digest
from grader.sandbox.packages import has_package
from grader.submissions.source_text import read_source

GROUPS, PREVIOUS, FACTS = "groups", "previous", "run.json"
WRITTEN = ("results", "feedback", JOURNAL, GROUPS)
EXPORT = "export"


FILE_NAME = r"^(?!\.{1,2}$)[^/\\\x00]+$"
FileName = Annotated[str, Field(pattern=FILE_NAME)]


@dataclass(frozen=True)
class StoredDocuments:
    """GRADE documents on disk, read on each iteration: a class of any size fits."""

    folder: Path
    names: Sequence[str]

    def __iter__(self) -> Iterator[dict[str, Any]]:
        for name in self.names:
            yield json.loads((self.folder / name).read_text(encoding="utf-8"))

    def __len__(self) -> int:
        return len(self.names)


@dataclass(frozen=True)
class RunFolder:
    """The folder of one run. `basis` is all that a result depends on besides the submission itself.

    `python` is what executes submissions. `for_python` also keeps what a notebook's cell shows.
    """

    path: Path
    basis: Basis | None = None
    overrides: Overrides = field(default_factory=Overrides)
    python: Path = Path(sys.executable)
    for_python: bool = False

    @contextmanager
    def held(self) -> Iterator[None]:
        """Lock the folder, and remove partial files of a run that was killed."""
        with lock(self.path):
            tidy(self.path, (*WRITTEN, RECORDINGS, PREVIOUS))
            yield

    def entry(self, submission: Submission) -> Entry | None:
        """What was written about a submission last, whatever it depended on, and whether or not it is whole."""
        return read_entry(self.path, submission.id)

    def is_current(self, submission: Submission, entry: Entry) -> bool:
        """Whether this run, or an equal one, wrote it about this very submission."""
        return entry.key == self._key(submission, entry.groups)

    def is_settled(self, submission: Submission, entry: Entry) -> bool:
        """Whether another run would give the same result: not if a package that it lacked is there now.

        If a file is missing, or is no longer what was written, nothing counts as found out: the submission is graded
        again, and the file written again.
        """
        has_changed = any(has_package(self.python, name) for name in entry.lacked)
        is_as_it_was = self.is_current(submission, entry) and is_whole(self.path, submission.id, entry)
        return entry.settled and not has_changed and is_as_it_was

    def kept(self, submission: Submission) -> Entry | None:
        """What was found out last, whatever it depended on: another rubric, or an earlier version of the file."""
        entry = self.entry(submission)
        return entry if entry and is_whole(self.path, submission.id, entry) else None

    def documents(self, submission: str) -> Iterator[dict[str, Any]]:
        """The grades of a submission as they were written last, whatever they depended on; none that is damaged."""
        entry = read_entry(self.path, submission)
        for name in entry.results if entry else ():
            if is_result_of(name, submission):
                with suppress(OSError):
                    text = read_regular(self.path / name, MOST_BYTES).decode("utf-8", "replace")
                    if grade := read_grade_document(text):
                        yield grade

    def text(self, name: str) -> str:
        """A file of a submission that is finished: its page, or what a notebook's cell shows."""
        return read_regular(self.path / name, MOST_BYTES).decode("utf-8")

    def publish(
        self, graded: Graded, course: Course, facts: Mapping[str, Any], sources: Mapping[Path, SourceFile]
    ) -> None:
        """Write one submission's page and results as they are settled; its journal entry, which makes them count,
        comes last. `sources` are the files that its page shows."""
        name = graded.submission.id
        graded = replace(graded, grades=tuple(apply_overrides(grade, self.overrides) for grade in graded.grades))
        starters = _starter_code(tuple(assignment.folder for assignment in course.assignments))
        sketch = code_digest(tuple(sources.values()), starters)
        bases = [self.basis.of(grade, self.overrides) if self.basis else None for grade in graded.grades]
        documents = [GradeDocument.of(grade, sketch, basis) for grade, basis in zip(graded.grades, bases, strict=True)]
        groups = [
            f"{grade.assignment.id} {grade.group.digest}" for grade in graded.grades if grade.assignment and grade.group
        ]
        results = {
            result_name(name, document.assignment): dump(document.model_dump(by_alias=True)) for document in documents
        }
        lacked = (package for package in graded.missing_packages if not has_package(self.python, package))
        entry = Entry(
            key=self._key(graded.submission, groups),
            results=tuple(results),
            not_found=tuple(graded.not_found),
            settled=graded.settled,
            groups=tuple(groups),
            reruns=tuple(graded.reruns),
            lacked=tuple(sorted(lacked)),
            stopped={"sha256": graded.submission.sha256, "why": graded.stopped} if graded.stopped else {},
            review=sum(grade.status is GradeStatus.NEEDS_REVIEW for grade in graded.grades),
        )
        files = {page_name(name): page(graded, course, facts, sources), **results}
        if self.for_python:
            files[cells_name(name)] = cells_of(graded.grades, documents, course.references)
        install(self.path, name, files, entry)

    def _key(self, submission: Submission, groups: Sequence[str] = ()) -> str:
        """`groups` are those of its grades, so that a decision about a group is new only to its members."""
        decisions = list(self.overrides.touching(submission.id, groups))
        origin = submission.origin
        origins = [] if origin == Origin(paths=origin.paths) else [repr(origin)]  # names and times are in the documents
        return digest([self.basis and self.basis.key, submission.id, submission.sha256, decisions, *origins])


def close(folder: Path, report: ClassReport) -> None:
    """Write what is about the whole class."""
    view = ClassView.of(report)
    write(folder / "grades.csv", grades_csv(view))
    write(folder / FACTS, dump(dict(report.provenance)))
    pages = {f"{digest}.html": text for digest, text in group_pages(view)}
    for name, text in pages.items():
        write(folder / GROUPS / name, text)
    for stale in (folder / GROUPS).glob("*.html"):
        if stale.name not in pages:
            stale.unlink(missing_ok=True)
    write(folder / "index.html", class_page(view))


def page(graded: Graded, course: Course, facts: Mapping[str, Any], sources: Mapping[Path, SourceFile]) -> str:
    """The page of one submission, which does not name anybody else."""
    return student_page(
        graded.grades,
        references=course.references,
        calibrations=course.calibrations,
        not_found=graded.not_found,
        provenance={key: facts[key] for key in ("started", "versions")},
        sources=sources,
    )


@cache
def _starter_code(folders: tuple[Path, ...]) -> frozenset[str]:
    """What the starters of these assignments hold already, as `code_digest` takes it."""
    files = (path for folder in folders for path in sorted(folder.glob("starter.*")))
    return frozenset(code_lines(source for path in files if (source := read_source(path))))


def sources_of(graded: Graded) -> dict[Path, SourceFile]:
    """The code of each file that was graded, as far as it can be read."""
    entries = dict.fromkeys(grade.submission.entry for grade in graded.grades)
    return {entry: source for entry in entries if (source := read_source(entry))}


def outdated_exports(out: Path) -> list[Path]:
    """What was exported from this folder before grades or pages in it were written again."""
    exports = [path for path in (out / EXPORT).glob("*") if path.is_file()]
    pages = [path.stat().st_mtime for path in (out / "results").glob("*.json")] if exports else []
    return [path for path in sorted(exports) if path.stat().st_mtime < max(pages, default=0.0)]


class _Facts(BaseModel):
    """What a finished run says about itself, as far as it is used."""

    model_config = ConfigDict(strict=True, regex_engine="python-re")

    submissions: list[FileName]
    started: str
    command: str
    assignments: list[str] | None = None
    versions: dict[str, str] | None = None
    missing: list[str] | None = None
    excused: list[list[str]] | None = None
    not_graded_yet: list[dict[str, Any]] | None = None


def read_run(folder: Path) -> ClassReport:
    """The report of a finished run, each result as it was written. Raises `UsageError` if one is not."""
    run = facts_in(folder)
    if run.get("schema") != "grader.run/1":
        raise UsageError(f"{folder}: this is not a finished run of `grader grade`: it has no run.json.")
    try:
        _Facts.model_validate(run)
    except ValidationError as error:
        where = ".".join(map(str, error.errors()[0]["loc"]))
        problem = f"`{where}` is not what `grader grade` writes"
        raise UsageError(f"{folder / FACTS}: {problem}; grade the class again.") from None
    entries = {name: files_of(folder, name)[1] for name in run["submissions"]}
    return ClassReport(
        grades=StoredDocuments(folder, [result for entry in entries.values() for result in entry.results]),
        not_found=tuple((name, gap) for name, entry in entries.items() for gap in entry.not_found),
        missing=tuple(run.get("missing") or ()),
        provenance=run,
    )


def facts_in(folder: Path) -> dict[str, Any]:
    """What a run said about itself in a folder; nothing if that cannot be read."""
    try:
        facts = json.loads(read_regular(folder / FACTS, MOST_BYTES))
    except (OSError, ValueError, RecursionError):
        return {}
    return facts if isinstance(facts, dict) else {}
