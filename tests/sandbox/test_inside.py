"""The parts that stand inside the wall, each by itself."""

from __future__ import annotations

import errno
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from grader.sandbox import INSIDE
from grader.sandbox.inside import landlock, seccomp

linux = pytest.mark.skipif(sys.platform != "linux", reason="these are of Linux")

NOTHING_MORE = seccomp.Needs()


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
        ("ioctl", (0, 0x5412), errno.ENOTTY),
        ("ioctl", (0, 0x40086602), errno.ENOTTY),
        ("ioctl", (0, 0x5401), None),
        ("fcntl", (0, 1024), errno.EINVAL),
        ("fcntl", (0, 1030), None),
        ("fcntl", (0, 1031), errno.EINVAL),
        ("setsockopt", (0, 1, 7), 0),
        ("setsockopt", (0, 1, 2), None),
        ("prctl", (1, 0), errno.EPERM),
        ("prctl", (4, 0), errno.EPERM),
        ("prctl", (15,), None),
        ("prctl", (22,), errno.EPERM),
        ("prctl", (62,), errno.EPERM),
        ("setsockopt", (0, 1, 26), errno.ENOPROTOOPT),
        ("fallocate", (), errno.EOPNOTSUPP),
        ("seccomp", (), errno.ENOSYS),
        ("mmap", (0, 4096, 3, 0x21), errno.ENOMEM),
        ("mmap", (0, 4096, 3, 0x22), None),
        ("mmap", (0, 4096, 3, 0x01), None),
        ("mmap", (0, 4096, 3, 0x40022), errno.ENOMEM),
        ("socketpair", (1, 1), None),
        ("socketpair", (1, 2), errno.EOPNOTSUPP),
        ("landlock_create_ruleset", (), errno.ENOSYS),
        ("shmat", (), errno.ENOSYS),
        ("msgrcv", (), errno.ENOSYS),
        ("semctl", (), errno.ENOSYS),
        ("mq_unlink", (), errno.ENOSYS),
        ("io_setup", (), errno.ENOSYS),
        ("truncate", (), None),
        ("openat2", (), None),
        ("connect", (), None),
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
    program = seccomp.program(machine, NOTHING_MORE)
    expected = seccomp.ALLOW if error is None else seccomp.ERROR | error
    assert decide(program, number, *arguments, audit=audit) == expected


@pytest.mark.parametrize(("machine", "audit"), [("x86_64", 0xC000003E), ("aarch64", 0xC00000B7)])
def test_what_nobody_has_looked_at_does_not_exist(machine: str, audit: int) -> None:
    """Calls that are newer than the newest one known, and numbers that no call had."""
    program = seccomp.program(machine, NOTHING_MORE)
    absent = seccomp.ERROR | errno.ENOSYS
    newer = {decide(program, number, audit=audit) for number in range(seccomp.NEWEST + 1, 2_000)}
    gap = {decide(program, number, audit=audit) for number in range(*seccomp.GAPS[machine])}
    assert (newer, gap) == ({absent}, {absent})
    assert decide(program, seccomp.NEWEST, audit=audit) == seccomp.ALLOW


@pytest.mark.parametrize("kind", [2, 3, 2 | 0x80000], ids=["datagram", "raw", "with a flag"])
def test_datagrams_can_be_kept_in(kind: int) -> None:
    """They name their receiver with each message; streams go where they are connected to."""
    program = seccomp.program("x86_64", NOTHING_MORE)
    for name in ("socket", "socketpair"):
        number = seccomp.CALLS[name][0] or 0
        assert decide(program, number, 1, kind) == seccomp.ERROR | errno.EOPNOTSUPP
        assert decide(program, number, 1, 1 | 0x80000) == seccomp.ALLOW


def test_connecting_can_be_given_up() -> None:
    """By whoever is connected: nothing else is refused."""
    program = seccomp.without_connect("x86_64")
    assert decide(program, seccomp.CALLS["connect"][0] or 0) == seccomp.ERROR | errno.ECONNREFUSED
    assert decide(program, seccomp.CALLS["socket"][0] or 0) == seccomp.ALLOW


def header_numbers() -> dict[str, int]:
    """The calls of this machine, as the headers of its kernel name them."""
    candidates = (f"/usr/include/{os.uname().machine}-linux-gnu/asm/unistd_64.h", "/usr/include/asm-generic/unistd.h")
    text = next((Path(path).read_text("ascii") for path in candidates if Path(path).is_file()), "")
    return {name: int(number) for name, number in re.findall(r"^#define __NR_(?:3264_)?(\w+)\s+(\d+)$", text, re.MULTILINE)}


@linux
def test_numbers_are_those_of_the_headers() -> None:
    """Where this machine has them; what these know beyond the newest number is refused until somebody looks at it."""
    known = header_numbers()
    if not known:
        pytest.skip("this machine has no headers of a kernel")
    column = seccomp.ARCHITECTURES[os.uname().machine][0]
    ours = {name: numbers[column] for name, numbers in seccomp.CALLS.items() if numbers[column] is not None}
    assert {name: number for name, number in ours.items() if known.get(name, number) != number} == {}
    program = seccomp.program(os.uname().machine, NOTHING_MORE)
    audit = seccomp.ARCHITECTURES[os.uname().machine][1]
    newer = [name for name, number in known.items() if number > seccomp.NEWEST and number < 1_000]
    assert all(decide(program, known[name], audit=audit) == seccomp.ERROR | errno.ENOSYS for name in newer)


def test_another_architecture_is_killed() -> None:
    """Numbers mean other calls there, and so they do with the x32 bit."""
    program = seccomp.program("x86_64", NOTHING_MORE)
    assert decide(program, 39, audit=0x40000003) == seccomp.KILL
    assert decide(program, 39 | seccomp.X32) == seccomp.KILL


def test_signals_can_be_kept_to_oneself() -> None:
    """Where no namespace and no Landlock keeps them in."""
    program = seccomp.program("x86_64", seccomp.Needs(signals=True), pid=1234)
    kill = seccomp.CALLS["kill"][0] or 0
    answers = [decide(program, kill, pid) for pid in (1234, 0, 4321, 0xFFFFFFFF)]
    refused = seccomp.ERROR | errno.EPERM
    assert answers == [seccomp.ALLOW, seccomp.ALLOW, refused, refused]


def test_changes_of_modes_can_be_answered_and_not_done() -> None:
    """Honest code that copies a file with its mode goes on."""
    program = seccomp.program("x86_64", seccomp.Needs(pretend=True))
    assert decide(program, seccomp.CALLS["fchmod"][0] or 0) == seccomp.ERROR


@pytest.mark.parametrize("machine", ["x86_64", "aarch64"])
@pytest.mark.parametrize(
    ("flags", "refused"),
    [(0, False), (0o1000, True), (0o1003, True), (0o1001, False), (0o1002, False)],
    ids=["to read", "to read, emptied", "for neither, emptied", "to write, emptied", "for both, emptied"],
)
def test_a_file_that_is_not_opened_for_writing_cannot_be_emptied(machine: str, flags: int, refused: bool) -> None:
    """Before its version 3, Landlock lets that through, whoever the file belongs to."""
    program = seccomp.program(machine, seccomp.Needs(truncation=True))
    column, audit = seccomp.ARCHITECTURES[machine]
    calls = {name: seccomp.CALLS[name][column] for name in seccomp.TRUNCATING}
    answers = [
        decide(program, calls["openat"] or 0, 0, 0, flags, audit=audit),
        *([decide(program, calls["open"], 0, flags, audit=audit)] if calls["open"] is not None else []),
    ]
    assert set(answers) == {seccomp.ERROR | errno.EACCES if refused else seccomp.ALLOW}
    assert decide(program, calls["truncate"] or 0, audit=audit) == seccomp.ERROR | errno.EACCES
    assert decide(program, calls["openat2"] or 0, audit=audit) == seccomp.ERROR | errno.ENOSYS


@linux
def test_numbers_are_those_of_this_machine() -> None:
    """Tried with calls that answer at once: what is not refused by the filter answers otherwise."""
    program = (
        "import ctypes, errno\nlibc = ctypes.CDLL(None, use_errno=True)\n"
        "from grader.sandbox.inside import seccomp\nseccomp.install(seccomp.Needs())\n"
        f"column = {seccomp.ARCHITECTURES[os.uname().machine][0]}\n"
        "for name in ('ptrace', 'unshare', 'keyctl', 'bpf', 'setns', 'mount', 'memfd_create', 'shmget', 'shmat', 'io_setup'):\n"
        "    libc.syscall(ctypes.c_long(seccomp.CALLS[name][column]), -1, -1, -1, -1)\n"
        "    print(name, errno.errorcode[ctypes.get_errno()])\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=True)
    answers = dict(line.split() for line in done.stdout.splitlines())
    assert set(answers.values()) == {"EPERM", "ENOSYS"}
    assert [name for name, answer in answers.items() if answer == "ENOSYS"] == ["memfd_create", "shmget", "shmat", "io_setup"]


@linux
@pytest.mark.skipif(not landlock.version(), reason="this kernel has no Landlock")
def test_landlock_leaves_what_it_is_given(tmp_path: object) -> None:
    """Reading beneath one folder, writing beneath another, and nothing else."""
    program = (
        "import os, sys, tempfile\nfrom grader.sandbox.inside import landlock\n"
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
def test_a_restriction_that_cannot_be_applied_ends_what_required_it() -> None:
    """With the reason, before the command begins."""
    restrictions = {
        "root": "", "folders": [], "own": False, "writable": [], "landlock": None, "seccomp": False, "pretend": False,
        "required": True, "limits": {}, "cores": [4095],
    }  # fmt: skip
    command = [sys.executable, "-I", str(INSIDE / "main.py"), "confine", json.dumps(restrictions), "/bin/echo", "ran"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stdout) == (125, "")
    assert "Invalid argument" in done.stderr
