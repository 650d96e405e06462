"""One trial of a level's sandbox, as a separate process: `python -m grader.sandbox.trial LEVEL own|shared`.

It prints what `inside/probe.py` finds as JSON, `fault` included, and `untried` if that says nothing about the sandbox,
and removes what it needed, even if its parent is dead.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from grader.domain import Limits
from grader.sandbox import bubblewrap
from grader.sandbox.spec import INSIDE, SandboxSpec, restrictions, writable

SECONDS = 30


def tried(level: str, *, own: bool) -> dict[str, Any]:
    """What a process in the sandbox of a level finds when it tries to get out."""
    with tempfile.TemporaryDirectory(prefix="grader-probe-") as folder:
        root = Path(folder, "root")
        for name in ("box", "out", "given"):
            (root / name).mkdir(parents=True)
            (root / name).chmod(0o755)
        root.chmod(0o755)
        canary = Path(folder, "canary")
        canary.write_text("what a run must not read", "ascii")
        sandbox = SandboxSpec(level, Path(sys.executable), root)
        namespaces = {name: os.readlink(f"/proc/self/ns/{name}") for name in os.listdir("/proc/self/ns")}
        expected = [f"{sandbox.root_inside}/box", f"{sandbox.root_inside}/out"]
        expected += ["/dev/shm", "/tmp"] if level == "full" else []
        asked = restrictions(sandbox, Limits(), own=own) | {
            "canary": str(canary), "stranger": os.getpid(), "namespaces": namespaces, "expected": expected,
        }  # fmt: skip
        command: tuple[str, ...] = (sys.executable, "-I", str(INSIDE / "main.py"), "probe", json.dumps(asked))
        if level == "full":
            command = bubblewrap.command(sandbox, command, () if own else writable(sandbox, Limits()))
        said = ""
        try:
            done = subprocess.run(command, capture_output=True, text=True, timeout=SECONDS, check=False)
            said = done.stderr
            return dict(json.loads(done.stdout))
        except (OSError, subprocess.TimeoutExpired) as error:
            return {"fault": str(error)[:300], "untried": True}
        except ValueError as error:
            return {"fault": (said.strip() or str(error)).splitlines()[-1][:300]}


if __name__ == "__main__":
    print(json.dumps(tried(sys.argv[1], own=sys.argv[2] == "own")))
