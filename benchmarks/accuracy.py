"""How often verdicts are right: `python benchmarks/accuracy.py [--quick] [--every N] [--json FILE] [ID]...`.

For each assignment: equal spellings of its reference that get full marks, mutants that lose points, and at the check
that owns them; then how often the reference fails and how often decoys pass, from seeds that neither calibration nor
grading uses. Each assignment is printed when it is done. The exit code is 1 if a right program loses a point, or a
wrong one slips through.
"""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any

from rich.console import Console

from grader.authoring.validate import Accuracy, measure_accuracy, print_rates, print_validation, print_verdicts


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("ids", nargs="*", metavar="ID", help="assignments; all of them by default")
    parser.add_argument("--quick", action="store_true", help="100 fresh seeds of each network, with wider bounds")
    parser.add_argument("--every", type=int, default=1, metavar="N", help="try only every Nth program")
    parser.add_argument("--json", type=Path, help="write all figures into this file too")
    asked = parser.parse_args()
    console, found = Console(), []
    for one in measure_accuracy(asked.ids, "none", _progress, quick=asked.quick, every=asked.every):
        print_validation(console, one.validation)
        print_rates(console, one.rates)
        found.append(one)
        if asked.json:
            asked.json.write_text(json.dumps([_plain(each) for each in found], indent=1) + "\n", encoding="utf-8")
    print_verdicts(console, [one.validation for one in found])
    return 0 if all(one.validation.is_sound for one in found) else 1


def _plain(one: Accuracy) -> dict[str, Any]:
    validation = one.validation
    counts = {name: getattr(validation, name) for name in ("variants", "passed", "mutants", "caught", "owned")}
    return {**counts, "gaps": [asdict(gap) for gap in validation.gaps], "rates": asdict(one.rates)}


def _progress(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
