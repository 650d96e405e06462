"""`python -m grader`."""

import sys
from pathlib import Path

# `-m` puts the current folder first, and a student's `pydantic.py` there must not run in this process.
own = Path(__file__).resolve().parent.parent
sys.path[:] = [entry for entry in sys.path if entry and (Path(entry).resolve() != Path.cwd() or Path.cwd() == own)]

from grader.cli import main  # noqa: E402

main()
