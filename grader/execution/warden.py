"""Runs one command, and answers for every process that comes of it. A process of its own, started by path.

    python -I warden.py SPEC      SPEC is JSON: command, environment, folder, seconds, memory_mb, output_kb

Standard input is a lifeline: when it closes, because the grader went away, everything is killed. Standard
output is one line of JSON: exit (of the command; negative numbers are signals, null if it was stopped),
seconds, stopped ("", "timeout", "memory", "abandoned"), output (text, beginning and end if it was long).

On Linux it is the reaper of orphans below it, so that no double fork gets away.
"""

import contextlib
import json
import os
import signal
import subprocess
import sys
import threading
import time
from typing import IO, Any

import psutil

PR_SET_CHILD_SUBREAPER = 36
POLL_SECONDS = 0.02
MEMORY_POLL_SECONDS = 0.2
LARGEST_FILE = 2 * 1024**3
KILL_ROUNDS = 250


class Output:
    """Drains a pipe, keeping the beginning and the end of what comes."""

    def __init__(self, pipe: IO[bytes], most: int) -> None:
        self.half = most // 2
        self.head = b""
        self.tail = b""
        self.thread = threading.Thread(target=self.drain, args=(pipe,), daemon=True)
        self.thread.start()

    def drain(self, pipe: IO[bytes]) -> None:
        while chunk := os.read(pipe.fileno(), 65536):
            room = self.half - len(self.head)
            self.head += chunk[:room] if room > 0 else b""
            rest = chunk[max(room, 0) :]
            self.tail = (self.tail + rest)[-self.half :] if rest else self.tail

    def text(self) -> str:
        self.thread.join(timeout=2)
        gap = b"\n[...]\n" if len(self.tail) == self.half else b""
        return (self.head + gap + self.tail).decode("utf-8", "replace")


class Lifeline:
    """Notices when the grader has gone."""

    def __init__(self) -> None:
        self.cut = threading.Event()
        threading.Thread(target=self.watch, daemon=True).start()

    def watch(self) -> None:
        with contextlib.suppress(OSError):
            while os.read(0, 1024):
                pass
        self.cut.set()


def main(spec: dict[str, Any]) -> None:
    become_reaper()
    lifeline = Lifeline()
    started = time.monotonic()
    process = subprocess.Popen(
        spec["command"],
        env=spec["environment"],
        cwd=spec["folder"],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        start_new_session=True,
        # Only system calls are made there, and the one other thread of this process sleeps in a read.
        preexec_fn=(lambda: set_limits(spec["memory_mb"])) if os.name == "posix" else None,  # noqa: PLW1509
    )
    if process.stdout is None:
        raise RuntimeError("no pipe for the output")
    output = Output(process.stdout, spec["output_kb"] * 1024)
    seen: set[psutil.Process] = set()
    stopped = watch(process, lifeline, started + spec["seconds"], spec["memory_mb"] * 1024**2, seen)
    seconds = time.monotonic() - started
    kill_all(process, seen)
    code = process.wait()
    ending = {"exit": None if stopped else code, "seconds": seconds, "stopped": stopped, "output": output.text()}
    sys.stdout.write(json.dumps(ending))
    sys.stdout.flush()
    os._exit(0)


def become_reaper() -> None:
    if sys.platform == "linux":
        import ctypes

        ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def set_limits(memory_mb: int) -> None:
    """In the child, before the command: private memory, core files, and the size of any one file."""
    import resource

    for limit, most in (
        (resource.RLIMIT_DATA, memory_mb * 1024**2),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_FSIZE, LARGEST_FILE),
    ):
        with contextlib.suppress(ValueError, OSError):
            resource.setrlimit(limit, (most, most))


def watch(
    process: "subprocess.Popen[bytes]", lifeline: Lifeline, deadline: float, memory: int, seen: set[psutil.Process]
) -> str:
    """Why the command was stopped, or nothing when it ended by itself."""
    look = 0.0
    while process.poll() is None:
        now = time.monotonic()
        if now > deadline:
            return "timeout"
        if lifeline.cut.is_set():
            return "abandoned"
        if now > look:
            look = now + MEMORY_POLL_SECONDS
            seen.update(descendants())
            seen.intersection_update([one for one in seen if one.is_running()])
            if sum(resident(one) for one in seen) > memory:
                return "memory"
        time.sleep(POLL_SECONDS)
    return ""


def descendants() -> list[psutil.Process]:
    with contextlib.suppress(psutil.Error):
        return list(psutil.Process().children(recursive=True))
    return []


def resident(process: psutil.Process) -> int:
    with contextlib.suppress(psutil.Error):
        return int(process.memory_info().rss)
    return 0


def kill_all(process: "subprocess.Popen[bytes]", seen: set[psutil.Process]) -> None:
    """Again and again, until nothing is left: what is killed may have forked a moment before."""
    process.poll()
    if process.returncode is None:
        with contextlib.suppress(OSError):
            process.kill()
    for _ in range(KILL_ROUNDS):
        left = [one for one in {*descendants(), *seen} if alive(one)]
        for one in left:
            with contextlib.suppress(psutil.Error):
                one.kill()
        process.poll()
        reap(process)
        if not left:
            return
        time.sleep(POLL_SECONDS)


def alive(process: psutil.Process) -> bool:
    with contextlib.suppress(psutil.Error):
        return bool(process.is_running() and process.status() != psutil.STATUS_ZOMBIE)
    return False


def reap(process: "subprocess.Popen[bytes]") -> None:
    """Orphans that became ours; not the command itself, whose exit status somebody waits for."""
    if os.name != "posix" or process.returncode is None:
        return
    with contextlib.suppress(ChildProcessError):
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass


if __name__ == "__main__":
    # A terminal's interrupt is for the grader, which then lets go of the lifeline.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    main(json.loads(sys.argv[1]))
