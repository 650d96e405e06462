"""Drives a notebook, cell by cell, in a kernel of our own; goes on after a failing cell.

Where this process has imported Keras already, the kernel is forked from it instead of started: it has all that this one
has.
"""

from __future__ import annotations

import contextlib
import importlib
import json
import logging
import os
import queue
import signal
import subprocess
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from jupyter_client import AsyncKernelClient, AsyncKernelManager

from .recorder import Recorder
from .source.followed_steps import followed
from .source.marks import heading_after
from .source.statements import marker_lines, wide_encoding

Serve = Callable[[list[str]], None]
SOCKET_PATH_LIMIT = 90


class ForkedChild:
    """A child that was forked, by the part of `subprocess.Popen` that is asked for here."""

    def __init__(self, pid: int) -> None:
        self.pid = pid
        self.code: int | None = None

    def poll(self) -> int | None:
        if self.code is None:
            with contextlib.suppress(ChildProcessError):
                pid, status = os.waitpid(self.pid, os.WNOHANG)
                self.code = os.waitstatus_to_exitcode(status) if pid else None
        return self.code

    def kill(self) -> None:
        if self.poll() is None:
            os.kill(self.pid, signal.SIGKILL)


class Manager(AsyncKernelManager):
    """What nbclient asks about the kernel, which is a process that runs already."""

    process: Any = None
    has_kernel = True

    async def _async_is_alive(self) -> bool:
        return self.process.poll() is None

    is_alive = _async_is_alive

    async def _async_shutdown_kernel(self, now: bool = False, restart: bool = False) -> None:
        """At once: all that it knows is on disk, and its exit handlers are the submission's."""
        self.process.kill()

    shutdown_kernel = _async_shutdown_kernel


class Client(AsyncKernelClient):
    """Ready once the kernel answers: the usual one waits 0.2 s more to discard messages that a new kernel cannot have.

    A kernel that lives and never answers is ended by the limits of the run.
    """

    parent: Any

    async def _async_wait_for_ready(self, timeout: float | None = None) -> None:
        while await self.parent.is_alive():
            self.kernel_info()
            with contextlib.suppress(queue.Empty):
                await self.get_shell_msg(timeout=1)
                await self.get_iopub_msg(timeout=1)  # what cells print arrives from now on
                return
        raise RuntimeError("the kernel ended before it was ready")

    wait_for_ready = _async_wait_for_ready


def start(itself: Sequence[str], arguments: list[str], folder: Path, serve: Serve) -> Any:
    """The kernel, forked while there is one thread, or started where `itself` says how."""
    if itself:
        parent = {"JPY_PARENT_PID": str(os.getpid())} if os.name == "posix" else {}
        return subprocess.Popen([*itself, *arguments], cwd=folder, env={**os.environ, **parent}, start_new_session=True)
    pid = os.fork()
    if not pid:
        try:
            os.setsid()
            os.chdir(folder)
            os.environ["JPY_PARENT_PID"] = str(os.getppid())
            serve(arguments)
        finally:
            os._exit(1)  # it never goes on as the driver
    return ForkedChild(pid)


def drive(job: dict[str, Any], itself: Sequence[str], serve: Serve, seal: Callable[[], None]) -> None:
    """The kernel writes the recording; before there is one, this process says why there will be none."""
    recorder = Recorder(job)
    try:
        notebook = read(recorder.entry)
        cells = _code_cells(notebook, job)
    except Exception as error:
        unread = "the file is not a notebook that can be read"
        recorder.problem = str(error) if isinstance(error, NotANotebook) else unread
        recorder.flush()
        return
    recorder.flush()
    plan = Path(job["scratch"]) / "kernel.json"
    plan.write_text(json.dumps({**job, "cells": [about for _, _, about in cells]}))
    client = connected(job, notebook)
    arguments = [str(plan), "kernel", "-f", client.km.connection_file]
    client.km.process = start(itself, arguments, recorder.entry.parent, serve)
    with client.setup_kernel():
        seal()  # before any code of the notebook could put another socket where the kernel's is
        run_cells(client, cells)


def run_cells(client: Any, cells: list[tuple[int, Any, dict[str, Any]]]) -> None:
    """Each in turn, and then what the kernel does at the end. A kernel that ends early takes this process along."""
    from nbclient.exceptions import DeadKernelError

    nbformat: Any = importlib.import_module("nbformat")
    last = nbformat.v4.new_code_cell("get_ipython().finish_submission()")
    client.nb.cells.append(last)
    try:
        for index, cell, _ in cells:
            client.execute_cell(cell, index)
        client.execute_cell(last, len(client.nb.cells) - 1, store_history=False)
    except DeadKernelError:
        end_as(client.km.process.poll())


def end_as(code: int | None) -> None:
    """As a process that ended with this code, which is negative for a signal."""
    if code is not None and code < 0:
        with contextlib.suppress(OSError):  # of one that nobody can catch
            signal.signal(-code, signal.SIG_DFL)
        os.kill(os.getpid(), -code)
    os._exit(code or 0)


class NotANotebook(Exception):
    """Why a file cannot be read as a notebook, in words."""


def read(path: Path) -> Any:
    """A notebook of format 3 or 4, as format 4, whatever its encoding marks, kernel or language."""
    nbformat: Any = importlib.import_module("nbformat")
    content = path.read_bytes()
    if not content.strip():
        raise NotANotebook("the file is empty")
    text = content.decode(wide_encoding(content) or "utf-8-sig", "replace")
    if problem := _no_json(text):
        raise NotANotebook(problem)
    notebook = nbformat.reads(text, as_version=4)
    if not isinstance(notebook.cells, list):
        raise NotANotebook("the file holds no list of cells")
    return notebook


def _no_json(text: str) -> str:
    """What a text is that is no JSON, as all notebooks are; nothing where it is."""
    try:
        json.loads(text)
    except ValueError as error:
        if marker_lines(text):
            return "the file holds the markers of a merge conflict: keep one version, and delete the markers"
        if text.lstrip().startswith("<"):
            return "the file is a web page"
        if not text.lstrip().startswith("{"):
            return "the file is no notebook; if it is Python code, give it a name that ends in .py"
        at_the_end = isinstance(error, json.JSONDecodeError) and not text[error.pos :].partition("\n")[2].strip()
        return "the file is cut off before its end: save or download it again" if at_the_end else ""
    return ""


def _code_cells(notebook: Any, job: dict[str, Any]) -> list[tuple[int, Any, dict[str, Any]]]:
    """Code cells that are not empty: position, cell, and number, source and mark for the kernel."""
    for step in job["steps"]:
        follow(step, notebook.cells)
    cells = []
    number = 0
    heading, depth = "", 7
    for index, cell in enumerate(notebook.cells):
        source = cell.source = str(cell.get("source") or "")
        if cell.cell_type == "markdown":
            heading, depth = heading_after(source, job["marks"], heading, depth)
        if cell.cell_type != "code":
            continue
        number += 1
        tags = [str(tag).removeprefix("exercise:").strip() for tag in cell.metadata.get("tags") or ()]
        mark = next((job["marks"][tag] for tag in tags if tag in job["marks"]), heading)
        if source.strip():
            cells.append((index, cell, {"number": number, "source": source, "mark": mark}))
    return cells


def follow(step: Mapping[str, Any], cells: list[Any]) -> None:
    """Does what a step says to the cells of a notebook; it counts those of code as the steps before it have left them.

    What cannot be followed to the letter changes nothing.
    """
    places = [place for place, cell in enumerate(cells) if cell.cell_type == "code"]
    number, above = step["cell"] or 0, step["edits"][0]["above"]
    if step["file"] or not 0 < number <= len(places):
        return
    if step["edits"][0]["line"]:
        cell = cells[places[number - 1]]
        cell.source = followed(str(cell.get("source") or ""), [step], "", number)
    elif above:
        place, target = places[number - 1], [*places, len(cells)][min(above - 1, len(places))]
        cells.insert(target - (place < target), cells.pop(place))


def connected(job: dict[str, Any], notebook: Any) -> Any:
    """A client for our kernel, over sockets of the file system where they fit."""
    from nbclient import NotebookClient

    logging.disable(logging.CRITICAL)
    client: Any = NotebookClient(notebook, allow_errors=True, skip_cells_with_tag="", store_widget_state=False)
    client.comm_open_handlers.clear()  # what is printed into a widget is printed: nobody looks at the widget
    client.km = Manager()
    client.km.client_factory = Client
    connection = Path(job["scratch"]) / "kernel-connection.json"
    client.km.connection_file = str(connection)
    if os.name == "posix" and len(str(connection)) < SOCKET_PATH_LIMIT:
        client.km.transport = "ipc"
    client.km.write_connection_file()
    return client
