"""The attack corpus from the command line; see the package docstring."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from grader.sandbox import probes
from tests.attacks import disposable, runner
from tests.attacks.cases import Case, load_cases
from tests.attacks.honest import Honest
from tests.attacks.summary import Summary, as_json, printed
from tests.attacks.trial import HARNESS, Trial, unproven

LAYERS = {"full": probes.full, "partial": probes.partial}


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.attacks", description=__doc__)
    parser.add_argument("--level", action="append", choices=["full", "partial", "container"])
    parser.add_argument("--only", action="append", default=[], metavar="NAME")
    parser.add_argument("--json", type=Path, metavar="FILE")
    parser.add_argument("--as-user", action="store_true", help="grade as an ordinary user, also where this is root")
    parser.add_argument("--no-groups", action="store_true", help="as where the grader can make no control groups")
    parser.add_argument("--no-trials", action="store_true", help="leave out each case in a sandbox")
    parser.add_argument("--no-controls", action="store_true", help="leave out each case without a sandbox")
    parser.add_argument("--no-honest", action="store_true", help="leave out the honest, alone and among hostile ones, at the first level that is given")
    return parser.parse_args()


def main() -> int:
    asked = arguments()
    levels = asked.level or ["full", "partial"]
    cases = load_cases(tuple(asked.only))
    gap = disposable.missing()
    tried = [] if asked.no_trials else levels
    trials = [trial for level in tried for trial in of_level(cases, level, gap, drop=asked.as_user, divided=not asked.no_groups)]
    controls = [] if asked.no_controls else of_controls(cases, gap)
    honest: list[Honest] = []
    mixed = None
    best = next((level for level in levels if level in LAYERS and not missing(level)), "")
    if best and not (asked.only or asked.no_honest or gap):
        honest = [Honest(**found) for found in runner.honest(best)]
        mixed = runner.mixed(best)
    summary = Summary(tuple(tried), tuple(cases), tuple(trials), tuple(controls), tuple(honest), mixed)
    print(printed(summary))
    if asked.json:
        asked.json.write_text(as_json(summary), "utf-8")
    return 1 if summary.failed else 0


def missing(level: str) -> str:
    """Why a level cannot be shown on this machine, or nothing."""
    layers = LAYERS[level]() if level in LAYERS else ()
    return next((f"{layer.name}: {layer.found}" for layer in layers if not layer.ok), "")


def of_level(
    cases: Sequence[Case], level: str, gap: str, *, drop: bool = False, divided: bool = True
) -> list[Trial]:
    pairs = [(case, form) for case in cases for form in case.forms]
    if why := gap or missing(level):
        return [unproven(case, form, level, why) for case, form in pairs]
    found = []
    if level == "container":  # it promises little, and is meant for places that are thrown away
        trials = (replace(runner.alone(case, form, level), promised=False) for case, form in pairs)
    else:
        trials = (trial for trial in runner.trials(pairs, level, drop=drop, divided=divided))
    for trial in trials:
        found.append(trial)
        tell(trial)
    tried = {(trial.case, trial.form) for trial in found}
    left = [pair for pair in pairs if (pair[0].name, pair[1]) not in tried]
    return [*found, *(unproven(case, form, level, f"{HARNESS}it was never reached") for case, form in left)]


def of_controls(cases: Sequence[Case], gap: str) -> list[Trial]:
    """One for each case, in the first of its forms."""
    found = []
    for case in cases:
        form = case.forms[0]
        found.append(unproven(case, form, "none", gap) if gap else runner.control(case, form))
        tell(found[-1])
    return found


def tell(trial: Trial) -> None:
    verdict = "got through" if trial.succeeded else "blocked" if trial.proven else "not proven"
    if trial.level == "none":
        verdict = "works" if trial.succeeded else "NOT EFFECTIVE"
    name = f"{trial.case} ({trial.form})"
    print(f"{trial.level:9} {name:40} {verdict:12} {trial.ended} {trial.why}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
