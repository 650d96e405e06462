"""Standard input of one of our processes: requests, one a line; when it closes, the process must end."""

from __future__ import annotations

import os
from collections.abc import Iterator


def lines(descriptor: int) -> Iterator[bytes]:
    """Until the other side closes. Python's own stream has a lock that a thread must not hold when the process ends."""
    rest = b""
    while chunk := os.read(descriptor, 1 << 16):
        *whole, rest = (rest + chunk).split(b"\n")
        yield from whole
