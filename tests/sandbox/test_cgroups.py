"""Control groups: bounds that the kernel keeps, where this machine lets us make any."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from grader.sandbox import cgroups
from grader.sandbox.cgroups import groups_for, parents

GREEDY = """
import os, sys
os.write(int(sys.argv[1]), b"0")
x = bytearray(300 * 2**20)
print("held", len(x))
"""


@pytest.fixture
def hierarchy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine of which we are told, with its groups in a folder."""
    monkeypatch.setattr(cgroups, "MOUNTS", tmp_path / "mounts")
    monkeypatch.setattr(cgroups, "OWN", tmp_path / "own")
    return tmp_path


def test_memory_beyond_the_limit_ends_whoever_takes_it() -> None:
    """By the kernel, however it was taken; and the group says so, and can be removed."""
    groups = [group for group in groups_for(64, None) if group.controller == "memory"]
    if not groups:
        pytest.skip("no control group for memory can be made here")
    (group,) = groups
    entrance = group.entrance()
    try:
        command = [sys.executable, "-c", GREEDY, str(entrance)]
        done = subprocess.run(command, pass_fds=[entrance], capture_output=True, timeout=60, check=False)
    finally:
        os.close(entrance)
    met = group.met()
    group.remove()
    assert done.returncode == -9
    assert done.stdout == b""
    assert met
    assert not group.path.exists()


def test_version_1_has_a_hierarchy_for_each_controller(hierarchy: Path) -> None:
    (hierarchy / "mounts").write_text("cgroup /groups/memory cgroup rw,memory 0 0\ncgroup2 /groups/all cgroup2 rw 0 0\n")
    (hierarchy / "own").write_text("4:memory:/jobs/7\n0::/\n")
    assert parents("memory") == (Path("/groups/memory/jobs/7"),)


def test_in_version_2_the_group_above_is_tried_as_well(hierarchy: Path) -> None:
    """A group that holds processes cannot be divided; the one in which a desktop keeps its programs can."""
    (hierarchy / "mounts").write_text("cgroup2 /groups cgroup2 rw 0 0\n")
    (hierarchy / "own").write_text("0::/user/app.slice/terminal.scope\n")
    above = Path("/groups/user/app.slice")
    assert parents("pids") == (above / "terminal.scope", above)


@pytest.mark.parametrize("mounts", ["", "cgroup2 {folder} cgroup2 rw 0 0\n"], ids=["none mounted", "not divisible"])
def test_where_none_can_be_made_there_is_none(hierarchy: Path, mounts: str) -> None:
    """A folder without the file that bounds it is no group, and is not left behind."""
    (hierarchy / "groups").mkdir()
    (hierarchy / "mounts").write_text(mounts.format(folder=hierarchy / "groups"))
    (hierarchy / "own").write_text("0::/\n")
    assert groups_for(64, 10) == ()
    assert list((hierarchy / "groups").iterdir()) == []
