"""The attack corpus from the command line; see the package docstring."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path

from tests.attacks import disposable, runner
from tests.attacks.cases import RESTRICTED, Case, load_cases
from tests.attacks.trial import HARNESS, Trial, unproven
from tests.levels import missing


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.attacks", description=__doc__)
    parser.add_argument("--level", action="append", choices=RESTRICTED)
    parser.add_argument("--only", action="append", default=[], metavar="NAME")
    parser.add_argument("--json", type=Path, metavar="FILE")
    parser.add_argument("--as-user", action="store_true", help="grade as an ordinary user, also where this is root")
    parser.add_argument("--no-controls", action="store_true", help="leave out each case without a sandbox")
    parser.add_argument("--no-honest", action="store_true", help="leave out the honest among hostile ones")
    return parser.parse_args()


def main() -> int:
    options = arguments()
    cases, levels, gap = load_cases(tuple(options.only)), options.level or RESTRICTED, disposable.missing()
    trials = [trial for level in levels for trial in of_level(cases, level, gap, drop=options.as_user)]
    if not options.no_controls:
        trials += of_controls(cases, gap)
    best = next((level for level in levels if not missing(level)), "")
    differing: tuple[str, ...] = ()
    if best and not (options.only or options.no_honest or gap):
        honest, differing = runner.mixed(best)
        print(f"among hostile ones: {honest - len(differing)}/{honest} honest ones get the grade that they get alone")
        print(*(f"  not so: {name}" for name in differing), sep="\n")
    for level in (*levels, "none"):
        print("\n".join(told(level, [trial for trial in trials if trial.level == level])))
    print(*(f"not promised: {case.name}: {case.reason}" for case in cases if case.reason), sep="\n")
    if options.json:
        options.json.write_text(json.dumps([asdict(trial) for trial in trials], indent=1) + "\n", "utf-8")
    return 1 if differing or any(map(failed, trials)) else 0


def failed(trial: Trial) -> bool:
    """A control without effect, what got through although that is promised not to happen, and a broken harness."""
    if not trial.proven:
        return trial.why.startswith(HARNESS)
    return not trial.succeeded if trial.level == "none" else trial.succeeded and trial.promised


def told(level: str, trials: Sequence[Trial]) -> Iterator[str]:
    proven = [trial for trial in trials if trial.proven]
    label = "controls that work" if level == "none" else "blocked"
    good = sum(trial.succeeded is (level == "none") for trial in proven)
    yield f"{level:9} {label}: {good}/{len(proven)}, not proven: {len(trials) - len(proven)}"
    for trial in trials:
        if not trial.proven or trial.succeeded is not (level == "none"):
            kind = "not proven" if not trial.proven else "FAILED" if failed(trial) else "not promised"
            yield f"  {kind}: {trial.case} ({trial.form}): {trial.why}"


def of_level(cases: Sequence[Case], level: str, gap: str, *, drop: bool) -> list[Trial]:
    attempts = [(case, form) for case in cases for form in case.forms]
    if why := gap or missing(level):
        return [unproven(case, form, level, why) for case, form in attempts]
    trials = [tell(trial) for trial in runner.trials(attempts, level, drop=drop)]
    reached = {(trial.case, trial.form) for trial in trials}
    rest = [attempt for attempt in attempts if (attempt[0].name, attempt[1]) not in reached]
    return [*trials, *(unproven(case, form, level, f"{HARNESS}it was never reached") for case, form in rest)]


def of_controls(cases: Sequence[Case], gap: str) -> list[Trial]:
    """One for each case, in the first of its forms."""
    forms = [(case, case.forms[0]) for case in cases]
    return [tell(unproven(case, form, "none", gap) if gap else runner.control(case, form)) for case, form in forms]


def tell(trial: Trial) -> Trial:
    """As soon as it is over, since all of them take long."""
    words = ("works", "NO EFFECT") if trial.level == "none" else ("got through", "blocked")
    verdict = words[not trial.succeeded] if trial.proven else "not proven"
    name = f"{trial.case} ({trial.form})"
    print(f"{trial.level:9} {name:40} {verdict:12} {trial.ended} {trial.why}", file=sys.stderr, flush=True)
    return trial


if __name__ == "__main__":
    sys.exit(main())
