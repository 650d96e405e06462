"""How long somebody waits: `python -m benchmarks.latency [--runs N] [--json FILE]`.

`check` on one notebook with nothing remembered, on a changed one whose network has been trained before, and on one
that has not changed; `--help`, and what each level of isolation adds to a module that does nothing.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
from pathlib import Path

from benchmarks.classes import distinct
from benchmarks.measure import grader, run, write_json
from grader.errors import UsageError
from grader.sandbox import LEVELS, resolve_isolation


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--json", type=Path)
    asked = parser.parse_args()
    rows: list[dict[str, object]] = []
    print(f"{'command':<34} {'median, s':>10} {'smallest':>9} {'largest':>8}")
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        (folder / "two_inputs.ipynb").write_text(next(distinct(1, epochs=400)), encoding="utf-8")
        (folder / "nothing.py").write_text("print('nothing')\n", encoding="utf-8")
        check = grader("check", folder / "two_inputs.ipynb", "-a", "two_inputs", "--json")
        for name, command, forget in [
            ("check, nothing remembered", check, True),
            ("check, its network remembered", [*check, "--fresh"], False),
            ("check, an unchanged file", check, False),
            ("--help", grader("--help"), False),
            *(
                (f"inspect nothing, {level}", grader("inspect", folder / "nothing.py", "--isolation", level), False)
                for level in available()
            ),
        ]:
            seconds = []
            for number in range(asked.runs):
                cache = folder / f"cache-{number}" if forget else folder / "cache-0"
                found = run(command, folder, {"GRADER_CACHE": str(cache)})
                if found.code:
                    raise SystemExit((folder / "output.txt").read_text())
                seconds.append(found.seconds)
            rows.append({"command": name, "seconds": seconds})
            median = statistics.median(seconds)
            print(f"{name:<34} {median:>10.2f} {min(seconds):>9.2f} {max(seconds):>8.2f}", flush=True)
    write_json(asked.json, rows)


def available() -> list[str]:
    """Levels that this machine has."""
    found = []
    for level in LEVELS[1:]:
        try:
            found.append(resolve_isolation(level))
        except UsageError:
            continue
    return found


if __name__ == "__main__":
    main()
