"""A kernel that is forked from the driver instead of started: it has imported all that the driver's process has.

It is forked before the driver talks to anybody, while there is one thread, and waits for its connection file.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import time
from collections.abc import Callable
from importlib.metadata import EntryPoint
from typing import Any

from jupyter_client.provisioning.factory import KernelProvisionerFactory
from jupyter_client.provisioning.local_provisioner import LocalProvisioner

NAME = "forked"
POLL_SECONDS = 0.002


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

    async def kill(self, restart: bool = False) -> None:
        """Kill it, and see it gone: the manager, who asks next, would look again only after 0.1 s."""
        await super().kill(restart)
        while await self.poll() is None:
            await asyncio.sleep(POLL_SECONDS)


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
