"""All figures that the README quotes, in one table: `python -m benchmarks [--json FILE]`; about 25 minutes.

The parts run one after the other, and print as they go; each is a command of its own, `python -m benchmarks.latency`.
Ratios are those of one run on one machine: they can be compared with other runs, seconds hardly.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

from benchmarks.measure import machine, write_json

PARTS = ("trainer", "latency", "scale", "peers")
Rows = list[dict[str, Any]]
Line = tuple[str, str, str]
"""What was measured, how long it took, and beside what."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--json", type=Path)
    asked = parser.parse_args()
    found: dict[str, Rows] = {}
    with tempfile.TemporaryDirectory() as place:
        for part in PARTS:
            print(f"\n{part}", flush=True)
            path = Path(place) / f"{part}.json"
            subprocess.run([sys.executable, "-m", f"benchmarks.{part}", "--json", str(path)], check=True)
            found[part] = json.loads(path.read_text(encoding="utf-8"))
    write_json(asked.json, [found])
    print(f"\n{machine()}\n\n| what | seconds | ratio |\n|---|---|---|")
    for line in lines(found):
        print(f"| {' | '.join(line)} |")


def lines(found: dict[str, Rows]) -> Iterator[Line]:
    """The table, from the rows of all parts."""
    for row in found["latency"]:
        yield row["command"], f"{statistics.median(row['seconds']):.2f}", ""
    for row in found["peers"]:
        beside = "" if row["tool"] == "nbgrader" else f"{row['nbgrader_by_this']:.1f} times nbgrader"
        what = f"{row['tool']}, a notebook with epochs={row['epochs']}"
        yield what, f"{statistics.median(row['seconds']):.2f}", beside
    for row in found["trainer"]:
        yield f"{row['network']}, trained", f"{row['loop']:.2f}", f"{row['fit'] / row['loop']:.0f} times `fit`"
    yield from _growth([row for row in found["scale"] if not row.get("differ")])
    for row in found["scale"]:
        if row.get("differ"):
            what = f"a class of {row['submissions']} in which every network differs"
            yield what, f"{row['seconds']:.0f}", f"{row['tree_mb'] / 1024:.1f} GB of memory"


def _growth(rows: Rows) -> Iterator[Line]:
    """What a class takes, and what one more submission costs beside one more in a smaller class."""
    yield f"a class of {rows[0]['submissions']}", f"{rows[0]['seconds']:.0f}", ""
    before = None
    for one, other in pairwise(rows):
        each = (other["seconds"] - one["seconds"]) / (other["submissions"] - one["submissions"])
        beside = f"{each / before:.2f} times the cost of one before" if before else ""
        yield f"a class of {other['submissions']}", f"{other['seconds']:.0f}", beside
        before = each


if __name__ == "__main__":
    main()
