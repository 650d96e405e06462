"""What `multiprocessing` keeps in `/dev/shm`, where that is closed to the run: semaphores, and memory that is shared.

Without semaphores there is no pool, not even of threads, as `keras.utils.image_dataset_from_directory` starts one.
Memory is shared through files in the run's own folder.
"""

from __future__ import annotations

import fcntl
import os
import select
import sys
import tempfile
import termios
import threading
import time
from pathlib import Path
from typing import Any, NoReturn

from .imports import when_imported

RECURSIVE = 0  # the kind of an RLock
MOST = 32_767  # what a pipe holds; the queues of `multiprocessing` start at the largest value


class PipeSemaphore:
    """What `_multiprocessing.SemLock` is: as many bytes are in a pipe as may be acquired, also by forked processes."""

    SEM_VALUE_MAX = MOST

    def __init__(self, kind: int, value: int, maxvalue: int, name: str, unlink: bool) -> None:
        self.kind, self.maxvalue, self.name = kind, maxvalue, None
        self.count, self.owner = 0, 0
        self.handle, self.entry = os.pipe()
        os.set_blocking(self.handle, False)
        os.write(self.entry, b"." * value)

    def __del__(self) -> None:
        for end in ("handle", "entry"):
            if end in vars(self):
                os.close(vars(self).pop(end))

    @classmethod
    def _rebuild(cls, *args: object) -> NoReturn:
        raise OSError("only processes that are forked can share a lock here")

    def acquire(self, block: bool = True, timeout: float | None = None) -> bool:
        if self.kind == RECURSIVE and self._is_mine():
            self.count += 1
            return True
        if not block:
            timeout = 0.0
        end = None if timeout is None else time.monotonic() + max(timeout, 0.0)
        while not self._took_one():
            left = None if end is None else end - time.monotonic()
            if left is not None and left <= 0:
                return False
            waiting = select.poll()
            waiting.register(self.handle, select.POLLIN)
            waiting.poll(None if left is None else left * 1_000)
        self.count, self.owner = self.count + 1, threading.get_ident()
        return True

    def _took_one(self) -> bool:
        try:
            return bool(os.read(self.handle, 1))
        except BlockingIOError:
            return False

    def release(self) -> None:
        if self.kind == RECURSIVE:
            if not self._is_mine():
                raise AssertionError("attempt to release recursive lock not owned by thread")
            if self.count > 1:
                self.count -= 1
                return
        elif self._get_value() >= self.maxvalue:
            raise ValueError("semaphore or lock released too many times")
        self.count -= 1
        os.write(self.entry, b".")

    def __enter__(self) -> bool:
        return self.acquire()

    def __exit__(self, *args: object) -> None:
        self.release()

    def _count(self) -> int:
        return self.count

    def _is_mine(self) -> bool:
        return self.count > 0 and self.owner == threading.get_ident()

    def _get_value(self) -> int:
        return int.from_bytes(fcntl.ioctl(self.handle, termios.FIONREAD, bytes(4)), sys.byteorder)

    def _is_zero(self) -> bool:
        return self._get_value() == 0

    def _after_fork(self) -> None:
        self.count = 0


def _path_of(name: str) -> Path:
    """Where a block of shared memory is; its name may begin with a slash, and holds no other."""
    plain = name.removeprefix("/")
    if not plain or "/" in plain:
        raise ValueError(f"not a name of shared memory: {name!r}")
    return Path(tempfile.gettempdir(), f"shared-{plain}")


def _open_block(path: str, flags: int, mode: int = 0o777) -> int:
    return os.open(_path_of(path), flags | os.O_CLOEXEC | os.O_NOFOLLOW, mode)


def _remove_block(path: str) -> None:
    _path_of(path).unlink()


def _in_files(posix: Any) -> None:
    posix.shm_open, posix.shm_unlink = _open_block, _remove_block


def _beside_the_run(heap: Any) -> None:
    """`Value` and `Array` try `/dev/shm` before the folder for temporary files."""
    heap.Arena._dir_candidates = []


def install() -> None:
    """Before anything imports `multiprocessing`; and tell joblib, which would start processes that are not forked."""
    try:
        import _multiprocessing  # type: ignore[import-not-found]
    except ImportError:
        return
    module: Any = _multiprocessing
    try:
        module.SemLock(1, 1, 1, f"/{os.getpid()}-{time.monotonic_ns()}", True)
    except OSError:
        module.SemLock = PipeSemaphore
        os.environ["JOBLIB_MULTIPROCESSING"] = "0"
        when_imported({"_posixshmem": _in_files, "multiprocessing.heap": _beside_the_run})
