"""What Jupyter is told about our kernel, and how its client waits for it."""

from __future__ import annotations

import time
from queue import Empty
from typing import Any

import zmq
import zmq.asyncio
from jupyter_client.asynchronous.client import AsyncKernelClient
from jupyter_client.kernelspec import KernelSpec, KernelSpecManager

RECONNECT_MS = 5
SUBSCRIBED_SECONDS = 0.02
"""After its answer, until the kernel is asked again: it may not have known yet that somebody listens."""


class OurKernel(KernelSpecManager):
    """Our kernel, whatever the notebook asks for."""

    def __init__(self, command: list[str], metadata: dict[str, Any]) -> None:
        super().__init__()
        self.spec = KernelSpec(
            argv=[*command, "-f", "{connection_file}"], display_name="Python", language="python", metadata=metadata
        )

    def get_kernel_spec(self, kernel_name: str) -> Any:
        return self.spec


class PromptClient(AsyncKernelClient):
    """Ready as soon as the kernel has answered on both channels.

    The usual client tries every 0.1 s whether there is a kernel to connect to, and then listens until 0.2 s have
    brought nothing more. What still comes answers a request that nobody waits for, and is passed over.
    """

    def _context_default(self) -> zmq.asyncio.Context:
        context = super()._context_default()
        context.setsockopt(zmq.RECONNECT_IVL, RECONNECT_MS)
        return context

    async def wait_for_ready(self, timeout: float | None = None) -> None:
        started = time.monotonic()
        while timeout is None or time.monotonic() < started + timeout:
            self.kernel_info()
            try:
                await self.get_shell_msg(timeout=1)
                await self.get_iopub_msg(timeout=SUBSCRIBED_SECONDS)
            except Empty:
                if not await self.is_alive():
                    raise RuntimeError("the kernel died before it was ready") from None
            else:
                return
        raise RuntimeError(f"the kernel was not ready within {timeout or 0:.0f} s")
