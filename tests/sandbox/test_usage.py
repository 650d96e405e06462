"""What processes use is counted wherever they keep it, and all of them are ended."""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest

from grader.sandbox.cgroups import TIMES, ControlGroup
from grader.sandbox.usage import DEEPEST, Meter, alive, is_dead, larger, used

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")

FIRST_THREAD_ENDS = """
import ctypes, threading, time
def hold():
    block = bytearray(200 * 2**20)
    time.sleep(0.2)
    print("first thread ended", flush=True)
    time.sleep(60)
threading.Thread(target=hold).start()
ctypes.CDLL(None).syscall(60 if __import__("os").uname().machine == "x86_64" else 93, 0)  # exit, of this thread alone
"""
UNNAMED = """
import sys, tempfile, time
file = tempfile.TemporaryFile(dir=sys.argv[1])
file.write(bytes(20 * 2**20))
file.flush()
print("written", flush=True)
time.sleep(60)
"""
MAPPED = """
import mmap, sys, tempfile, time
with tempfile.TemporaryFile(dir=sys.argv[1]) as file:
    file.truncate(20 * 2**20)
    block = mmap.mmap(file.fileno(), 0)
block[:] = bytes(len(block))
print("closed", flush=True)
time.sleep(60)
"""


@contextmanager
def running(program: str, *arguments: str) -> Iterator[psutil.Process]:
    """Once it has said something."""
    command = [sys.executable, "-c", program, *arguments]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        try:
            process.stdout.readline()
            yield psutil.Process(process.pid)
        finally:
            process.kill()


def meter(folder: str, *, memory_mb: int = 4_096, disk_mb: int | None = None) -> Meter:
    return Meter(memory_mb, None, None, disk_mb, folder)


def test_a_process_whose_first_thread_has_ended_is_alive_and_counted() -> None:
    """/proc calls it a zombie and says that it uses nothing; its other threads go on."""
    with running(FIRST_THREAD_ENDS) as process:
        deadline = time.monotonic() + 10
        while process.status() != psutil.STATUS_ZOMBIE and time.monotonic() < deadline:
            time.sleep(0.01)
        assert process.status() == psutil.STATUS_ZOMBIE
        use = used(process.pid)
        assert not is_dead(process)
        assert len(alive(process.pid)) == 1
        assert use is not None
        assert use.memory > 200 * 2**20
        assert meter(".", memory_mb=100).exceeded([process]) == "memory"


@pytest.mark.parametrize("program", [UNNAMED, MAPPED], ids=["open", "mapped and closed"])
def test_files_without_a_name_count_as_stored(program: str) -> None:
    """Nothing of them is in any folder."""
    with tempfile.TemporaryDirectory() as folder, running(program, folder) as process:
        assert not larger(folder, 2**20)
        small, large = meter(folder, disk_mb=10), meter(folder, disk_mb=40)
        assert "disk" in {small.exceeded([process]) for _ in range(20)}
        assert {large.exceeded([process]) for _ in range(20)} == {""}


CROWD = """
import ctypes, os
os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:1])
for _ in range(3):
    if os.fork() == 0:
        ctypes.CDLL(None).prctl(1, 9)  # it ends with its parent
        break
else:
    print("here", flush=True)
while True:
    pass
"""


def test_a_run_does_not_wait_for_itself() -> None:
    """Whoever starts four processes for one processor has the time for one."""
    with running(CROWD) as process:
        together = [process, *process.children()]
        watched = meter(".")
        time.sleep(1)
        watched.exceeded(together)
        longest = max(use.waited_seconds for process in together if (use := used(process.pid)))
        busy = time.monotonic() - watched.started - watched.busy_seconds
    assert len(together) == 4
    assert longest > 0.5
    assert watched.waited_seconds <= max(busy, 0) + 0.1
    assert watched.waited_seconds < longest


STRETCH = """
import ctypes, os, time
os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:1])
if os.fork() == 0:
    ctypes.CDLL(None).prctl(1, 9)  # it ends with its parent
    while True:
        pid = os.fork()
        if not pid:
            while time.process_time() < 0.02:
                pass
            os._exit(0)
        os.waitpid(pid, 0)
print("here", flush=True)
while True:
    pass
"""


def test_children_that_live_between_two_looks_are_counted() -> None:
    """Whoever waited for them has their time; else a run that takes its processor from itself had three times the time."""
    with running(STRETCH) as process:
        watched, limit = Meter(4_096, 0.5, None, None, "."), ""
        deadline = time.monotonic() + 60
        while watched.busy_seconds < sum(watched.own_seconds.values()) + 0.5 and time.monotonic() < deadline:
            time.sleep(0.05)
            limit = watched.exceeded([process, *process.children(recursive=True)])
        use = used(process.pid)
    assert limit == "cpu"
    assert use is not None
    assert watched.waited_seconds < use.waited_seconds - 0.3


def test_what_the_kernel_has_counted_is_counted(tmp_path: Path) -> None:
    """Of children for whom nobody waits, only a control group knows."""
    (tmp_path / "cpuacct.usage").write_text("6000000000\n", "ascii")
    assert Meter(4_096, 5.0, None, None, ".", groups=[ControlGroup(tmp_path, (TIMES,))]).exceeded([]) == "cpu"


def test_a_look_ends_as_soon_as_a_group_holds_too_much(tmp_path: Path) -> None:
    (tmp_path / "memory.current").write_text(f"{150 * 2**20}\n", "ascii")
    (tmp_path / "memory.stat").write_text(f"file {10 * 2**20}\n", "ascii")
    watched = Meter(100, None, None, None, ".", groups=[ControlGroup(tmp_path, ("memory",))])
    assert watched.exceeded([psutil.Process()]) == "memory"


def test_the_dead_use_nothing() -> None:
    with running("print('here', flush=True)") as process:
        pass
    assert used(process.pid) is None
    assert meter(".").exceeded([process]) == ""


def test_a_folder_counts_with_the_room_that_it_keeps_for_names() -> None:
    """On most disks it does not shrink when they are removed."""
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder, "below")
        place.mkdir()
        names = [place / f"{number:0200}" for number in range(3_000)]
        for name in names:
            name.touch()
        for name in names:
            name.unlink()
        if place.stat().st_blocks * 512 < 2**19:
            pytest.skip("folders do shrink on this file system")
        assert larger(folder, 2**19)


def test_a_tree_too_deep_to_be_honest_is_too_large(tmp_path: Path) -> None:
    (tmp_path / "top").mkdir()
    assert not larger(str(tmp_path / "top"), 2**30)
    (tmp_path / "top" / "/".join("d" * (DEEPEST + 20))).mkdir(parents=True)
    assert larger(str(tmp_path / "top"), 2**30)
    assert not larger(str(tmp_path.parent / "nowhere"), 2**30)
