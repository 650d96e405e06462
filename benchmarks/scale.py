"""Time and memory by the size of a class: `python -m benchmarks.scale [--sizes 10,100,1000,10000] [--json FILE]`.

Classes hold the same 20 notebooks again and again, so that what grows is the class and not what there is to run; in a
last one, every network differs. Each class starts without a memory of trainings.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Iterator
from itertools import islice, pairwise
from pathlib import Path

from benchmarks.classes import networks, repeated, write_class
from benchmarks.measure import graded, write_json

KINDS = 20
COLUMNS = ("submissions", "seconds", "ms each", "coordinator, MB", "all processes, MB")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sizes", default="10,100,1000,10000")
    parser.add_argument("--networks", type=int, default=200, help="size of the class in which every network differs")
    parser.add_argument("--isolation", default="auto")
    parser.add_argument("--json", type=Path)
    arguments = parser.parse_args()
    print("  ".join(COLUMNS))
    rows = [
        measure(size, islice(repeated(size, KINDS, epochs=400), size), arguments.isolation)
        for size in map(int, arguments.sizes.split(","))
    ]
    print(slope(rows))
    print(f"{arguments.networks} networks that all differ:")
    rows.append(
        {**measure(arguments.networks, networks(arguments.networks, epochs=400), arguments.isolation), "differ": True}
    )
    write_json(arguments.json, rows)


def measure(size: int, notebooks: Iterator[str], isolation: str) -> dict[str, object]:
    """One class from start to finished report."""
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        write_class(folder / "class", notebooks)
        measured = graded(folder, "-a", "two_inputs", "--isolation", isolation)
    figures = (size, measured.seconds, 1000 * measured.seconds / size, measured.own_mb, measured.tree_mb)
    cells = (f"{figure:>{len(column)}.5g}" for column, figure in zip(COLUMNS, figures, strict=True))
    print("  ".join(cells), flush=True)
    return {"submissions": size, **vars(measured)}


def slope(rows: list[dict[str, object]]) -> str:
    """What one more submission costs, between each two sizes."""
    costs = []
    for smaller, larger in pairwise(rows):
        more = int(str(larger["submissions"])) - int(str(smaller["submissions"]))
        seconds = (float(str(larger["seconds"])) - float(str(smaller["seconds"]))) / more
        memory = (float(str(larger["tree_mb"])) - float(str(smaller["tree_mb"]))) / more
        costs.append(
            f"{smaller['submissions']} to {larger['submissions']}: {1000 * seconds:.1f} ms, {1024 * memory:.1f} kB"
        )
    return "each further submission costs " + "; ".join(costs)


if __name__ == "__main__":
    main()
