"""A seccomp filter: allows what has been reviewed, and refuses everything else.

Written out as BPF, since no library for it is maintained. Every refusal is an error code, so that honest code that only
tries goes on; another architecture than the process's own is killed. A call that is not in `CALLS` is answered as by a
kernel without it. Some calls do many things, which their arguments choose: of these, too, only what is listed is done.
"""

from __future__ import annotations

import ctypes
import errno
import os
import struct
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from . import libc
from .calls import CALLS, PRCTLS

ARCHITECTURES = {"x86_64": (0, 0xC000003E), "aarch64": (1, 0xC00000B7)}
NEWEST = max(number for numbers in CALLS.values() for number in numbers if number is not None)

REFUSED = {
    "sched_setaffinity": errno.EPERM,
    # Reserves any number of bytes on a disk at once, while a monitor counts ten times a second.
    "fallocate": errno.EOPNOTSUPP,
    # Kept by the kernel for each file, in no count of a process; who copies a file goes on without them.
    **dict.fromkeys(("setxattr", "lsetxattr", "fsetxattr"), errno.EOPNOTSUPP),
    **dict.fromkeys(("removexattr", "lremovexattr", "fremovexattr"), errno.EOPNOTSUPP),
    # Answered with success, and not done: ZeroMQ requests the scheduler that it has, and aborts if that fails.
    **dict.fromkeys(("sched_setscheduler", "sched_setparam", "sched_setattr"), 0),
}
"""Calls that honest code makes, with an answer that it can cope with."""
SIGNALS = ("kill", "tkill", "tgkill", "pidfd_send_signal", "rt_sigqueueinfo", "rt_tgsigqueueinfo")
METADATA = ("chmod", "fchmod", "fchmodat", "fchmodat2", "chown", "fchown", "lchown", "fchownat", "utime", "utimes",
            "futimesat", "utimensat")  # fmt: skip
TRUNCATING = ("truncate", "open", "openat", "openat2")

AF_UNIX = 1
DATAGRAM_BIT = 2  # in the types SOCK_DGRAM and SOCK_RAW, and in neither SOCK_STREAM nor SOCK_SEQPACKET
SOL_SOCKET, BUFFER_SIZES, PROGRAMS = 1, (7, 8, 32, 33), (26, 50, 51, 52)
MAP_SHARED, MAP_ANONYMOUS, MAP_HUGETLB = 0x01, 0x20, 0x40000
O_WRONLY, O_RDWR, O_ACCMODE, O_TRUNC = 1, 2, 3, 0x200
NEW_NAMESPACE = 0x7E020000
X32 = 0x40000000
# Of terminals all but what types for others, then the flags of descriptors and what is there to be read.
IOCTLS = (*range(0x5401, 0x5412), 0x5413, 0x5414, 0x541B, 0x5420, 0x5421, 0x5422, 0x5424, 0x5425, 0x5429, 0x5441,
          0x5450, 0x5451, 0x802C542A, 0x402C542B, 0x402C542C, 0x402C542D, 0x80045430, 0x40045431, 0x80045438,
          0x80045439)  # fmt: skip
# Copies and flags of descriptors, locks, seals; no signals, and no leases, which stop who opens a file.
FCNTLS = (*range(8), 9, 36, 37, 38, 1025, 1027, 1030, *range(1032, 1037))
# The registers by which a thread finds its own memory, and the wide ones of a matrix product.
ARCH_PRCTLS = (*range(0x1001, 0x1005), 0x1011, *range(0x1021, 0x1024))
# Not to merge equal pages, whose tables are in no count, and not what tests a kernel.
MADVICE = (*range(5), *range(8, 12), *range(14, 24))
LISTED = {
    "ioctl": (1, errno.ENOTTY, IOCTLS), "fcntl": (1, errno.EINVAL, FCNTLS), "prctl": (0, errno.EINVAL, PRCTLS.values()),
    "arch_prctl": (0, errno.EINVAL, ARCH_PRCTLS), "madvise": (2, errno.EINVAL, MADVICE),
}  # fmt: skip
"""By call: the argument that chooses what is done, the answer to what is not listed, and what is."""

ALLOW, KILL, ERROR = 0x7FFF0000, 0x80000000, 0x00050000
LOAD, EQUAL, ANY_BIT, AT_LEAST, RETURN = 0x20, 0x15, 0x45, 0x35, 0x06

Instruction = tuple[int, int, int, int]  # code, jump if true, jump if false, operand


@dataclass(frozen=True)
class Needs:
    """What only this filter prevents: signals to others, changes of modes, emptying files that cannot be written."""

    signals: bool = False
    pretend: bool = False
    truncation: bool = False


@dataclass(frozen=True)
class Test:
    """A condition on one argument: `code` with `value`, which holds where it answers `holds`."""

    argument: int
    code: int
    value: int
    holds: bool = True


def program(machine: str, needs: Needs, pid: int = 0) -> list[Instruction]:
    """The filter. Signals, where it keeps these, go to `pid` and its group alone."""
    column = ARCHITECTURES[machine][0]
    code = beginning(machine) + refused(REFUSED, column)
    for name, (argument, error, values) in LISTED.items():
        code += only(name, column, error, argument, values)
    code += _conditional("clone", column, errno.EPERM, [Test(0, ANY_BIT, NEW_NAMESPACE)])
    code += _conditional("prlimit64", column, errno.EPERM, [Test(0, EQUAL, 0, holds=False)])
    code += _conditional("setpriority", column, errno.EPERM, [Test(0, EQUAL, 0, holds=False)])
    code += _conditional("setpriority", column, errno.EPERM, [Test(1, EQUAL, 0, holds=False)])
    for name in ("socket", "socketpair"):
        code += _conditional(name, column, errno.EOPNOTSUPP, [Test(0, EQUAL, AF_UNIX, holds=False)])
        # These find their receiver by its path without ever being connected, and one socket keeps what many have sent.
        code += _conditional(name, column, errno.EOPNOTSUPP, [Test(1, ANY_BIT, DATAGRAM_BIT)])
    for option in BUFFER_SIZES:  # the buffer of a socket is in no count: it keeps its initial size
        buffers = [Test(1, EQUAL, SOL_SOCKET), Test(2, EQUAL, option)]
        code += _conditional("setsockopt", column, 0, buffers)
    # Compiled into memory that is in no count, and of which all of a machine share one limit; so are filters of calls,
    # of which a notebook needs one where it gives up connecting, see `without_connect`.
    for option in PROGRAMS:
        programs = [Test(1, EQUAL, SOL_SOCKET), Test(2, EQUAL, option)]
        code += _conditional("setsockopt", column, errno.ENOPROTOOPT, programs)
    if not needs.pretend:
        code += refused({"seccomp": errno.ENOSYS}, column)
    # Pages that a process releases are kept anyway, and no table of a process shows them.
    shared_memory = [Test(3, ANY_BIT, MAP_SHARED), Test(3, ANY_BIT, MAP_ANONYMOUS)]
    code += _conditional("mmap", column, errno.ENOMEM, shared_memory)
    # Reserved by the owner of the machine, and in no count of a process or a group.
    code += _conditional("mmap", column, errno.ENOMEM, [Test(3, ANY_BIT, MAP_HUGETLB)])
    if needs.signals:
        for name in ("kill", "tgkill"):
            others = [Test(0, EQUAL, own, holds=False) for own in (0, pid)]
            code += _conditional(name, column, errno.EPERM, others)
        code += refused({name: errno.EPERM for name in SIGNALS if name not in ("kill", "tgkill")}, column)
    if needs.pretend:
        code += refused(dict.fromkeys(METADATA, 0), column)
    if needs.truncation:
        code += refused({"truncate": errno.EACCES, "openat2": errno.ENOSYS}, column)
        for name, place in (("open", 1), ("openat", 2)):
            # Neither to read nor with the mode that is neither: only to write is what an older Landlock looks at.
            empties = Test(place, ANY_BIT, O_TRUNC)
            reads = [Test(place, ANY_BIT, O_ACCMODE, holds=False)]
            neither = [Test(place, ANY_BIT, O_WRONLY), Test(place, ANY_BIT, O_RDWR)]
            for mode in (reads, neither):
                code += _conditional(name, column, errno.EACCES, [empties, *mode])
    return [*code, *reviewed(column), (RETURN, 0, 0, ERROR | errno.ENOSYS)]


def without_connect(machine: str) -> list[Instruction]:
    """A filter for processes that have all the connections that they need: none is found by its path any more."""
    refusal = refused({"connect": errno.ECONNREFUSED}, ARCHITECTURES[machine][0])
    return [*beginning(machine), *refusal, (RETURN, 0, 0, ALLOW)]


def beginning(machine: str) -> list[Instruction]:
    """At its end, the number of the call is loaded."""
    audit = ARCHITECTURES[machine][1]
    code: list[Instruction] = [(LOAD, 0, 0, 4), (EQUAL, 1, 0, audit), (RETURN, 0, 0, KILL), (LOAD, 0, 0, 0)]
    if machine == "x86_64":
        code += [(AT_LEAST, 0, 1, X32), (RETURN, 0, 0, KILL)]
    return code


def reviewed(column: int) -> list[Instruction]:
    """Allow every call of the table that has not been refused so far."""
    numbers = sorted(own for both in CALLS.values() if (own := both[column]) is not None)
    code: list[Instruction] = []
    for first in (number for number in numbers if number - 1 not in numbers):
        after = next(number for number in range(first + 1, NEWEST + 2) if number not in numbers)
        code += [(AT_LEAST, 0, 2, first), (AT_LEAST, 1, 0, after), (RETURN, 0, 0, ALLOW)]
    return code


def only(name: str, column: int, error: int, argument: int, values: Iterable[int]) -> list[Instruction]:
    """Allow a call where an argument is one of these, and refuse it where it is not."""
    number = CALLS[name][column]
    listed = list(values)
    if number is None:
        return []
    most = len(listed)
    code: list[Instruction] = [(EQUAL, 0, most + 3, number), (LOAD, 0, 0, 16 + 8 * argument)]
    code += [(EQUAL, most - place, 0, value) for place, value in enumerate(listed)]
    return [*code, (RETURN, 0, 0, ERROR | error), (RETURN, 0, 0, ALLOW)]


def refused(errors: Mapping[str, int], column: int) -> list[Instruction]:
    """Answer each of these calls with its error; 0 pretends success."""
    return [step for name, error in errors.items() if (number := CALLS[name][column]) is not None
            for step in ((EQUAL, 0, 1, number), (RETURN, 0, 0, ERROR | error))]  # fmt: skip


def _conditional(name: str, column: int, error: int, tests: list[Test]) -> list[Instruction]:
    """Refuse a call when all tests hold; arguments are looked at by their lower halves, as the kernel's own are."""
    number = CALLS[name][column]
    if number is None:
        return []
    left = 2 * len(tests) + 2  # steps after the first: two for each test, the refusal, and loading the number again
    code: list[Instruction] = [(EQUAL, 0, left, number)]
    for test in tests:
        left -= 2
        go, stay = left - 1, 0  # past the refusal, to where the number is loaded again
        code.append((LOAD, 0, 0, 16 + 8 * test.argument))
        code.append((test.code, stay if test.holds else go, go if test.holds else stay, test.value))
    return [*code, (RETURN, 0, 0, ERROR | error), (LOAD, 0, 0, 0)]


def packed(steps: Iterable[Instruction]) -> bytes:
    """A filter as the kernel takes it."""
    return b"".join(struct.pack("<HBBI", *step) for step in steps)


def install(needs: Needs) -> None:
    """From here on, for this process and all its descendants."""
    steps = packed(program(os.uname().machine, needs, os.getpid()))
    buffer = ctypes.create_string_buffer(steps, len(steps))

    class Program(ctypes.Structure):
        _fields_ = (("length", ctypes.c_ushort), ("steps", ctypes.c_void_p))

    whole = Program(len(steps) // 8, ctypes.addressof(buffer))
    libc.prctl(libc.PR_SET_NO_NEW_PRIVS, 1)
    libc.prctl(libc.PR_SET_SECCOMP, 2, ctypes.addressof(whole))
