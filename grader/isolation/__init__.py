"""Walls around processes that are not to be trusted: student code, and the trainer that works on what it said.

`levels` chooses, by trying out (`probes`); `box` says what a process may see and use, `bubblewrap` how that is asked
of the system, and `inside` is what runs on the other side of the wall. Everything else takes a level as given.
"""

from grader.isolation import probes
from grader.isolation.box import INSIDE, RECORDING_MB, Box, seal, walls
from grader.isolation.levels import LEVELS, WORDS, resolve_isolation
from grader.isolation.plan import DESCRIPTORS, Plan, plan_for

__all__ = [
    "DESCRIPTORS", "INSIDE", "LEVELS", "RECORDING_MB", "WORDS", "Box", "Plan", "plan_for", "probes",
    "resolve_isolation", "seal", "walls",
]  # fmt: skip
