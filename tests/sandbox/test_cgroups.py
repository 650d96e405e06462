"""Control groups: bounds that the kernel keeps, where this machine lets us make any, and what those above grant."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import pytest

from grader.sandbox import cgroups
from grader.sandbox.cgroups import TIMES, ControlGroup, groups_for, parents, remove_stale, usable_processors

GREEDY = """
import os, sys
os.write(int(sys.argv[1]), b"0")
x = bytearray(300 * 2**20)
print("held", len(x))
"""


@pytest.fixture
def hierarchy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine of which we are told, with its groups in a folder, and ourselves at their top."""
    (tmp_path / "groups").mkdir()
    (tmp_path / "own").write_text("0::/\n")
    monkeypatch.setattr(cgroups, "MOUNTS", tmp_path / "mounts")
    monkeypatch.setattr(cgroups, "OWN", tmp_path / "own")
    return tmp_path


def run_in(groups: Sequence[ControlGroup], program: str) -> subprocess.CompletedProcess[bytes]:
    """A program that enters the groups by the descriptors that it is given."""
    entrances = [group.entrance() for group in groups]
    command = [sys.executable, "-c", program, *map(str, entrances)]
    try:
        return subprocess.run(command, pass_fds=entrances, capture_output=True, timeout=60, check=False)
    finally:
        for entrance in entrances:
            os.close(entrance)


def test_memory_beyond_the_limit_ends_whoever_takes_it() -> None:
    """By the kernel, however it was taken; and the group says so, and can be removed."""
    groups = [group for group in groups_for(64, None) if "memory" in group.controllers]
    if not groups:
        pytest.skip("no control group for memory can be made here")
    (group,) = groups
    result = run_in(groups, GREEDY)
    met = group.met()
    group.remove()
    assert (result.returncode, result.stdout, bool(met)) == (-9, b"", True)
    assert not group.path.exists()


@pytest.mark.parametrize(
    ("mounts", "own", "expected"),
    [
        (
            "cgroup /g/memory cgroup rw,memory 0 0\ncgroup2 /g cgroup2 rw 0 0\n",
            "4:memory:/jobs/7\n0::/\n",
            ["/g/memory/jobs/7"],
        ),
        (
            "cgroup2 /g cgroup2 rw 0 0\n",
            "0::/app.slice/terminal.scope\n",
            ["/g/app.slice/terminal.scope", "/g/app.slice"],
        ),
    ],
    ids=["version 1", "version 2"],
)
def test_groups_are_made_beneath_our_own(hierarchy: Path, mounts: str, own: str, expected: list[str]) -> None:
    """Version 1 has a hierarchy for each controller. In version 2, a group that holds processes cannot be divided; the
    one above, in which a desktop keeps its programs, can.
    """
    (hierarchy / "mounts").write_text(mounts)
    (hierarchy / "own").write_text(own)
    assert list(map(str, parents("memory"))) == expected


@pytest.mark.parametrize("mounts", ["", "cgroup2 {folder} cgroup2 rw 0 0\n"], ids=["none mounted", "not divisible"])
def test_where_none_can_be_made_there_is_none(hierarchy: Path, mounts: str) -> None:
    """A folder without the file that bounds it is no group, and is not left behind."""
    (hierarchy / "mounts").write_text(mounts.format(folder=hierarchy / "groups"))
    assert groups_for(64, 10) == groups_for(None, None) == ()
    assert list((hierarchy / "groups").iterdir()) == []


def test_all_controllers_of_version_2_are_in_one_group(hierarchy: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A process that enters a second group of a hierarchy has left the first."""
    (hierarchy / "mounts").write_text(f"cgroup2 {hierarchy / 'groups'} cgroup2 rw 0 0\n")
    monkeypatch.setattr(cgroups, "_works", lambda *_: True)
    (group,) = groups_for(64, 10)
    assert group.controllers == ("memory", "pids", TIMES)


SHORT_LIVED = """
import os, sys, time
for descriptor in sys.argv[1:]:
    os.write(int(descriptor), b"0")
import signal
signal.signal(signal.SIGCHLD, signal.SIG_IGN)
for _ in range(20):
    if os.fork() == 0:
        while time.process_time() < 0.02:
            pass
        os._exit(0)
    try:
        os.wait()  # until it has ended; it is nobody's child then
    except ChildProcessError:
        pass
"""


def test_processor_time_of_those_that_have_ended_is_counted() -> None:
    """Also of children that nobody waits for."""
    groups = groups_for(512, None)
    if not any(TIMES in group.controllers for group in groups):
        pytest.skip("no control group that counts processor time can be made here")
    assert run_in(groups, SHORT_LIVED).returncode == 0
    counted = max(group.processor_seconds() for group in groups)
    for group in groups:
        group.remove()
    assert counted > 20 * 0.02 * 0.9


def test_groups_of_the_dead_are_removed(hierarchy: Path) -> None:
    """Not those of somebody who lives, or who may live where processes have other numbers."""
    (hierarchy / "mounts").write_text(f"cgroup2 {hierarchy / 'groups'} cgroup2 rw 0 0\n")
    with subprocess.Popen([sys.executable, "-c", ""]) as ended:
        ended.wait()
    names = {"dead": f"grader-{ended.pid}-{32 * '0'}", "living": f"grader-{os.getpid()}-{32 * '1'}",
             "new": f"grader-{ended.pid}-{32 * '2'}", "other": "grader-service"}  # fmt: skip
    for kind, name in names.items():
        (hierarchy / "groups" / name).mkdir()
        if kind != "new":
            os.utime(hierarchy / "groups" / name, (time.time() - 3600,) * 2)
    remove_stale()
    rest = {path.name for path in (hierarchy / "groups").iterdir()}
    assert rest == {names["living"], names["new"], names["other"]}


MEGABYTE = 2**20


def group(folder: Path, usage: str, used_mb: int, **facts: int) -> ControlGroup:
    """As the kernel shows one, with `usage` the file that says what all in it have."""
    (folder / usage).write_text(f"{used_mb * MEGABYTE}\n", "ascii")
    (folder / "memory.stat").write_text("".join(f"{name} {mb * MEGABYTE}\n" for name, mb in facts.items()), "ascii")
    return ControlGroup(folder, ("memory",))


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


def test_a_run_that_cannot_be_started_leaves_no_group(tmp_path: Path) -> None:
    """The groups are made before it starts."""
    if not (groups := groups_for(64, None)):
        pytest.skip("no control group can be made here")
    for group in groups:
        group.remove()
    request = {
        "seconds": 9, "memory_mb": 64, "cpu_seconds": 9, "processes": 9, "disk_mb": None, "disk": "", "output_kb": 9,
        "group_mb": 64, "group_processes": 9, "recording": str(tmp_path / "recording"), "parents": 0,
        "run": {"restrictions": {"cores": None}}, "command": ["/no/such/program"], "environment": {},
        "folder": str(tmp_path),
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


@pytest.fixture
def groups(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine with 16 processors, and its control groups in a folder; this process is in `jobs/7`."""
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: set(range(16)), raising=False)
    monkeypatch.setattr(cgroups, "GROUPS", tmp_path)
    monkeypatch.setattr(cgroups, "OWN", tmp_path / "own")
    (tmp_path / "own").write_text("0::/jobs/7\n")
    (tmp_path / "jobs" / "7").mkdir(parents=True)
    return tmp_path


@pytest.mark.parametrize("place", [".", "jobs", "jobs/7"])
@pytest.mark.parametrize(("quota", "expected"), [("350000 100000", 3), ("50000 100000", 1), ("max 100000", 16)])
def test_those_that_a_group_above_grants(groups: Path, place: str, quota: str, expected: int) -> None:
    """As containers are limited."""
    (groups / place / "cpu.max").write_text(f"{quota}\n")
    assert usable_processors() == expected


def test_nowhere_is_it_the_number_that_the_machine_has() -> None:
    """Everything of ours asks here."""
    top = Path(cgroups.__file__).parents[1]
    names = [path.name for path in top.rglob("*.py") if "cpu_count" in path.read_text("utf-8")]
    assert names == ["cgroups.py"]
