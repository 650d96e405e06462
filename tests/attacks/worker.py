"""What runs in a disposable place; see `disposable`. One line of JSON for each result, on standard output.

    python -m tests.attacks.worker trials LEVEL [CASE:FORM...]
    python -m tests.attacks.worker control CASE FORM
    python -m tests.attacks.worker honest LEVEL
    python -m tests.attacks.worker residue LEVEL
    python -m tests.attacks.worker mixed LEVEL [CASE...]
"""

from __future__ import annotations

import dataclasses
import json
import sys
import traceback

from tests.attacks.bench import Bench
from tests.attacks.cases import Case, load_cases
from tests.attacks.control import control
from tests.attacks.trial import HARNESS, Trial, trial, unproven


def say(result: object) -> None:
    assert dataclasses.is_dataclass(result)
    assert not isinstance(result, type)
    print(json.dumps(dataclasses.asdict(result)), flush=True)


def attempt(case: Case, form: str, level: str, bench: Bench | None) -> Trial:
    """A fault of the harness is no success of the attack, and no block either."""
    try:
        return trial(case, form, level, bench) if bench else control(case, form)
    except Exception as error:
        traceback.print_exc()
        return unproven(case, form, level, f"{HARNESS}{type(error).__name__}: {error}")


def main(what: str, *arguments: str) -> None:
    if what == "control":
        (case,) = load_cases((arguments[0],))
        say(attempt(case, arguments[1], "none", None))
    elif what == "trials":
        level, *asked = arguments
        cases = {case.name: case for case in load_cases()}
        with Bench(level) as bench:
            for name, form in (one.split(":") for one in asked):
                say(attempt(cases[name], form, level, bench))
    elif what == "honest":
        from tests.attacks.honest import refusals

        for refusal in refusals(arguments[0]):
            say(refusal)
    elif what == "residue":
        from tests.attacks.residue import everything

        say(everything(arguments[0]))
    elif what == "mixed":
        from tests.attacks.mixed import mixed

        level, *names = arguments
        say(mixed(level, tuple(load_cases(tuple(names))) if names else None))


if __name__ == "__main__":
    main(*sys.argv[1:])
