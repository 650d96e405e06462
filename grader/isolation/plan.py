"""How a level is brought about: which commands start what, for runs that are forked and for runs that start alone."""

from __future__ import annotations

import json
import os
import sys
from dataclasses import dataclass
from typing import Any

from grader.domain import Limits
from grader.isolation import bubblewrap, probes
from grader.isolation.box import INSIDE, Box, walls


@dataclass(frozen=True)
class Plan:
    """`warm` runs are forked from a server; in bubblewrap these have namespaces of their own."""

    level: str
    warm: bool

    @property
    def apart(self) -> bool:
        """Whether what a run writes to is memory of its sandbox."""
        return self.level == "full"

    def uid(self, box: Box) -> int:
        """Who a run is."""
        return bubblewrap.uid_of(box) if self.apart else getattr(os, "geteuid", lambda: 0)()

    def hand_over(self, box: Box) -> None:
        """Let the runs of a box reach their folder, where they are somebody else."""
        if self.apart and box.root and os.geteuid() == 0:
            bubblewrap.hand_over(box.root, bubblewrap.uid_of(box))

    def command(self, box: Box, arguments: tuple[str, ...]) -> tuple[str, ...]:
        """Starts a trusted process that stays: a server of runs, or a trainer."""
        return bubblewrap.command(box, arguments) if self.level == "full" else arguments

    def walls(self, box: Box, limits: Limits, places: tuple[str, ...]) -> dict[str, Any]:
        """What `inside` puts up around one run."""
        return walls(box, limits, own=self.apart and self.warm, places=places)

    def alone(self, box: Box, asked: dict[str, Any], arguments: tuple[str, ...]) -> tuple[str, ...]:
        """Starts one run that is not forked; `{report}` stands for the descriptor on which a fault is told."""
        if sys.platform == "win32":
            return arguments
        spec = json.dumps(asked)[:-1] + ', "report": {report}}'
        confined = (str(box.python), "-I", "-X", "utf8", str(INSIDE / "main.py"), "confine", spec, *arguments)
        if self.level != "full":
            return confined
        return bubblewrap.command(box, confined, asked["limits"]["disk_mb"])

    def exit_code(self, code: int | None) -> int | None:
        """Negative for signals, which bubblewrap tells as a shell does."""
        return 128 - code if self.apart and not self.warm and code is not None and code > 128 else code


def plan_for(level: str, *, warm: bool | None = None) -> Plan:
    """Warm wherever that is possible, or as asked: forks of processes with threads go wrong on other systems."""
    possible = sys.platform == "linux" and (level != "full" or probes.can_nest())
    return Plan(level, possible if warm is None else warm and possible)
