"""Puts up the walls that a run asks for, in the order in which each still allows the next."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from typing import Any

from . import landlock, libc, limits, seccomp


def prepare_folders(walls: dict[str, Any]) -> None:
    """The folders in which programs leave things, and a copy of the submission where it is kept apart."""
    box = f"{walls['root']}/box"
    for name in walls["folders"]:
        os.makedirs(f"{box}/{name}", exist_ok=True)
    given = f"{walls['root']}/given"
    if walls["own"] or os.path.isdir(given):
        shutil.copytree(given, f"{box}/work", dirs_exist_ok=True)


def apply_restrictions(walls: dict[str, Any]) -> None:
    """What this process keeps of the outside from here on. Raises `OSError` where a required wall cannot stand."""

    def put_up(wall: Callable[[], None]) -> None:
        try:
            wall()
        except OSError:
            if walls["required"]:
                raise

    if walls["cores"]:
        put_up(lambda: os.sched_setaffinity(0, walls["cores"]))
    limits.apply(walls["limits"])
    if not (walls["seccomp"] or walls["landlock"] or walls["own"]):
        return
    if walls["landlock"]:
        put_up(lambda: landlock.restrict(**walls["landlock"]))
    libc.prctl(libc.PR_SET_NO_NEW_PRIVS, 1)
    put_up(libc.drop_capabilities)
    if walls["seccomp"]:
        put_up(lambda: seccomp.install(seccomp_needs(walls)))


def seccomp_needs(walls: dict[str, Any]) -> seccomp.Needs:
    """What the filter has to keep, since nothing else does: in namespaces of one's own nobody else is in reach."""
    landlocked = bool(walls["landlock"])
    version = landlock.version() if landlocked else 0
    return seccomp.Needs(
        signals=landlocked and version < landlock.SCOPES_SINCE,
        pretend=walls["pretend"],
    )
