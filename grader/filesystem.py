"""Which files of a folder belong to a submission, how an untrusted one or a pipe is read, how our own are replaced."""

from __future__ import annotations

import errno
import hashlib
import io
import os
import stat
import subprocess
import sys
import tempfile
import zipfile
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from functools import cache
from itertools import islice
from pathlib import Path
from typing import BinaryIO
from uuid import uuid4

from grader.errors import UsageError

MOST_FILES = 2_000
MOST_BYTES = 50 * 1024 * 1024
MOST_LOOKED_AT = 100_000  # names in a folder and below it: further ones are not found
DEEPEST = 24  # folders in folders
LONGEST = 1_000  # bytes of a path within a folder: a longer one may exceed the limit at its destination
CHUNK = 1024 * 1024
CODE = (".ipynb", ".py")
PASSED_OVER = frozenset({"__pycache__", "__MACOSX", "node_modules", "venv", "env", "site-packages"})
PART = "grader-part"
LOCK = ".grader.lock"
WITHOUT_LOCKS = (errno.ENOLCK, errno.ENOSYS, errno.EOPNOTSUPP)
# Waits until nobody holds its standard input any more.
SWEEP = "import shutil, sys; sys.stdin.buffer.read(); shutil.rmtree(sys.argv[1], ignore_errors=True)"


def travelling_files(folder: Path, names: Iterable[str] | None = None) -> Iterator[Path]:
    """Regular files under a folder, up to a limit: code first, so that masses of data do not hide it, then the nearest.

    Of these, only those that `names` lists by their paths in the folder, where it is given.
    """
    count, budget = 0, MOST_BYTES
    paths = files_below(folder) if names is None else (folder / name for name in names)
    for path in sorted(paths, key=lambda path: path.suffix.lower() not in CODE):
        size = regular_size(path)
        if size is None or size > budget:
            continue
        count, budget = count + 1, budget - size
        if count > MOST_FILES:
            return
        yield path


def files_below(folder: Path) -> Iterator[Path]:
    """Regular files under a folder, the nearest first, code before others; no links, nothing hidden, no environments.

    Of each kind, and of folders, as many as can travel: whatever else there is hides nothing, and takes no time.
    """
    budgets, looked_at, folders = [MOST_FILES, MOST_FILES], 0, 1
    waiting = deque([(folder, 0)])
    start = len(os.fsencode(folder))
    while waiting and looked_at < MOST_LOOKED_AT:
        place, depth = waiting.popleft()
        files, below, number = names_in(place)
        looked_at += number
        for kind, names in enumerate(files):
            for name in names[: budgets[kind]]:
                if len(os.fsencode(place / name)) - start <= LONGEST:
                    budgets[kind] -= 1
                    yield place / name
        if depth < DEEPEST:
            waiting += [(place / name, depth + 1) for name in below[: max(MOST_FILES - folders, 0)]]
            folders += len(below)


def names_in(folder: Path) -> tuple[tuple[list[str], list[str]], list[str], int]:
    """The names of files with code in a folder and of other regular files, its folders, and the number of all names."""
    code: list[str] = []
    other_files: list[str] = []
    folders: list[str] = []
    number = 0
    with suppress(OSError), os.scandir(folder) as scan:
        for entry in islice(scan, MOST_LOOKED_AT):
            number += 1
            if not travels(entry.name):
                continue
            if entry.is_dir(follow_symlinks=False):
                folders.append(entry.name)
            elif entry.is_file(follow_symlinks=False):
                (code if entry.name.lower().endswith(CODE) else other_files).append(entry.name)
    return (sorted(code), sorted(other_files)), sorted(folders), number


def open_regular(path: Path) -> BinaryIO:
    """A regular file for reading; a link, a pipe or a device is an OSError, and never blocks."""
    flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
    try:
        descriptor = os.open(path, flags)
    except ValueError as error:  # a name that no file can have
        raise OSError(0, str(error), str(path)) from None
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise OSError(0, "it is not a regular file", str(path))
    return os.fdopen(descriptor, "rb")


def read_regular(path: Path, most: int, *, own: bool = False, once: bool = False) -> bytes:
    """The content of a regular file of at most `most` bytes; anything else is an OSError.

    `own`: it must be ours, and nobody else can change it; `once`: it has no second name. Both are checked on the open
    file, since the name may be replaced.
    """
    with open_regular(path) as file:
        status = os.fstat(file.fileno())
        if own and hasattr(os, "geteuid") and (status.st_uid != os.geteuid() or others_can_write(status)):
            raise OSError(0, "other users can change it", str(path))
        if once and status.st_nlink != 1:
            raise OSError(0, "it is not a regular file", str(path))
        content = file.read(most + 1)
    if len(content) > most:
        raise OSError(0, f"it is larger than {most} bytes", str(path))
    return content


def others_can_write(status: os.stat_result) -> bool:
    return bool(status.st_mode & (stat.S_IWGRP | stat.S_IWOTH))


def copy_regular(source: Path, target: Path, most: int) -> None:
    """Copy a regular file of at most `most` bytes, even if it has changed since it was found."""
    target.write_bytes(read_regular(source, most))


def lines(descriptor: int) -> Iterator[bytes]:
    """Requests to one of our processes, one a line, until the other side closes.

    Python's own stream has a lock that a thread must not hold when the process ends.
    """
    rest = b""
    while chunk := os.read(descriptor, 1 << 16):
        *whole, rest = (rest + chunk).split(b"\n")
        yield from whole


def fingerprint(path: Path) -> bytes:
    """SHA-256 of a regular file; if it is so large that it is never read, only of its size."""
    with open_regular(path) as file:
        size = os.fstat(file.fileno()).st_size
        content = b"too large: %d" % size if size > MOST_BYTES else file.read(size)
    return hashlib.sha256(content).digest()


def replace_durably(path: Path, content: bytes, mode: int = 0o666, *, durable: bool = True) -> None:
    """Replace a file by another, on disk too: a power cut leaves one of the two, and never a partial one.

    Where a damaged file is noticed and made again, it need not be `durable`: then only a killed process is survived.
    """
    part = path.with_name(f"{path.name}.{uuid4().hex[:8]}.{PART}")
    try:
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
        with os.fdopen(os.open(part, flags, mode), "wb") as file:
            file.write(content)
            if durable:
                file.flush()
                os.fsync(file.fileno())
        os.replace(part, path)
    except OSError:
        with suppress(OSError):
            part.unlink()
        raise
    if durable:
        _flush_folder(path.parent)


@dataclass(frozen=True)
class Store:
    """Files that can be made again, in folders by group: each is whole, or absent. Other files are never touched.

    `pattern` is that of their names, and none has more than `most_bytes`. With `private`, what another user can write,
    or owns, is absent, and nobody else can read what is kept. Whatever is wrong is an OSError.
    """

    folder: Path
    pattern: str
    most_bytes: int
    private: bool = True

    def path(self, group: str, name: str) -> Path:
        return self.folder / group / name

    def read(self, group: str, name: str) -> bytes:
        return read_regular(self.path(group, name), self.most_bytes, own=self.private)

    def write(self, group: str, name: str, content: bytes) -> None:
        if len(content) > self.most_bytes:
            return
        path = self.path(group, name)
        for folder in (self.folder.parent, self.folder, path.parent):
            folder.mkdir(0o700 if self.private else 0o777, parents=True, exist_ok=True)
        replace_durably(path, content, mode=0o600 if self.private else 0o666)

    def keep(self, most: float, group: str = "", cost: Callable[[os.stat_result], int] = lambda status: 1) -> None:
        """Delete the oldest, until those of a group, or of all, cost no more; the newest stays in any case."""
        files = sorted(self._files(group), key=lambda file: -file[1].st_mtime_ns)
        for number, (path, status) in enumerate(files):
            most -= cost(status)
            if number and most < 0:
                with suppress(OSError):  # it may belong to somebody else
                    path.unlink()

    def contents(self) -> tuple[int, int]:
        """Number of files, and bytes."""
        sizes = [status.st_size for _, status in self._files()]
        return len(sizes), sum(sizes)

    def clear(self) -> None:
        """Delete all of them, also those of which only a part was written."""
        for path, _ in [*self._files(), *self._files(ending=f".*.{PART}")]:
            with suppress(OSError):
                path.unlink()
            with suppress(OSError):  # it is not empty yet
                path.parent.rmdir()

    def _files(self, group: str = "", ending: str = "") -> Iterator[tuple[Path, os.stat_result]]:
        pattern = self.pattern + ending
        for path in (self.folder / group).glob(pattern) if group else self.folder.glob(f"*/{pattern}"):
            with suppress(OSError):  # it may have vanished
                yield path, path.stat()


def _flush_folder(folder: Path) -> None:
    """The new name too. Some file systems cannot do this for a folder, and Windows never can."""
    with suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def discard(folder: Path) -> None:
    """Remove a folder and all that is in it, also what a submission made unremovable; links are never followed.

    Level by level: what is in its folders is moved up first, as it may be too deep for a path, or for a recursion.
    Raises `OSError` if something remains.
    """
    _open_up(folder)
    while inside := _scanned(folder):
        for entry in inside:
            if not entry.is_dir(follow_symlinks=False):
                os.unlink(entry.path)
                continue
            _open_up(Path(entry.path))
            for inner in _scanned(Path(entry.path)):
                if inner.is_dir(follow_symlinks=False):
                    _open_up(Path(inner.path))
                os.rename(inner.path, folder / uuid4().hex)
            os.rmdir(entry.path)
    folder.rmdir()


def _open_up(folder: Path) -> None:
    """Make a folder accessible, whatever its modes and access lists say; never a link to a folder."""
    if not stat.S_ISDIR(folder.lstat().st_mode):
        raise NotADirectoryError(20, "not a folder", str(folder))
    folder.chmod(stat.S_IRWXU)


def _scanned(folder: Path) -> list[os.DirEntry[str]]:
    with os.scandir(folder) as scan:
        return list(scan)


def remove(folder: Path) -> None:
    """Discard a folder, if it is there and as far as that is possible."""
    with suppress(OSError):
        discard(folder)


@contextmanager
def private_folder(prefix: str) -> Iterator[Callable[[], Path]]:
    """Makes, when it is first called, an empty folder that nobody else can read.

    It is removed at the end, whatever was put into it, and by another process if this one is killed.
    """
    with ExitStack() as at_the_end:

        @cache
        def folder() -> Path:
            path = Path(tempfile.mkdtemp(prefix=prefix)).resolve()
            command = [sys.executable, "-I", "-S", "-c", SWEEP, str(path)]
            sweeper = subprocess.Popen(command, stdin=subprocess.PIPE, start_new_session=True)
            at_the_end.callback(sweeper.communicate)
            at_the_end.callback(remove, path)
            return path

        yield folder


def entries(folder: Path) -> list[Path]:
    try:
        return list(folder.iterdir())
    except OSError:
        return []


def travels(name: str) -> bool:
    return not name.startswith(".") and name not in PASSED_OVER


def regular_size(path: Path) -> int | None:
    """The size of a regular file that is no link; nothing for anything else, or what cannot be looked at."""
    with suppress(OSError):
        status = path.lstat()
        return status.st_size if stat.S_ISREG(status.st_mode) else None
    return None


def write(path: Path, content: str | bytes, *, durable: bool = True) -> None:
    """Write a file whole or not at all; see `replace_durably`."""
    encoded = content.encode("utf-8", "backslashreplace") if isinstance(content, str) else content
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        replace_durably(path, encoded, durable=durable)
    except OSError as error:
        raise UsageError(f"{path}: cannot be written ({error.strerror}); choose another location") from None


def zipped(files: Mapping[str, tuple[bytes, int]]) -> bytes:
    """A zip of contents with permissions; the same files make the same bytes."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, (content, mode) in sorted(files.items()):
            member = zipfile.ZipInfo(name)
            member.compress_type, member.external_attr = zipfile.ZIP_DEFLATED, (0o100000 | mode) << 16
            archive.writestr(member, content)
    return buffer.getvalue()


@contextmanager
def lock(folder: Path) -> Iterator[None]:
    """A lock for one run, until it ends in any way, also when it is killed.

    A file system that knows no locks, as some of clusters, keeps nobody out.
    """
    from filelock import FileLock, Timeout

    file_lock = FileLock(folder / LOCK)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        file_lock.acquire(blocking=False)
    except Timeout:
        raise UsageError(f"{folder}: another run is writing to it; wait for it, or choose another --out.") from None
    except OSError as error:
        if error.errno not in WITHOUT_LOCKS:
            raise UsageError(f"{folder}: cannot be written ({error.strerror}); choose another location") from None
    try:
        yield
    finally:
        file_lock.release()


def tidy(folder: Path, within: Sequence[str]) -> None:
    """Remove partial files of a run that was killed: in the folder itself, and anywhere `within` these in it."""
    for place, pattern in ((folder, "*"), *((folder / name, "**/*") for name in within)):
        for part in place.glob(f"{pattern}.{PART}"):
            part.unlink(missing_ok=True)
