"""`grade --dask ADDRESS`: parts of a class on the machines of a Dask cluster, each a manifest with files.

A machine that is lost costs what it was running: Dask gives that part to another.
"""

from __future__ import annotations

import io
import json
import subprocess
import sys
import tempfile
import zipfile
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, replace
from itertools import islice
from pathlib import Path
from typing import Any
from uuid import uuid4

from grader.assignments.course import Course
from grader.domain import Origin, Student, Submission
from grader.errors import GraderFault, UsageError
from grader.filesystem import regular_size, travelling_files
from grader.runs.basis import run_key
from grader.runs.folder import WRITTEN, RunFolder
from grader.runs.journal import MOST_BYTES, excerpts_name, files_of, install, is_result_of, journal_name, page_name
from grader.runs.options import RunOptions

MANIFEST, FILES, OUT, COMPANIONS = "manifest.json", "files", "out", "companions"
CONNECT_SECONDS = 10
LOOK_SECONDS = 15.0
PATIENCE_SECONDS = 300.0
PARTS_PER_WORKER = 4
MOST_IN_A_PART = 64
MOST_BYTES_IN_A_PART = 64 * 2**20
MOST_BYTES_BACK = 2**30  # of all results and pages of a part, unpacked
RETRIES = 2
OVERRIDES = f"{OUT}/overrides.toml"


def manifest(
    submissions: Iterable[Submission], source: Path, course: Course, options: RunOptions
) -> tuple[dict[str, Any], dict[str, Path]]:
    """The manifest of a part, and its files by their place in FOLDER."""
    told, files = [], {}
    for one in submissions:
        paths = [one.entry] if one.entry.is_file() and not one.entry.is_symlink() else []
        paths += travelling_files(one.folder, one.files) if one.folder else []
        files.update({f"{FILES}/{_place(path, source)}": path for path in paths})
        places = {
            "entry": _place(one.entry, source),
            "folder": _place(one.folder, source) if one.folder else None,
            "others": [_place(other, source) for other in one.others],
        }
        told.append({**asdict(one), **places})
    asked = {**asdict(replace(options, secret=())), "python": str(options.python) if options.python else None}
    ids = [assignment.id for assignment in course.assignments] if course.asked else []
    along = {name: f"{COMPANIONS}/{name}" for name in course.companions}
    files |= {along[name]: path for name, path in course.companions.items()}
    root = str(course.root or "")
    against = {"assignments": ids, "course": root, "companions": along, "key": run_key(course, options)}
    return {"submissions": told, "options": asked, **against}, files


def _place(path: Path, source: Path) -> str:
    """Where a file arrives; one that was unpacked or renamed is not below `source`, but in a private folder."""
    if path.is_relative_to(source):
        return path.relative_to(source).as_posix()
    return f"unpacked/{path.as_posix().replace(':', '').lstrip('/')}"


def origin_of(told: Mapping[str, Any]) -> Origin:
    """What the LMS said, from a manifest."""
    students = tuple(Student(**one) for one in told["students"])
    return Origin(**{**told, "students": students, **{name: tuple(told[name]) for name in ("paths", "decisions")}})


def submission_of(told: Mapping[str, Any], source: Path) -> Submission:
    """A submission of a manifest, where its files arrived."""
    folder = None if told["folder"] is None else source / told["folder"]
    lists = {name: told[name] and tuple(told[name]) for name in ("files", "left_behind")}
    others = tuple(source / other for other in told["others"])
    places = {"entry": source / told["entry"], "folder": folder, "others": others}
    return Submission(**{**told, **lists, **places, "origin": origin_of(told["origin"])})


def grade_on_cluster(
    address: str, groups: Sequence[list[Submission]], course: Course, options: RunOptions, folder: RunFolder
) -> Iterator[list[Submission]]:
    """Parts as they come back, written into `folder`. Raises `UsageError` if there is no usable cluster."""
    distributed = _distributed()
    try:
        client = distributed.Client(address, timeout=CONNECT_SECONDS, set_as_default=False)
    except (OSError, ValueError) as error:
        raise UsageError(f"--dask {address}: no Dask scheduler answers ({error}).") from None
    with client:
        workers = len(client.scheduler_info(n_workers=-1)["workers"])
        if not workers:
            raise UsageError(f"--dask {address}: the scheduler has no workers. Start some: dask worker {address}")
        waiting = iter(_parts(groups, workers))

        def submit(part: list[Submission]) -> Any:
            packed = pack(part, course, options, folder)
            # The scheduler identifies work by its key, also that of other clients.
            return client.submit(run_part, packed, retries=RETRIES, key=f"grade-{uuid4().hex}")

        running = {submit(part): part for part in islice(waiting, 2 * workers)}
        while running:
            future = _first_done(client, list(running), address)
            part = running.pop(future)
            _unpack(_result(future, address), part, folder)
            yield part
            running |= {submit(following): following for following in islice(waiting, 1)}


def _first_done(client: Any, futures: list[Any], address: str) -> Any:
    """Wait as long as a worker is there, but not forever without one."""
    alone = 0.0
    while alone < PATIENCE_SECONDS:
        try:
            return next(_distributed().as_completed(futures, loop=client.loop, timeout=LOOK_SECONDS))
        except TimeoutError:
            alone = 0.0 if client.scheduler_info(n_workers=-1)["workers"] else alone + LOOK_SECONDS
    raise GraderFault(
        f"--dask {address}: no worker for {PATIENCE_SECONDS / 60:.0f} minutes. Start some, and run the "
        "same command again: finished results are kept."
    )


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
        heavy += sum(map(_bytes, group))
        if len(part) >= size or heavy >= MOST_BYTES_IN_A_PART:
            yield part
            part, heavy = [], 0
    if part:
        yield part


def _bytes(submission: Submission) -> int:
    if submission.folder is None:
        return 0
    return sum(regular_size(path) or 0 for path in travelling_files(submission.folder, submission.files))


def _result(future: Any, address: str) -> bytes:
    try:
        return bytes(future.result())
    except UsageError as error:
        raise UsageError(f"--dask {address}: a worker cannot grade: {error}") from None
    except Exception as error:
        raise GraderFault(f"--dask {address}: a part of the class could not be graded: {error}") from None


def pack(part: Sequence[Submission], course: Course, options: RunOptions, folder: RunFolder) -> bytes:
    """A part of the class as one archive."""
    told, files = manifest(part, folder.source, course, options)
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        # In ASCII, with files by number: names need not be valid text.
        archive.writestr(MANIFEST, json.dumps({**told, "files": list(files)}))
        for number, path in enumerate(files.values()):
            archive.writestr(f"{FILES}/{number}", path.read_bytes())
        if (folder.path / "overrides.toml").is_file():
            archive.writestr(OVERRIDES, (folder.path / "overrides.toml").read_bytes())
    return packed.getvalue()


def run_part(packed: bytes) -> bytes:
    """On a worker: grade a part in a separate command, with its own sandbox and trainer."""
    with tempfile.TemporaryDirectory(prefix="grader-part-") as place:
        folder = Path(place)
        unpack(packed, folder)
        with tempfile.TemporaryFile("w+") as words:
            command = [sys.executable, "-m", "grader.runs.dask_worker", str(folder)]
            with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=words, stderr=words) as process:
                code = process.wait()  # its stdin stays open: this is its lifeline
            words.seek(0)
            said = (words.read().strip().splitlines() or ["it reported nothing"])[-1]
        if code:
            raise UsageError(said) if code == 2 else GraderFault(said)
        answer = io.BytesIO()
        with zipfile.ZipFile(answer, "w", zipfile.ZIP_DEFLATED) as archive:
            for name in WRITTEN:
                for path in sorted((folder / OUT / name).rglob("*")):
                    if path.is_file():
                        archive.write(path, path.relative_to(folder / OUT).as_posix())
        return answer.getvalue()


def unpack(packed: bytes, folder: Path) -> None:
    """A part as `grader.runs.dask_worker` takes it."""
    for name in (FILES, OUT, COMPANIONS):
        (folder / name).mkdir(parents=True)
    with zipfile.ZipFile(io.BytesIO(packed)) as archive:
        told = json.loads(archive.read(MANIFEST))
        for number, name in enumerate(told["files"]):
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_bytes(archive.read(f"{FILES}/{number}"))
        (folder / MANIFEST).write_text(json.dumps(told), "ascii")
        if OVERRIDES in archive.namelist():
            archive.extract(OVERRIDES, folder)


def _unpack(packed: bytes, part: Sequence[Submission], folder: RunFolder) -> None:
    """Write into the folder of the run what came back for the submissions that were sent."""
    with tempfile.TemporaryDirectory(prefix="grader-part-") as place:
        try:
            _extract(packed, {submission.id for submission in part}, Path(place))
        except (zipfile.BadZipFile, zlib.error, OSError, ValueError, NotImplementedError, RuntimeError) as error:
            raise GraderFault(f"a worker of the cluster sent results that cannot be unpacked ({error})") from None
        received = replace(folder, path=Path(place))
        for submission in part:
            try:
                files, entry = files_of(received.path, submission.id)
            except UsageError as error:
                raise GraderFault(f"a worker sent results of `{submission.id}` that cannot be used: {error}") from None
            # A worker chooses the name of a file; whose result it is, is in its content and in the journal.
            if received.finished(submission) is None:
                raise GraderFault(f"a worker sent results of `{submission.id}` that belong to another submission")
            install(folder.path, submission.id, files, entry)


def _extract(packed: bytes, ids: set[str], place: Path) -> None:
    """The files that a part can have, with bounds on the size of each and of all together."""
    left = MOST_BYTES_BACK
    with zipfile.ZipFile(io.BytesIO(packed)) as archive:
        for info in archive.infolist():
            if not _is_of_a_part(info.filename, ids):
                raise ValueError(f"{info.filename!r} was not expected back")
            with archive.open(info) as file:
                content = file.read(min(MOST_BYTES, left) + 1)
            left -= len(content)
            if len(content) > MOST_BYTES or left < 0:
                raise ValueError(f"{info.filename!r} is too large")
            (place / info.filename).parent.mkdir(parents=True, exist_ok=True)
            (place / info.filename).write_bytes(content)


def _is_of_a_part(name: str, ids: set[str]) -> bool:
    own = (page_name, excerpts_name, journal_name)
    return any(name in {called(one) for called in own} or is_result_of(name, one) for one in ids)
