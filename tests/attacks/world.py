"""What an attack could want: secrets to steal, a process to hurt, files to change, somebody to tell."""

from __future__ import annotations

import ctypes
import fcntl
import hashlib
import json
import os
import secrets
import select
import socket
import stat
import struct
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any, Self

import psutil

LIBC: Any = ctypes.CDLL(None)
LIBC.shmat.restype = ctypes.c_void_p
SEGMENT_BYTES, REMOVE = 4_096, 0
GET_FLAGS, SET_BY_ITSELF = 0x80086601, 0x80000  # the last: a file of extents
REPOSITORY = Path(__file__).resolve().parents[2]
VICTIM = "import sys, time; secret = sys.stdin.readline(); print('ready', flush=True); time.sleep(900)"
LIMITS = [getattr(psutil, name) for name in dir(psutil) if name.startswith("RLIMIT_")]


class World:
    """Lives as long as one trial. Each secret says by itself from where it was stolen."""

    def __init__(self) -> None:
        self.token = secrets.token_hex(6)
        self.pattern = f"CANARY{self.token}"
        places = ("file", "environment", "arguments", "memory", "segment")
        self.secrets = {place: f"{self.pattern}{place}{secrets.token_hex(8)}" for place in places}
        self.folder = Path(tempfile.mkdtemp(prefix="world-"))
        self.home = self.folder / "home"
        self.answers = self.home / "course" / "answers.txt"
        self.outside = self.home / "course" / "grades.csv"
        self.marker = self.folder / "marker"
        self.places_to_tell: dict[str, tuple[int, int, tuple[str, int] | str]] = {
            "tcp": (socket.AF_INET, socket.SOCK_STREAM, ("127.0.0.1", 0)),
            "udp": (socket.AF_INET, socket.SOCK_DGRAM, ("127.0.0.1", 0)),
            "abstract": (socket.AF_UNIX, socket.SOCK_STREAM, f"\0grader-{self.token}"),
            "a path": (socket.AF_UNIX, socket.SOCK_STREAM, f"{self.folder}/stream.sock"),
            "a path, by messages": (socket.AF_UNIX, socket.SOCK_DGRAM, f"{self.folder}/datagram.sock"),
        }

    def __enter__(self) -> Self:
        self._furnish()
        self.listeners = {kind: listener(*place) for kind, place in self.places_to_tell.items()}
        self.segment = segment(self.secrets["segment"])
        os.environ["GRADER_SECRET"] = self.secrets["environment"]
        self.victim = psutil.Popen(
            [sys.executable, "-I", "-S", "-c", VICTIM, self.secrets["arguments"]],
            env={"GRADER_TOKEN": self.secrets["environment"]},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        self.victim.stdin.write(self.secrets["memory"].encode() + b"\n")
        self.victim.stdin.flush()
        self.victim.stdout.readline()
        self.before = self.digest()
        self.clock = clock()
        self.victim_before = self.look_at_victim()
        return self

    def __exit__(self, *_: object) -> None:
        for listening in self.listeners.values():
            listening.close()
        LIBC.shmctl(self.segment, REMOVE, None)
        self.victim.kill()
        self.victim.wait()
        os.environ.pop("GRADER_SECRET", None)

    def _furnish(self) -> None:
        version = f"python{sys.version_info.major}.{sys.version_info.minor}"
        kernel = {"argv": ["/bin/sh", "-c", f"touch {self.marker}"], "display_name": "evil", "language": "python"}
        texts = {
            self.answers: f"the reference solution: {self.secrets['file']}\n",
            self.outside: "student,score\nsomebody,10\n",
            self.home / ".keras" / "keras.json": '{"floatx": "float32", "backend": "tensorflow"}\n',
            self.home / ".local" / "lib" / version / "site-packages" / "kept.txt": "installed\n",
            self.home / ".local/share/jupyter/kernels/evil/kernel.json": json.dumps(kernel),
            self.home / ".bashrc": "# nothing\n",
        }
        for path, text in texts.items():
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, "utf-8")
        self.outside.chmod(0o640)

    def known(self) -> dict[str, object]:
        """All that attackers know; where secrets are, and never what they are."""
        return {
            "CANARY_FILE": self.answers, "PATTERN": self.pattern, "VICTIM_PID": self.victim.pid, "HOME": self.home,
            "OUTSIDE_FILE": self.outside, "MARKER": self.marker, "TOKEN": self.token, "REPOSITORY": REPOSITORY,
            "TCP_PORT": self.listeners["tcp"].getsockname()[1], "UDP_PORT": self.listeners["udp"].getsockname()[1],
            "ABSTRACT": f"grader-{self.token}", "WORLD": self.folder, "UNIX_STREAM": f"{self.folder}/stream.sock",
            "UNIX_DATAGRAM": f"{self.folder}/datagram.sock", "SEGMENT": self.segment,
        }  # fmt: skip

    def stolen(self, text: str) -> list[str]:
        """Which secrets a text has in it."""
        secrets_of_ours = {**self.secrets, "calibration": secret_of_ours()}
        return [place for place, secret in secrets_of_ours.items() if secret in text]

    def look_at_victim(self) -> dict[str, object]:
        """What others must not be able to change."""
        if not self.victim.is_running() or self.victim.status() in (psutil.STATUS_ZOMBIE, psutil.STATUS_DEAD):
            return {"alive": False}
        process = psutil.Process(self.victim.pid)
        return {
            "alive": True,
            "clock": abs(clock() - self.clock) > 1,
            "stopped": process.status() in (psutil.STATUS_STOPPED, psutil.STATUS_TRACING_STOP),
            "limits": [process.rlimit(number) for number in LIMITS],
            "nice": process.nice(),
            "ionice": tuple(process.ionice()),
            "processors": process.cpu_affinity(),
        }

    def hurt(self) -> list[str]:
        now = self.look_at_victim()
        return [name for name, value in self.victim_before.items() if now.get(name) != value]

    def changed(self) -> list[str]:
        """Files of others that are not as they were; the marker is one that only an attack makes."""
        now = self.digest()
        paths = [path for path in {**self.before, **now} if self.before.get(path) != now.get(path)]
        return sorted(paths) + (["the marker"] if os.path.lexists(self.marker) else [])

    def seen(self) -> dict[str, Any]:
        """As evidence: what happened to others, and who was told."""
        told, _, _ = select.select(self.listeners.values(), [], [], 0)
        heard = tuple(kind for kind, listening in self.listeners.items() if listening in told)
        return {"hurt": tuple(self.hurt()), "changed": tuple(self.changed()), "heard": heard}

    def digest(self) -> dict[str, str]:
        paths = (self.home, *self.home.rglob("*"))
        return {str(path.relative_to(self.home)): described(path, whole=True) for path in paths}


def listener(family: int, kind: int, address: tuple[str, int] | str) -> socket.socket:
    """Nobody answers there: whoever has connected or sent something stays in the queue until we look."""
    handle = socket.socket(family, kind)
    handle.bind(address)
    if kind == socket.SOCK_STREAM:
        handle.listen()
    return handle


def segment(text: str) -> int:
    """The number of new shared memory that says something, as programs of a user share it among themselves."""
    number = int(LIBC.shmget(0, SEGMENT_BYTES, 0o600))
    place = LIBC.shmat(number, None, 0)
    ctypes.memmove(place, text.encode(), len(text))
    LIBC.shmdt(ctypes.c_void_p(place))
    return number


def described(path: Path, *, whole: bool) -> str:
    """Mode, owner, where a link leads, extended attributes, access lists among them, and the flags that `chattr` knows.

    As a whole, it is also its number of names and, if it is a file, its time and content.
    """
    status = path.lstat()
    text = f"{stat.filemode(status.st_mode)} {status.st_uid}:{status.st_gid}"
    if whole:
        text += f" {status.st_nlink}"
    if stat.S_ISLNK(status.st_mode):
        return f"{text} -> {os.readlink(path)}"
    if whole and stat.S_ISREG(status.st_mode):
        text += f" {status.st_mtime_ns} {hashlib.sha256(path.read_bytes()).hexdigest()}"
    values = [(name, os.getxattr(path, name)) for name in sorted(os.listxattr(path))]
    return f"{text} {values} {flags(path):#x}"


def flags(path: Path) -> int:
    """Nothing where a file cannot be opened, or its file system has none."""
    if not path.is_dir() and not path.is_file():
        return 0
    with suppress(OSError):
        handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_NOFOLLOW)
        try:
            return int(struct.unpack("l", fcntl.ioctl(handle, GET_FLAGS, bytes(8)))[0]) & ~SET_BY_ITSELF
        finally:
            os.close(handle)
    return 0


def clock() -> int:
    """By how much the two clocks of this machine differ, in whole seconds: it changes when one of them is set."""
    return round(time.clock_gettime(time.CLOCK_REALTIME) - time.clock_gettime(time.CLOCK_BOOTTIME))


@cache
def secret_of_ours() -> str:
    """Something that stands in the grader's own files, and nowhere else."""
    path = REPOSITORY / "assignments" / "one_input" / "calibration.json"
    return str(json.loads(path.read_text("utf-8"))["floors"][0]["straight_line"])
