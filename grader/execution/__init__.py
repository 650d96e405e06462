"""The student's side of the trust boundary, seen from ours: run a submission, read what it left.

`execute` is the story. `supervisor` has a sandbox for runs, whose `sandbox.monitor` starts each run and outlives
everything in it; `student` is what runs inside. `recording` reads what it left, of bytes and types in `strict_json`.
`recordings` keeps it, so that the next grading runs only what has changed.
Imports `sandbox` and `hints`; `authoring`, `cli`, `notebook`, `pipeline` and `runs` import it.
"""

from grader.execution.execute import Executor, execute, most_seconds, once
from grader.execution.recording import recording_schema
from grader.execution.supervisor import Supervisor

__all__ = ["Executor", "Supervisor", "execute", "most_seconds", "once", "recording_schema"]
