"""Entry of the student's side; see the package docstring for the protocol."""

import importlib
import json
import os
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any


def part(name: str) -> Any:
    """A module of this folder, imported only where it is needed."""
    return importlib.import_module(f".{name}", __package__)


def preload() -> None:
    """Compile what runs will need, in the process that forks them; a Python without Jupyter has no notebooks."""
    part("module")
    with suppress(ImportError):
        for name in ("kernel", "notebook"):
            part(name)


def main(arguments: list[str], *, itself: Sequence[str] = (), seal: Callable[[], None] = lambda: None) -> None:
    """`itself` starts a kernel of its own; a process that has imported Keras has none, and forks its kernel. `seal` is
    called once a process has all the connections that it needs, and before it runs any code of the submission."""
    job = json.loads(Path(arguments[0]).read_text("utf-8"))
    if arguments[1:2] == ["kernel"]:
        seal()  # it only waits for who connects to it
        part("kernel").serve(job, arguments[2:])
    elif job["entry"].lower().endswith(".ipynb"):
        part("notebook").drive(job, itself, partial(main, seal=seal), seal)
    else:
        seal()
        part("module").drive(job)
    # Threads and exit handlers of the submission do not influence how its run ends.
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(0)
