"""Runs the sessions of a page, from top to bottom, in a folder of its own.

`python -m tests.docs.sessions PAGE …` puts what a command really printed in place of what the page shows, wherever the
two do not agree, or where the page has nothing but `…` yet.
"""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.docs.blocks import DOCS, REPOSITORY, Command, agrees, blocks, session

SAMPLES = DOCS / "samples"
CLASS = REPOSITORY / "tests" / "submissions" / "class"
# What runs offline; the rest of a session, such as `pip`, is only read.
RUN = ("grader", "python", "cat", "cp", "grep", "unzip")
PROGRESS = re.compile(r"^(\d+ of \d+ done.*|[a-z][\w .-]* …)$")  # on stderr, of a moment
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[+\d:]*")
MOST_SECONDS = 1800


@dataclass(frozen=True)
class Step:
    """A command that was run: what the page shows, and what it printed."""

    command: Command
    real: list[str]

    @property
    def holds(self) -> bool:
        return agrees(self.command.output, self.real)


def run_page(page: Path, folder: Path) -> Iterator[Step]:
    """Run a page's sessions one by one; files that the page shows are written on the way, samples are there from the start."""
    shutil.copytree(SAMPLES, folder, dirs_exist_ok=True)
    shutil.copy(CLASS / "student-05.py", folder)  # of the README
    environment = _environment(folder)
    for block in blocks(page.read_text(encoding="utf-8")):
        if block.file:
            (folder / block.file).write_text(block.text, encoding="utf-8")
        if block.language != "console":
            continue
        for command in session(block):
            if shlex.split(command.text)[0] in RUN:
                yield Step(command, _run(command.text, folder, environment))


def _run(command: str, folder: Path, environment: dict[str, str]) -> list[str]:
    done = subprocess.run(
        ["sh", "-c", command], cwd=folder, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT, text=True, timeout=MOST_SECONDS, check=False,
    )  # fmt: skip
    lines = [line.rstrip() for line in done.stdout.splitlines() if not PROGRESS.match(line)]
    while lines and not lines[-1]:
        lines.pop()
    return lines


def _environment(folder: Path) -> dict[str, str]:
    """`grader` and `python` are those of this interpreter, outputs are 100 columns wide and have no colours."""
    programs = Path(tempfile.mkdtemp(prefix="programs-", dir=folder.parent))
    for name, module in (("grader", "-m grader "), ("python", "")):
        program = programs / name
        program.write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} {module}"$@"\n', encoding="utf-8")
        program.chmod(0o755)
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("GRADER_", "NO_COLOR", "FORCE_"))}
    return {
        **kept,
        "PATH": f"{programs}{os.pathsep}{os.environ.get('PATH', os.defpath)}",
        "PYTHONPATH": str(REPOSITORY),
        "COLUMNS": "100",
        "TERM": "dumb",
        "TF_CPP_MIN_LOG_LEVEL": "3",
    }


def main(pages: list[str]) -> None:
    for page in map(Path, pages):
        with tempfile.TemporaryDirectory() as place:
            folder = Path(place) / "work"
            folder.mkdir()
            steps = list(run_page(page, folder))
        replace_outputs(page, [step for step in steps if not step.holds or step.command.output == ["…"]])


def replace_outputs(page: Path, steps: list[Step]) -> None:
    """Put what was printed below each command, from the last to the first, so that numbers of lines stay right."""
    lines = page.read_text(encoding="utf-8").splitlines()
    for step in reversed(steps):
        start = step.command.line
        while lines[start - 1].endswith("\\"):
            start += 1
        lines[start : start + len(step.command.output)] = [TIME.sub("…", line) for line in step.real]
    page.write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
