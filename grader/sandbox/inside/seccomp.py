"""A seccomp filter: refuses what building a network never needs, but an attack does.

Written out as BPF, since no library for it is maintained. Every refusal is an error code, so that honest code that only
tries goes on; another architecture than the process's own is killed. What nobody has reviewed is refused: calls above
`NEWEST`, and requests to devices and descriptors that are on no list.
"""

from __future__ import annotations

import ctypes
import errno
import os
import struct
from collections.abc import Iterable
from dataclasses import dataclass

from . import libc

# Numbers on x86_64 and aarch64; None where an architecture has no such call.
CALLS: dict[str, tuple[int | None, int | None]] = {
    "ptrace": (101, 117), "process_vm_readv": (310, 270), "process_vm_writev": (311, 271), "kcmp": (312, 272),
    "pidfd_getfd": (438, 438), "process_madvise": (440, 440), "process_mrelease": (448, 448),
    "perf_event_open": (298, 241), "bpf": (321, 280), "userfaultfd": (323, 282), "lookup_dcookie": (212, 18),
    "keyctl": (250, 219), "add_key": (248, 217), "request_key": (249, 218),
    "io_uring_setup": (425, 425), "io_uring_enter": (426, 426), "io_uring_register": (427, 427),
    "mount": (165, 40), "umount2": (166, 39), "pivot_root": (155, 41), "chroot": (161, 51), "move_mount": (429, 429),
    "open_tree": (428, 428), "fsopen": (430, 430), "fsconfig": (431, 431), "fsmount": (432, 432),
    "fspick": (433, 433), "mount_setattr": (442, 442), "open_by_handle_at": (304, 265), "fanotify_init": (300, 262),
    "unshare": (272, 97), "setns": (308, 268), "clone": (56, 220), "clone3": (435, 435),
    "swapon": (167, 224), "swapoff": (168, 225), "reboot": (169, 142), "acct": (163, 89), "quotactl": (179, 60),
    "kexec_load": (246, 104), "kexec_file_load": (320, 294), "syslog": (103, 116), "vhangup": (153, 58),
    "init_module": (175, 105), "finit_module": (313, 273), "delete_module": (176, 106),
    "iopl": (172, None), "ioperm": (173, None),
    "clock_settime": (227, 112), "settimeofday": (164, 170), "adjtimex": (159, 171), "clock_adjtime": (305, 266),
    "sethostname": (170, 161), "setdomainname": (171, 162), "migrate_pages": (256, 238), "move_pages": (279, 239),
    "memfd_create": (319, 279), "memfd_secret": (447, 447), "io_setup": (206, 0),
    "shmget": (29, 194), "shmat": (30, 196), "shmctl": (31, 195), "msgget": (68, 186), "msgsnd": (69, 189),
    "msgrcv": (70, 188), "msgctl": (71, 187), "semget": (64, 190), "semop": (65, 193), "semctl": (66, 191),
    "semtimedop": (220, 192), "mq_open": (240, 180), "mq_unlink": (241, 181),
    "truncate": (76, 45), "open": (2, None), "openat": (257, 56), "openat2": (437, 437),
    "prlimit64": (302, 261), "setpriority": (141, 140), "ioprio_set": (251, 30),
    "sched_setaffinity": (203, 122), "sched_setscheduler": (144, 119), "sched_setparam": (142, 118),
    "sched_setattr": (314, 274), "socket": (41, 198), "socketpair": (53, 199), "connect": (42, 203),
    "setsockopt": (54, 208), "ioctl": (16, 29), "fallocate": (285, 47), "seccomp": (317, 277),
    "fcntl": (72, 25), "prctl": (157, 167), "mmap": (9, 222), "inotify_init": (253, None), "inotify_init1": (294, 26),
    "landlock_create_ruleset": (444, 444), "landlock_add_rule": (445, 445), "landlock_restrict_self": (446, 446),
    "quotactl_fd": (443, 443), "statmount": (457, 457), "listmount": (458, 458),
    "kill": (62, 129), "tkill": (200, 130), "tgkill": (234, 131), "pidfd_send_signal": (424, 424),
    "rt_sigqueueinfo": (129, 138), "rt_tgsigqueueinfo": (297, 240),
    "chmod": (90, None), "fchmod": (91, 52), "fchmodat": (268, 53), "fchmodat2": (452, 452), "chown": (92, None),
    "fchown": (93, 55), "lchown": (94, None), "fchownat": (260, 54), "utime": (132, None), "utimes": (235, None),
    "futimesat": (261, None), "utimensat": (280, 88), "setxattr": (188, 5), "lsetxattr": (189, 6),
    "fsetxattr": (190, 7), "removexattr": (197, 14), "lremovexattr": (198, 15), "fremovexattr": (199, 16),
}  # fmt: skip
ARCHITECTURES = {"x86_64": (0, 0xC000003E), "aarch64": (1, 0xC00000B7)}

NEWEST = 462
"""`mseal`, of Linux 6.10. A newer call is answered as by a kernel without it, until somebody has reviewed it."""
GAPS = {"x86_64": (335, 424), "aarch64": (295, 424)}  # numbers from here up to there belong to no call

# Refused as on a system that has none: shared memory that no process has mapped would be in no count, and what
# watches files counts for the user, who may be everybody's. Rules of Landlock are kept by the kernel, in any number.
# Where a run has no IPC namespace, segments, queues and semaphores that others have made are found by their numbers,
# and Landlock does not know them. All of a machine share one number of requests for asynchronous input and output.
ABSENT = ("clone3", "memfd_create", "memfd_secret", "io_setup", "shmget", "shmat", "shmctl", "msgget", "msgsnd",
          "msgrcv", "msgctl", "semget", "semop", "semctl", "semtimedop", "mq_open", "mq_unlink", "inotify_init",
          "inotify_init1", "io_uring_setup", "io_uring_enter", "io_uring_register", "landlock_create_ruleset",
          "landlock_add_rule", "landlock_restrict_self")  # fmt: skip
# Answered with success, and not done: ZeroMQ requests the scheduler that it has, and aborts if that fails.
IGNORED = ("sched_setscheduler", "sched_setparam", "sched_setattr")
CONDITIONAL = ("clone", "prlimit64", "setpriority", "socket", "socketpair", "connect", "setsockopt", "ioctl", "fcntl",
               "prctl", "mmap", "fallocate", "seccomp")  # fmt: skip
SIGNALS = ("kill", "tkill", "tgkill", "pidfd_send_signal", "rt_sigqueueinfo", "rt_tgsigqueueinfo")
METADATA = ("chmod", "fchmod", "fchmodat", "fchmodat2", "chown", "fchown", "lchown", "fchownat", "utime", "utimes",
            "futimesat", "utimensat", "setxattr", "lsetxattr", "fsetxattr", "removexattr", "lremovexattr",
            "fremovexattr")  # fmt: skip
TRUNCATING = ("truncate", "open", "openat", "openat2")

AF_UNIX = 1
DATAGRAM_BIT = 2  # in the types SOCK_DGRAM and SOCK_RAW, and in neither SOCK_STREAM nor SOCK_SEQPACKET
SOL_SOCKET, BUFFER_SIZES, PROGRAMS = 1, (7, 8, 32, 33), (26, 50, 51, 52)
MAP_SHARED, MAP_ANONYMOUS, MAP_HUGETLB = 0x01, 0x20, 0x40000
O_WRONLY, O_RDWR, O_ACCMODE, O_TRUNC = 1, 2, 3, 0x200
PR_SET_PDEATHSIG, PR_SET_DUMPABLE, PR_SET_SECCOMP, PR_SCHED_CORE = 1, 4, 22, 62
NEW_NAMESPACE = 0x7E020000
X32 = 0x40000000
# Of terminals all but what types for others, then the flags of descriptors and what is there to be read.
IOCTLS = (*range(0x5401, 0x5412), 0x5413, 0x5414, 0x541B, 0x5420, 0x5421, 0x5422, 0x5424, 0x5425, 0x5429, 0x5441,
          0x5450, 0x5451, 0x802C542A, 0x402C542B, 0x402C542C, 0x402C542D, 0x80045430, 0x40045431, 0x80045438,
          0x80045439)  # fmt: skip
# Copies and flags of descriptors, locks, seals; no signals, and no leases, which stop who opens a file.
FCNTLS = (*range(8), 9, 36, 37, 38, 1025, 1027, 1030, *range(1032, 1037))

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
    code = beginning(machine)
    plain = [name for name in CALLS if name not in (*ABSENT, *IGNORED, *CONDITIONAL, *SIGNALS, *METADATA, *TRUNCATING)]
    code += unknown(machine)
    code += refused(plain, column, errno.EPERM)
    code += refused(ABSENT, column, errno.ENOSYS) + refused(IGNORED, column, 0)
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
        code += refused(["seccomp"], column, errno.ENOSYS)
        code += _conditional("prctl", column, errno.EPERM, [Test(0, EQUAL, PR_SET_SECCOMP)])
    # Reserves any number of bytes on a disk at once, while a monitor counts ten times a second.
    code += refused(["fallocate"], column, errno.EOPNOTSUPP)
    # Pages that a process releases are kept anyway, and no table of a process shows them.
    shared_memory = [Test(3, ANY_BIT, MAP_SHARED), Test(3, ANY_BIT, MAP_ANONYMOUS)]
    code += _conditional("mmap", column, errno.ENOMEM, shared_memory)
    # Reserved by the owner of the machine, and in no count of a process or a group.
    code += _conditional("mmap", column, errno.ENOMEM, [Test(3, ANY_BIT, MAP_HUGETLB)])
    # A run must end with its monitor, the monitor must be able to look at it, and others may use the second half of
    # its processor.
    for option in (PR_SET_PDEATHSIG, PR_SET_DUMPABLE, PR_SCHED_CORE):
        code += _conditional("prctl", column, errno.EPERM, [Test(0, EQUAL, option)])
    code += only("ioctl", column, errno.ENOTTY, 1, IOCTLS)
    code += only("fcntl", column, errno.EINVAL, 1, FCNTLS)
    if needs.signals:
        for name in ("kill", "tgkill"):
            others = [Test(0, EQUAL, own, holds=False) for own in (0, pid)]
            code += _conditional(name, column, errno.EPERM, others)
        code += refused([name for name in SIGNALS if name not in ("kill", "tgkill")], column, errno.EPERM)
    if needs.pretend:
        code += refused(METADATA, column, 0)
    if needs.truncation:
        code += refused(["truncate"], column, errno.EACCES) + refused(["openat2"], column, errno.ENOSYS)
        for name, place in (("open", 1), ("openat", 2)):
            # Neither to read nor with the mode that is neither: only to write is what an older Landlock looks at.
            empties = Test(place, ANY_BIT, O_TRUNC)
            reads = [Test(place, ANY_BIT, O_ACCMODE, holds=False)]
            neither = [Test(place, ANY_BIT, O_WRONLY), Test(place, ANY_BIT, O_RDWR)]
            for mode in (reads, neither):
                code += _conditional(name, column, errno.EACCES, [empties, *mode])
    return [*code, (RETURN, 0, 0, ALLOW)]


def without_connect(machine: str) -> list[Instruction]:
    """A filter for processes that have all the connections that they need: none is found by its path any more."""
    refusal = refused(["connect"], ARCHITECTURES[machine][0], errno.ECONNREFUSED)
    return [*beginning(machine), *refusal, (RETURN, 0, 0, ALLOW)]


def beginning(machine: str) -> list[Instruction]:
    """At its end, the number of the call is loaded."""
    audit = ARCHITECTURES[machine][1]
    code: list[Instruction] = [(LOAD, 0, 0, 4), (EQUAL, 1, 0, audit), (RETURN, 0, 0, KILL), (LOAD, 0, 0, 0)]
    if machine == "x86_64":
        code += [(AT_LEAST, 0, 1, X32), (RETURN, 0, 0, KILL)]
    return code


def unknown(machine: str) -> list[Instruction]:
    """Calls that nobody has reviewed do not exist."""
    absent = (RETURN, 0, 0, ERROR | errno.ENOSYS)
    start, end = GAPS[machine]
    return [(AT_LEAST, 0, 1, NEWEST + 1), absent, (AT_LEAST, 0, 2, start), (AT_LEAST, 1, 0, end), absent]


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


def refused(names: Iterable[str], column: int, error: int) -> list[Instruction]:
    numbers = [CALLS[name][column] for name in names]
    return [step for number in numbers if number is not None
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
