"""The levels of isolation, and which one a run gets."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from grader.domain import Limits
from grader.errors import UsageError
from grader.sandbox import bubblewrap, probes
from grader.sandbox.spec import INSIDE, SandboxSpec, restrictions, writable

LEVELS = ("auto", "full", "partial", "container", "none")
WORDS = {
    "full": "namespaces, no network, nothing of this machine visible",
    "partial": "files and signals kept apart by Landlock, system calls filtered",
    "container": "what works in this disposable container",
    "none": "limits only: the code can read and change what you can",
}


def resolve_isolation(requested: str, *, unattended: bool = False) -> str:
    """The level that will be used. A level that is not available is refused, never silently replaced by a weaker one.

    `unattended` runs execute the code of many strangers: for these `auto` stops if there is no sandbox.
    """
    if requested not in LEVELS:
        raise UsageError(f"--isolation {requested}: unknown level; choose one of {', '.join(LEVELS)}.")
    if requested == "auto":
        return _strongest(unattended=unattended)
    if requested in ("full", "partial") and (gap := _gap(requested)):
        raise UsageError(f"--isolation {requested} is not available here: {gap.name}: {gap.found}. {gap.advice}")
    return requested


def _strongest(*, unattended: bool) -> str:
    for level in ("full", "partial"):
        if _gap(level) is None:
            return level
    if unattended:
        gap = _gap("full")
        because = f"{gap.name}: {gap.found}. {gap.advice}" if gap else ""
        raise UsageError(
            f"Sandboxing is not available on this machine: {because} "
            "In a disposable container, use --isolation container; to run the code of a class as "
            "ordinary processes anyway, use --isolation none."
        )
    return "none"


def _gap(level: str) -> probes.Probe | None:
    """The first layer of a level that is missing here."""
    layers = probes.full() if level == "full" else probes.partial()
    return next((layer for layer in layers if not layer.ok), None)


DESCRIPTORS = "{descriptors}"


@dataclass(frozen=True)
class Plan:
    """`warm` runs are forked from a server; in bubblewrap these have namespaces of their own."""

    level: str
    warm: bool

    @property
    def apart(self) -> bool:
        """Whether what a run writes to is memory of its sandbox."""
        return self.level == "full"

    @property
    def parents(self) -> int:
        """How many levels of our processes are between the monitor, or the server, and the first process of a run."""
        if self.warm:
            return 2 if self.apart else 1  # its reaper, and the first process of its namespace
        return 3 if self.apart else 1  # bubblewrap's two, and its reaper

    def uid(self, sandbox: SandboxSpec) -> int:
        """The user of a run."""
        return bubblewrap.uid_of(sandbox) if self.apart else getattr(os, "geteuid", lambda: 0)()

    def command(self, sandbox: SandboxSpec, arguments: tuple[str, ...]) -> tuple[str, ...]:
        """Starts a trusted process that stays alive: a server of runs, or a trainer."""
        return bubblewrap.command(sandbox, arguments) if self.level == "full" else arguments

    def restrictions(self, sandbox: SandboxSpec, limits: Limits, folders: tuple[str, ...]) -> dict[str, Any]:
        """The restrictions that `inside` applies to one run."""
        return restrictions(sandbox, limits, own=self.apart and self.warm, folders=folders)

    def alone(self, sandbox: SandboxSpec, limits: Limits, request: Mapping[str, Any]) -> tuple[str, ...]:
        """Starts one run that is not forked; `{descriptors}` stands for those that it is given."""
        if sys.platform == "win32":
            return tuple(request["command"])
        run = (
            str(sandbox.python),
            "-I",
            "-X",
            "utf8",
            str(INSIDE / "main.py"),
            "run",
            json.dumps(request),
            DESCRIPTORS,
        )
        return bubblewrap.command(sandbox, run, writable(sandbox, limits)) if self.level == "full" else run


def plan_for(level: str, *, warm: bool | None = None) -> Plan:
    """Warm wherever possible, or as requested: forks of processes with threads fail on other systems."""
    possible = sys.platform == "linux" and (level != "full" or probes.can_nest())
    return Plan(level, possible if warm is None else warm and possible)
