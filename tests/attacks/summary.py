"""What a run of the corpus has shown, as a table and as JSON."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass

from tests.attacks.cases import Case
from tests.attacks.honest import Honest
from tests.attacks.mixed import Mixed
from tests.attacks.trial import HARNESS, Trial


@dataclass(frozen=True)
class Summary:
    """All trials by level, one control for each case, and the honest."""

    levels: tuple[str, ...]
    cases: tuple[Case, ...]
    trials: tuple[Trial, ...]
    controls: tuple[Trial, ...]
    honest: tuple[Honest, ...]
    mixed: Mixed | None = None

    def of(self, level: str) -> list[Trial]:
        return [trial for trial in self.trials if trial.level == level]

    @property
    def through(self) -> list[Trial]:
        """What got through although it is promised that it does not."""
        return [trial for trial in self.trials if trial.succeeded and trial.promised]

    @property
    def ineffective(self) -> list[Trial]:
        return [trial for trial in self.controls if trial.proven and not trial.succeeded]

    @property
    def refused(self) -> list[Honest]:
        return [one for one in self.honest if one.refused]

    @property
    def broken(self) -> list[Trial]:
        """What is not proven for want of a harness that works."""
        return [trial for trial in (*self.trials, *self.controls) if trial.why.startswith(HARNESS)]

    @property
    def failed(self) -> bool:
        harmed = self.mixed is not None and bool(self.mixed.differing)
        return bool(self.through or self.ineffective or self.refused or self.broken or harmed)


def figures(summary: Summary, level: str) -> dict[str, str]:
    """By name, for one level. A case that could not be tried is in no count but its own."""
    trials = summary.of(level)
    tried = [trial for trial in trials if trial.proven]
    promised = [trial for trial in tried if trial.promised]
    other = [trial for trial in tried if not trial.promised]
    gains = [trial.gain for trial in tried if trial.gain is not None]
    kills = sorted(trial.kill_seconds for trial in tried if trial.kill_seconds is not None)
    overshoots = [trial.overshoot for trial in tried if trial.overshoot is not None]
    return {
        "cases": str(len({trial.case for trial in trials})),
        "blocked": f"{sum(not trial.succeeded for trial in promised)}/{len(promised)}",
        "blocked, not promised": f"{sum(not trial.succeeded for trial in other)}/{len(other)}",
        "not proven": str(len(trials) - len(tried)),
        "canary leaks": str(sum(trial.leaks for trial in tried)),
        "survivors": str(sum(trial.survivors for trial in tried)),
        "forged points": f"{max(gains, default=0)} (of {len(gains)} graded)",
        "kill latency p50": f"{percentile(kills, 50):.2f} s" if kills else "-",
        "kill latency p99": f"{percentile(kills, 99):.2f} s (of {len(kills)})" if kills else "-",
        "memory overshoot": f"{max(overshoots):.0%}" if overshoots else "-",
    }


def percentile(values: list[float], percent: int) -> float:
    return values[min(len(values) * percent // 100, len(values) - 1)]


def printed(summary: Summary) -> str:
    return "\n".join(lines(summary))


def lines(summary: Summary) -> Iterator[str]:
    columns = {level: figures(summary, level) for level in summary.levels}
    yield f"{'':24}" + "".join(f"{level:22}" for level in columns)
    for name in next(iter(columns.values()), ()):
        yield f"{name:24}" + "".join(f"{column[name]:22}" for column in columns.values())
    tried = [control for control in summary.controls if control.proven]
    yield f"{'controls effective':24}{sum(control.succeeded for control in tried)}/{len(tried)}"
    yield f"{'controls not proven':24}{len(summary.controls) - len(tried)}"
    yield f"{'honest refused':24}{len(summary.refused)}/{len(summary.honest)}"
    if summary.mixed:
        yield from of_mixed(summary.mixed)
    for heading, found in (
        ("Got through", summary.through),
        ("Got through, where a block is not promised", [t for t in summary.trials if t.succeeded and not t.promised]),
        ("Not proven", [trial for trial in (*summary.trials, *summary.controls) if not trial.proven]),
        ("Controls without effect", summary.ineffective),
    ):
        if found:
            yield f"\n{heading}:"
            yield from (f"  {trial.level:9} {trial.case} ({trial.form}): {trial.why}" for trial in found)
    reasons = [case for case in summary.cases if case.reason]
    if reasons:
        yield "\nNot promised:"
        yield from (f"  {case.name}: {case.reason}" for case in reasons)
    if summary.refused:
        yield "\nHonest submissions refused:"
        yield from (f"  {one.submission} (expected {one.expected}): {one.refused}" for one in summary.refused)


def of_mixed(mixed: Mixed) -> Iterator[str]:
    equal = mixed.honest - len(mixed.differing)
    yield f"{'among hostile ones':24}{equal}/{mixed.honest} honest get the grade that they get alone"
    yield (
        f"{'':24}a run of theirs takes {mixed.seconds_mixed:.2f} s, alone {mixed.seconds_alone:.2f} s (medians); "
        f"the class {mixed.class_mixed:.0f} s, alone {mixed.class_alone:.0f} s"
    )
    if mixed.differing:
        yield f"{'':24}not so: {', '.join(mixed.differing)}"


def as_json(summary: Summary) -> str:
    content = {
        "schema": "grader.attacks/1",
        "figures": {level: figures(summary, level) for level in summary.levels},
        "trials": [asdict(trial) for trial in summary.trials],
        "controls": [asdict(control) for control in summary.controls],
        "honest": [asdict(one) for one in summary.honest],
        "mixed": asdict(summary.mixed) if summary.mixed else None,
    }
    return json.dumps(content, indent=1) + "\n"
