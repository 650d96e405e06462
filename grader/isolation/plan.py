"""How a level is brought about: which commands start what, for runs that are forked and for runs that start alone."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from grader.domain import Limits
from grader.isolation import bubblewrap, probes
from grader.isolation.box import INSIDE, Box, walls, writable

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
        """How many levels of processes of ours are between the monitor, or the server, and the first one of a run."""
        if self.warm:
            return 2 if self.apart else 1  # its reaper, and the first process of its namespace
        return 3 if self.apart else 1  # bubblewrap's two, and its reaper

    def uid(self, box: Box) -> int:
        """Who a run is."""
        return bubblewrap.uid_of(box) if self.apart else getattr(os, "geteuid", lambda: 0)()

    def command(self, box: Box, arguments: tuple[str, ...]) -> tuple[str, ...]:
        """Starts a trusted process that stays: a server of runs, or a trainer."""
        return bubblewrap.command(box, arguments) if self.level == "full" else arguments

    def walls(self, box: Box, limits: Limits, folders: tuple[str, ...]) -> dict[str, Any]:
        """What `inside` puts up around one run."""
        return walls(box, limits, own=self.apart and self.warm, folders=folders)

    def alone(self, box: Box, limits: Limits, request: Mapping[str, Any]) -> tuple[str, ...]:
        """Starts one run that is not forked; `{descriptors}` stands for those that it is given."""
        if sys.platform == "win32":
            return tuple(request["command"])
        run = (str(box.python), "-I", "-X", "utf8", str(INSIDE / "main.py"), "run", json.dumps(request), DESCRIPTORS)
        return bubblewrap.command(box, run, writable(box, limits)) if self.level == "full" else run


def plan_for(level: str, *, warm: bool | None = None) -> Plan:
    """Warm wherever that is possible, or as asked: forks of processes with threads go wrong on other systems."""
    possible = sys.platform == "linux" and (level != "full" or probes.can_nest())
    return Plan(level, possible if warm is None else warm and possible)
