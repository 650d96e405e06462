"""What a run leaves in its folder, written whole or not at all, one by one, so that a killed run continues.

index.html                          the class, for staff
groups/<digest>.html                an answer group, for class
feedback/<submission>/index.html    for the student
results/<submission>.<assignment>.json, or results/<submission>.json if no exercise was recognised
grades.csv, run.json
review/<submission>.json            the code in question and the network, for `review`
journal/<submission>.json           key, results, not_found, settled, and files: what each file was when it was written

Anything in the journal may be damaged, or come from another machine. What is not as it was written counts as absent.
"""

from __future__ import annotations

import hashlib
import json
import sys
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

from pydantic import TypeAdapter

from grader.assignments.course import Course
from grader.checks.registry import files_of_kinds
from grader.domain import Assignment, Grade, GradeStatus, Origin, Report, Source, Submission
from grader.errors import UsageError
from grader.execution.recordings import RECORDINGS
from grader.filesystem import lock, read_regular, tidy, write
from grader.grading.grade import Graded
from grader.grading.overrides import Overrides, apply_overrides
from grader.hints import SENTENCES
from grader.reporting import (
    Validation,
    briefly,
    class_page,
    grade_document,
    grades_csv,
    group_pages,
    read_grade_document,
    student_page,
)
from grader.reporting.code.similar import code_digests, runs_of_tokens
from grader.reporting.excerpts import Excerpt, excerpts, read_excerpts
from grader.reporting.student_view import Exercise, Known, exercise
from grader.runs.basis import NO_BASIS, Basis
from grader.runs.options import RunOptions, installed, program_digest
from grader.runs.previous import PREVIOUS, Floors
from grader.sandbox.spec import has_package
from grader.submissions.source import read_source

JOURNAL = "journal"
GROUPS = "groups"
WRITTEN = ("results", "feedback", JOURNAL, GROUPS, "review")
EXPORT = "export"
MOST_BYTES = 64 * 2**20  # of any one of these files
NO_OVERRIDES = Overrides()
EXERCISES = TypeAdapter(tuple[Exercise, ...])
NO_SOURCES: Mapping[Path, Source] = MappingProxyType({})


@dataclass(frozen=True)
class Entry:
    """Where the GRADE documents of one submission are, the exercises that it does not hold, and what its run lacked."""

    results: tuple[str, ...]
    not_found: tuple[str, ...]
    settled: bool
    lacked: tuple[str, ...] = ()


@dataclass(frozen=True)
class Documents:
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
    """The folder of one run over `source`. `key` names all that a result depends on besides the submission itself.

    `basis` is what a document says of that. With `floors`, no score falls below one of an earlier grading.
    `python` is what executes submissions. `for_python` also keeps what a notebook's cell shows.
    """

    path: Path
    source: Path
    key: str = ""
    overrides: Overrides = NO_OVERRIDES
    basis: Basis = NO_BASIS
    floors: Floors | None = None
    python: Path = Path(sys.executable)
    for_python: bool = False

    @contextmanager
    def held(self) -> Iterator[None]:
        """Lock the folder, and remove partial files of a run that was killed."""
        with lock(self.path):
            tidy(self.path, (*WRITTEN, RECORDINGS, PREVIOUS))
            yield

    def finished(self, submission: Submission) -> Entry | None:
        """What this run, or an equal one, has already found out about a submission.

        If a file is missing, or is no longer what was written, nothing counts as found out: the
        submission is graded again, and the file written again.
        """
        entry = _read_entry(self.path, submission.id)
        is_current = entry is not None and entry["key"] == self._key(submission, entry["groups"])
        return self.written(submission, same_file=True) if is_current else None

    def written(self, submission: Submission, *, same_file: bool = False) -> Entry | None:
        """What was found out last, whatever it depended on: another rubric, or an earlier version of the file."""
        entry = _read_entry(self.path, submission.id)
        if entry is None or not entry["results"]:
            return None
        if not all(is_result_of(name, submission.id) for name in entry["results"]):
            return None
        try:
            texts = _read_files(self.path, submission.id, entry)
        except OSError:
            return None
        sha256 = submission.sha256 if same_file else None
        if not all(_is_result(texts[name], name, submission.id, sha256) for name in entry["results"]):
            return None
        return Entry(tuple(entry["results"]), tuple(entry["not_found"]), entry["settled"], tuple(entry["lacked"]))

    def is_settled(self, submission: Submission) -> bool:
        """Whether another run would give the same result: not if a package that it lacked is there now."""
        entry = self.finished(submission)
        return entry is not None and entry.settled and not any(has_package(self.python, one) for one in entry.lacked)

    def is_decided(self, submission: Submission) -> bool:
        """Whether a person has settled everything about this file, so that no other run could change it."""
        entry = _read_entry(self.path, submission.id)
        return entry is not None and not entry["review"] and bool(self._decisions(submission, entry["groups"]))

    def is_meant(self, submission: Submission, reruns: Collection[str]) -> bool:
        """Whether one of these words for `--rerun` applies to what was found out last."""
        entry = _read_entry(self.path, submission.id)
        return entry is not None and not set(reruns).isdisjoint(entry["reruns"])

    def stopped(self, submission: Submission) -> str:
        """Why grading this very file was stopped by an earlier run, whatever its rubric was; it would be again."""
        entry = _read_entry(self.path, submission.id)
        about = entry["stopped"] if entry else {}
        return str(about["why"]) if about.get("sha256") == submission.sha256 and "why" in about else ""

    def review(self, submission: Submission) -> int:
        """How many of its grades, as they were written last, need a person."""
        entry = _read_entry(self.path, submission.id)
        return entry["review"] if entry else 0

    def documents(self, submission: str) -> Iterator[dict[str, Any]]:
        """The grades of a submission as they were written last, whatever they depended on; none that is damaged."""
        entry = _read_entry(self.path, submission)
        for name in entry["results"] if entry else ():
            if is_result_of(name, submission):
                with suppress(OSError):
                    found = read_grade_document(read_regular(self.path / name, MOST_BYTES).decode("utf-8", "replace"))
                    if found is not None:
                        yield found

    def excerpt(self, submission: str, assignment: str) -> Excerpt:
        """The code and the network of a grade, as far as they were kept."""
        with suppress(OSError):
            content = read_regular(self.path / excerpts_name(submission), MOST_BYTES)
            return read_excerpts(content).get(assignment, Excerpt())
        return Excerpt()

    def page(self, submission: Submission) -> str:
        """The page of a submission that is finished."""
        return read_regular(self.path / page_name(submission.id), MOST_BYTES).decode("utf-8")

    def exercises(self, submission: Submission) -> tuple[Exercise, ...]:
        """What a notebook's cell shows of a submission that is finished, if this folder is `for_python`."""
        return EXERCISES.validate_json(read_regular(self.path / exercises_name(submission.id), MOST_BYTES))

    def publish(
        self, graded: Graded, course: Course, facts: Mapping[str, Any], sources: Mapping[Path, Source] = NO_SOURCES
    ) -> None:
        """Write one submission's page and results as they are settled; its journal entry, which makes them count,
        comes last. `sources` are the files that its page shows."""
        name = graded.submission.id
        graded = replace(graded, grades=tuple(map(self._settled, graded.grades)))
        starters = _starter_code(tuple(one.folder for one in course.assignments))
        sketch = code_digests(tuple(sources.values()), starters)
        documents = [
            {**document(grade, self.source, sketch), **self._beside(grade)} for grade in graded.grades
        ]
        groups = [
            f"{grade.assignment.id} {grade.group.digest}" for grade in graded.grades if grade.assignment and grade.group
        ]
        results = {result_name(name, result["assignment"]): dump(result) for result in documents}
        entry = {
            "key": self._key(graded.submission, groups),
            "groups": groups,
            "results": list(results),
            "not_found": list(graded.not_found),
            "settled": graded.settled,
            "reruns": list(graded.reruns),
            "lacked": sorted(name for name in graded.missing_packages if not has_package(self.python, name)),
            "stopped": {"sha256": graded.submission.sha256, "why": graded.stopped} if graded.stopped else {},
            "review": sum(grade.status is GradeStatus.NEEDS_REVIEW for grade in graded.grades),
        }
        files = {page_name(name): page(graded, course, facts, sources), **results}
        files[excerpts_name(name)] = excerpts(graded.grades, sources)
        if self.for_python:
            files[exercises_name(name)] = _exercises(graded, documents, course)
        install(self.path, name, files, entry)

    def _beside(self, grade: Grade) -> dict[str, Any]:
        """What a document says of its run: what the grade depends on, and whether an earlier score counts."""
        kept = {"earned": grade.earned, "since": grade.kept.since} if grade.kept else None
        basis = {"basis": self.basis.of(grade, self.overrides)} if self.basis is not NO_BASIS else {}
        return {**basis, **({"kept": kept} if kept else {})}

    def _settled(self, grade: Grade) -> Grade:
        """What a person decided comes before what an earlier grading gave."""
        grade = apply_overrides(grade, self.overrides)
        return self.floors.under(grade) if self.floors else grade

    def _decisions(self, submission: Submission, groups: Sequence[str]) -> list[str]:
        return self.overrides.touching(submission.id, groups)

    def _key(self, submission: Submission, groups: Sequence[str] = ()) -> str:
        """`groups` are those of its grades, so that a decision about a group is new only to its members."""
        settled = self._decisions(submission, groups)
        settled += ["never lower"] if self.floors else []
        origin = submission.origin
        said = [] if origin == Origin(paths=origin.paths) else [repr(origin)]  # names and times are in the documents
        return digest([self.key, submission.id, submission.sha256, settled, *said])


def install(out: Path, submission: str, files: Mapping[str, str], entry: Mapping[str, Any]) -> None:
    """Write one submission's page and results. Its journal entry, which makes them count, comes last.

    What a power cut damages is not what the journal says, and so graded again.
    """
    before = _read_entry(out, submission)
    for name, text in files.items():
        write(out / name, text, durable=False)
    for stale in set(before["results"] if before else ()).difference(files):
        if is_result_of(stale, submission):
            with suppress(OSError, ValueError):
                (out / stale).unlink()
    whole = {**entry, "files": {name: mark(text) for name, text in files.items()}}
    write(out / journal_name(submission), dump(whole), durable=False)


def files_of(out: Path, submission: str) -> tuple[dict[str, str], dict[str, Any]]:
    """What `install` takes, from the folder of another run. Raises `UsageError` if it is not complete."""
    journal = out / journal_name(submission)
    entry = _read_entry(out, submission)
    if entry is None:
        raise UsageError(f"{journal}: this entry cannot be read; grade the class again.")
    for name in entry["results"]:
        if not is_result_of(name, submission):
            raise UsageError(f"{journal}: {name!r} is not a result of `{submission}`; grade the class again.")
    try:
        files = _read_files(out, submission, entry)
    except OSError as error:
        raise UsageError(f"{error.filename}: cannot be used ({error.strerror}); grade the class again.") from None
    for name in entry["results"]:
        if read_grade_document(files[name]) is None:
            raise UsageError(f"{out / name}: this is not a result of `grader grade`; grade the class again.")
    return files, entry


def _is_result(text: str, name: str, submission: str, sha256: str | None) -> bool:
    """Whether a file holds the GRADE document that its name says, of the file with this hash if there is one."""
    grade = read_grade_document(text)
    if grade is None or grade["submission"]["id"] != submission:
        return False
    return sha256 in (None, grade["submission"]["sha256"]) and name == result_name(submission, grade["assignment"])


def close(folder: Path, report: Report) -> None:
    """Write what is about the whole class."""
    brief = briefly(report)
    write(folder / "grades.csv", grades_csv(brief))
    write(folder / "run.json", dump(dict(report.provenance)))
    pages = {f"{digest}.html": text for digest, text in group_pages(brief)}
    for name, text in pages.items():
        write(folder / GROUPS / name, text)
    for stale in (folder / GROUPS).glob("*.html"):
        if stale.name not in pages:
            stale.unlink(missing_ok=True)
    write(folder / "index.html", class_page(brief))


def document(grade: Grade, source: Path, sketch: str = "") -> dict[str, Any]:
    """The GRADE document of a grade, with paths relative to where the run looked."""
    return grade_document(grade, SENTENCES, root=source, sketch=sketch)


def page(
    graded: Graded, course: Course, facts: Mapping[str, Any], sources: Mapping[Path, Source] = NO_SOURCES
) -> str:
    """The page of one submission, which does not name anybody else."""
    calibrations = course.calibrations.items()
    return student_page(
        graded.grades,
        reference_graphs=course.references,
        validation={name: Validation(c.validation[0] if c.validation else (), c.validation[1:], c.pictures)
                    for name, c in calibrations if c.validation or c.pictures},
        curves={name: calibration.cases[0].details.get("curves", ()) for name, calibration in calibrations},
        notes_text=SENTENCES,
        not_found=graded.not_found,
        provenance={key: facts[key] for key in ("started", "versions")},
        sources=sources,
    )


def _exercises(graded: Graded, documents: Sequence[Mapping[str, Any]], course: Course) -> str:
    known = {name: Known(graph) for name, graph in course.references.items()}
    shown = [
        replace(exercise(grade, known.get(grade.assignment.id if grade.assignment else "", Known()), SENTENCES),
                document=document)
        for grade, document in zip(graded.grades, documents, strict=True)
    ]  # fmt: skip
    return EXERCISES.dump_json(tuple(shown)).decode()


@cache
def _starter_code(folders: tuple[Path, ...]) -> frozenset[tuple[str, ...]]:
    """What the starters of these assignments hold already, as `code_digests` takes it."""
    files = (path for folder in folders for path in sorted(folder.glob("starter.*")))
    return runs_of_tokens(source for path in files if (source := read_source(path)))


def sources_of(graded: Graded) -> dict[Path, Source]:
    """The code of each file that was graded, as far as it can be read."""
    entries = dict.fromkeys(grade.submission.entry for grade in graded.grades)
    return {entry: source for entry in entries if (source := read_source(entry))}


def run_key(course: Course, options: RunOptions) -> str:
    """A digest of all that results depend on besides the submissions: specs, calibrations, options, versions."""
    assignments = [_assignment_key(assignment, course) for assignment in course.assignments]
    along = course.companions_digest
    return digest([assignments, course.asked, along, repr(options), installed(options), program_digest()])


def _assignment_key(assignment: Assignment, course: Course) -> list[str]:
    calibration = course.calibrations[assignment.id]
    files = [assignment.folder / "calibration.json", *files_of_kinds(assignment.folder)]
    return [
        *(hashlib.sha256(path.read_bytes()).hexdigest() for path in files),
        assignment.id,
        assignment.digest,
        calibration.digest,
        json.dumps(dict(calibration.versions), sort_keys=True),
    ]


def digest(value: Any) -> str:
    return hashlib.sha256(json.dumps(value, default=str).encode()).hexdigest()


def dump(document: Any) -> str:
    return json.dumps(document, indent=2, ensure_ascii=False, allow_nan=False) + "\n"


def _read_entry(out: Path, submission: str) -> dict[str, Any] | None:
    """The journal's entry, whichever version wrote it; an unreadable entry counts as unfinished."""
    try:
        entry = json.loads(read_regular(out / journal_name(submission), MOST_BYTES))
    except (OSError, ValueError, RecursionError):
        return None
    if not isinstance(entry, dict) or type(entry.get("settled")) is not bool or not isinstance(entry.get("key"), str):
        return None
    lists = all(_are_texts(entry.get(name)) for name in ("results", "not_found"))
    lists = lists and all(_are_texts(entry.setdefault(name, [])) for name in ("groups", "reruns", "lacked"))
    lists = lists and type(entry.setdefault("review", 0)) is int
    lists = lists and all(isinstance(entry.setdefault(name, {}), dict) for name in ("files", "stopped"))
    return entry if lists else None


def _read_files(out: Path, submission: str, entry: Mapping[str, Any]) -> dict[str, str]:
    """The page, the results and the excerpts of an entry, as they were written; `OSError` if one has changed."""
    texts = {}
    excerpts = [name for name in (excerpts_name(submission),) if name in entry["files"]]
    for name in (page_name(submission), *entry["results"], *excerpts):
        texts[name] = read_regular(out / name, MOST_BYTES).decode("utf-8", "replace")
        if entry["files"].get(name) != mark(texts[name]):
            raise OSError(0, "its content is not what the run wrote", str(out / name))
    return texts


def _are_texts(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(one, str) for one in value)


def mark(text: str) -> str:
    """A digest that shows whether a file is still what was written."""
    return hashlib.sha256(text.encode("utf-8", "backslashreplace")).hexdigest()


def outdated_exports(out: Path) -> list[Path]:
    """What was exported from this folder before grades or pages in it were written again."""
    exports = [path for path in (out / EXPORT).glob("*") if path.is_file()]
    pages = [path.stat().st_mtime for path in (out / "results").glob("*.json")] if exports else []
    return [path for path in sorted(exports) if path.stat().st_mtime < max(pages, default=0.0)]


def is_result_of(name: str, submission: str) -> bool:
    # Not by a regular expression: each submission would need one of its own, and compiling it takes ten times as long.
    stem = f"results/{submission}"
    if not (name.startswith(f"{stem}.") and name.endswith(".json")):
        return False
    assignment = name[len(stem) : -len(".json")]
    return not assignment or (len(assignment) > 1 and not set("/\\\0") & set(assignment))


def page_name(submission: str) -> str:
    return f"feedback/{submission}/index.html"


def excerpts_name(submission: str) -> str:
    return f"review/{submission}.json"


def exercises_name(submission: str) -> str:
    return f"exercises/{submission}.json"


def journal_name(submission: str) -> str:
    return f"{JOURNAL}/{submission}.json"


def result_name(submission: str, assignment: str | None) -> str:
    """Where a GRADE document is, in the folder of its run."""
    return f"results/{submission}.{assignment}.json" if assignment else f"results/{submission}.json"
