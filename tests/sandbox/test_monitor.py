"""The monitor: a group that holds too much ends its run between two looks, and none is left behind."""

from __future__ import annotations

import json
import os
import select
import subprocess
import sys
from pathlib import Path

import pytest

from grader.sandbox.cgroups import Group, groups_for, parents
from grader.sandbox.monitor import Guard, Lifeline

MEGABYTE = 2**20


def group(folder: Path, usage: str, used_mb: int, **facts: int) -> Group:
    """As the kernel shows one, with `usage` the file that says what all in it have."""
    (folder / usage).write_text(f"{used_mb * MEGABYTE}\n", "ascii")
    (folder / "memory.stat").write_text("".join(f"{name} {mb * MEGABYTE}\n" for name, mb in facts.items()), "ascii")
    return Group(folder, ("memory",))


@pytest.mark.parametrize(
    ("usage", "facts", "expected"),
    [
        ("memory.current", {"file": 10}, True),
        ("memory.current", {"file": 80}, False),
        ("memory.current", {"file": 30, "slab_reclaimable": 40}, False),
        ("memory.usage_in_bytes", {"total_cache": 10, "cache": 90}, True),
        ("memory.usage_in_bytes", {"total_cache": 80}, False),
    ],
)
def test_what_lies_in_files_is_no_memory(tmp_path: Path, usage: str, facts: dict[str, int], expected: bool) -> None:
    """It has a limit of its own."""
    assert group(tmp_path, usage, 150, **facts).holds(100 * MEGABYTE) is expected


def test_a_lifeline_is_cut_as_soon_as_a_group_holds_too_much(tmp_path: Path) -> None:
    watched, descriptor = os.pipe()
    line = Lifeline(descriptor)
    with Guard([group(tmp_path, "memory.current", 50, file=0)], 100 * MEGABYTE, line) as guard:
        assert not select.select([watched], [], [], 0.1)[0]
        group(tmp_path, "memory.current", 150, file=0)
        assert select.select([watched], [], [], 10)[0]
    line.cut()
    os.close(watched)
    assert guard.met


def test_without_a_group_nothing_is_cut(tmp_path: Path) -> None:
    watched, descriptor = os.pipe()
    line = Lifeline(descriptor)
    with Guard([Group(tmp_path, ("pids",))], 0, line) as guard:
        assert not select.select([watched], [], [], 0.05)[0]
    line.cut()
    os.close(watched)
    assert not guard.met


def test_a_run_that_cannot_be_started_leaves_no_group(tmp_path: Path) -> None:
    """The groups are made before it starts."""
    if not (made := groups_for(64, None)):
        pytest.skip("no control group can be made here")
    for one in made:
        one.remove()
    request = {
        "seconds": 9, "memory_mb": 64, "cpu_seconds": 9, "processes": 9, "disk_mb": None, "disk": "", "output_kb": 9,
        "group_mb": 64, "group_processes": 9, "recording": {"folder": str(tmp_path), "names": []}, "parents": 0,
        "run": {"restrictions": {"cores": None}}, "command": ["/no/such/program"], "environment": {},
        "folder": str(tmp_path), "descriptors": "{descriptors}",
    }  # fmt: skip
    spec = json.dumps({"root": str(tmp_path / "root"), "server": None})
    command = [sys.executable, "-m", "grader.sandbox.monitor", spec]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as monitor:
        assert monitor.stdin is not None
        assert monitor.stdout is not None
        monitor.stdin.write(json.dumps(request) + "\n")
        monitor.stdin.flush()
        answer = json.loads(monitor.stdout.readline())
    assert "/no/such/program" in answer["fault"]
    places = {place for name in ("memory", "pids", "cpuacct") for place in parents(name)}
    assert [path for place in places for path in place.glob(f"grader-{monitor.pid}-*")] == []
