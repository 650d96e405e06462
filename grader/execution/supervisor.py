"""Runs a command in a sandbox through a warden of its own, and says how it ended."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from grader.errors import GraderFault
from grader.execution.sandbox import Sandbox

WARDEN = Path(__file__).with_name("warden.py")


@dataclass(frozen=True)
class Ending:
    """`exit_code` is `None` where the command was stopped; `stopped` is "", "timeout", "memory" or "abandoned"."""

    exit_code: int | None
    seconds: float
    stopped: str
    output: str


def supervise(sandbox: Sandbox, arguments: tuple[str, ...], folder: Path) -> Ending:
    """Returns when nothing of the command is alive any more, however it tried to stay."""
    spec = {
        "command": sandbox.command(arguments),
        "environment": dict(sandbox.environment),
        "folder": str(folder),
        "seconds": sandbox.seconds,
        "memory_mb": sandbox.memory_mb,
        "output_kb": sandbox.output_kb,
    }
    kept = {name: os.environ[name] for name in ("SYSTEMROOT",) if name in os.environ}
    warden = subprocess.Popen(
        [sys.executable, "-I", "-X", "utf8", str(WARDEN), json.dumps(spec)],
        env=kept,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    # Leaving the block closes the lifeline, so that an interrupt here ends the run as well.
    with warden:
        if warden.stdout is None or warden.stderr is None:
            raise GraderFault("The warden of a run has no pipes.")
        answer = warden.stdout.read()
        complaint = warden.stderr.read()
    try:
        said = json.loads(answer)
        return Ending(said["exit"], float(said["seconds"]), str(said["stopped"]), str(said["output"]))
    except (ValueError, KeyError, TypeError):
        last = complaint.decode("utf-8", "replace").strip().splitlines()[-1:] or ["it said nothing"]
        raise GraderFault(f"The process that watches a run ended early: {last[0]}") from None
