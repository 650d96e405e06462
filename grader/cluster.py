"""`grade --dask ADDRESS`: parts of a class on the machines of a Dask cluster, each part a command with files.

A machine that is lost costs what it was running: Dask gives that part to another.
"""

from __future__ import annotations

import io
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

from grader.course import Course
from grader.domain import Submission
from grader.errors import GraderFault, UsageError
from grader.parts import FILES, MANIFEST, OUT, manifest
from grader.provenance import Options
from grader.publishing import JOURNAL, RunFolder, dump

CONNECT_SECONDS = 10
PARTS_PER_WORKER = 4
MOST_IN_A_PART = 64
RETRIES = 2
COMES_BACK = ("results", "feedback", JOURNAL)


def grade_on_cluster(
    address: str, groups: Sequence[list[Submission]], course: Course, options: Options, folder: RunFolder
) -> Iterator[list[Submission]]:
    """Parts as they come back, written into `folder`. Raises `UsageError` where there is no cluster to work with."""
    distributed = _distributed()
    try:
        client = distributed.Client(address, timeout=CONNECT_SECONDS, set_as_default=False)
    except (OSError, ValueError) as error:
        raise UsageError(f"--dask {address}: there is no Dask scheduler that answers ({error}).") from None
    with client:
        workers = len(client.scheduler_info(n_workers=-1)["workers"])
        if not workers:
            raise UsageError(f"--dask {address}: the scheduler has no workers. Start some: dask worker {address}")
        waiting = iter(_parts(groups, workers))

        def submit(part: list[Submission]) -> Any:
            packed = pack(part, course, options, folder)
            return client.submit(run_part, packed, pure=False, retries=RETRIES, key=f"grade-{part[0].id}-{len(part)}")

        running = {submit(part): part for part in islice(waiting, 2 * workers)}
        arriving = distributed.as_completed(list(running), loop=client.loop)
        for future in arriving:
            part = running.pop(future)
            _unpack(_result(future, address), folder.path)
            yield part
            for following in islice(waiting, 1):
                next_one = submit(following)
                running[next_one] = following
                arriving.add(next_one)


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
    for group in groups:
        part += group
        if len(part) >= size:
            yield part
            part = []
    if part:
        yield part


def _result(future: Any, address: str) -> bytes:
    try:
        return bytes(future.result())
    except UsageError as error:
        raise UsageError(f"--dask {address}: a worker cannot grade for us: {error}") from None
    except Exception as error:
        raise GraderFault(f"--dask {address}: a part of the class could not be graded: {error}") from None


def pack(part: Sequence[Submission], course: Course, options: Options, folder: RunFolder) -> bytes:
    """A part of the class as one archive."""
    told, files = manifest(part, folder.source, course, options)
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(MANIFEST, dump(told))
        for name, path in files.items():
            archive.write(path, name)
        if (folder.path / "overrides.toml").is_file():
            archive.write(folder.path / "overrides.toml", f"{OUT}/overrides.toml")
    return packed.getvalue()


def run_part(packed: bytes) -> bytes:
    """On a worker: grade a part by a command of its own, with a sandbox and a trainer of its own."""
    with tempfile.TemporaryDirectory(prefix="grader-part-") as place:
        folder = Path(place)
        (folder / FILES).mkdir()
        (folder / OUT).mkdir()
        with zipfile.ZipFile(io.BytesIO(packed)) as archive:
            archive.extractall(folder)
        with tempfile.TemporaryFile("w+") as words:
            command = [sys.executable, "-m", "grader.remote", str(folder)]
            with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=words, stderr=words) as process:
                code = process.wait()  # its stdin stays open: that is its lifeline
            words.seek(0)
            said = (words.read().strip().splitlines() or ["it said nothing"])[-1]
        if code:
            raise UsageError(said) if code == 2 else GraderFault(said)
        answer = io.BytesIO()
        with zipfile.ZipFile(answer, "w", zipfile.ZIP_DEFLATED) as archive:
            for name in COMES_BACK:
                for path in sorted((folder / OUT / name).rglob("*")):
                    if path.is_file():
                        archive.write(path, path.relative_to(folder / OUT).as_posix())
        return answer.getvalue()


def _unpack(packed: bytes, out: Path) -> None:
    """Into the folder of the run; the journal, which makes results count, comes last."""
    with zipfile.ZipFile(io.BytesIO(packed)) as archive:
        names = [name for name in archive.namelist() if name.split("/")[0] in COMES_BACK]
        for name in sorted(names, key=lambda name: name.startswith(JOURNAL)):
            archive.extract(name, out)

