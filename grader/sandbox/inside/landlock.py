"""Landlock: which files a process and its descendants may reach, enforced by the kernel without any privilege."""

from __future__ import annotations

import ctypes
import os
import stat
from collections.abc import Iterable, Iterator
from contextlib import suppress

from . import libc

_CREATE, _ADD_RULE, _RESTRICT = 444, 445, 446
_GET_VERSION = 1
_BENEATH = 1

EXECUTE, WRITE_FILE, READ_FILE, READ_DIR = 1, 2, 4, 8
# By version of the interface, how many rights on files it knows.
_RIGHTS = {1: 13, 2: 14, 3: 15, 4: 15, **dict.fromkeys(range(5, 9), 16)}
_NEWEST_RIGHTS = 17  # the last: to find a socket by its path, which those of one's own processes are exempt from
_ON_FILES = EXECUTE | WRITE_FILE | READ_FILE | 1 << 14 | 1 << 15
_READ = EXECUTE | READ_FILE | READ_DIR
_TCP = 0b11
_SCOPES = 0b11  # abstract sockets and signals
TRUNCATION_SINCE, NETWORK_SINCE, SCOPES_SINCE, SOCKETS_SINCE = 3, 4, 6, 9


class _Ruleset(ctypes.Structure):
    _fields_ = (("files", ctypes.c_uint64), ("network", ctypes.c_uint64), ("scopes", ctypes.c_uint64))


class _Rule(ctypes.Structure):
    _pack_ = 1
    _fields_ = (("allowed", ctypes.c_uint64), ("parent", ctypes.c_int32))


def version() -> int:
    """The version of the kernel's interface, 0 if there is none."""
    try:
        return libc.syscall(_CREATE, None, 0, _GET_VERSION)
    except OSError:
        return 0


def restrict(read: Iterable[str], write: Iterable[str], hidden: Iterable[str] = (), names: Iterable[str] = ()) -> None:
    """Files and folders beneath `read` can be read and executed, those beneath `write` all else too; nothing more.

    Of what is `hidden` beneath `read`, and of what is beneath `names`, names can be seen and nothing else.

    Raises `OSError` if the kernel has no Landlock. A path that does not exist is left out.
    """
    interface = version()
    if not interface:
        raise OSError(38, "this kernel has no Landlock")
    every = (1 << _RIGHTS.get(interface, _NEWEST_RIGHTS)) - 1
    ruleset = _Ruleset(every, _TCP if interface >= NETWORK_SINCE else 0, _SCOPES if interface >= SCOPES_SINCE else 0)
    size = 24 if interface >= SCOPES_SINCE else 16 if interface >= NETWORK_SINCE else 8
    rules = libc.syscall(_CREATE, ctypes.byref(ruleset), size, 0)
    try:
        secret = [os.path.realpath(path) for path in hidden]
        for path in read:
            for place, rights in around(path, secret):
                _allow(rules, place, rights & every)
        for path in names:
            _allow(rules, path, READ_DIR)
        for path in write:
            _allow(rules, path, every)
        libc.prctl(libc.PR_SET_NO_NEW_PRIVS, 1)
        libc.syscall(_RESTRICT, rules, 0)
    finally:
        os.close(rules)


def around(path: str, hidden: list[str]) -> Iterator[tuple[str, int]]:
    """A path with its rights; or, since a rule has no exceptions, all that is next to the hidden paths beneath it."""
    real = os.path.realpath(path)
    if real in hidden:
        return
    if not any(place.startswith(f"{real.rstrip('/')}/") for place in hidden):
        yield path, _READ
        return
    yield path, READ_DIR
    for entry in os.scandir(path):
        # The target of a link has its own rule, or is hidden.
        if not (entry.is_symlink() and entry.is_dir()):
            yield from around(entry.path, hidden)


def _allow(rules: int, path: str, rights: int) -> None:
    with suppress(FileNotFoundError):
        parent = os.open(path, os.O_PATH | os.O_CLOEXEC)
        try:
            if not stat.S_ISDIR(os.fstat(parent).st_mode):
                rights &= _ON_FILES
            rule = _Rule(rights, parent)
            libc.syscall(_ADD_RULE, rules, _BENEATH, ctypes.byref(rule), 0)
        finally:
            os.close(parent)
