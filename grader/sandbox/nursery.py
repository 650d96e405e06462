"""One import of Keras for many processes: they are forks of one process, the nursery, each in a sandbox of its own.

    with nursery_for(level, python, environment) as nursery: ...

A fork can move into a sandbox that stands already, a `Holder`, in which nothing but a process that waits has run. Where
anything of this is not possible there is no nursery, or it says so by `None`, and processes are executed as ever. The
other side is `inside/nursery.py`; what a fork has is what an executed process has, as tests compare.
"""

from __future__ import annotations

import json
import os
import select
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Any, Protocol, Self
from uuid import uuid4

from grader.filesystem import remove
from grader.sandbox import bubblewrap
from grader.sandbox.spec import INSIDE, SYSTEM, SandboxSpec, interpreter

START_SECONDS = 180.0
STAND_SECONDS = 60.0
WAIT = "import os; os.write(1, b'.'); os.read(0, 1)"  # says that the sandbox stands, and waits for the end
OF_OTHERS = 0o022  # writable for a group or for everybody

Environment = Callable[[str], dict[str, str]]
"""What a run finds in its environment, by the folder that it sees as its own."""


class Process(Protocol):
    """What is used of `subprocess.Popen`."""

    pid: int
    stdin: IO[bytes] | None
    stdout: IO[bytes] | None
    stderr: IO[bytes] | None

    def poll(self) -> int | None: ...

    def wait(self) -> int: ...

    def kill(self) -> None: ...


class Fork:
    """A child of this process that the nursery has forked."""

    def __init__(self, pid: int, stdin: IO[bytes], stdout: IO[bytes], stderr: IO[bytes] | None) -> None:
        self.pid = pid
        self.stdin: IO[bytes] | None = stdin
        self.stdout: IO[bytes] | None = stdout
        self.stderr = stderr
        self._code: int | None = None
        self._lock = threading.Lock()

    def poll(self) -> int | None:
        return self._waited(os.WNOHANG)

    def wait(self) -> int:
        code = self._waited(0)
        return -1 if code is None else code

    def kill(self) -> None:
        if self.poll() is None:  # until it is waited for, nobody else has its number
            with suppress(ProcessLookupError):
                os.kill(self.pid, 9)

    def _waited(self, options: int) -> int | None:
        with self._lock:
            if self._code is None:
                try:
                    pid, status = os.waitpid(self.pid, options)
                    self._code = os.waitstatus_to_exitcode(status) if pid else None
                except ChildProcessError:  # somebody else has waited for it
                    self._code = -1
            return self._code


class Holder:
    """A sandbox that stands, empty, until it is closed or its owner dies. `pid` is the process in it that waits."""

    def __init__(self, command: Sequence[str]) -> None:
        self._process: subprocess.Popen[bytes] = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, start_new_session=True
        )
        assert self._process.stdout is not None
        try:
            if not select.select([self._process.stdout], [], [], STAND_SECONDS)[0] or not self._process.stdout.read(1):
                raise OSError("the sandbox could not be set up")
            (first,) = children(self._process.pid)
            (self.pid,) = children(first)
        except (OSError, ValueError) as error:
            self.close()
            raise OSError(str(error)) from None

    def close(self) -> None:
        """End all that is in it."""
        self._process.kill()
        self._process.wait()
        for stream in (self._process.stdin, self._process.stdout):
            if stream:
                stream.close()


class Nursery:
    """The process, from which threads may fork. It ends with the `with` block, or with this process.

    It starts at once, or `lazily` when the first fork is asked for.
    """

    def __init__(self, sandbox: SandboxSpec, environment: Environment, *, lazily: bool = False) -> None:
        self._spec = (sandbox, environment)
        self._scratch = Path(os.path.realpath(tempfile.gettempdir()), f"grader-{uuid4().hex}")
        self._lock = threading.Lock()
        self.level = sandbox.level
        self._ready = self._over = False
        self._holder: Holder | None = None
        self._process: subprocess.Popen[bytes] | None = None
        if not lazily:
            self._start()

    def _start(self) -> None:
        sandbox, environment = self._spec
        self._requests, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        command = (str(sandbox.python), "-X", "utf8", "-P", str(INSIDE / "main.py"), "nursery")
        folder = str(self._scratch / "run")  # bubblewrap says in PWD where a run is
        variables = environment(folder) | ({"PWD": folder} if sandbox.level == "full" else {})
        with theirs:
            self._process = subprocess.Popen(
                command, env=variables, stdin=theirs.fileno(), stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL, start_new_session=True,
            )  # fmt: skip
        try:
            self._requests.settimeout(START_SECONDS)
            self._set_up(sandbox)
        except BaseException:
            self._end()
            raise

    def _set_up(self, sandbox: SandboxSpec) -> None:
        self._holder = Holder(held(sandbox)) if sandbox.level == "full" else None
        places = [*SYSTEM, *map(str, sandbox.prefixes), str(INSIDE)] if sandbox.level == "full" else None
        told = {"scratch": str(self._scratch), "visible": places, "sandbox": entrance(sandbox, self._holder)}
        self._requests.send(json.dumps(told).encode())

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        with self._lock:
            self._end()

    def monitor(self, command: Sequence[str], environment: Mapping[str, str]) -> Fork | None:
        """A monitor, with a server below it that waits for the word in which sandbox to be."""
        told = {"command": list(command), "environment": dict(environment), "folder": "/"}
        with suppress(FileNotFoundError):
            told["folder"] = os.getcwd()
        return self._fork(b"m", told, None)

    def trainer(self, told: Mapping[str, Any], errors: IO[bytes]) -> Fork | None:
        """A trusted process that runs a module; see `become_trainer`."""
        return self._fork(b"t", told, errors)

    def _fork(self, kind: bytes, told: Mapping[str, Any], errors: IO[bytes] | None) -> Fork | None:
        pipes = [os.pipe() for _ in range(2 if errors else 3)]
        (stdin, requests), (answers, stdout), *third = pipes
        complaints, stderr = third[0] if third else (None, errors.fileno() if errors else 2)
        with tempfile.TemporaryFile() as spec:
            spec.write(json.dumps(told).encode())
            spec.flush()
            pid = self._asked(kind, [stdin, stdout, stderr, spec.fileno()])
        for end in (stdin, stdout, *(end for _, end in third)):
            os.close(end)
        if pid is None:
            for end in (requests, answers, *(end for end, _ in third)):
                os.close(end)
            return None
        read = None if complaints is None else os.fdopen(complaints, "rb")
        return Fork(pid, os.fdopen(requests, "wb"), os.fdopen(answers, "rb"), read)

    def _asked(self, kind: bytes, descriptors: list[int]) -> int | None:
        """The number of the process; nothing, now and for ever, if it cannot be forked."""
        with self._lock:
            if self._over:
                return None
            try:
                if self._process is None:
                    self._start()
                self._ready = self._ready or self._is_ready()
                if self._ready:
                    socket.send_fds(self._requests, [kind], descriptors)
                    return int(self._requests.recv(16))
            except (OSError, ValueError):
                pass
            except BaseException:  # interrupted: an old answer must not be taken for that of the next request
                self._end()
                raise
            self._end()
            return None

    def _is_ready(self) -> bool:
        ready = self._requests.recv(16) == b"ready"
        if self._holder:  # it was there to try whether moving is permitted
            self._holder.close()
            self._holder = None
        return ready

    def _end(self) -> None:
        if self._process:
            self._requests.close()
            self._process.kill()
            self._process.wait()
            remove(self._scratch)
        if self._holder:
            self._holder.close()
        self._process = self._holder = None
        self._over = True


@contextmanager
def nursery_for(
    level: str, python: Path, environment: Environment, *, lazily: bool = False
) -> Iterator[Nursery | None]:
    """Nothing where forks would not be as good: `GRADER_NURSERY=none` says so too."""
    nursery = None
    if os.environ.get("GRADER_NURSERY") != "none" and is_possible(level, python):
        with suppress(OSError, ValueError):
            nursery = Nursery(SandboxSpec(level, python), environment, lazily=lazily)
    if nursery is None:
        yield None
        return
    with nursery:
        yield nursery


def is_possible(level: str, python: Path) -> bool:
    """Whether forks of one process can stand for executed ones: at `full`, /proc shows a run the program that its
    process has executed, which is outside of the sandbox. It must be nobody's whom a run could be."""
    if (
        level == "auto"
        or sys.platform != "linux"
        or python != Path(sys.executable)
        or os.uname().machine not in ("x86_64", "aarch64")
    ):
        return False
    if not interpreter(python).has_keras:
        return False
    if level != "full":
        return True
    program = os.stat(python)
    of_ours = program.st_uid == os.geteuid() or os.access(python, os.W_OK)  # root's runs have another user
    return (os.geteuid() == 0 or not of_ours) and not program.st_mode & OF_OTHERS


def held(sandbox: SandboxSpec) -> tuple[str, ...]:
    """The command of a `Holder`."""
    return bubblewrap.command(sandbox, (str(sandbox.python), "-I", "-S", "-c", WAIT))


def entrance(sandbox: SandboxSpec, holder: Holder | None) -> dict[str, Any] | None:
    """How a fork moves into a sandbox that stands."""
    if holder is None:
        return None
    uid = bubblewrap.uid_of(sandbox) if os.geteuid() == 0 else None
    return {"pid": holder.pid, "uid": uid, "folder": sandbox.root_inside if sandbox.root else "/"}


def children(pid: int) -> list[int]:
    return [int(one) for one in Path(f"/proc/{pid}/task/{pid}/children").read_text("ascii").split()]
