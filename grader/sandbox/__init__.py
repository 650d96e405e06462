"""Walls around processes that are not to be trusted: student code, and the trainer that works on what it said.

`levels` chooses, by trying out (`probes`); `box` says what a process may see and use, `bubblewrap` how that is asked
of the system, and `inside` is what runs on the other side of the wall. Everything else takes a level as given.
"""

from grader.sandbox import probes
from grader.sandbox.levels import DESCRIPTORS, LEVELS, WORDS, Plan, plan_for, resolve_isolation
from grader.sandbox.spec import INSIDE, RECORDING_MB, TENSORFLOW_SETTINGS, SandboxSpec, restrictions, seal

__all__ = [
    "DESCRIPTORS",
    "INSIDE",
    "LEVELS",
    "RECORDING_MB",
    "TENSORFLOW_SETTINGS",
    "WORDS",
    "Plan",
    "SandboxSpec",
    "plan_for",
    "probes",
    "resolve_isolation",
    "restrictions",
    "seal",
]  # fmt: skip
