"""Whole commands, timed, with the memory of all their processes together."""

from __future__ import annotations

import json
import os
import platform
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

import psutil

from grader.sandbox.cgroups import usable_processors

LOOK_SECONDS = 0.5


@dataclass(frozen=True)
class Measured:
    """Wall-clock seconds, processor seconds are left out since children outlive counters; memory in MB.

    `own_mb` is the peak of the command itself, `tree_mb` that of it and all below it, shared pages counted once.
    """

    seconds: float
    own_mb: float
    tree_mb: float
    code: int


def run(command: Sequence[str], folder: Path, environment: Mapping[str, str] | None = None) -> Measured:
    """Runs it to its end; what it prints goes to `folder/output.txt`."""
    started = time.monotonic()
    own = tree = 0.0

    def weigh(processes: Sequence[psutil.Process]) -> None:
        nonlocal own, tree
        own = max(own, processes[0].memory_info().rss / 2**20)
        tree = max(tree, sum(map(proportional, processes)))

    with (folder / "output.txt").open("ab") as output:
        process = subprocess.Popen(
            command, stdout=output, stderr=output, stdin=subprocess.DEVNULL, env={**os.environ, **(environment or {})}
        )
        while process.poll() is None:
            with suppress(psutil.Error):
                whole = psutil.Process(process.pid)
                weigh([whole, *whole.children(recursive=True)])
            with suppress(subprocess.TimeoutExpired):
                process.wait(LOOK_SECONDS)
    return Measured(time.monotonic() - started, own, tree, process.returncode)


def graded(folder: Path, *arguments: object) -> Measured:
    """The grader over `folder/class` into `folder/out`, with nothing remembered; ends everything if it fails."""
    command = grader("grade", folder / "class", "--out", folder / "out", *arguments, "--quiet")
    measured = run(command, folder, {"GRADER_CACHE": str(folder / "cache")})
    if measured.code:
        raise SystemExit((folder / "output.txt").read_text())
    return measured


def proportional(process: psutil.Process) -> float:
    with suppress(psutil.Error):
        return float(process.memory_full_info().pss) / 2**20
    return 0.0


def grader(*arguments: object) -> list[str]:
    return [sys.executable, "-m", "grader", *map(str, arguments)]


def machine() -> str:
    """What the figures were measured on, in one line."""
    installed = metadata.packages_distributions()  # TensorFlow comes under several names
    names = (name for package in ("keras", "tensorflow", "numpy") for name in installed.get(package, ())[:1])
    texts = [f"{name} {metadata.version(name)}" for name in names]
    return f"{usable_processors()} cores, {platform.machine()}, Python {platform.python_version()}, {', '.join(texts)}"


def write_json(path: Path | None, rows: Sequence[Mapping[str, object]]) -> None:
    if path:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(list(rows), indent=1) + "\n", encoding="utf-8")
