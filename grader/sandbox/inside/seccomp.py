"""A seccomp filter: allows what has been reviewed, and refuses everything else.

Written out as BPF, since no library for it is maintained. Every refusal is an error code, so that honest code that only
tries goes on; another architecture than the process's own is killed. A call that is not in `CALLS` is answered as by a
kernel without it. Some calls do many things, which their arguments choose: of these, too, only what is listed is done.

A call is added to them once it is clear that it can hold no memory outside of all counts, reaches no process, file or
setting of others, and is needed. These, for instance, are not among them:

- `splice`, `tee`, `vmsplice`, `sendfile`: a pipe or socket keeps whole pages, also huge ones, for each byte it was sent
- `mbind`, `set_mempolicy` and their relatives: the kernel keeps a policy for each mapping
- `memfd_create`, `shmget`, `mq_open` and their relatives: memory that no process needs to map
- `inotify_init`, `fanotify_init`, `io_setup`, `io_uring_setup`, `landlock_create_ruleset`, `add_key`, `modify_ldt`:
  kept by the kernel, in large numbers or out of one limit for a user or a machine
- `clone3`, whose flags no filter can read
"""

from __future__ import annotations

import ctypes
import errno
import os
import struct
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from . import libc

# Numbers on x86_64 and aarch64; None where an architecture has no such call.
CALLS: dict[str, tuple[int | None, int | None]] = {
    # Files by name
    "open": (2, None), "openat": (257, 56), "openat2": (437, 437), "creat": (85, None), "access": (21, None),
    "faccessat": (269, 48), "faccessat2": (439, 439), "stat": (4, None), "lstat": (6, None), "newfstatat": (262, 79),
    "statx": (332, 291), "statfs": (137, 43), "readlink": (89, None), "readlinkat": (267, 78), "mkdir": (83, None),
    "mkdirat": (258, 34), "rmdir": (84, None), "rename": (82, None), "renameat": (264, 38), "renameat2": (316, 276),
    "link": (86, None), "linkat": (265, 37), "symlink": (88, None), "symlinkat": (266, 36), "unlink": (87, None),
    "unlinkat": (263, 35), "mknod": (133, None), "mknodat": (259, 33), "truncate": (76, 45), "chdir": (80, 49),
    "fchdir": (81, 50), "getcwd": (79, 17), "umask": (95, 166), "chmod": (90, None), "fchmod": (91, 52),
    "fchmodat": (268, 53), "fchmodat2": (452, 452), "chown": (92, None), "fchown": (93, 55), "lchown": (94, None),
    "fchownat": (260, 54), "utime": (132, None), "utimes": (235, None), "futimesat": (261, None),
    "utimensat": (280, 88), "getxattr": (191, 8), "lgetxattr": (192, 9), "fgetxattr": (193, 10), "listxattr": (194, 11),
    "llistxattr": (195, 12), "flistxattr": (196, 13), "setxattr": (188, 5), "lsetxattr": (189, 6),
    "fsetxattr": (190, 7), "removexattr": (197, 14), "lremovexattr": (198, 15), "fremovexattr": (199, 16),
    # Descriptors
    "read": (0, 63), "write": (1, 64), "pread64": (17, 67), "pwrite64": (18, 68), "readv": (19, 65), "writev": (20, 66),
    "preadv": (295, 69), "pwritev": (296, 70), "preadv2": (327, 286), "pwritev2": (328, 287), "close": (3, 57),
    "close_range": (436, 436), "lseek": (8, 62), "fstat": (5, 80), "fstatfs": (138, 44), "ftruncate": (77, 46),
    "fallocate": (285, 47), "fsync": (74, 82), "fdatasync": (75, 83), "sync_file_range": (277, 84),
    "fadvise64": (221, 223), "copy_file_range": (326, 285), "getdents": (78, None), "getdents64": (217, 61),
    "dup": (32, 23), "dup2": (33, None), "dup3": (292, 24), "fcntl": (72, 25), "flock": (73, 32), "ioctl": (16, 29),
    "pipe": (22, None), "pipe2": (293, 59), "poll": (7, None), "ppoll": (271, 73), "select": (23, None),
    "pselect6": (270, 72), "epoll_create": (213, None), "epoll_create1": (291, 20), "epoll_ctl": (233, 21),
    "epoll_wait": (232, None), "epoll_pwait": (281, 22), "epoll_pwait2": (441, 441), "eventfd": (284, None),
    "eventfd2": (290, 19), "signalfd": (282, None), "signalfd4": (289, 74), "timerfd_create": (283, 85),
    "timerfd_settime": (286, 86), "timerfd_gettime": (287, 87),
    # Sockets
    "socket": (41, 198), "socketpair": (53, 199), "bind": (49, 200), "listen": (50, 201), "accept": (43, 202),
    "accept4": (288, 242), "connect": (42, 203), "getsockname": (51, 204), "getpeername": (52, 205),
    "sendto": (44, 206), "recvfrom": (45, 207), "sendmsg": (46, 211), "recvmsg": (47, 212), "sendmmsg": (307, 269),
    "recvmmsg": (299, 243), "shutdown": (48, 210), "setsockopt": (54, 208), "getsockopt": (55, 209),
    # Memory
    "brk": (12, 214), "mmap": (9, 222), "munmap": (11, 215), "mremap": (25, 216), "mprotect": (10, 226),
    "madvise": (28, 233), "msync": (26, 227), "mincore": (27, 232), "mlock": (149, 228), "munlock": (150, 229),
    # Processes
    "clone": (56, 220), "fork": (57, None), "vfork": (58, None), "execve": (59, 221), "execveat": (322, 281),
    "exit": (60, 93), "exit_group": (231, 94), "wait4": (61, 260), "waitid": (247, 95), "pidfd_open": (434, 434),
    "kill": (62, 129), "tkill": (200, 130), "tgkill": (234, 131), "pidfd_send_signal": (424, 424),
    "rt_sigqueueinfo": (129, 138), "rt_tgsigqueueinfo": (297, 240), "getpid": (39, 172), "getppid": (110, 173),
    "gettid": (186, 178), "getpgid": (121, 155), "getpgrp": (111, None), "setpgid": (109, 154), "getsid": (124, 156),
    "setsid": (112, 157), "getuid": (102, 174), "geteuid": (107, 175), "getgid": (104, 176), "getegid": (108, 177),
    "getresuid": (118, 148), "getresgid": (120, 150), "getgroups": (115, 158), "capget": (125, 90), "prctl": (157, 167),
    "arch_prctl": (158, None), "seccomp": (317, 277), "getrlimit": (97, 163), "setrlimit": (160, 164),
    "prlimit64": (302, 261), "getrusage": (98, 165), "getpriority": (140, 141), "setpriority": (141, 140),
    "ioprio_get": (252, 31), "sysinfo": (99, 179), "uname": (63, 160), "getcpu": (309, 168),
    # Threads
    "futex": (202, 98), "set_robust_list": (273, 99), "set_tid_address": (218, 96), "rseq": (334, 293),
    "restart_syscall": (219, 128), "membarrier": (324, 283), "sched_yield": (24, 124), "sched_getaffinity": (204, 123),
    "sched_setaffinity": (203, 122), "sched_getscheduler": (145, 120), "sched_setscheduler": (144, 119),
    "sched_getparam": (143, 121), "sched_setparam": (142, 118), "sched_getattr": (315, 275),
    "sched_setattr": (314, 274), "sched_get_priority_max": (146, 125), "sched_get_priority_min": (147, 126),
    "sched_rr_get_interval": (148, 127),
    # Signals and time
    "rt_sigaction": (13, 134), "rt_sigprocmask": (14, 135), "rt_sigreturn": (15, 139), "rt_sigpending": (127, 136),
    "rt_sigsuspend": (130, 133), "rt_sigtimedwait": (128, 137), "sigaltstack": (131, 132), "pause": (34, None),
    "alarm": (37, None), "getitimer": (36, 102), "setitimer": (38, 103), "nanosleep": (35, 101),
    "clock_nanosleep": (230, 115), "clock_gettime": (228, 113), "clock_getres": (229, 114), "gettimeofday": (96, 169),
    "time": (201, None), "times": (100, 153), "timer_create": (222, 107), "timer_settime": (223, 110),
    "timer_gettime": (224, 108), "timer_getoverrun": (225, 109), "timer_delete": (226, 111), "getrandom": (318, 278),
}  # fmt: skip

# Options of `prctl`: what only tells, a name, and rights that are given up. Not here: to outlive one's monitor or hide
# from it, to take in orphans, to share a core with nobody; and what the kernel keeps something for, such as names of
# mappings, tables of locks and merged pages.
PRCTLS = {
    "PR_SET_NAME": 15, "PR_SET_NO_NEW_PRIVS": 38, "PR_CAPBSET_READ": 23, "PR_GET_PDEATHSIG": 2, "PR_GET_DUMPABLE": 3,
    "PR_GET_KEEPCAPS": 7, "PR_GET_TIMING": 13, "PR_GET_NAME": 16, "PR_GET_SECCOMP": 21, "PR_GET_TSC": 25,
    "PR_GET_SECUREBITS": 27, "PR_GET_TIMERSLACK": 30, "PR_MCE_KILL_GET": 34, "PR_GET_CHILD_SUBREAPER": 37,
    "PR_GET_NO_NEW_PRIVS": 39, "PR_GET_TID_ADDRESS": 40, "PR_GET_THP_DISABLE": 42, "PR_SVE_GET_VL": 51,
    "PR_GET_SPECULATION_CTRL": 52, "PR_GET_TAGGED_ADDR_CTRL": 56, "PR_PAC_GET_ENABLED_KEYS": 61, "PR_SME_GET_VL": 64,
    "PR_GET_MDWE": 66, "PR_GET_MEMORY_MERGE": 68, "PR_GET_SHADOW_STACK_STATUS": 74, "PR_GET_AUXV": 0x41555856,
}  # fmt: skip

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

SET_FILTER = 1
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
class ArgumentTest:
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
    code += _conditional("clone", column, errno.EPERM, [ArgumentTest(0, ANY_BIT, NEW_NAMESPACE)])
    code += _conditional("prlimit64", column, errno.EPERM, [ArgumentTest(0, EQUAL, 0, holds=False)])
    code += _conditional("setpriority", column, errno.EPERM, [ArgumentTest(0, EQUAL, 0, holds=False)])
    code += _conditional("setpriority", column, errno.EPERM, [ArgumentTest(1, EQUAL, 0, holds=False)])
    for name in ("socket", "socketpair"):
        code += _conditional(name, column, errno.EOPNOTSUPP, [ArgumentTest(0, EQUAL, AF_UNIX, holds=False)])
        # These find their receiver by its path without ever being connected, and one socket keeps what many have sent.
        code += _conditional(name, column, errno.EOPNOTSUPP, [ArgumentTest(1, ANY_BIT, DATAGRAM_BIT)])
    for option in BUFFER_SIZES:  # the buffer of a socket is in no count: it keeps its initial size
        buffers = [ArgumentTest(1, EQUAL, SOL_SOCKET), ArgumentTest(2, EQUAL, option)]
        code += _conditional("setsockopt", column, 0, buffers)
    # Compiled into memory that is in no count, and of which all of a machine share one limit; so are filters of calls,
    # of which a notebook needs one where it gives up connecting, see `without_connect`.
    for option in PROGRAMS:
        programs = [ArgumentTest(1, EQUAL, SOL_SOCKET), ArgumentTest(2, EQUAL, option)]
        code += _conditional("setsockopt", column, errno.ENOPROTOOPT, programs)
    if not needs.pretend:
        code += refused({"seccomp": errno.ENOSYS}, column)
    # Pages that a process releases are kept anyway, and no table of a process shows them.
    shared_memory = [ArgumentTest(3, ANY_BIT, MAP_SHARED), ArgumentTest(3, ANY_BIT, MAP_ANONYMOUS)]
    code += _conditional("mmap", column, errno.ENOMEM, shared_memory)
    # Reserved by the owner of the machine, and in no count of a process or a group.
    code += _conditional("mmap", column, errno.ENOMEM, [ArgumentTest(3, ANY_BIT, MAP_HUGETLB)])
    if needs.signals:
        for name in ("kill", "tgkill"):
            tests = [ArgumentTest(0, EQUAL, number, holds=False) for number in (0, pid)]
            code += _conditional(name, column, errno.EPERM, tests)
        code += refused({name: errno.EPERM for name in SIGNALS if name not in ("kill", "tgkill")}, column)
    if needs.pretend:
        code += refused(dict.fromkeys(METADATA, 0), column)
    if needs.truncation:
        code += refused({"truncate": errno.EACCES, "openat2": errno.ENOSYS}, column)
        for name, place in (("open", 1), ("openat", 2)):
            # Neither to read nor with the mode that is neither: only to write is what an older Landlock looks at.
            empties = ArgumentTest(place, ANY_BIT, O_TRUNC)
            reads = [ArgumentTest(place, ANY_BIT, O_ACCMODE, holds=False)]
            neither = [ArgumentTest(place, ANY_BIT, O_WRONLY), ArgumentTest(place, ANY_BIT, O_RDWR)]
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
    numbers = sorted(number for row in CALLS.values() if (number := row[column]) is not None)
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


def _conditional(name: str, column: int, error: int, tests: list[ArgumentTest]) -> list[Instruction]:
    """Refuse a call when all tests hold; arguments are looked at by their lower halves, as the kernel's own are."""
    number = CALLS[name][column]
    if number is None:
        return []
    rest = 2 * len(tests) + 2  # steps after the first: two for each test, the refusal, and loading the number again
    code: list[Instruction] = [(EQUAL, 0, rest, number)]
    for test in tests:
        rest -= 2
        go, stay = rest - 1, 0  # past the refusal, to where the number is loaded again
        code.append((LOAD, 0, 0, 16 + 8 * test.argument))
        code.append((test.code, stay if test.holds else go, go if test.holds else stay, test.value))
    return [*code, (RETURN, 0, 0, ERROR | error), (LOAD, 0, 0, 0)]


def install(steps: Iterable[Instruction], *, in_all_threads: bool = False) -> None:
    """From here on, for this thread or all threads of this process, and all that they start."""
    whole = b"".join(struct.pack("<HBBI", *step) for step in steps)
    buffer = ctypes.create_string_buffer(whole, len(whole))

    class Program(ctypes.Structure):
        _fields_ = (("length", ctypes.c_ushort), ("steps", ctypes.c_void_p))

    place = Program(len(whole) // 8, ctypes.addressof(buffer))
    number = CALLS["seccomp"][ARCHITECTURES[os.uname().machine][0]]
    assert number is not None
    libc.prctl(libc.PR_SET_NO_NEW_PRIVS, 1)
    if libc.syscall(number, SET_FILTER, int(in_all_threads), ctypes.byref(place)):
        raise OSError(errno.ESRCH, "a thread has another filter")
