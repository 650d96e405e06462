"""What IPython gives a notebook, for a module that was exported from one: `get_ipython` with its magics, and `display`.

Python in a magic runs as part of the line that has it. What only concerns the screen does nothing.
"""

from __future__ import annotations

import re
import subprocess
from pathlib import Path
from typing import Any

NO_INSTALL = "Packages cannot be installed while the grader runs this file."
INSTALLERS = ("pip", "conda", "mamba", "uv", "tensorflow_version")
_EXPORTED = re.compile(
    r"^# In ?\[[\d ]*\]:|^[^#\n]*\bget_ipython\(\)\.(?:system|getoutput|magic|run_\w+_magic)\(", re.MULTILINE
)
_RUN_PYTHON = ("time", "timeit", "prun", "capture")
_RUN_COMMANDS = ("sh", "bash", "sx", "system")
_OPTIONS = re.compile(r"(?:-\w+(?: +\d+)?\s+)*")


def offer(text: str, namespace: dict[str, Any]) -> None:
    """Give a module that was exported from a notebook what it would have there."""
    if _EXPORTED.search(text):
        shell = Shell(namespace)
        namespace.update(get_ipython=lambda: shell, display=_display)


def run_command(command: str) -> int:
    """Through a pipe: a terminal of its own is not to be had at every level."""
    pipes: Any = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.STDOUT}
    with subprocess.Popen(command, shell=True, errors="replace", text=True, **pipes) as process:
        for line in process.stdout or ():
            print(line, end="", flush=True)
    return process.returncode


class Shell:
    """What of IPython's shell an exported notebook calls."""

    def __init__(self, namespace: dict[str, Any]) -> None:
        self.namespace = namespace

    def system(self, command: str) -> None:
        run_command(command)

    def getoutput(self, command: str) -> list[str]:
        return subprocess.run(command, shell=True, capture_output=True, text=True, check=False).stdout.splitlines()

    def magic(self, text: str) -> None:
        """As older versions write it: `get_ipython().magic('matplotlib inline')`."""
        name, _, line = text.partition(" ")
        self.run_line_magic(name.lstrip("%"), line)

    def run_line_magic(self, name: str, line: str) -> None:
        self.run_cell_magic(name, "", line[_OPTIONS.match(line).end() :] if name in _RUN_PYTHON else line)  # type: ignore[union-attr]

    def run_cell_magic(self, name: str, line: str, cell: str) -> None:
        if name in INSTALLERS:
            print(NO_INSTALL)
        elif name in _RUN_PYTHON:
            exec(compile(cell, "<magic>", "exec"), self.namespace)
        elif name in _RUN_COMMANDS:
            run_command(cell)
        elif name in ("writefile", "file"):
            Path(line.rsplit(maxsplit=1)[-1]).write_text(cell, "utf-8")


def _display(*values: Any, **_: Any) -> None:
    for value in values:
        print(value)
