"""The student's side of the trust boundary, seen from ours: run a submission, read what it left.

`execute` is the story. `supervisor` has a sandbox for runs, whose `sandbox.monitor` starts each run and outlives
everything in it; `student` is what runs inside. `recording` reads what it left: `strict_json` the bytes, the models of
`protocol` the values, of types in `bounded`; `outputs` cleans what was shown. `recordings` keeps it, so that the next
grading runs only what has changed.
Imports `sandbox` and `hints`; `authoring`, `cli`, `notebook`, `pipeline` and `runs` import it.
"""

from grader.execution.execute import Run, execute, most_seconds, once
from grader.execution.protocol import recording_schema
from grader.execution.supervisor import Supervisor

__all__ = ["Run", "Supervisor", "execute", "most_seconds", "once", "recording_schema"]
