"""Runs a module as `__main__`, with its folder as current folder and first on the path."""

from __future__ import annotations
import __future__ as future

import ast
import builtins
import contextlib
import json
import os
import re
import subprocess
import sys
from pathlib import Path
from types import CodeType, ModuleType
from typing import Any

from . import hooks
from .notes import on_errors
from .recorder import Recorder
from .runner import Runner, know_trained
from .source.followed_steps import followed
from .source.sources import Source
from .source.statements import decoded, parsed

EXPORTED = re.compile(r"^# In ?\[[\d ]*\]:|^[^#\n]*\bget_ipython\(\)\.(?:system|magic|run_\w+_magic)\(", re.MULTILINE)
NO_INSTALL = "Packages cannot be installed while the grader runs this file."
INSTALLERS = ("pip", "conda", "mamba", "uv", "tensorflow_version")
NOTEBOOK = "the file is a notebook: give it a name that ends in .ipynb"


def drive(job: dict[str, Any]) -> None:
    recorder = Recorder(job)
    path = recorder.entry
    content = path.read_bytes()
    recorder.problem = NOTEBOOK if is_notebook(content) else ""
    text, unreadable = decoded(content, str(path))
    text = followed(text, job["steps"], job["entry"])
    source = Source(job["entry"], text)
    recorder.sources.add(str(path), source)
    know_trained(recorder, [source])
    recorder.flush()
    if recorder.problem:
        return
    os.chdir(path.parent)
    sys.argv = [str(path)]
    hooks.install(recorder, "agg")
    on_errors.on_source(recorder, source)
    runner = Runner(recorder, _new_main(path))
    if EXPORTED.search(text):
        shell = Shell(runner.namespace)
        runner.namespace.update(get_ipython=lambda: shell, display=lambda *values: print(*values, sep="\n"))
    if unreadable:
        runner.failed(unreadable)
    run(runner, str(path), text)
    recorder.name_variables(runner.namespace)
    runner.finish()


def is_notebook(content: bytes) -> bool:
    """Whether a module is a notebook under a wrong name."""
    if content.lstrip().startswith(b"{"):
        with contextlib.suppress(ValueError):
            return "nbformat" in json.loads(content)
    return False


def run(runner: Runner, path: str, text: str) -> None:
    """The statements of a module, one by one."""
    try:
        tree = parsed(text, path)
    except (ValueError, RecursionError, MemoryError) as error:
        runner.failed(error)
        return
    runner.cannot_read(tree)
    flags = 0
    for statement in runner.to_run(tree.body, ends=True):
        if isinstance(statement, ast.ImportFrom) and statement.module == "__future__":
            flags |= sum(getattr(future, alias.name).compiler_flag for alias in statement.names)
        try:
            module = ast.Module([runner.as_run(statement)], [])
            code: CodeType = compile(module, path, "exec", flags=flags, dont_inherit=True)
            exec(code, runner.namespace)
        except BaseException as error:  # whatever a statement raises, `sys.exit()` included, is its own
            runner.has_failed(statement, error)
        else:
            runner.has_run(statement)


def _new_main(path: Path) -> dict[str, Any]:
    module = ModuleType("__main__")
    module.__dict__.update(__file__=str(path), __builtins__=builtins)
    sys.modules["__main__"] = module
    return module.__dict__


class Shell:
    """What of IPython's shell an exported notebook calls; what concerns the screen does nothing."""

    def __init__(self, namespace: dict[str, Any]) -> None:
        self.namespace = namespace

    def system(self, command: str) -> None:
        run_command(command)

    def magic(self, text: str) -> None:
        """As older versions write it: `get_ipython().magic('matplotlib inline')`."""

    def run_line_magic(self, name: str, line: str) -> None:
        if name in INSTALLERS:
            print(NO_INSTALL)
        elif name == "time":
            exec(line, self.namespace)

    def run_cell_magic(self, name: str, line: str, cell: str) -> None:
        """Of `time`, `timeit` and `capture`, the cell is part of the program."""
        if name in ("time", "timeit", "capture"):
            exec(cell, self.namespace)


def run_command(command: str) -> int:
    """Through a pipe: a terminal of its own is not to be had at every level."""
    pipes: Any = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.STDOUT}
    with subprocess.Popen(command, shell=True, errors="replace", text=True, **pipes) as process:
        for line in process.stdout or ():
            print(line, end="", flush=True)
    return process.returncode
