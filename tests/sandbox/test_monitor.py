"""The monitor: a group that holds too much ends its run between two looks."""

from __future__ import annotations

import os
import select
from pathlib import Path

import pytest

from grader.sandbox.cgroups import Group
from grader.sandbox.monitor import Guard, Lifeline

MEGABYTE = 2**20


def group(folder: Path, usage: str, used_mb: int, **facts: int) -> Group:
    """As the kernel shows one, with `usage` the file that says what all in it have."""
    (folder / usage).write_text(f"{used_mb * MEGABYTE}\n", "ascii")
    (folder / "memory.stat").write_text("".join(f"{name} {mb * MEGABYTE}\n" for name, mb in facts.items()), "ascii")
    return Group(folder, "memory")


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
    with Guard([Group(tmp_path, "pids")], 0, line) as guard:
        assert not select.select([watched], [], [], 0.05)[0]
    line.cut()
    os.close(watched)
    assert not guard.met
