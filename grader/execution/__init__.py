"""The student's side of the trust line, seen from ours: run a submission, read what it left.

`execute` is the story. `supervisor` has a sandbox for runs and its `monitor`, which starts each run and outlives
everything in it, `student` is what runs inside, and `reader` takes the recording apart.
"""

from grader.execution.execute import Run, execute, once
from grader.execution.supervisor import Supervisor

__all__ = ["Run", "Supervisor", "execute", "once"]
