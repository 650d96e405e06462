"""What the trainer has answered, on disk: a file for each run of a network, recipe, data, seed and versions.

The file's name is a hash of the exact serialisation of all these; the file holds that serialisation too, and
it is compared on reading, so two networks can never share an entry. Anything unreadable counts as absent.

Whoever can write here could forge the result of a training. So a folder or an entry counts only if it is
ours and nobody else can write to it; any other folder is neither read nor written, and one warning says why.
"""

from __future__ import annotations

import hashlib
import logging
import os
import platform
import stat
import tempfile
from collections.abc import Callable, Collection, Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

from platformdirs import user_cache_path

from grader.domain.assignment import CHECKPOINT_EPOCHS
from grader.filesystem import Store, others_can_write
from grader.graph.codec import serialise
from grader.sandbox.packages import version_of
from grader.training.messages import TrainingJob, dumps, encode_data, encode_recipe, loads

MAX_BYTES = 512 * 2**20  # room for the seeds of a full accuracy run over all assignments
MAX_ENTRY_BYTES = 16 * 2**20  # a run of the longest training takes a hundredth of this
FOLDERS = 256  # the digests of keys spread the entries evenly
PROGRAM_VERSION = "2"  # part of every memo key: raise it when the loop or the seeding changes what a seed gives
T = TypeVar("T")


def default_folder() -> Path:
    """`GRADER_CACHE`, else the platform's folder for what may be deleted at any time."""
    if folder := os.environ.get("GRADER_CACHE"):
        return Path(folder)
    path = user_cache_path("grader", appauthor=False)
    if path.is_absolute():
        return path
    return Path(tempfile.gettempdir(), f"grader-cache-{os.getuid()}")  # a user unknown to this machine has no home


def untrusted(folder: Path, owners: Collection[int] = ()) -> str:
    """Why a folder cannot be trusted, in words; empty if only we can write to it, or if it does not exist yet.

    `owners` are the users that it may belong to, by default ourselves.
    """
    if not hasattr(os, "geteuid"):
        return ""
    try:
        status = folder.stat()
    except FileNotFoundError:
        return ""
    except OSError as error:
        return f"{folder} cannot be accessed ({error.strerror})"
    if status.st_uid not in (owners or (os.geteuid(),)):
        return f"{folder} belongs to another user (expected uid {os.geteuid()}, found {status.st_uid})"
    if others_can_write(status) and not status.st_mode & stat.S_ISVTX:
        return f"other users can write to {folder} (mode {stat.S_IMODE(status.st_mode):o}; use `chmod go-w`)"
    return ""


@cache
def _warn(reason: str) -> None:
    logging.getLogger("grader").warning(
        "grader: training results are not cached: %s. Set GRADER_CACHE to a folder that only you can write to.",
        reason,
    )


@dataclass(frozen=True)
class Memo:
    """A folder of answers, at most about `max_bytes` of them; the oldest go first."""

    folder: Path
    max_bytes: int = MAX_BYTES

    @property
    def files(self) -> Store:
        return Store(self.folder / "runs", "*.json", MAX_ENTRY_BYTES)

    def load(self, key: str, read: Callable[[Any], T]) -> T | None:
        """What `read` makes of what is stored under exactly this key; `None` if nothing is, or nothing it can read."""
        if self._is_refused():
            return None
        try:
            entry = loads(self.files.read(*_place(key)))
            return read(entry["run"]) if entry["key"] == key else None
        except (OSError, ValueError, KeyError, IndexError, TypeError, RecursionError):
            return None

    def store(self, key: str, answer: Any) -> None:
        """Store plain JSON data; a folder that is not writable costs time, but changes no grade."""
        if self._is_refused():
            return
        group, name = _place(key)
        with suppress(OSError):
            self.files.write(group, name, dumps({"key": key, "run": answer}).encode())
            self.files.keep(self.max_bytes / FOLDERS, group, cost=lambda status: status.st_size)

    def _is_refused(self) -> bool:
        reason = untrusted(self.folder) or untrusted(self.folder / "runs")
        if reason:
            _warn(reason)
        return bool(reason)


def _place(key: str) -> tuple[str, str]:
    """Of an entry, the folder and the file."""
    digest = hashlib.sha256(key.encode()).hexdigest()
    return digest[:2], f"{digest}.json"


@cache
def training_versions() -> Mapping[str, str]:
    """What every training depends on besides its job, read from package metadata: no process starts.

    Read only once: reading metadata takes longer than everything else for a cached network.
    """
    return {
        "python": platform.python_version(),
        "keras": version_of("keras"),
        "tensorflow": version_of("tensorflow"),
        "numpy": version_of("numpy"),
        "program": PROGRAM_VERSION,
    }


def memo_key(job: TrainingJob, versions: Mapping[str, str], file_sha256: str) -> str:
    """The exact serialisation of everything that a run depends on."""
    return dumps(
        {
            "graph": serialise(job.graph),
            "recipe": encode_recipe(job.recipe),
            "data": encode_data(job.data) | {"file": file_sha256},
            "seed": job.seed,
            "epochs": job.epochs,
            "thresholds": job.thresholds,
            "to_the_end": job.to_the_end,
            "versions": dict(versions),
            **({"every": job.every} if job.every != CHECKPOINT_EPOCHS else {}),
        }
    )
