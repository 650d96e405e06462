"""What runs left, kept as data, so that a class can be graded again without executing anything.

    recordings/<submission>/<key>.gz        a line about the end of one run, and its recording

A key is a digest of all that a run depends on: the submission, what the run was asked to do, its limits, the
environment that executes it, and our own files that do so. What interprets a recording is no part of it: a changed
rubric, threshold, hint or wording grades from what is kept, but for runs with next steps done. A file that is
damaged, or of another run, is absent.

Whoever can write such a file decides how a run is said to have ended. The folder of a class belongs to those who grade
it, as its results do; in the cache, a folder or a file counts only if it is ours and nobody else can write to it.
"""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import os
import platform
import shutil
import stat
import zlib
from collections.abc import Collection, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Protocol

from pydantic import TypeAdapter

from grader.domain import Limits, Submission
from grader.execution.supervisor import RunEnd
from grader.filesystem import Store, entries, others_can_write
from grader.sandbox.packages import interpreter
from grader.sandbox.spec import RECORDING_MB
from grader.training.memo import untrusted

RECORDINGS = "recordings"
FORMAT = "grader.recording/1"
MOST_BYTES = 8 * 2**20  # of one kept run, compressed; a larger one is executed again
MOST_UNPACKED = (RECORDING_MB + 2) * 2**20
MOST_RUNS = 48  # of one submission; the oldest go first
MOST_CHECKS = 192  # of all that one person checks
ENTRY = f"{'[0-9a-f]' * 40}.gz"  # the name of a kept run: nothing else is ever deleted
PACKAGE = Path(__file__).parents[1]
RUNNER = (
    "execution/student", "execution/supervisor.py", "execution/workspace.py", "filesystem.py", "sandbox",
)  # fmt: skip
"""Our own files that can change what a run leaves; those that only read it are not among them."""
_END = TypeAdapter(RunEnd)


class Runs(Protocol):
    """What executes a submission: a supervisor, or what stands in front of one."""

    @property
    def isolation(self) -> str: ...

    def run(self, submission: Submission, job: Mapping[str, Any], limits: Limits, seconds: float) -> RunEnd:
        """How it ended, and what it left."""


@dataclass(frozen=True)
class Recordings:
    """The kept runs below `folder`. `environment` is a digest of all that they depend on besides what each was asked.

    What is there of submissions that run `again`, by their ids, is not used; what is executed is kept all the same. A
    run that might end otherwise another time counts only for those that are `decided`: whatever it would be, a person
    has settled it. `most` is how many runs are kept of all submissions together, besides `MOST_RUNS` of each. With
    `private`, a file that another user can write, or owns, is absent, and nobody else can read what is kept.
    """

    folder: Path
    environment: str
    most: int | None = None
    private: bool = False
    again: Collection[str] = ()
    decided: Collection[str] = ()

    @property
    def files(self) -> Store:
        return Store(self.folder, ENTRY, MOST_BYTES, self.private)

    def key(self, submission: Submission, job: Mapping[str, Any], limits: Limits, seconds: float) -> str:
        """Names one run. Equal files of other names differ: messages quote the name."""
        parts = [submission.content, submission.entry.name, dict(job), asdict(limits), seconds]
        return _digest([FORMAT, self.environment, *parts])

    def load(self, submission: Submission, key: str, seconds: float) -> RunEnd | None:
        """How that run ended, which was given so many seconds."""
        if submission.id in self.again:
            return None
        try:
            packed = self.files.read(submission.id, _name(key))
            with gzip.GzipFile(fileobj=io.BytesIO(packed)) as file:
                content = file.read(MOST_UNPACKED + 1)
            line, _, recording = content.partition(b"\n")
            header = json.loads(line)
            if len(content) > MOST_UNPACKED or (header["format"], header["key"]) != (FORMAT, key):
                return None
            end = _END.validate_json(json.dumps(header["end"]), strict=True)
        except (OSError, EOFError, zlib.error, ValueError, LookupError, TypeError, AttributeError, RecursionError):
            return None
        decided = submission.id in self.decided or not _might_end_otherwise(end, seconds)
        return replace(end, recording=recording) if decided else None

    def store(self, submission: Submission, key: str, end: RunEnd) -> None:
        """Keep a run that has ended; where nothing can be written, nothing is kept."""
        if not submission.content or end.refused or end.stopped == "abandoned":
            return
        fields = asdict(end)
        recording = fields.pop("recording")
        line = json.dumps({"format": FORMAT, "key": key, "end": fields})
        packed = gzip.compress(line.encode() + b"\n" + recording, 6, mtime=0)
        with suppress(OSError):
            self.files.write(submission.id, _name(key), packed)
            self.files.keep(MOST_RUNS, submission.id)
            if self.most is not None:
                self.files.keep(self.most)


def _name(key: str) -> str:
    return f"{key[:40]}.gz"


class Replaying:
    """Runs of one worker: answered from what is kept, else executed and kept."""

    def __init__(self, runs: Runs, kept: Recordings) -> None:
        self._runs, self._kept = runs, kept

    @property
    def isolation(self) -> str:
        return self._runs.isolation

    def run(self, submission: Submission, job: Mapping[str, Any], limits: Limits, seconds: float) -> RunEnd:
        """As `Supervisor.run`."""
        key = self._kept.key(submission, job, limits, seconds)
        if submission.content and (kept := self._kept.load(submission, key, seconds)):
            return kept
        end = self._runs.run(submission, job, limits, seconds)
        self._kept.store(submission, key, end)
        return end


def kept_checks(cache: Path, environment: str = "") -> Recordings | None:
    """What `check` keeps, among what may be deleted at any time; nothing where others could put something there."""
    if untrusted(cache):
        return None
    folder = cache / RECORDINGS
    with suppress(OSError):
        cache.mkdir(mode=0o700, parents=True, exist_ok=True)
        folder.mkdir(mode=0o700, exist_ok=True)
    return Recordings(folder, environment, MOST_CHECKS, private=True) if _is_ours(folder) else None


def _is_ours(folder: Path) -> bool:
    """A folder of this user, not a link, in which nobody else can make a name."""
    try:
        status = folder.lstat()
    except OSError:
        return False
    owned = not hasattr(os, "geteuid") or (status.st_uid == os.geteuid() and not others_can_write(status))
    return stat.S_ISDIR(status.st_mode) and owned


def environment_of(isolation: str, python: Path, beside: Mapping[str, Path] | None = None) -> str:
    """A digest of what executes a run: level, Python, what is installed there, files of the course, our runner."""
    details = interpreter(python)
    names = {entry.name for folder in details.packages for entry in entries(folder)} - {"__pycache__"}
    machine = [platform.system(), platform.machine(), shutil.which("dot") is not None]
    files = [[name, hashlib.sha256(path.read_bytes()).hexdigest()] for name, path in (beside or {}).items()]
    return _digest([isolation, details.version, sorted(names), machine, files, _runner_digest()])


def _might_end_otherwise(end: RunEnd, seconds: float) -> bool:
    """A run that was cut off while others had the processors."""
    cut_off = bool(end.stopped) or (end.exit_code or 0) < 0
    return cut_off and end.was_busy(seconds)


def _runner_digest() -> str:
    """A digest of our own files that a run depends on."""
    places = [PACKAGE / name for name in RUNNER]
    paths = [path for place in places for path in ([place] if place.is_file() else place.rglob("*.py"))]
    digests = {path.relative_to(PACKAGE).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest() for path in paths}
    return _digest(digests)


def _digest(value: Any) -> str:
    return hashlib.sha256(json.dumps(value, sort_keys=True, default=list).encode()).hexdigest()
