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
from grader.sandbox.inside import seccomp

linux = pytest.mark.skipif(sys.platform != "linux", reason="these are of Linux")

NOTHING_MORE = seccomp.Needs()
OWN_SIGNALS = seccomp.program("x86_64", seccomp.Needs(signals=True), pid=1234)


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
        ("sched_setaffinity", (), errno.EPERM),
        ("setxattr", (), errno.EOPNOTSUPP),
        ("fremovexattr", (), errno.EOPNOTSUPP),
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
        ("prctl", (15,), None),
        *(
            ("prctl", option, errno.EINVAL)
            for option in ((1, 0), (4, 0), (22,), (36,), (62,), (67,), (78,), (0x53564D41,), (999,))
        ),
        ("madvise", (0, 4096, 4), None),
        ("madvise", (0, 4096, 12), errno.EINVAL),
        ("arch_prctl", (0x1002,), None),
        ("arch_prctl", (0x1012,), errno.EINVAL),
        ("setsockopt", (0, 1, 26), errno.ENOPROTOOPT),
        ("fallocate", (), errno.EOPNOTSUPP),
        ("seccomp", (), errno.ENOSYS),
        ("mmap", (0, 4096, 3, 0x21), errno.ENOMEM),
        ("mmap", (0, 4096, 3, 0x22), None),
        ("mmap", (0, 4096, 3, 0x01), None),
        ("mmap", (0, 4096, 3, 0x40022), errno.ENOMEM),
        *((name, (1, kind), None) for name in ("socket", "socketpair") for kind in (1, 1 | 0x80000)),
        *((name, (1, kind), errno.EOPNOTSUPP) for name in ("socket", "socketpair") for kind in (2, 3, 2 | 0x80000)),
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


# By their numbers on x86_64 and aarch64: none of them is in the table, whoever adds to it.
NEVER = {
    "ptrace": (101, 117), "process_vm_readv": (310, 270), "unshare": (272, 97), "setns": (308, 268), "mount": (165, 40),
    "clone3": (435, 435), "bpf": (321, 280), "perf_event_open": (298, 241), "keyctl": (250, 219), "add_key": (248, 217),
    "userfaultfd": (323, 282), "memfd_create": (319, 279), "shmget": (29, 194), "shmat": (30, 196), "msgrcv": (70, 188),
    "semctl": (66, 191), "mq_open": (240, 180), "io_setup": (206, 0), "io_uring_setup": (425, 425),
    "inotify_init1": (294, 26), "fanotify_init": (300, 262), "landlock_create_ruleset": (444, 444),
    "vmsplice": (278, 75), "splice": (275, 76), "tee": (276, 77), "sendfile": (40, 71), "mbind": (237, 235),
    "set_mempolicy": (238, 237), "migrate_pages": (256, 238), "move_pages": (279, 239), "modify_ldt": (154, None),
    "set_mempolicy_home_node": (450, 450), "setxattrat": (463, 463), "removexattrat": (466, 466), "mseal": (462, 462),
    "process_madvise": (440, 440), "remap_file_pages": (216, 234), "personality": (135, 92), "kcmp": (312, 272),
    "setuid": (105, 146), "name_to_handle_at": (303, 264), "chroot": (161, 51), "reboot": (169, 142),
}  # fmt: skip


@pytest.mark.parametrize("needs", [NOTHING_MORE, seccomp.Needs(signals=True, pretend=True, truncation=True)])
@pytest.mark.parametrize("machine", ["x86_64", "aarch64"])
def test_what_nobody_has_reviewed_does_not_exist(machine: str, needs: seccomp.Needs) -> None:
    """Every number that is not in the table, whether a kernel has such a call or not."""
    program = seccomp.program(machine, needs)
    column, audit = seccomp.ARCHITECTURES[machine]
    table = {numbers[column] for numbers in seccomp.CALLS.values()}
    unlisted = {number for number in range(2_000) if number not in table}
    assert {decide(program, number, audit=audit) for number in unlisted} == {seccomp.ERROR | errno.ENOSYS}
    assert {numbers[column] for numbers in NEVER.values()} - {None} <= unlisted
    listed = [numbers[column] for numbers in seccomp.CALLS.values() if numbers[column] is not None]
    assert len(set(listed)) == len(listed)
    assert len(program) < 4_096


def header_numbers() -> dict[str, int]:
    """The calls of this machine, as the headers of its kernel name them."""
    candidates = (f"/usr/include/{os.uname().machine}-linux-gnu/asm/unistd_64.h", "/usr/include/asm-generic/unistd.h")
    text = next((Path(path).read_text("ascii") for path in candidates if Path(path).is_file()), "")
    return {
        name: int(number) for name, number in re.findall(r"^#define __NR_(?:3264_)?(\w+)\s+(\d+)$", text, re.MULTILINE)
    }


@linux
def test_numbers_are_those_of_the_headers() -> None:
    """Where this machine has them."""
    headers = header_numbers()
    if not headers:
        pytest.skip("this machine has no headers of a kernel")
    column = seccomp.ARCHITECTURES[os.uname().machine][0]
    table = {**seccomp.CALLS, **NEVER}
    ours = {name: numbers[column] for name, numbers in table.items() if numbers[column] is not None}
    assert {name: number for name, number in ours.items() if headers.get(name, number) != number} == {}


def test_another_architecture_is_killed() -> None:
    """Numbers mean other calls there, and so they do with the x32 bit."""
    program = seccomp.program("x86_64", NOTHING_MORE)
    assert decide(program, 39, audit=0x40000003) == seccomp.KILL
    assert decide(program, 39 | seccomp.X32) == seccomp.KILL


@pytest.mark.parametrize(
    ("program", "name", "arguments", "error"),
    [
        *((OWN_SIGNALS, "kill", (pid,), None) for pid in (1234, 0)),
        *((OWN_SIGNALS, "kill", (pid,), errno.EPERM) for pid in (4321, 0xFFFFFFFF)),
        (seccomp.program("x86_64", seccomp.Needs(pretend=True)), "fchmod", (), 0),
        (seccomp.without_connect("x86_64"), "connect", (), errno.ECONNREFUSED),
        (seccomp.without_connect("x86_64"), "socket", (), None),
    ],
)
def test_what_only_some_levels_need(
    program: list[seccomp.Instruction], name: str, arguments: tuple[int, ...], error: int | None
) -> None:
    """Signals kept to oneself, changes of modes that are answered and not done, and no further connections."""
    expected = seccomp.ALLOW if error is None else seccomp.ERROR | error
    assert decide(program, seccomp.CALLS[name][0] or 0, *arguments) == expected


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
    calls = {name: seccomp.CALLS[name][column] for name in ("truncate", "open", "openat", "openat2")}
    answers = [
        decide(program, calls["openat"] or 0, 0, 0, flags, audit=audit),
        *([decide(program, calls["open"], 0, flags, audit=audit)] if calls["open"] is not None else []),
    ]
    assert set(answers) == {seccomp.ERROR | errno.EACCES if refused else seccomp.ALLOW}
    assert decide(program, calls["truncate"] or 0, audit=audit) == seccomp.ERROR | errno.EACCES
    assert decide(program, calls["openat2"] or 0, audit=audit) == seccomp.ERROR | errno.ENOSYS


@linux
def test_a_restriction_that_cannot_be_applied_ends_what_required_it() -> None:
    """With the reason, before the command begins."""
    restrictions = {
        "root": "", "folders": [], "own": False, "writable": [], "landlock": None, "seccomp": False, "required": True,
        "limits": {}, "cores": [4095],
    }  # fmt: skip
    command = [sys.executable, "-I", str(INSIDE / "main.py"), "confine", json.dumps(restrictions), "/bin/echo", "ran"]
    result = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert (result.returncode, result.stdout) == (125, "")
    assert "Invalid argument" in result.stderr
