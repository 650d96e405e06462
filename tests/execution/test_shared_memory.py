"""What stands in for the shared memory of `multiprocessing`, and for its semaphores, where `/dev/shm` is closed."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import grader.execution

PROGRAM = """
import _multiprocessing
class Closed:
    SEM_VALUE_MAX = 1
    def __init__(self, *args):
        raise PermissionError("closed")
_multiprocessing.SemLock = Closed
import main
main.load("shared_memory").install()
import multiprocessing, os
from concurrent.futures import ProcessPoolExecutor
from multiprocessing.pool import ThreadPool
fork = multiprocessing.get_context("fork")
print(ThreadPool(2).map(abs, [-1, 2]))
with fork.Pool(2) as pool:
    print(pool.map(abs, range(-3, 0)))
with ProcessPoolExecutor(2, fork) as pool:
    print(list(pool.map(abs, [-4])))
lock, queue, sum = fork.RLock(), fork.Queue(), fork.Value("i", 0)
def add():
    for _ in range(200):
        with sum.get_lock():
            sum.value += 1
    queue.put("done")
both = [fork.Process(target=add) for _ in range(2)]
for one in both: one.start()
print(queue.get(timeout=60), queue.get(timeout=60), sum.value)
with lock, lock:
    print(lock.acquire(timeout=0.01), fork.Semaphore(0).acquire(timeout=0.01), fork.Lock().acquire(block=False))
bounded = fork.BoundedSemaphore(1)
try:
    bounded.release()
except ValueError as error:
    print(error)
from multiprocessing import shared_memory
block = shared_memory.SharedMemory(create=True, size=8)
def fill():
    same = shared_memory.SharedMemory(block.name)
    same.buf[:4] = b"done"
one = fork.Process(target=fill)
one.start()
one.join()
print(bytes(block.buf[:4]), block._name in {f"/{name}" for name in os.listdir("/dev/shm")})
block.close()
block.unlink()
listed = shared_memory.ShareableList([1, "two"])
print(list(listed), list(fork.Array("d", [1.5])))
try:
    shared_memory.SharedMemory(block.name)
except FileNotFoundError:
    print("gone")
"""


def test_pools_locks_queues_and_shared_memory_work_without_dev_shm() -> None:
    """For threads and for processes that are forked."""
    side = Path(grader.execution.__file__).parent / "student"
    command = [sys.executable, "-c", f"import sys; sys.path.insert(0, {str(side)!r})\n{PROGRAM}"]
    told = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False, stdin=subprocess.DEVNULL)
    assert told.stdout.splitlines() == [
        "[1, 2]", "[3, 2, 1]", "[4]", "done done 400", "True False True", "semaphore or lock released too many times",
        "b'done' False", "[1, 'two'] [1.5]", "gone",
    ], told.stderr  # fmt: skip
