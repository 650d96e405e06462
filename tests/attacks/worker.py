"""What runs in a disposable place; see `disposable`. One line of JSON for each result, on standard output.

python -m tests.attacks.worker trials LEVEL [CASE:FORM...]
python -m tests.attacks.worker control CASE:FORM
python -m tests.attacks.worker mixed LEVEL [CASE...]
"""

from __future__ import annotations

import dataclasses
import json
import sys
import traceback
from collections.abc import Iterator

from tests.attacks.bench import Bench
from tests.attacks.cases import load_cases
from tests.attacks.control import control
from tests.attacks.mixed import Mixed, mixed
from tests.attacks.trial import HARNESS, Trial, trial, unproven


def attempt(named: str, level: str, bench: Bench | None) -> Trial:
    """A fault of the harness is no success of the attack, and no block either."""
    name, form = named.split(":")
    (case,) = load_cases((name,))
    try:
        return trial(case, form, level, bench) if bench else control(case, form)
    except Exception as error:
        traceback.print_exc()
        return unproven(case, form, level, f"{HARNESS}{type(error).__name__}: {error}")


def results(arguments: list[str]) -> Iterator[Trial | Mixed]:
    match arguments:
        case ["control", named]:
            yield attempt(named, "none", None)
        case ["trials", level, *attempts]:
            with Bench(level) as bench:
                for named in attempts:
                    yield attempt(named, level, bench)
        case ["mixed", level, *names]:
            yield mixed(level, load_cases(tuple(names)))


if __name__ == "__main__":
    for result in results(sys.argv[1:]):
        print(json.dumps(dataclasses.asdict(result)), flush=True)
