"""Cases whose point is the hand-in itself, or its words: handled by the command, all of whose reports are looked at."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from grader.reporting import FORMATS, OF_ONE
from tests.attacks import injection
from tests.attacks.bench import FULL_MARKS, HONEST, Bench
from tests.attacks.cases import CLASS, Case
from tests.attacks.disposable import slowness
from tests.attacks.oracles import Evidence
from tests.attacks.watch import Watch, processes
from tests.attacks.world import World

SECONDS = 75.0
ENDINGS = {"junit": "xml", "markdown": "md"}
REPORTS = {name: f"report.{ENDINGS.get(name, name)}" for name in FORMATS if name not in OF_ONE}
ENDS = {"check": (0, 1), "grade": (0,)}


def commanded(case: Case, form: str, world: World, bench: Bench) -> Evidence:
    """A class of two, of which one is honest, and whatever the hand-in makes of it."""
    entry = case.hand_in_to(world, form).entry
    (world.folder / CLASS / "honest").mkdir()
    shutil.copy(HONEST, world.folder / CLASS / "honest")
    faults, texts = [], {}
    started = time.monotonic()
    with Watch(processes(), world.token) as watch:
        for command in case.commands:
            out = world.folder / f"reports-{command}"
            out.mkdir()
            faults += told(command, entry, world, out, bench.level)
            texts.update({f"{command}/{name}": text for name, text in shown(out).items()})
        seconds = time.monotonic() - started
        survivors = tuple(watch.survivors())
    silent = [name for name in texts if name.split("/")[1] in REPORTS.values() and world.token not in texts[name]]
    if case.control == "render" and silent:
        raise RuntimeError(f"nothing is proven where the words do not get into {', '.join(silent)}")
    if "grade" in case.commands and not faults:
        faults += misgraded(texts["grade/report.json"], world.folder / CLASS)
    names = [name for name, text in texts.items() if case.never and re.search(case.never, text)]
    return Evidence(
        case, bench.level, fault="; ".join(faults), survivors=survivors, **world.seen(),
        leaks=tuple(world.stolen("\n".join(texts.values()))), seconds=seconds, allowed_seconds=SECONDS * slowness(),
        active=tuple(injection.active(texts, world.token)), said=tuple(names),
    )  # fmt: skip


def told(command: str, entry: Path, world: World, out: Path, level: str) -> list[str]:
    """Run it; and why it ended as it should not, if so."""
    formats = {**REPORTS, **{name: f"{name}.json" for name in OF_ONE}} if command == "check" else REPORTS
    reports = [part for name, file in formats.items() for part in ("--report", f"{name}={out / file}")]
    targets = [entry] if command == "check" else [world.folder / CLASS, "--out", out / "run", "--jobs", "1"]
    line = [sys.executable, "-P", "-m", "grader", command, *targets, "--isolation", level, "--assignment", "one_input"]
    environment = {**os.environ, "COLUMNS": "80", "NO_COLOR": "1"}
    seconds = SECONDS * slowness()
    try:
        with (out / "terminal").open("wb") as terminal:
            code = subprocess.call(
                [*map(str, line), *reports], stdin=subprocess.DEVNULL, stdout=terminal, stderr=terminal,
                env=environment, timeout=seconds,
            )  # fmt: skip
    except subprocess.TimeoutExpired:
        return [f"`grader {command}` hung"]
    if code in ENDS[command]:
        return []
    return [f"`grader {command}` ended with status {code}: {(out / 'terminal').read_text('utf-8', 'replace')[-300:]}"]


def shown(out: Path) -> dict[str, str]:
    """Everything that somebody could look at; what is packed is for the grader."""
    texts = {}
    for path in sorted(out.rglob("*")):
        if path.is_file() and path.suffix != ".gz":
            texts[str(path.relative_to(out))] = path.read_text("utf-8", "replace")
    return texts


def misgraded(report: str, folder: Path) -> Iterator[str]:
    """Who handed something in that no report names; and the honest one, without full marks."""
    scores = {grade["submission"]["id"]: grade["score"] for grade in json.loads(report)["grades"]}
    handed_in = len([path for path in folder.iterdir() if path.is_dir() or path.suffix in (".py", ".ipynb")])
    if len(scores) < handed_in:
        yield f"{handed_in} handed in, and the report has only {sorted(scores)}"
    if scores.get("honest") != FULL_MARKS:
        yield f"the honest one got {scores.get('honest')}"
