"""Drives a notebook, cell by cell, in a kernel of our own; goes on after a failing cell.

Where this process has imported Keras already, the kernel is forked from it instead of started: it has all that this one
has. It is forked before the driver talks to anybody, while there is one thread, and waits for its connection file.
"""

from __future__ import annotations

import contextlib
import importlib
import importlib.util
import json
import logging
import os
import re
import signal
import time
from collections.abc import Callable, Iterator
from importlib.metadata import EntryPoint
from pathlib import Path
from typing import Any

from jupyter_client.kernelspec import KernelSpec, KernelSpecManager
from jupyter_client.provisioning.factory import KernelProvisionerFactory
from jupyter_client.provisioning.local_provisioner import LocalProvisioner

from . import around
from .runner import Progress, trained_in
from .source.locate import HEADING, mark_of_heading
from .source.statements import marker_lines, parsed

NAME = "forked"
POLL_SECONDS = 0.002
MISSING = [name for name in ("nbclient", "nbformat", "ipykernel") if importlib.util.find_spec(name) is None]
ANSI = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")
SOCKET_PATH_LIMIT = 90


class Process:
    """A child, by the part of `subprocess.Popen` that a provisioner asks for."""

    stdin = stdout = stderr = None

    def __init__(self, pid: int, orders: int) -> None:
        self.pid = pid
        self.orders = orders
        self.code: int | None = None

    def begin(self, arguments: list[str], folder: str, environment: dict[str, str]) -> None:
        with os.fdopen(self.orders, "w", encoding="utf-8") as pipe:
            json.dump([arguments, folder, environment], pipe)

    def poll(self) -> int | None:
        if self.code is None:
            with contextlib.suppress(ChildProcessError):
                pid, status = os.waitpid(self.pid, os.WNOHANG)
                self.code = os.waitstatus_to_exitcode(status) if pid else None
        return self.code

    def wait(self) -> int:
        while (code := self.poll()) is None:
            time.sleep(POLL_SECONDS)
        return code

    def send_signal(self, number: int) -> None:
        if self.poll() is None:
            os.kill(self.pid, number)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)

    def terminate(self) -> None:
        self.send_signal(signal.SIGTERM)


class ForkedKernel(LocalProvisioner):
    """Hands the connection file to the child that waits for it."""

    waiting: Process

    async def launch_kernel(self, cmd: list[str], **kwargs: Any) -> Any:
        self.waiting.begin(cmd, kwargs.get("cwd") or os.getcwd(), dict(kwargs.get("env") or os.environ))
        self.process: Any = self.waiting
        self.pid = self.pgid = self.waiting.pid
        return self.connection_info


def prepare(serve: Callable[[list[str]], None]) -> dict[str, Any]:
    """Fork the kernel, which will `serve` with the arguments that come; metadata of a kernel that asks for it."""
    read, write = os.pipe()
    pid = os.fork()
    if not pid:
        os.close(write)
        os.setsid()
        with os.fdopen(read, encoding="utf-8") as pipe:
            orders = pipe.read()
        if orders:
            arguments, folder, environment = json.loads(orders)
            os.chdir(folder)
            os.environ.clear()
            os.environ.update(environment, JPY_PARENT_PID=str(os.getppid()))
            serve(arguments)
        os._exit(0)
    os.close(read)
    ForkedKernel.waiting = Process(pid, write)
    factory = KernelProvisionerFactory.instance()
    factory.provisioners[NAME] = EntryPoint(NAME, f"{__name__}:{ForkedKernel.__name__}", factory.GROUP_NAME)
    return {"kernel_provisioner": {"provisioner_name": NAME}}


class OurKernel(KernelSpecManager):
    """Our kernel, whatever the notebook asks for."""

    def __init__(self, command: list[str], metadata: dict[str, Any]) -> None:
        super().__init__()
        self.spec = KernelSpec(
            argv=[*command, "-f", "{connection_file}"], display_name="Python", language="python", metadata=metadata
        )

    def get_kernel_spec(self, kernel_name: str) -> Any:
        return self.spec


def drive(job: dict[str, Any], kernel_command: list[str], kernel_metadata: dict[str, Any]) -> None:
    progress = Progress(job)
    progress.write(missing=next(iter(MISSING), ""))
    if progress.missing:
        return
    try:
        notebook = read(Path(job["work"]) / job["entry"])
        with readable():
            cells = _code_cells(notebook, tuple(job["marks"]))
    except NotANotebook as error:
        progress.write(problem=str(error))
        return
    python = python_of(cells)
    if trained_in(job, python).chosen == "loop" and not job["full_fit"]:
        progress.write(needs_training="loop")  # it would not end
        return
    running = Path(job["scratch"]) / "running"
    plan = Path(job["scratch"]) / "kernel.json"
    more = {"running": str(running), "cells": [about for _, _, about in cells], "python": python}
    plan.write_text(json.dumps({**job, **more}))
    command = [str(plan) if part == "{job}" else part for part in kernel_command]
    with kernel(job, notebook, (command, kernel_metadata), progress) as client:
        around.seal(job)  # before any code of the notebook could put another socket where the kernel's is
        for index, cell, about in cells:
            progress.write(running=about["number"])
            running.write_text(str(about["number"]))
            client.run(index, cell, about["number"])
            if client.dead:
                return
        progress.write(running=None)
        running.write_text("")
        client.finish()


class NotANotebook(Exception):
    """Why a file cannot be read as a notebook, in words."""


def read(path: Path) -> Any:
    """A notebook of format 3 or 4, as format 4, whatever its encoding marks, kernel or language."""
    nbformat: Any = importlib.import_module("nbformat")
    content = path.read_bytes()
    if not content.strip():
        raise NotANotebook("the file is empty")
    with readable():
        text = content.decode("utf-16" if content[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig", "replace")
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


@contextlib.contextmanager
def readable() -> Iterator[None]:
    """What is found to be no notebook in whatever way."""
    try:
        yield
    except NotANotebook:
        raise
    except Exception:
        raise NotANotebook("the file is not a notebook that can be read") from None


def _code_cells(notebook: Any, marks: tuple[str, ...]) -> list[tuple[int, Any, dict[str, Any]]]:
    """Code cells that are not empty: position, cell, and number, source and mark for the kernel."""
    found = []
    number = 0
    heading, depth = "", 7
    for index, cell in enumerate(notebook.cells):
        source = cell.source = str(cell.get("source") or "")
        if cell.cell_type == "markdown":
            heading, depth = heading_after(source, marks, heading, depth)
        if cell.cell_type != "code":
            continue
        number += 1
        tags = [str(tag).removeprefix("exercise:").strip() for tag in cell.metadata.get("tags") or ()]
        mark = next((tag for tag in tags if tag in marks), heading)
        if source.strip():
            found.append((index, cell, {"number": number, "source": source, "mark": mark}))
    return found


def python_of(cells: list[tuple[int, Any, dict[str, Any]]]) -> str:
    """The code of all cells, without magics and lines for the shell, and without what is no Python."""
    texts = []
    for _, _, about in cells:
        lines = [line for line in about["source"].split("\n") if not line.lstrip().startswith(("%", "!", "?"))]
        with contextlib.suppress(ValueError, RecursionError, MemoryError):
            body = parsed("\n".join(lines), "").body
            texts += lines[: body[-1].end_lineno] if body else []
    return "\n".join(texts)


def heading_after(text: str, marks: tuple[str, ...], mark: str, depth: int) -> tuple[str, int]:
    """The mark in force after a markdown cell. A heading under the marked one does not end it."""
    for line in text.splitlines():
        match = HEADING.match(line)
        if not match:
            continue
        level, named = len(match[1]), mark_of_heading(match[2], marks)
        if named:
            mark, depth = named, level
        elif level <= depth:
            mark, depth = "", 7
    return mark, depth


@contextlib.contextmanager
def kernel(
    job: dict[str, Any], notebook: Any, ours: tuple[list[str], dict[str, Any]], progress: Progress
) -> Iterator[CellRunner]:
    """Our kernel, over sockets of the file system where they fit."""
    from nbclient import NotebookClient

    logging.disable(logging.CRITICAL)
    client: Any = NotebookClient(
        notebook,
        kernel_name="python3",
        allow_errors=True,
        skip_cells_with_tag="",
        startup_timeout=120,
        store_widget_state=False,
        shutdown_kernel="immediate",  # all that it knows is on disk, and its exit handlers are the submission's
        resources={"metadata": {"path": str((Path(job["work"]) / job["entry"]).parent)}},
    )
    client.comm_open_handlers.clear()  # what is printed into a widget is printed: nobody looks at the widget
    client.create_kernel_manager()
    client.km.kernel_spec_manager = OurKernel(*ours)
    connection = Path(job["scratch"]) / "kernel-connection.json"
    if os.name == "posix" and len(str(connection)) < SOCKET_PATH_LIMIT:
        client.km.transport = "ipc"
        client.km.connection_file = str(connection)
    with client.setup_kernel():
        yield CellRunner(client, progress, job["limits"]["output_bytes"])


class CellRunner:
    """Runs cells and keeps their outputs within the limit."""

    def __init__(self, client: Any, progress: Progress, output_bytes: int) -> None:
        self.client = client
        self.progress = progress
        self.left = {"text": output_bytes, "png": 4 * output_bytes}
        self.dead = False
        self.keep_messages_bounded(output_bytes)

    def keep_messages_bounded(self, most: int) -> None:
        """A cell may print for as long as it likes; what is beyond the limit is not kept in memory."""
        process = self.client.process_message
        seen: dict[int, int] = {}

        def bounded(message: dict[str, Any], cell: Any, index: int) -> Any:
            if message["msg_type"] in ("stream", "display_data", "execute_result", "update_display_data"):
                seen[index] = seen.get(index, 0) + len(str(message["content"]))
                if seen[index] > 8 * most:
                    self.progress.cut = self.progress.cut or self.progress.running
                    return None
            return process(message, cell, index)

        self.client.process_message = bounded

    def run(self, index: int, cell: Any, number: int | None) -> None:
        from nbclient.exceptions import DeadKernelError

        try:
            self.client.execute_cell(cell, index, store_history=number is not None)
        except DeadKernelError:
            self.dead = True
            self.progress.kernel_exit = self.exit_code()
        finally:
            if number is not None:
                for output in cell.outputs:
                    self.keep(output, number)
            cell.outputs = []
            self.progress.write()

    def finish(self) -> None:
        """Have the kernel call the listed functions and describe all models."""
        from nbformat.notebooknode import NotebookNode

        node: Any = NotebookNode
        last = node(cell_type="code", source="get_ipython().finish_submission()", metadata={}, outputs=[])
        self.client.nb.cells.append(last)
        self.run(len(self.client.nb.cells) - 1, last, None)
        self.progress.write(finished=not self.dead)

    def exit_code(self) -> int | None:
        process = getattr(self.client.km.provisioner, "process", None)
        return process.poll() if process is not None else None

    def keep(self, output: Any, number: int) -> None:
        if output.output_type == "stream":
            self.add("text", str(output.text), number)
        elif output.output_type == "error":
            trace = ANSI.sub("", "\n".join(str(line) for line in output.traceback))
            self.add("error", trace or f"{output.ename}: {output.evalue}", number)
        else:
            data = output.get("data", {})
            if isinstance(data.get("image/png"), str):
                self.add("png", data["image/png"], number)
            elif "text/plain" in data:
                self.add("text", str(data["text/plain"]), number)

    def add(self, kind: str, content: str, number: int) -> None:
        """Text is shortened to what is left; a picture is kept whole or not at all."""
        purse = "png" if kind == "png" else "text"
        if len(content) > self.left[purse]:
            self.progress.cut = self.progress.cut or number
        if kind != "png":
            content = content.encode("utf-8", "replace")[: self.left["text"]].decode("utf-8", "ignore")
        if content and len(content) <= self.left[purse] and len(self.progress.outputs) < 2_000:
            self.left[purse] -= len(content.encode())
            self.progress.outputs.append({"kind": kind, "content": content, "cell": number})
