"""Where a class spends its processor time: `python -m benchmarks.processes [--class NAME] [--epochs N] [--json FILE]`.

The processes of one run are watched from outside, and told apart by what they are called: the coordinator; the nursery,
which imports Keras; and its forks, trainers and servers, whose children are the runs of submissions. What a process
uses after it is last seen, at most a few hundredths of a second, is lost.
"""

from __future__ import annotations

import argparse
import tempfile
from collections import defaultdict
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import psutil

from benchmarks.classes import write_class
from benchmarks.measure import graded, machine, write_json
from benchmarks.peers import CLASSES

PARTS = ("coordinator", "import of Keras", "trainers", "notebooks", "other processes")


@dataclass
class Seen:
    """One process: its parent, and what it is called and has used of the processor when it is last seen."""

    parent: int
    command: str = ""
    seconds: float = 0.0


class Watch:
    """What the grader's processes have used so far; called again and again while they run."""

    def __init__(self) -> None:
        self.coordinator = 0
        self.seen: dict[int, Seen] = {}

    def __call__(self, processes: Sequence[psutil.Process]) -> None:
        self.coordinator = processes[0].pid
        for process in processes:
            with suppress(psutil.Error):
                one = self.seen.setdefault(process.pid, Seen(process.ppid()))
                times = process.cpu_times()
                one.command = " ".join(process.cmdline()) or one.command  # which is empty once it has ended
                one.seconds = times.user + times.system


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--class", dest="name", choices=CLASSES, default="20 networks")
    parser.add_argument("--epochs", type=int, default=1)
    parser.add_argument("--json", type=Path)
    asked = parser.parse_args()
    arguments, notebooks = CLASSES[asked.name]
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        count = write_class(folder / "class", notebooks(asked.epochs))
        watch = Watch()
        found = graded(folder, *arguments, look=watch)
    used = by_part(watch.seen, watch.coordinator)
    total = sum(used.values())
    print(f"{machine()}\n{count} submissions, {asked.name}: {found.seconds:.1f} s, {total:.1f} s of processor time")
    for part in PARTS:
        print(f"{used[part]:>8.1f} s  {part}")
    write_json(asked.json, [{"class": asked.name, "submissions": count, "seconds": found.seconds, "used": dict(used)}])


def by_part(seen: Mapping[int, Seen], coordinator: int) -> Mapping[str, float]:
    """Processor seconds of each of `PARTS`."""
    nursery = next((number for number, one in seen.items() if "main.py nursery" in one.command), coordinator)
    used: dict[str, float] = defaultdict(float)
    for number, process in seen.items():
        used[_part(_ancestors(number, seen), seen, coordinator, nursery)] += process.seconds
    return used


def _part(line: Sequence[int], seen: Mapping[int, Seen], coordinator: int, nursery: int) -> str:
    """The part of the last process of a line."""
    if line[-1] == coordinator:
        return "coordinator"
    if line[-1] == nursery:
        return "import of Keras"
    if any("main.py train" in seen[one].command or "training.engine" in seen[one].command for one in line):
        return "trainers"
    return "notebooks" if any("main.py" in seen[one].command for one in line) else "other processes"


def _ancestors(number: int, seen: Mapping[int, Seen]) -> list[int]:
    """From the top of the tree down to the process itself."""
    line = [number]
    while (parent := seen[line[0]].parent) in seen:
        line.insert(0, parent)
    return line


if __name__ == "__main__":
    main()
