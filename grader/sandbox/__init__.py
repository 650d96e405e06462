"""Sandboxes for untrusted processes: student code, and the trainer, which works on what student code recorded.

`levels` chooses, by trying out; `spec` says what a process may see and use, and how that is asked of the system;
`inside` is what runs inside the sandbox. Everything else takes a level as given.
Imports `filesystem` and the domain; `execution`, `training` and all above import it.
"""

from grader.sandbox.levels import LEVELS, WORDS, resolve_isolation
from grader.sandbox.spec import FORKS, INSIDE, RECORDING_MB, TENSORFLOW_SETTINGS, SandboxSpec

__all__ = [
    "FORKS",
    "INSIDE",
    "LEVELS",
    "RECORDING_MB",
    "TENSORFLOW_SETTINGS",
    "WORDS",
    "SandboxSpec",
    "resolve_isolation",
]
