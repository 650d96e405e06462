"""Runs a module as `__main__`, with its folder as current folder and first on the path."""

from __future__ import annotations
import __future__ as future

import ast
import builtins
import contextlib
import json
import os
import sys
from pathlib import Path
from types import CodeType, ModuleType
from typing import Any

from . import around, exported, hooks, imports
from .facts import scan
from .recorder import NOWHERE, Recorder
from .runner import Progress, Runner, trained_in
from .source.locate import Source, Sources
from .source.statements import parsed
from .source.text import decoded

NOTEBOOK = "the file is a notebook: give it a name that ends in .ipynb"


def drive(job: dict[str, Any]) -> None:
    around.seal(job)
    path = Path(job["work"]) / job["entry"]
    content = path.read_bytes()
    progress = Progress(job)
    progress.write(problem=NOTEBOOK if is_notebook(content) else "")
    if progress.problem:
        return
    text, unreadable = decoded(content, str(path))
    recorder = Recorder(job, Sources(job["work"], tuple(job["marks"])))
    recorder.sources.add(str(path), Source(job["entry"], text))
    recorder.know_trained(trained_in(job, text))
    if recorder.needs_training == "loop":
        progress.write(needs_training="loop")  # it would not end
        return
    prepare(path)
    around.install(recorder, "agg")
    hooks.install(recorder)
    scan.on_sources(recorder, [(text, {**NOWHERE, "file": job["entry"]})])
    runner = Runner(recorder, _new_main(path))
    exported.offer(text, runner.namespace)
    runner.begin(text)
    if unreadable:
        runner.failed(unreadable)
    run(runner, str(path), text)
    recorder.name_variables(runner.namespace)
    runner.finish()
    progress.write(finished=True)


def is_notebook(content: bytes) -> bool:
    """Whether a module is a notebook under a wrong name."""
    if content.lstrip().startswith(b"{"):
        with contextlib.suppress(ValueError):
            return "nbformat" in json.loads(content)
    return False


def run(runner: Runner, path: str, text: str) -> None:
    """The statements of a module, one by one."""
    try:
        found = parsed(text, path)
    except (ValueError, RecursionError, MemoryError) as error:
        runner.failed(error)
        return
    runner.cannot_read(found)
    flags = 0
    for statement in runner.to_run(found.body, ends=True):
        if isinstance(statement, ast.ImportFrom) and statement.module == "__future__":
            flags |= sum(getattr(future, alias.name).compiler_flag for alias in statement.names)
        try:
            module = ast.Module([statement], [])
            code: CodeType = compile(module, path, "exec", flags=flags, dont_inherit=True)
            exec(code, runner.namespace)
        except BaseException as error:  # whatever a statement raises, `sys.exit()` included, is its own
            runner.has_failed(statement, error)
        else:
            runner.has_run(statement)


def prepare(path: Path) -> None:
    os.chdir(path.parent)
    sys.path.insert(0, str(path.parent))
    sys.argv = [str(path)]
    imports.install_grader()


def _new_main(path: Path) -> dict[str, Any]:
    module = ModuleType("__main__")
    module.__dict__.update(__file__=str(path), __builtins__=builtins)
    sys.modules["__main__"] = module
    return module.__dict__
