"""What has been trained before, on disk: a file for each network, recipe, data, seed and versions.

The file's name is a hash of the exact serialisation of all these; the file holds that serialisation too, and
it is compared on reading, so two networks can never share an entry. Anything unreadable counts as absent.
"""

from __future__ import annotations

import hashlib
import os
import sys
import tempfile
import threading
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from uuid import uuid4

from grader.domain import TrainingRun
from grader.graph.codec import serialise
from grader.training.job import (
    Stop,
    TrainingJob,
    decode_run,
    dumps,
    encode_data,
    encode_recipe,
    encode_run,
    loads,
)

MAX_BYTES = 512 * 2**20  # room for the seeds of a full accuracy run over all assignments
LOCKS = 1024


def default_folder() -> Path:
    """`GRADER_CACHE`, else the platform's folder for what may be deleted at any time."""
    if chosen := os.environ.get("GRADER_CACHE"):
        return Path(chosen)
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local") / "grader" / "cache"
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Caches" / "grader"
    with suppress(RuntimeError):
        return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "grader"
    return Path(tempfile.gettempdir(), f"grader-cache-{os.getuid()}")  # a user whom this machine does not know


@dataclass(frozen=True)
class Memo:
    """A folder of finished training runs, at most `max_bytes` of them; the oldest go first."""

    folder: Path
    max_bytes: int = MAX_BYTES
    _locks: tuple[threading.Lock, ...] = field(
        default_factory=lambda: tuple(threading.Lock() for _ in range(LOCKS)), repr=False, compare=False
    )

    def working_on(self, key: str) -> threading.Lock:
        """Held while something is trained, so that who asks for the same meanwhile finds it remembered."""
        return self._locks[int(hashlib.sha256(key.encode()).hexdigest(), 16) % LOCKS]

    def load(self, key: str) -> TrainingRun | None:
        """The run stored under exactly this key."""
        path = self._path(key)
        try:
            entry = loads(path.read_bytes())
            return decode_run(entry["run"]) if entry["key"] == key else None
        except (OSError, ValueError, KeyError, TypeError):
            return None

    def store(self, key: str, run: TrainingRun) -> None:
        """Keep a run; a folder that cannot be written to costs time, not grades."""
        path = self._path(key)
        with suppress(OSError):
            path.parent.mkdir(parents=True, exist_ok=True)
            part = path.with_name(f"{uuid4().hex}.part")
            part.write_text(dumps({"key": key, "run": encode_run(run)}), "utf-8")
            part.replace(path)

    def prune(self) -> None:
        """Delete the oldest entries until the folder is small enough."""
        total = 0
        for path, size in sorted(self._entries(), key=lambda entry: _age(entry[0])):
            total += size
            if total > self.max_bytes:
                with suppress(OSError):  # it may be somebody else's
                    path.unlink()

    def clear(self) -> int:
        """Delete every entry; how many there were."""
        entries = list(self._entries())
        for path, _ in entries:
            path.unlink(missing_ok=True)
        return len(entries)

    def contents(self) -> tuple[int, int]:
        """Number of entries, and bytes."""
        sizes = [size for _, size in self._entries()]
        return len(sizes), sum(sizes)

    def _path(self, key: str) -> Path:
        digest = hashlib.sha256(key.encode()).hexdigest()
        return self.folder / "runs" / digest[:2] / f"{digest}.json"

    def _entries(self) -> Iterator[tuple[Path, int]]:
        for pattern in ("*.json", "*.part"):
            for path in (self.folder / "runs").glob(f"??/{pattern}"):
                with suppress(OSError):
                    yield path, path.stat().st_size


def memo_key(job: TrainingJob, seed: int, versions: Mapping[str, str], file_sha256: str) -> str:
    """The exact serialisation of everything that one run depends on."""
    return dumps(
        {
            "graph": serialise(job.graph),
            "recipe": encode_recipe(job.recipe),
            "data": encode_data(job.data) | {"file": file_sha256},
            "seed": seed,
            "epochs": job.epochs,
            "thresholds": job.thresholds,
            "to_the_end": job.stop is Stop.END,
            "learning_rate": job.learning_rate,
            "versions": dict(versions),
        }
    )


def _age(path: Path) -> float:
    """Seconds before now, youngest first when sorted; a vanished file counts as oldest."""
    try:
        return -path.stat().st_mtime
    except OSError:
        return 0.0
