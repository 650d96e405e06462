"""The system calls that may be made: those that somebody has reviewed. No other one exists for a run.

A call is added here once it is clear that it can hold no memory outside of all counts, reaches no process, file or
setting of others, and is needed. These, for instance, are not here:

- `splice`, `tee`, `vmsplice`, `sendfile`: a pipe or socket keeps whole pages, also huge ones, for each byte it was sent
- `mbind`, `set_mempolicy` and their relatives: the kernel keeps a policy for each mapping
- `memfd_create`, `shmget`, `mq_open` and their relatives: memory that no process needs to map
- `inotify_init`, `fanotify_init`, `io_setup`, `io_uring_setup`, `landlock_create_ruleset`, `add_key`, `modify_ldt`:
  kept by the kernel, in large numbers or out of one limit for a user or a machine
- `clone3`, whose flags no filter can read
"""

from __future__ import annotations

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
