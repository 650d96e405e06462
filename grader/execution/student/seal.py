"""Gives up, for this process and all that come of it, to connect to sockets that are found by their paths.

A process that has its connections keeps them. Where the kernel can tell sockets of a run from those of others, the job
brings no filter, and nothing is given up.
"""

from __future__ import annotations

import ctypes
import os
from typing import Any

SECCOMP = {"x86_64": 317, "aarch64": 277}
SET_FILTER, ALL_THREADS = 1, 1
NO_NEW_PRIVILEGES = 38
INSTRUCTION_BYTES = 8


def seal(job: dict[str, Any]) -> None:
    """Raises `OSError` where the filter of the job cannot be installed in all threads."""
    steps = bytes.fromhex(job["seal"])
    if not steps:
        return
    libc: Any = ctypes.CDLL(None, use_errno=True)
    buffer = ctypes.create_string_buffer(steps, len(steps))

    class Program(ctypes.Structure):
        _fields_ = (("length", ctypes.c_ushort), ("steps", ctypes.c_void_p))

    program = Program(len(steps) // INSTRUCTION_BYTES, ctypes.addressof(buffer))
    libc.prctl(NO_NEW_PRIVILEGES, 1, 0, 0, 0)
    number = ctypes.c_long(SECCOMP[os.uname().machine])
    if libc.syscall(number, SET_FILTER, ALL_THREADS, ctypes.byref(program)):
        raise OSError(ctypes.get_errno(), "the filter of the job cannot be installed")
