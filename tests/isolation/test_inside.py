"""The parts that stand inside the wall, each by itself."""

from __future__ import annotations

import errno
import json
import os
import subprocess
import sys

import pytest

from grader.isolation import INSIDE
from grader.isolation.inside import landlock, seccomp

linux = pytest.mark.skipif(sys.platform != "linux", reason="these are of Linux")

UNFILTERED = {"kill": False, "pretend": False}


def decide(program: list[seccomp.Instruction], number: int, *arguments: int, audit: int = 0xC000003E) -> int:
    """What a filter answers to a call, by the rules of the kernel's machine."""
    memory = {0: number, 4: audit} | {16 + 8 * n: value for n, value in enumerate(arguments)}
    place = accumulator = 0
    while True:
        code, yes, no, operand = program[place]
        place += 1
        if code == seccomp.LOAD:
            accumulator = memory.get(operand, 0)
        elif code == seccomp.RETURN:
            return operand
        else:
            tests = {
                seccomp.EQUAL: accumulator == operand,
                seccomp.ANY_BIT: bool(accumulator & operand),
                seccomp.AT_LEAST: accumulator >= operand,
            }
            place += yes if tests[code] else no


@pytest.mark.parametrize(
    ("name", "arguments", "error"),
    [
        ("ptrace", (), errno.EPERM),
        ("unshare", (), errno.EPERM),
        ("clone3", (), errno.ENOSYS),
        ("memfd_create", (), errno.ENOSYS),
        ("clone", (0x10000000,), errno.EPERM),
        ("clone", (0x00010F00,), None),
        ("socket", (1,), None),
        ("socket", (2,), errno.EOPNOTSUPP),
        ("socket", (40,), errno.EOPNOTSUPP),
        ("prlimit64", (0,), None),
        ("prlimit64", (77,), errno.EPERM),
        ("setpriority", (0, 0), None),
        ("setpriority", (0, 77), errno.EPERM),
        ("setpriority", (2, 0), errno.EPERM),
        ("ioctl", (0, 0x5412), errno.EPERM),
        ("ioctl", (0, 0x5401), None),
        ("kill", (77,), None),
        ("chmod", (), None),
        ("sched_setscheduler", (), 0),
    ],
)
@pytest.mark.parametrize(("machine", "column", "audit"), [("x86_64", 0, 0xC000003E), ("aarch64", 1, 0xC00000B7)])
def test_the_filter_refuses_what_it_names(
    machine: str, column: int, audit: int, name: str, arguments: tuple[int, ...], error: int | None
) -> None:
    """On each architecture, by its own numbers; everything else passes."""
    number = seccomp.CALLS[name][column]
    if number is None:
        pytest.skip(f"{machine} has no {name}")
    program = seccomp.program(machine, **UNFILTERED)
    expected = seccomp.ALLOW if error is None else seccomp.ERROR | error
    assert decide(program, number, *arguments, audit=audit) == expected


def test_another_architecture_is_killed() -> None:
    """Numbers mean other calls there, and so they do with the x32 bit."""
    program = seccomp.program("x86_64", **UNFILTERED)
    assert decide(program, 39, audit=0x40000003) == seccomp.KILL
    assert decide(program, 39 | seccomp.X32) == seccomp.KILL


def test_signals_can_be_kept_to_oneself() -> None:
    """Where no namespace and no Landlock keeps them in."""
    program = seccomp.program("x86_64", kill=True, pretend=False, pid=1234)
    kill = seccomp.CALLS["kill"][0] or 0
    answers = [decide(program, kill, pid) for pid in (1234, 0, 4321, 0xFFFFFFFF)]
    refused = seccomp.ERROR | errno.EPERM
    assert answers == [seccomp.ALLOW, seccomp.ALLOW, refused, refused]


def test_changes_of_modes_can_be_answered_and_not_done() -> None:
    """Honest code that copies a file with its mode goes on."""
    program = seccomp.program("x86_64", kill=False, pretend=True)
    assert decide(program, seccomp.CALLS["fchmod"][0] or 0) == seccomp.ERROR


@linux
def test_numbers_are_those_of_this_machine() -> None:
    """Tried with calls that answer at once: what is not refused by the filter answers otherwise."""
    program = (
        "import ctypes, errno\nlibc = ctypes.CDLL(None, use_errno=True)\n"
        "from grader.isolation.inside import seccomp\nseccomp.install(kill=False, pretend=False)\n"
        f"column = {seccomp.ARCHITECTURES[os.uname().machine][0]}\n"
        "for name in ('ptrace', 'unshare', 'keyctl', 'bpf', 'setns', 'mount', 'memfd_create', 'shmget'):\n"
        "    libc.syscall(ctypes.c_long(seccomp.CALLS[name][column]), -1, -1, -1, -1)\n"
        "    print(name, errno.errorcode[ctypes.get_errno()])\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=True)
    answers = dict(line.split() for line in done.stdout.splitlines())
    assert set(answers.values()) == {"EPERM", "ENOSYS"}
    assert [name for name, answer in answers.items() if answer == "ENOSYS"] == ["memfd_create", "shmget"]


@linux
@pytest.mark.skipif(not landlock.version(), reason="this kernel has no Landlock")
def test_landlock_leaves_what_it_is_given(tmp_path: object) -> None:
    """Reading beneath one folder, writing beneath another, and nothing else."""
    program = (
        "import os, sys, tempfile\nfrom grader.isolation.inside import landlock\n"
        "a, b, c = (tempfile.mkdtemp() for _ in range(3))\n"
        "for folder in (a, b, c):\n    open(folder + '/file', 'w').write('x')\n"
        "landlock.restrict([a, '/does/not/exist'], [b])\n"
        "def tried(path, mode):\n    try:\n        open(path, mode).close()\n        return True\n"
        "    except OSError:\n        return False\n"
        "print([[tried(folder + '/file', 'r'), tried(folder + '/new', 'w')] for folder in (a, b, c)])\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=True)
    assert json.loads(done.stdout.lower()) == [[True, False], [True, True], [False, False]]


@linux
def test_a_wall_that_cannot_stand_ends_what_asked_for_it() -> None:
    """With the reason, before the command begins."""
    walls = {
        "root": "", "places": [], "own": False, "landlock": None, "seccomp": False, "pretend": False,
        "required": True, "limits": {}, "cores": [4095],
    }  # fmt: skip
    command = [sys.executable, "-I", str(INSIDE / "main.py"), "confine", json.dumps(walls), "/bin/echo", "ran"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stdout) == (125, "")
    assert "Invalid argument" in done.stderr
