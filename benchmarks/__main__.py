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
    arguments = parser.parse_args()
    rows: dict[str, Rows] = {}
    with tempfile.TemporaryDirectory() as place:
        for part in PARTS:
            print(f"\n{part}", flush=True)
            path = Path(place) / f"{part}.json"
            subprocess.run([sys.executable, "-m", f"benchmarks.{part}", "--json", str(path)], check=True)
            rows[part] = json.loads(path.read_text(encoding="utf-8"))
    write_json(arguments.json, [rows])
    print(f"\n{machine()}\n\n| what | seconds | ratio |\n|---|---|---|")
    for line in lines(rows):
        print(f"| {' | '.join(line)} |")


def lines(parts: dict[str, Rows]) -> Iterator[Line]:
    """The table, from the rows of all parts."""
    for row in parts["latency"]:
        yield row["command"], f"{statistics.median(row['seconds']):.2f}", ""
    for row in parts["peers"]:
        beside = "" if row["tool"] == "nbgrader" else f"{row['nbgrader_by_this']:.1f} times nbgrader"
        label = f"{row['tool']}, a notebook with epochs={row['epochs']}"
        yield label, f"{statistics.median(row['seconds']):.2f}", beside
    for row in parts["trainer"]:
        yield f"{row['network']}, trained", f"{row['loop']:.2f}", f"{row['fit'] / row['loop']:.0f} times `fit`"
    yield from _growth([row for row in parts["scale"] if not row.get("differ")])
    for row in parts["scale"]:
        if row.get("differ"):
            label = f"a class of {row['submissions']} in which every network differs"
            yield label, f"{row['seconds']:.0f}", f"{row['tree_mb'] / 1024:.1f} GB of memory"


def _growth(rows: Rows) -> Iterator[Line]:
    """What a class takes, and what one more submission costs beside one more in a smaller class."""
    yield f"a class of {rows[0]['submissions']}", f"{rows[0]['seconds']:.0f}", ""
    before = None
    for smaller, larger in pairwise(rows):
        cost = (larger["seconds"] - smaller["seconds"]) / (larger["submissions"] - smaller["submissions"])
        beside = f"{cost / before:.2f} times the cost of one before" if before else ""
        yield f"a class of {larger['submissions']}", f"{larger['seconds']:.0f}", beside
        before = cost


if __name__ == "__main__":
    main()
