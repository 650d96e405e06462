"""Which files of a folder belong to a submission, and travel with it into its run."""

from __future__ import annotations

import os
import stat
from collections import deque
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from uuid import uuid4

MOST_FILES = 2_000
MOST_BYTES = 50 * 1024 * 1024
LONGEST = 1_000  # letters of a path within a folder: what is longer may have no path at all where it would be copied
PASSED_OVER = frozenset({"__pycache__", "__MACOSX", "node_modules", "venv", "env", "site-packages"})


def travelling_files(folder: Path) -> Iterator[Path]:
    """Regular files under a folder, the nearest first, up to a cap; no links, nothing hidden, no environments."""
    files, left = 0, MOST_BYTES
    waiting = deque([folder])
    while waiting:
        for path in sorted(entries(waiting.popleft())):
            if not travels(path.name) or len(str(path)) - len(str(folder)) > LONGEST:
                continue
            status = own_status(path)
            if status is not None and stat.S_ISDIR(status.st_mode):
                waiting.append(path)
            size = regular_size(path)
            if size is None or size > left:
                continue
            files, left = files + 1, left - size
            if files > MOST_FILES:
                return
            yield path


def discard(folder: Path) -> None:
    """Remove a folder and all that is in it, also what a submission made unremovable; links are never followed.

    Level by level: what lies too deep for a path, or for a recursion, is moved up first. Raises `OSError` where
    something stays.
    """
    _open_up(folder)
    while inside := _scanned(folder):
        for one in inside:
            if one.is_dir(follow_symlinks=False):
                _dissolve(Path(one.path), folder)
            else:
                os.unlink(one.path)
    folder.rmdir()


def _dissolve(folder: Path, above: Path) -> None:
    _open_up(folder)
    for inner in _scanned(folder):
        if inner.is_dir(follow_symlinks=False):
            _open_up(Path(inner.path))
            os.rename(inner.path, above / uuid4().hex)
        else:
            os.unlink(inner.path)
    folder.rmdir()


def _open_up(folder: Path) -> None:
    """Let ourselves in, whatever modes and access lists say; only a folder is one, and no link to it."""
    if not stat.S_ISDIR(folder.lstat().st_mode):
        raise NotADirectoryError(20, "not a folder", str(folder))
    folder.chmod(stat.S_IRWXU)


def _scanned(folder: Path) -> list[os.DirEntry[str]]:
    with os.scandir(folder) as found:
        return list(found)


def remove(folder: Path) -> None:
    """Discard a folder, if it is there and as far as that is possible."""
    with suppress(OSError):
        discard(folder)


def entries(folder: Path) -> list[Path]:
    try:
        return list(folder.iterdir())
    except OSError:
        return []


def travels(name: str) -> bool:
    return not name.startswith(".") and name not in PASSED_OVER


def regular_size(path: Path) -> int | None:
    """The size of a regular file that is no link; nothing for anything else."""
    status = own_status(path)
    return status.st_size if status is not None and stat.S_ISREG(status.st_mode) else None


def own_status(path: Path) -> os.stat_result | None:
    """Of a link itself, where it is one; nothing where there is no such file, or it cannot be asked."""
    try:
        return path.lstat()
    except OSError:
        return None
