"""A fork of the nursery is what a process executed in its sandbox is, and ends like it."""

from __future__ import annotations

import json
import os
import re
import stat
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any
from uuid import uuid4

import psutil
import pytest

from grader.assignments.course import load_course
from grader.domain import Limits, Outcome, Submission
from grader.execution import Supervisor, execute, one_import
from grader.sandbox import nursery as nursery_module
from grader.sandbox.inside.moving import renamed
from grader.sandbox.nursery import Fork, is_possible
from grader.sandbox.usage import used
from grader.training.host import TrainerHost
from grader.training.trainer import Trainer
from tests.levels import missing
from tests.nurseries import Nurseries

pytestmark = [pytest.mark.skipif(sys.platform != "linux", reason="forks are of Linux"), pytest.mark.long]

INVENTORY = Path(__file__).with_name("inventory.py")
JOB = {"functions": (), "marks": (), "full_fit": False}
LEVELS = ("full", "partial")
OF_THIS_RUN = r"grader-[0-9a-f]{32}|(?<=tmp)[a-z0-9_]{8}\b|joblib-\d+-\w+"
BY_CHANCE = {  # by the order of a set, or by the folder in which libraries were imported
    "tensorflow._plugin_dir", "tensorflow._s", "tensorflow._site_packages_dirs", "matplotlib.style.USER_LIBRARY_PATHS",
    "multiprocessing.process.ORIGINAL_DIR", "rich._IMPORT_CWD",
}  # fmt: skip


def submission(path: Path) -> Submission:
    return Submission(path.stem, path.stem, path, None, "")


class Pair:
    """Two supervisors and two trainers of a level: forked, and executed."""

    def __init__(self, level: str, stack: ExitStack) -> None:
        self.level = level
        self.nursery = stack.enter_context(one_import(level))
        assert self.nursery is not None
        both = (self.nursery, None)
        self.forked, self.executed = (stack.enter_context(Supervisor(level, nursery=one)) for one in both)
        self.hosts = [stack.enter_context(TrainerHost(isolation=level, nursery=one)) for one in both]
        for host in self.hosts:
            host.start()

    def __iter__(self) -> Iterator[Supervisor]:
        return iter((self.forked, self.executed))


@pytest.fixture(scope="module", autouse=True)
def switched_on() -> Iterator[None]:
    """Also where all other tests are to run without."""
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("GRADER_NURSERY", raising=False)
        yield


@pytest.fixture(scope="module", params=LEVELS)
def pair(request: pytest.FixtureRequest) -> Iterator[Pair]:
    if reason := missing(request.param):
        pytest.skip(reason)
    with pytest.MonkeyPatch.context() as patch, ExitStack() as stack:
        patch.setenv("WHAT_NO_RUN_MAY_KNOW", "a secret of " + uuid4().hex)
        yield Pair(request.param, stack)


def printed(supervisor: Supervisor, program: Path) -> str:
    end, _ = supervisor.run(submission(program), JOB, Limits(output_kb=8_000), 120)
    assert end.exit_code == 0, end.output[-2_000:]
    return end.output


def test_the_code_that_runs_has_the_same(pair: Pair) -> None:
    """Users, rights, limits, descriptors, mounts, environment, paths, modules, and every path in them."""
    found = []
    for one in pair:
        told = json.loads(re.sub(OF_THIS_RUN, "", printed(one, INVENTORY)))
        for name in BY_CHANCE:
            told["texts"].pop(name, None)
        told["texts"] = {name: "".join(sorted(value)) for name, value in told["texts"].items()}
        found.append(told)
    forked, executed = found
    assert set(forked["texts"]) == set(executed["texts"])
    assert {name: value for name, value in forked["texts"].items() if value != executed["texts"][name]} == {}
    for name in forked:
        assert forked[name] == executed[name], name


def test_its_server_has_the_same_seen_from_outside(pair: Pair) -> None:
    """Before a run takes away what is left: rights, descriptors, limits, root, and namespaces of its own."""
    forked, executed = (of_process(server_of(one)) for one in pair)
    assert forked == executed


def test_a_trainer_has_the_same_seen_from_outside(pair: Pair) -> None:
    """It is restricted before it has read a request."""
    course = load_course(["one_input"])
    for host in pair.hosts:
        assert Trainer(ask=host.ask).floors(course.assignments[0].data)
    forked, executed = pair.hosts
    assert forked._running is not None
    assert executed._running is not None
    assert isinstance(forked._running._dialogue._process, Fork)
    found = [
        of_process(end_of_chain(psutil.Process(host._running._dialogue._process.pid)))
        for host in (forked, executed)
        if host._running
    ]
    assert found[0] == found[1]


def server_of(supervisor: Supervisor) -> psutil.Process:
    assert supervisor._monitor is not None
    below = psutil.Process(supervisor._monitor.pid).children(recursive=True)
    (server,) = [one for one in below if "serve" in one.cmdline() and not one.cmdline()[0].endswith("bwrap")]
    return server


def end_of_chain(process: psutil.Process) -> psutil.Process:
    while below := process.children():
        (process,) = below
    return process


def of_process(process: psutil.Process) -> dict[str, Any]:
    """Read where nothing in a sandbox can have any influence."""
    place = f"/proc/{process.pid}"
    wanted = ("Cap", "Gid", "Groups", "NoNew", "Seccomp", "SigBlk", "SigIgn", "Uid", "Umask")
    lines = Path(place, "status").read_text("latin-1").splitlines()
    return {
        "status": [line for line in lines if line.startswith(wanted)],
        "own": [name for name in os.listdir(f"{place}/ns") if os.readlink(f"{place}/ns/{name}") != os.readlink(f"/proc/self/ns/{name}")],
        "limits": Path(place, "limits").read_text("ascii"),
        "mounts": [re.sub(OF_THIS_RUN, "", " ".join(line.split()[3:6])) for line in Path(place, "mountinfo").read_text("latin-1").splitlines()],
        "descriptors": sorted((name, stat.S_IFMT(os.stat(f"{place}/fd/{name}").st_mode)) for name in os.listdir(f"{place}/fd")),
        "root": os.readlink(f"{place}/root"),
        "owner": os.stat(f"{place}/fd").st_uid,
    }


LOOKS_FOR = """
inverted = bytes(255 - number for number in range(256))
wanted = [bytes.fromhex(text) for text in {wanted!r}]
found = set()
for line in open("/proc/self/maps"):
    span, rights, *_ = line.split()
    if "r" not in rights or line.rstrip().endswith(("[vvar]", "[vsyscall]", "[vvar_vclock]")):
        continue
    start, end = (int(part, 16) for part in span.split("-"))
    with open("/proc/self/mem", "rb", buffering=0) as memory:
        for place in range(start, end, 1 << 24):
            memory.seek(place)
            try:
                part = memory.read(min(end - place, 1 << 24))
            except OSError:
                break
            part = part.translate(inverted)
            found |= {{one for one in range(len(wanted)) if wanted[one] in part}}
print(sorted(found), len(wanted))
"""


def test_its_memory_holds_nothing_of_the_grader(pair: Pair, tmp_path: Path) -> None:
    """Neither of its environment, nor of an earlier worker, nor of what began its own; a control is found."""
    earlier = pair.forked
    assert works(earlier, tmp_path)
    assert earlier._space is not None
    control = uuid4().hex
    wanted = [os.environ["WHAT_NO_RUN_MAY_KNOW"], str(earlier._space.root), str(tmp_path), "grader.sandbox.monitor"]
    wanted.append("--die-with-parent")
    program = tmp_path / "program.py"
    # All bits of the words and of the memory are inverted, else it would find the words that it looks for.
    words = [bytes(255 - byte for byte in one.encode()).hex() for one in (control, *wanted)]
    program.write_text(f"control = bytes.fromhex('{control.encode().hex()}')\n" + LOOKS_FOR.format(wanted=words))
    with Supervisor(pair.level, nursery=pair.nursery, slot=1) as later:
        assert printed(later, program).strip() == f"[0] {len(wanted) + 1}"
        assert isinstance(later._monitor, Fork)


def test_what_was_imported_before_counts_as_little_as_ever(pair: Pair, tmp_path: Path) -> None:
    """Of memory that a run shares with the process of which it is a fork."""
    program = tmp_path / "program.py"
    program.write_text("import os\nprint('VmRSS', [line for line in open('/proc/self/status') if line.startswith('VmRSS')][0].split()[1])")
    forked, executed = (int(re.findall(r"VmRSS (\d+)", printed(one, program))[0]) for one in pair)
    assert forked < 1.1 * executed
    own, others = (used(server_of(one).pid) for one in pair)
    assert own is not None
    assert others is not None
    assert own.memory < 1.1 * others.memory


def works(supervisor: Supervisor, tmp_path: Path) -> bool:
    program = tmp_path / "program.py"
    program.write_text("import keras\nprint('ran', keras.__version__)")
    return execute(submission(program), supervisor, functions=(), marks=(), limits=Limits()).outcome is Outcome.OK


@pytest.mark.parametrize(
    ("level", "when"),
    [
        ("full", "before"),
        ("partial", "after"),
        pytest.param("full", "after", marks=pytest.mark.slow),
        pytest.param("partial", "before", marks=pytest.mark.slow),
    ],
)
def test_a_nursery_that_is_killed_takes_nobody_along(level: str, when: str, tmp_path: Path) -> None:
    """Whoever needs a process then executes it; who is there already goes on."""
    if reason := missing(level):
        pytest.skip(reason)
    with one_import(level) as nursery, Supervisor(level, nursery=nursery) as supervisor:
        assert nursery is not None
        assert nursery._process is not None
        process = psutil.Process(nursery._process.pid)
        if when == "after":
            assert works(supervisor, tmp_path)
        process.kill()
        assert works(supervisor, tmp_path)
        assert isinstance(supervisor._monitor, Fork) == (when == "after")
        supervisor.close()
        assert works(supervisor, tmp_path)
        assert not isinstance(supervisor._monitor, Fork)


@pytest.mark.parametrize("delay", [0.0, 0.3, 1.5])
def test_it_ends_with_its_grader_also_while_it_imports(delay: float, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The socket is all that it has of it; its folder goes with it."""
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    with one_import("none") as nursery:
        assert nursery is not None
        assert nursery._process is not None
        time.sleep(delay)
        nursery._requests.close()  # as the kernel does where a grader is killed
        nursery._process.wait(20)
        assert list(tmp_path.iterdir()) == []


def test_a_sandbox_that_cannot_be_entered_is_executed_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The nursery tries before it imports; the server of a class is the one that it has always been."""
    if reason := missing("full"):
        pytest.skip(reason)
    entrance = nursery_module.entrance
    monkeypatch.setattr(nursery_module, "entrance", lambda sandbox, holder: (entrance(sandbox, holder) or {}) | {"pid": 2**22 - 1})
    with one_import("full") as nursery, Supervisor("full", nursery=nursery) as supervisor:
        assert works(supervisor, tmp_path)
        assert not isinstance(supervisor._monitor, Fork)


def test_a_server_that_cannot_move_is_executed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, nurseries: Nurseries
) -> None:
    """Also where moving was possible a moment ago."""
    if reason := missing("full"):
        pytest.skip(reason)
    with nurseries("full") as nursery, Supervisor("full", nursery=nursery) as supervisor:
        fork = supervisor._plan.fork
        monkeypatch.setattr(type(supervisor._plan), "fork", lambda _, sandbox: fork(sandbox) | {"holder": ["/bin/false"]})
        assert works(supervisor, tmp_path)
        assert isinstance(supervisor._monitor, Fork)
        assert server_of(supervisor).parent().name() == "bwrap"  # type: ignore[union-attr]


def test_there_is_none_for_another_python_or_if_it_is_switched_off(monkeypatch: pytest.MonkeyPatch) -> None:
    other = Path(sys.executable).resolve()
    assert not is_possible("partial", other)
    assert is_possible("partial", Path(sys.executable))
    monkeypatch.setenv("GRADER_NURSERY", "none")
    with one_import("partial") as nursery:
        assert nursery is None


def test_there_is_none_whose_program_a_run_could_change(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """By /proc/self/exe, which leads out of the sandbox: it must not belong to the user of a run."""
    program = tmp_path / "python"
    program.write_bytes(b"")
    monkeypatch.setattr(sys, "executable", str(program))
    monkeypatch.setattr(nursery_module, "interpreter", lambda _: type("Found", (), {"has_keras": True}))
    program.chmod(0o755)
    monkeypatch.setattr(os, "geteuid", lambda: program.stat().st_uid + 1)
    monkeypatch.setattr(os, "access", lambda *_: False)
    assert is_possible("full", program)
    program.chmod(0o777)
    assert not is_possible("full", program)
    assert is_possible("partial", program)
    program.chmod(0o755)
    monkeypatch.setattr(os, "geteuid", lambda: 1_000)
    monkeypatch.setattr(os, "stat", lambda path: os.stat_result((0o100755, 0, 0, 1, 1_000, 0, 0, 0, 0, 0)))
    assert not is_possible("full", program)


def test_a_trainer_that_is_ended_leaves_nothing(pair: Pair) -> None:
    """With its sandbox, if it has one."""
    before = {one.pid for one in psutil.Process().children(recursive=True)}
    with TrainerHost(isolation=pair.level, nursery=pair.nursery) as host:
        host.start()
        assert host._running is not None
        assert isinstance(host._running._dialogue._process, Fork)
        assert not before.issuperset(one.pid for one in psutil.Process().children(recursive=True))
    deadline = time.monotonic() + 10
    while left := [one for one in psutil.Process().children(recursive=True) if one.pid not in before]:
        assert time.monotonic() < deadline, left
        time.sleep(0.05)


@pytest.mark.parametrize(
    ("value", "other"),
    [
        ("/old/a", "/new/a"),
        (["/old", 1], ["/new", 1]),
        (("x", Path("/old/b")), ("x", Path("/new/b"))),
        ({"/old"}, {"/new"}),
    ],
)
def test_paths_that_were_noted_down_name_the_folder_of_the_run(value: Any, other: Any) -> None:
    assert renamed(value, "/old", "/new") == other
    assert renamed(other, "/old", "/new") is other
