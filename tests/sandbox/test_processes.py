"""How processes are ended."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from grader.filesystem import discard
from grader.sandbox.usage import kill, larger, used
from tests.test_filesystem import deep

HOPS = """
import os, time
os.setsid()
print("hopping", flush=True)
end = time.monotonic() + 60
while time.monotonic() < end:  # who forks lives no longer than that, and only the child goes on
    if os.fork():
        os._exit(0)
"""
KILLER = f"""
import subprocess, sys, time
from grader.sandbox.usage import kill
from grader.sandbox.monitor import become_reaper
become_reaper()
chain = subprocess.Popen([sys.executable, "-c", {HOPS!r}, sys.argv[1]], stdout=subprocess.PIPE)
chain.stdout.readline()
print(kill(set()))
"""


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux has reapers of orphans")
def test_a_chain_of_forks_does_not_hop_away() -> None:
    """Whoever is seen has already forked and is dead; whoever lives was not yet there when the table was read."""
    for number in range(5):
        token = f"hopping-{number}-of-the-tests"
        told = subprocess.run([sys.executable, "-c", KILLER, token], capture_output=True, text=True, check=True).stdout
        assert told == "True\n"
        left = [one for one in psutil.process_iter(["cmdline"]) if token in (one.info["cmdline"] or [])]
        for one in left:
            one.kill()
        assert left == []


def test_nobody_below_is_no_work() -> None:
    assert kill(set(psutil.Process().children(recursive=True)))


def test_a_tree_too_deep_to_be_honest_is_too_large(tmp_path: Path) -> None:
    """It is measured without recursion, and ends nobody but whoever made it."""
    (tmp_path / "top").mkdir()
    deep(tmp_path / "top", 1_900)
    try:
        assert larger(str(tmp_path / "top"), 2**30)
    finally:
        discard(tmp_path / "top")  # which pytest, some runs later, could not
    assert not larger(str(tmp_path.parent / "nowhere"), 2**30)


@pytest.mark.skipif(sys.platform != "linux", reason="a process can name itself")
def test_threads_are_counted_whatever_a_process_calls_itself() -> None:
    program = """
import ctypes, threading, time
ctypes.CDLL(None).prctl(15, b"Threads:\\t1", 0, 0, 0)
for _ in range(5):
    threading.Thread(target=time.sleep, args=(60,), daemon=True).start()
print("named", flush=True)
time.sleep(60)
"""
    with subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.readline()
        found = used(process.pid)
        process.kill()
    assert found is not None
    assert found.tasks == 6
