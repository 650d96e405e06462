"""Runs as their monitor sees them."""

from __future__ import annotations

import gc
import os
import sys
import threading
from pathlib import Path

import pytest

from grader.sandbox.monitor import Command, Server, kill_and_reap

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="counts descriptors in /proc")


def descriptors() -> int:
    return len(os.listdir("/proc/self/fd"))


def test_a_run_of_its_own_leaves_no_descriptor_open(tmp_path: Path) -> None:
    """A class is hundreds of them in one process."""
    request = {"command": [sys.executable, "-c", ""], "environment": {}, "folder": str(tmp_path)}
    gc.collect()  # what other tests left open is not to be closed in between
    before = descriptors()
    with open(os.devnull, "wb") as output:
        for _ in range(3):
            run = Command(request, output.fileno())
            assert run.process.wait(60) == 0
            assert kill_and_reap(run) == {"exit": 0}
    assert descriptors() <= before


def test_a_server_that_does_not_start_is_a_fault_with_its_last_words() -> None:
    dying = [sys.executable, "-c", "raise SystemExit('no such wall')"]
    with pytest.raises(OSError, match="no such wall"):
        Server(dying, {}, threading.Event())


def test_a_server_that_nobody_waits_for_any_more_is_not_waited_for() -> None:
    """The grader may be killed while a server imports what takes many seconds."""
    cut = threading.Event()
    threading.Timer(0.2, cut.set).start()
    with pytest.raises(OSError, match="it did not start"):
        Server([sys.executable, "-c", "import time; time.sleep(100)"], {}, cut)


def test_a_server_may_say_on_stderr_what_it_likes() -> None:
    """More than a pipe holds: nobody reads it, and nobody waits."""
    chatty = """
import socket, sys
control = socket.socket(fileno=0)
sys.stderr.write("x" * 1_000_000)
control.send(b'{"ready": []}')
sys.stderr.write("x" * 1_000_000)
sys.stderr.flush()
control.recv(1)
"""
    server = Server([sys.executable, "-c", chatty], {}, threading.Event())
    server.control.close()
    assert server.process.wait(timeout=60) == 0
