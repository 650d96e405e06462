"""The student's side of the trust line, seen from ours: run a submission, read what it left.

`execute` is the story. `sandbox` says what a run may see, `supervisor` starts `warden`, which starts the run
and outlives everything in it, `student` is what runs inside, and `reader` takes the recording apart.
"""

from grader.execution.execute import execute
from grader.execution.sandbox import resolve_isolation

__all__ = ["execute", "resolve_isolation"]
