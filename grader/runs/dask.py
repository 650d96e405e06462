"""`grade --dask ADDRESS`: parts of a class on the machines of a Dask cluster, each with its files.

A machine that is lost costs what it was running: Dask gives that part to another.

    FILES       what the submissions are, in the folder of a part
    OUT         what `grade` leaves for them: results, feedback, journal
"""

from __future__ import annotations

import pickle
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import CancelledError
from dataclasses import dataclass, replace
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any
from uuid import uuid4

from grader.assignments.course import load_course
from grader.assignments.folder import read_course, tutorial
from grader.domain import Submission
from grader.errors import GraderFault, UsageError
from grader.filesystem import regular_size
from grader.grading.overrides import Overrides
from grader.runs.folder import WRITTEN, RunFolder
from grader.runs.grading_process import Task
from grader.runs.journal import MOST_BYTES, files_of, install, is_result_of, journal_name, page_name
from grader.runs.options import Basis, RunOptions, basis_of, program_digest, provenance
from grader.sandbox import resolve_isolation
from grader.submissions.identity import copied_files

FILES, OUT, COMPANIONS = Path("files"), Path("out"), Path("companions")
CONNECT_SECONDS = 10
LOOK_SECONDS, MOST_LOOKS = 10, 3
PARTS_PER_WORKER = 4
MOST_IN_A_PART = 64
MOST_BYTES_IN_A_PART = 64 * 2**20
RETRIES = 2
DIFFERS = (
    "the assignments, calibrations or versions on this worker differ from those of the machine that runs "
    "`grader grade`; install the same ones on both, and start the worker again"
)


@dataclass(frozen=True)
class Share:
    """Some submissions of a class, with the content of their files by where these arrive in the folder of the part.

    `assignments` are the ids that were asked for, of the course in the folder `root`. `basis` is all that their results
    depend on.
    """

    submissions: tuple[Submission, ...]
    files: Mapping[Path, bytes]
    companions: Mapping[str, Path]
    options: RunOptions
    assignments: tuple[str, ...]
    root: Path | None
    basis: Basis | None
    overrides: Overrides


def part_of(submissions: Sequence[Submission], task: Task) -> Share:
    """What a worker needs to grade these submissions."""
    course, folder = task.course, task.folder
    places = {
        _place(submission, path): path for submission in submissions for path in copied_files(submission).values()
    }
    companions = {name: COMPANIONS / name for name in course.companions}
    places |= {companions[name]: path for name, path in course.companions.items()}
    return Share(
        tuple(moved(submission, partial(_place, submission)) for submission in submissions),
        {place: path.read_bytes() for place, path in places.items()},
        companions,
        replace(task.options, secret=()),
        tuple(assignment.id for assignment in course.assignments) if course.asked else (),
        course.root,
        folder.basis,
        folder.overrides,
    )


def moved(submission: Submission, place: Callable[[Path], Path]) -> Submission:
    """The same submission with its files elsewhere."""
    folder = place(submission.folder) if submission.folder else None
    others = tuple(map(place, submission.others))
    return replace(submission, entry=place(submission.entry), folder=folder, others=others)


def _place(submission: Submission, path: Path) -> Path:
    """Where a file of a submission arrives."""
    return FILES / submission.id / path.relative_to(submission.folder or submission.entry.parent)


def grade_on_cluster(
    address: str, groups: Sequence[list[Submission]], task: Task, grade: Callable[[bytes], dict[str, bytes]]
) -> Iterator[list[Submission]]:
    """Parts that workers `grade`, as they come back, written down. Raises `UsageError` without a usable cluster."""
    distributed = _distributed()
    try:
        client = distributed.Client(address, timeout=CONNECT_SECONDS, set_as_default=False)
    except (OSError, ValueError) as error:
        raise UsageError(f"--dask {address}: no Dask scheduler answers ({error}).") from None
    with client:
        if not (workers := _workers(client)):
            raise UsageError(f"--dask {address}: the scheduler has no workers. Start some: dask worker {address}")
        waiting = iter(_parts(groups, workers))

        def submit(part: list[Submission]) -> Any:
            # The scheduler identifies work by its key, also that of other clients.
            packed = pack(part_of(part, task))
            return client.submit(grade, packed, retries=RETRIES, key=f"grade-{uuid4().hex}")

        running = {submit(part): part for part in islice(waiting, 2 * workers)}
        deserted = 0
        while running:
            try:
                with client.as_current():
                    futures = distributed.wait(list(running), timeout=LOOK_SECONDS, return_when="FIRST_COMPLETED").done
            except TimeoutError:
                deserted = 0 if _workers(client) else deserted + 1
                if deserted == MOST_LOOKS:  # those that were lost may come back
                    raise UsageError(
                        f"--dask {address}: all workers are gone. Start some (dask worker {address}), and run the same "
                        "command again: what was graded is kept."
                    ) from None
                continue
            except CancelledError as error:
                raise GraderFault(f"--dask {address}: the scheduler has given up ({error}): run this again") from None
            for future in futures:
                part = running.pop(future)
                accept(_result(future, address), part, task.folder)
                yield part
                running |= {submit(following): following for following in islice(waiting, 1)}


def _workers(client: Any) -> int:
    return len(client.scheduler_info(n_workers=-1)["workers"])


def _distributed() -> Any:
    try:
        import distributed
    except ImportError:
        raise UsageError("--dask needs the package `distributed`: pip install 'keras-grader[dask]'") from None
    return distributed


def _parts(groups: Sequence[list[Submission]], workers: int) -> Iterator[list[Submission]]:
    """Equal submissions stay together; a part is small enough that all workers have something until the end."""
    total = sum(map(len, groups))
    size = min(MOST_IN_A_PART, max(1, total // (workers * PARTS_PER_WORKER)))
    part: list[Submission] = []
    heavy = 0
    for group in groups:
        part += group
        heavy += sum(regular_size(path) or 0 for submission in group for path in copied_files(submission).values())
        if len(part) >= size or heavy >= MOST_BYTES_IN_A_PART:
            yield part
            part, heavy = [], 0
    if part:
        yield part


def _result(future: Any, address: str) -> object:
    try:
        return future.result()
    except UsageError as error:
        raise UsageError(f"--dask {address}: a worker cannot grade: {error}") from None
    except Exception as error:
        raise GraderFault(f"--dask {address}: a part of the class could not be graded: {error}") from None


def pack(part: Share) -> bytes:
    """The part, behind the digest of the program, which says whether another one understands it."""
    return pickle.dumps((program_digest(), pickle.dumps(part)))


def arrived(packed: bytes, place: Path) -> tuple[Task, list[Submission]]:
    """On a worker: what to grade, and where, with the files in a folder. Raises `UsageError` where it would differ."""
    program, packed_part = pickle.loads(packed)
    if program != program_digest():
        raise UsageError(DIFFERS)
    part: Share = pickle.loads(packed_part)
    for name, content in part.files.items():
        (place / name).parent.mkdir(parents=True, exist_ok=True)
        (place / name).write_bytes(content)
    course = load_course(list(part.assignments), read_course(part.root) if part.root else tutorial())
    course = replace(course, companions={name: place / path for name, path in part.companions.items()})
    if basis_of(course, part.options) != part.basis:
        raise UsageError(DIFFERS)
    folder = RunFolder(place / OUT, part.basis, part.overrides)
    options = replace(part.options, isolation=resolve_isolation(part.options.isolation, unattended=True))
    submissions = [moved(submission, lambda path: place / path) for submission in part.submissions]
    return Task(course, options, folder, provenance(course, options)), submissions


def written(folder: RunFolder) -> dict[str, bytes]:
    """What goes back from a worker: the files of its part, by their names."""
    paths = (path for name in WRITTEN for path in sorted((folder.path / name).rglob("*")))
    return {path.relative_to(folder.path).as_posix(): path.read_bytes() for path in paths if path.is_file()}


def accept(answer: object, part: Sequence[Submission], folder: RunFolder) -> None:
    """Write into the folder of the run what came back for the submissions that were sent."""
    ids = {submission.id for submission in part}
    with tempfile.TemporaryDirectory(prefix="grader-part-") as place:
        for name, content in answer.items() if isinstance(answer, dict) else ():
            if not (isinstance(name, str) and isinstance(content, bytes) and _is_of_a_part(name, ids)):
                raise GraderFault(f"a worker of the cluster sent {name!r}, which was not expected back")
            if len(content) > MOST_BYTES:
                raise GraderFault(f"a worker of the cluster sent {name!r}, which is too large")
            path = Path(place, name)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        for submission in part:
            try:
                files, entry = files_of(Path(place), submission.id)
            except UsageError as error:
                raise GraderFault(f"a worker sent results of `{submission.id}` that cannot be used: {error}") from None
            # A worker chooses the name of a file; whose result it is, is in its content and in the journal.
            if not folder.is_current(submission, entry):
                raise GraderFault(f"a worker sent results of `{submission.id}` that belong to another submission")
            install(folder.path, submission.id, files, entry)


def _is_of_a_part(name: str, ids: set[str]) -> bool:
    functions = (page_name, journal_name)
    return any(
        name in {function(submission) for function in functions} or is_result_of(name, submission) for submission in ids
    )
