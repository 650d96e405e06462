"""Files that are written whole or not at all, in a folder that belongs to one run at a time."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

from grader.errors import UsageError
from grader.files import replace_durably

PART = "grader-part"


def write(path: Path, text: str) -> None:
    """Write a file whole or not at all."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        replace_durably(path, text.encode("utf-8", "backslashreplace"), f"{path.name}.{uuid4().hex[:8]}.{PART}")
    except OSError as error:
        raise UsageError(f"{path}: cannot be written ({error.strerror}); choose another place") from None


@contextmanager
def lock(folder: Path) -> Iterator[None]:
    """Held for one run alone, until it ends in whatever way. Where folders cannot be locked, nobody is kept out."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UsageError(f"{folder}: cannot be written ({error.strerror}); choose another place") from None
    if sys.platform == "win32":
        yield
        return
    import fcntl

    descriptor = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        raise UsageError(f"{folder}: another run is writing there; wait for it, or choose another --out.") from None
    except OSError:
        pass
    try:
        yield
    finally:
        os.close(descriptor)


def tidy(folder: Path, within: Sequence[str]) -> None:
    """Remove what a run that was killed has half written: in the folder itself, and anywhere `within` these in it."""
    for place, pattern in ((folder, "*"), *((folder / name, "**/*") for name in within)):
        for part in place.glob(f"{pattern}.{PART}"):
            part.unlink(missing_ok=True)
