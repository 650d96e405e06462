"""How processes are ended."""

from __future__ import annotations

import subprocess
import sys

import psutil
import pytest

from grader.execution.processes import kill

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
from grader.execution.processes import kill
from grader.execution.warden import become_reaper
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
