"""Many inputs, one after the other: what each came to, and what was wrong with it."""

from __future__ import annotations

import os
import tempfile
import traceback
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from random import Random

from tests.fuzz.bombs import bomb, flood
from tests.fuzz.cases import Case, cases, seeds
from tests.fuzz.generate import anything, generated
from tests.fuzz.journey import Escaped, travel
from tests.fuzz.mutate import mutant, offspring
from tests.fuzz.watch import Hang, Watch

KINDS = {
    "crash": "crashes", "hang": "hangs", "escape": "unescaped_texts", "audit": "unexpected_audit_events",
}  # fmt: skip
GRADE_EVERY, RENDER_EVERY = 8, 40
# Shares of all inputs. What is slow by its size is tried in a small number of sizes, and needs no more.
SHARES: tuple[tuple[Callable[[Random], Case], float], ...] = (
    (bomb, 0.002), (flood, 0.0005), (anything, 0.02), (generated, 0.05), (offspring, 0.2), (mutant, 0.7275),
)  # fmt: skip


@dataclass(frozen=True)
class Finding:
    """One input with which something was wrong. `kind` is "crash", "hang", "escape" or "audit"."""

    kind: str
    case: Case
    detail: str


@dataclass
class Tally:
    """What all inputs so far came to."""

    seconds: list[float] = field(default_factory=list)
    outcomes: Counter[str] = field(default_factory=Counter)
    findings: list[Finding] = field(default_factory=list)

    def count(self, kind: str) -> int:
        return sum(finding.kind == kind for finding in self.findings)

    @property
    def slowest(self) -> float:
        return max(self.seconds, default=0.0)

    @property
    def p99(self) -> float:
        return sorted(self.seconds)[len(self.seconds) * 99 // 100] if self.seconds else 0.0


@cache
def warm_up() -> None:
    """What is imported, compiled or read at first use, is before anything is watched."""
    with temporary_folder() as folder:
        for seed in seeds():
            seed.write(Path(folder))
            travel(Path(folder), graded=True, rendered=True)


class Campaign:
    """Takes inputs one by one into a folder of its own, where they lie until the next one."""

    def __init__(
        self,
        folder: Path,
        found: Callable[[Finding], None] = lambda finding: None,
        progress: Callable[[int], None] = lambda done: None,
    ) -> None:
        self.tally = Tally()
        self._folder, self._found, self._progress = folder, found, progress
        self._watch = Watch(folder)
        warm_up()

    def feed(self, case: Case, *, whole: bool = False) -> None:
        """One input; whatever is wrong with it is a finding. Some go the whole way to the reports, all with `whole`."""
        case.write(self._folder)
        number = len(self.tally.seconds)
        self._progress(number)
        graded, rendered = whole or number % GRADE_EVERY == 0, whole or number % RENDER_EVERY == 0
        outcome, fault = "", None
        with self._watch.over() as seen:
            try:
                outcome = travel(self._folder, graded=graded, rendered=rendered)
            except (Exception, Hang) as error:
                fault = error
        self.tally.seconds.append(seen.seconds)
        self.tally.outcomes[outcome or "faulty"] += 1
        if fault is not None:
            self._report(_kind(fault), case, "".join(traceback.format_exception(fault, limit=-12)))
        if seen.events:
            self._report("audit", case, "\n".join(seen.events))

    def _report(self, kind: str, case: Case, detail: str) -> None:
        finding = Finding(kind, case, detail)
        self.tally.findings.append(finding)
        self._found(finding)


def _kind(fault: BaseException) -> str:
    return "hang" if isinstance(fault, Hang) else "escape" if isinstance(fault, Escaped) else "crash"


def run(campaign: Campaign, inputs: int, seed: int) -> None:
    """All inputs of a campaign: the same for the same number and seed."""
    for make, share in SHARES:
        for case in cases(make, max(1, round(inputs * share)), seed):
            campaign.feed(case)


def temporary_folder() -> tempfile.TemporaryDirectory[str]:
    return tempfile.TemporaryDirectory(prefix="fuzz-", dir="/dev/shm" if os.path.isdir("/dev/shm") else None)
