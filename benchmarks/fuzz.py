"""Whether a recording can harm the grader: `python -m benchmarks.fuzz [--inputs N] [--seed S] [--json FILE]`.

Recordings come from an untrusted process. Real ones are spoilt, others made from nothing, and each goes
the way of every recording: strict JSON, domain objects, graph, canonical form, comparison with a reference; every
eighth is graded, every fortieth rendered. Counted are exceptions, inputs that take over a second of processor time,
texts that reach a report unescaped, and audit events: imports, files, code, processes, sockets. Memory is limited, so
that an input that fills it is a crash. The exit code is 1 if any of these is not 0.

What fails is written into reports/fuzz, with the command that replays it: `python -m benchmarks.fuzz --replay FOLDER`.
"""

from __future__ import annotations

import argparse
import faulthandler
import json
import resource
import sys
import time
from pathlib import Path
from typing import Any

from tests.fuzz.campaign import KINDS, Campaign, Finding, Tally, run, temporary_folder
from tests.fuzz.cases import read_case

ROOT = Path(__file__).parent.parent
MEMORY_MB = 1_024  # more than the process has when it begins
STUCK_SECONDS = 120  # inside one call of the C library, which no signal ends
SAY_EVERY = 5_000


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--inputs", type=int, default=100_000, metavar="N")
    parser.add_argument("--seed", type=int, default=1, metavar="S")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures into this file too")
    parser.add_argument("--failing", type=Path, default=ROOT / "reports" / "fuzz", metavar="FOLDER")
    parser.add_argument("--replay", type=Path, metavar="FOLDER", help="one input that was written down before")
    arguments = parser.parse_args()
    begin = time.monotonic()
    with temporary_folder() as folder:
        failures = Kept(arguments.failing)
        campaign = Campaign(Path(folder), print_finding if arguments.replay else failures.keep, watch_progress)
        limit_memory()
        if arguments.replay:
            campaign.feed(read_case(arguments.replay), whole=True)
        else:
            run(campaign, arguments.inputs, arguments.seed)
    figures = figures_of(campaign.tally, arguments.seed, time.monotonic() - begin)
    print_figures(figures)
    if arguments.json:
        arguments.json.write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")
    return 1 if campaign.tally.findings else 0


class Kept:
    """Failing inputs, a folder for each; the first hundred of them."""

    def __init__(self, folder: Path) -> None:
        self._folder, self._count = folder, 0

    def keep(self, finding: Finding) -> None:
        self._count += 1
        print(f"{finding.kind}: {finding.case.origin}: {finding.detail.strip().splitlines()[-1][:300]}", flush=True)
        if self._count > 100:
            return
        folder = self._folder / f"{self._count:03}-{finding.kind}"
        folder.mkdir(parents=True, exist_ok=True)
        finding.case.write(folder)
        replay = f"python -m benchmarks.fuzz --replay {folder}"
        (folder / "README.txt").write_text(f"{finding.case.origin}\n{replay}\n\n{finding.detail}\n", "utf-8")
        print(f"  {replay}", flush=True)


def print_finding(finding: Finding) -> None:
    print(f"{finding.kind}: {finding.detail}")


def watch_progress(done: int) -> None:
    """Say how far it is, and put off the end that a process meets which is stuck."""
    faulthandler.dump_traceback_later(STUCK_SECONDS, exit=True)
    if done % SAY_EVERY == 0:
        print(f"{done:,} inputs", file=sys.stderr, flush=True)


def limit_memory() -> None:
    used = int(Path("/proc/self/statm").read_text("ascii").split()[5]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_DATA, (used + MEMORY_MB * 2**20,) * 2)


def figures_of(tally: Tally, seed: int, seconds: float) -> dict[str, Any]:
    return {
        "inputs": len(tally.seconds), "seed": seed, **{name: tally.count(kind) for kind, name in KINDS.items()},
        "p99_ms": round(tally.p99 * 1_000, 1), "max_ms": round(tally.slowest * 1_000, 1),
        "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1_024, "minutes": round(seconds / 60, 1),
        "outcomes": dict(tally.outcomes.most_common()),
    }  # fmt: skip


def print_figures(figures: dict[str, Any]) -> None:
    for name in ("inputs", *KINDS.values()):
        print(f"{name.replace('_', ' '):<24} {figures[name]:>9,}")
    print(f"{'slowest p99, ms':<24} {figures['p99_ms']:>9,}\n{'slowest, ms':<24} {figures['max_ms']:>9,}")
    print(f"{'peak memory, MB':<24} {figures['peak_mb']:>9,}\n{'minutes':<24} {figures['minutes']:>9,}")
    print("came to: " + ", ".join(f"{name} {count:,}" for name, count in figures["outcomes"].items()))


if __name__ == "__main__":
    sys.exit(main())
