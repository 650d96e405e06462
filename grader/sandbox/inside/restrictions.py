"""Applies the restrictions of a run, in an order in which each still allows the next."""

from __future__ import annotations

import contextlib
import os
import resource
import shutil
import sys
from collections.abc import Callable
from typing import Any

from . import landlock, libc, seccomp


def prepare_folders(restrictions: dict[str, Any]) -> None:
    """The folders for what programs store, and a copy of the submission if it is kept apart."""
    sandbox = f"{restrictions['root']}/box"
    for name in restrictions["folders"]:
        os.makedirs(f"{sandbox}/{name}", exist_ok=True)
    given = f"{restrictions['root']}/given"
    if restrictions["own"] or os.path.isdir(given):
        shutil.copytree(given, f"{sandbox}/work", dirs_exist_ok=True)


def apply_restrictions(restrictions: dict[str, Any]) -> None:
    """Restrict this process from here on. Raises `OSError` if a required restriction cannot be applied."""

    def put_up(restriction: Callable[[], None]) -> None:
        try:
            restriction()
        except OSError:
            if restrictions["required"]:
                raise

    if restrictions["cores"]:
        put_up(lambda: os.sched_setaffinity(0, restrictions["cores"]))
    apply(restrictions["limits"])
    if not (restrictions["seccomp"] or restrictions["landlock"] or restrictions["own"]):
        return
    if restrictions["landlock"]:
        put_up(lambda: landlock.restrict(**restrictions["landlock"]))
    libc.prctl(libc.PR_SET_NO_NEW_PRIVS, 1)
    put_up(libc.drop_capabilities)
    if restrictions["seccomp"]:
        put_up(lambda: seccomp.install(seccomp_needs(restrictions)))


def seccomp_needs(restrictions: dict[str, Any]) -> seccomp.Needs:
    """What only the filter can prevent: in separate namespaces no other process is in reach."""
    landlocked = bool(restrictions["landlock"])
    version = landlock.version() if landlocked else 0
    return seccomp.Needs(
        signals=landlocked and version < landlock.SCOPES_SINCE,
        pretend=restrictions["pretend"],
    )


BACKSTOP_MB = 65_536  # of address space: what TensorFlow reserves and never touches stays far below
OPEN_FILES = 1_024
QUEUED_SIGNALS = 1_024  # they count for the user, who may be shared


def apply(limits: dict[str, Any]) -> None:
    """Soft limits below hard ones, so that a signal shows which one was met."""
    memory, cpu, processes, file = (limits.get(name) for name in ("memory_mb", "cpu_seconds", "processes", "file_mb"))
    # At 0 the kernel still feeds a program of the machine's that collects cores; at 1 byte it makes none at all.
    set_limit("RLIMIT_CORE", 1)
    set_limit("RLIMIT_NOFILE", OPEN_FILES)
    set_limit("RLIMIT_MEMLOCK", 0)
    set_limit("RLIMIT_MSGQUEUE", 0)
    set_limit("RLIMIT_SIGPENDING", QUEUED_SIGNALS)
    if memory is not None:
        set_limit("RLIMIT_DATA", memory * 2**20)
        set_limit("RLIMIT_AS", max(BACKSTOP_MB, 2 * memory) * 2**20)
    if cpu is not None:
        set_limit("RLIMIT_CPU", int(cpu) + 1, int(cpu) + 3)
    if processes is not None:
        set_limit("RLIMIT_NPROC", processes)
    if file is not None:
        set_limit("RLIMIT_FSIZE", file * 2**20)
    if sys.platform == "linux":
        # If memory runs out, this process is killed first.
        with contextlib.suppress(OSError), open("/proc/self/oom_score_adj", "w", encoding="ascii") as file_of_score:
            file_of_score.write("1000")


def set_limit(name: str, soft: int, hard: int | None = None) -> None:
    """As low as asked; never an error where a limit is lower already, or not there at all."""
    number = getattr(resource, name, None)
    if number is None:
        return
    with contextlib.suppress(ValueError, OSError):
        most = resource.getrlimit(number)[1]
        hard = soft if hard is None else hard
        bounded = [value if most == resource.RLIM_INFINITY else min(value, most) for value in (soft, hard)]
        resource.setrlimit(number, (bounded[0], bounded[1]))
