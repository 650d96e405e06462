"""What a run cannot do in the sandbox of a level; what it can do without one is shown next to it."""

from __future__ import annotations

import os
import socket
import sys
from collections.abc import Iterable
from pathlib import Path

import pytest

from grader.domain import Limits, Outcome
from tests.conftest import Supervisors
from tests.execution.running import printed
from tests.sandbox.conftest import Runner

LEVELS = ("full", "partial")


ATTEMPTS = (
    ("print(open({secret!r}).read())", "the canary sings"),
    ("s = socket.socket()\n    s.connect(('127.0.0.1', {port}))\n    print('arrived')", "arrived"),
    ("os.kill({pid}, 0)\n    print('reached')", "reached"),
    ("resource.prlimit({pid}, resource.RLIMIT_CORE, (1, 1))\n    print('changed')", ""),
)
"""What a run tries, and what it prints if that works; where that is nothing, it would harm these tests."""


@pytest.mark.parametrize("level", LEVELS)
def test_others_are_out_of_reach(behind: Runner, level: str, tmp_path: Path) -> None:
    """Their files, sockets and processes; without a sandbox they are in reach."""
    secret = tmp_path / "secret"
    secret.write_text("the canary sings")
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0.5)
        facts = {"secret": str(secret), "port": server.getsockname()[1], "pid": os.getpid()}

        def tried(level: str, attempts: Iterable[str]) -> list[str]:
            each = (
                f"try:\n    {attempt.format(**facts)}\nexcept OSError:\n    print('refused')\n" for attempt in attempts
            )
            return printed(behind(level, "import os, resource, socket\n" + "".join(each))).splitlines()

        works = {attempt: output for attempt, output in ATTEMPTS if output}
        assert tried("none", works) == list(works.values())
        server.accept()[0].close()
        assert tried(level, (attempt for attempt, _ in ATTEMPTS)) == ["refused"] * len(ATTEMPTS)
        with pytest.raises(TimeoutError):
            server.accept()


COMPILED = """
import ctypes, os, socket, struct
libc = ctypes.CDLL(None, use_errno=True)
steps = ctypes.create_string_buffer(struct.pack("HBBI", 6, 0, 0, 0xffff), 8)
program = struct.pack("HxxxxxxQ", 1, ctypes.addressof(steps))
with socket.socketpair()[0] as end, open("file", "wb") as file:
    try:
        end.setsockopt(socket.SOL_SOCKET, 26, program)
        print("attached")
    except OSError:
        pass
    print("reserved" if libc.fallocate(file.fileno(), 1, ctypes.c_long(0), ctypes.c_long(2**20)) == 0 else "no more")
    os.posix_fallocate(file.fileno(), 0, 10_000)
    print(os.stat("file").st_size)
try:
    with open("/proc/self/oom_score_adj", "w") as file:
        file.write("0")
    print("spared")
except OSError:
    pass
"""


@pytest.mark.skipif(sys.platform != "linux", reason="these are calls of Linux")
@pytest.mark.parametrize("level", LEVELS)
def test_what_no_count_shows_cannot_be_had(behind: Runner, level: str) -> None:
    """Compiled programs and storage that comes at once; nor can a run be the last to be killed for want of memory."""
    assert printed(behind("none", COMPILED)).split()[:2] == ["attached", "reserved"]
    assert printed(behind(level, COMPILED)).splitlines() == ["no more", "10000"]


# Of what is installed beside it, only the names of the folders are looked at.
SEARCH = """
import os, grader
print(hasattr(grader, "__path__"))
found = []
for place, folders, names in os.walk("/"):
    if place == "/":
        folders[:] = set(folders) - {"proc", "sys"}
    if os.path.basename(place) == "site-packages":
        folders[:] = [name for name in folders if "grader" in name]
    found += [os.path.join(place, name) for name in names if name in ("pipeline.py", "calibration.json", "two_inputs.py")]
print([path for path in found if ("grader" in path or "reference" in path) and "pip" not in path.split("/")])
"""


def test_the_grader_is_not_in_sight(behind: Runner, supervisors: Supervisors) -> None:
    """Neither its package nor references, though it runs by this Python; what is imported as `grader` is a stand-in."""
    assert printed(behind("full", SEARCH, of=supervisors)) == "False\n[]"


@pytest.mark.parametrize("level", ["full", "partial", "none"])
def test_nothing_is_handed_on_to_the_next_run(behind: Runner, level: str) -> None:
    """Files, modules and names that one run leaves are gone in the next."""
    first = (
        "import os, pathlib, tempfile\nos.left_behind = True\n"
        "for place in (os.environ['HOME'], tempfile.gettempdir(), os.environ['KERAS_HOME'], '.'):\n"
        "    pathlib.Path(place, 'left-behind').write_text('x')\n"
    )
    second = (
        "import os, tempfile\n"
        "print(hasattr(os, 'left_behind'), [place for place in (os.environ['HOME'], tempfile.gettempdir(),"
        " os.environ['KERAS_HOME'], '.') if os.path.exists(os.path.join(place, 'left-behind'))])"
    )
    assert behind(level, first).outcome is Outcome.OK
    assert printed(behind(level, second)) == "False []"


LEAVES_A_LINK = """
import os, pathlib
recording = pathlib.Path(os.environ["HOME"]).parents[1] / "out" / "recording.json"
recording.unlink(missing_ok=True)
recording.symlink_to({secret!r})
os._exit(0)
"""


@pytest.mark.parametrize("level", LEVELS)
def test_a_recording_that_is_a_link_is_not_followed(behind: Runner, level: str, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("the canary sings")
    execution = behind(level, LEAVES_A_LINK.format(secret=str(tmp_path / "secret")))
    assert execution.outcome is Outcome.UNREADABLE
    assert "`recording.json` cannot be opened" in execution.message
    assert "canary" not in repr(execution)


SPINS = """
import os
if os.fork() == 0:
    os.setsid()
os.closerange(0, 65_536)
while True:
    pass
"""
THREADS = "import threading, time\nfor _ in range(500): threading.Thread(target=time.sleep, args=(9,)).start()"
MEETING = {
    "time, though it seems to have ended": (SPINS, "1 s of wall-clock time"),
    "threads": (THREADS, "64 processes and threads"),
    "one file": ("open('big', 'wb').write(bytes(40 * 2**20))", "32 MB in one file"),
    "disk": ("for n in range(9): open(f'b{n}', 'wb').write(bytes(20 * 2**20))", "100 MB on disk, or too many files"),
}


@pytest.mark.parametrize("name", MEETING)
def test_limits_are_named_with_their_value(behind: Runner, name: str) -> None:
    """Whatever way a run meets its limit; more ways to use memory are in `tests/execution/test_endings.py`."""
    program, words = MEETING[name]
    limits = Limits(seconds=1 if program == SPINS else 60, memory_mb=1024, processes=64, file_mb=32, disk_mb=100)
    execution = behind("full", program, limits)
    assert (execution.outcome is not Outcome.OK, execution.limit) == (True, words), execution.message


@pytest.mark.parametrize(("level", "most"), [("full", 16), ("partial", 0)])
def test_terminals_of_a_run_are_few_and_a_crash_leaves_no_core(behind: Runner, level: str, most: int) -> None:
    """All of a machine come out of one number; where they are the machine's own, a run has none. At no byte of core, a
    program of the machine's could still collect it; at one it does not.
    """
    program = (
        "import os\nheld = []\ntry:\n    while len(held) < 100:\n        held.append(os.open('/dev/ptmx', os.O_RDWR))\n"
        "except OSError:\n    pass\nimport resource\nprint(len(held), *resource.getrlimit(resource.RLIMIT_CORE))"
    )
    held, *core = map(int, printed(behind(level, program)).split())
    assert min(most, 1) <= held <= most
    assert core == [1, 1]
